"""NICEPAY's official Python client gets its token and its answer from the server at the address given.

Usage: official.py URL PRIVATE_KEY_PEM
"""

import base64
import contextlib
import io
import subprocess
import sys
import uuid

import requests

with contextlib.redirect_stderr(io.StringIO()):
    from python_nicepay.config.apiClient import apiClient
    from python_nicepay.constants.constantsGeneral import ConstantsGeneral
    from python_nicepay.data.builder import builderEnvironment
    from python_nicepay.data.builder.snap.builderAccessToken import BuildAccessToken
    from python_nicepay.data.builder.snap.dataGenerator import dataGenerator
    from python_nicepay.service.snapService import SnapService
    from python_nicepay.util.utilSignature import Signature

import logging

# The client prints its keys and tokens at DEBUG.
logging.getLogger().setLevel(logging.CRITICAL)

CLIENT_ID = "IONPAYTEST"
INQUIRY = {
    "partnerServiceId": "7015",
    "customerNo": "89101110",
    "payNo": "701589101110",
    "inquiryRequestId": "41807553358950093184",
    "mitraCd": "ALMA",
}


def main(url: str, pem: str) -> None:
    key = private_key(pem)
    ConstantsGeneral.setSandboxBaseUrl(f"{url}/api")
    ConstantsGeneral.setClientKey(CLIENT_ID)
    ConstantsGeneral.setClientSecret("unused")
    ConstantsGeneral.setPrivateKey(key)

    token = fetch_token()
    check("its token call is answered", len(token) > 0)
    check("the token has at most 150 characters", len(token) <= 150)
    again = fetch_token("")
    check("additionalInfo may be an empty text", len(again) > 0)

    answer = inquire(url, token, key)
    check("its signer's inquiry is answered", answer.status_code == 200)
    body = answer.json()
    check("with 2000000", body["responseCode"] == "2000000")
    check("with the documented sample", without_expiry(body["payNoData"]) == SAMPLE)

    forged = inquire(url, token, key, text=f"{CLIENT_ID}|2020-01-01T00:00:00+07:00")
    check("a signature over another time is refused", forged.json()["responseCode"] == "4010000")
    print(f"{passed} passed, 0 failed")


SAMPLE = {
    "partnerServiceId": "7015",
    "customerNo": "89101110",
    "payNo": "701589101110",
    "payNoName": "John Test",
    "goodsName": "Pembelian John Test",
    "payNoPhone": "087771122333",
    "payNoEmail": "jhon@test.com",
    "inquiryRequestId": "41807553358950093184",
    "totalAmount": {"value": "10000.00", "currency": "IDR"},
    "partnerReferenceNo": "abcdefgh1234",
    "mitraCd": "ALMA",
}

passed = 0


def check(what: str, holds: bool) -> None:
    global passed
    if not holds:
        sys.exit(f"NICEPAY's client: not so: {what}")
    print(f"NICEPAY's client: {what}")
    passed += 1


def private_key(pem: str) -> str:
    """The key as the client wants it: base64 of PKCS#8 DER, without armour."""
    der = subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", pem, "-outform", "DER"], check=True, capture_output=True
    ).stdout
    return base64.b64encode(der).decode()


def fetch_token(additional_info="{}") -> str:
    builder = BuildAccessToken().setGrantType("client_credentials").setAdditionalInfo(additional_info)
    environment = builderEnvironment.BuildEnvironment().isCloud(False).isProduction(False).build()
    return SnapService.serviceOAUTH(builder.build().jsonAccessToken(), environment)


def inquire(url: str, token: str, key: str, text: str | None = None) -> requests.Response:
    headers = dataGenerator.getTransactionHeader(token, INQUIRY, "/v1.0/cvs/inquiry", "POST")
    # The client signs transactions symmetrically; NICO's page says asymmetric, with the client's other signer.
    headers["X-SIGNATURE"] = Signature.signSHA256RSA(text or f"{CLIENT_ID}|{headers['X-TIMESTAMP']}", key)
    headers["X-EXTERNAL-ID"] = f"ordNo{uuid.uuid4().hex}"
    return requests.post(f"{url}/api/v1.0/cvs/inquiry", headers=headers, json=INQUIRY, timeout=10)


def without_expiry(data: dict) -> dict:
    return {name: value for name, value in data.items() if name != "payNoExpiredDateTime"}


if __name__ == "__main__":
    main(*sys.argv[1:])
