"""Lets the contract tester speak as NICEPAY: its own headers are replaced by valid ones, so that what it makes up
for the body is read behind the gate. Without NICO_PRIVATE_KEY it speaks as a stranger."""

import datetime
import os
import subprocess
import uuid

import requests
import schemathesis

CLIENT_ID = "IONPAYTEST"
KEY = os.environ.get("NICO_PRIVATE_KEY")
URL = os.environ.get("NICO_URL", "")
JAKARTA = datetime.timezone(datetime.timedelta(hours=7))

signed = {}


def sign() -> dict:
    """X-TIMESTAMP and its signature; one a second, for all calls within a second carry the same."""
    timestamp = datetime.datetime.now(JAKARTA).replace(microsecond=0).isoformat()
    if timestamp not in signed:
        command = ["openssl", "dgst", "-sha256", "-sign", KEY]
        made = subprocess.run(command, input=f"{CLIENT_ID}|{timestamp}".encode(), check=True, capture_output=True)
        encoded = subprocess.run(["openssl", "base64", "-A"], input=made.stdout, check=True, capture_output=True)
        signed[timestamp] = encoded.stdout.decode()
    return {"X-TIMESTAMP": timestamp, "X-SIGNATURE": signed[timestamp]}


def fetch_token() -> str:
    headers = {**sign(), "X-CLIENT-KEY": CLIENT_ID}
    body = {"grantType": "client_credentials"}
    return requests.post(f"{URL}/api/v1.0/access-token/b2b", headers=headers, json=body, timeout=10).json()["accessToken"]


token = fetch_token() if KEY else None


@schemathesis.hook
def before_call(context, case, kwargs):
    if not KEY or "/v1.0/" not in case.path:
        return
    headers = {**sign(), "X-CLIENT-KEY": CLIENT_ID}
    if "/cvs/" in case.path:
        headers |= {
            "Authorization": f"Bearer {token}",
            "X-PARTNER-ID": CLIENT_ID,
            "X-EXTERNAL-ID": uuid.uuid4().hex,
            "CHANNEL-ID": f"{CLIENT_ID}01",
        }
    case.headers = {**{k: v for k, v in dict(case.headers or {}).items() if k not in headers}, **headers}
