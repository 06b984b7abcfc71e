# nico asks here what is to be paid for a number. The contract is openapi/orders.yaml. To try it:
#   NICO_SECRET_FILE=orders.secret PORT=8001 python3 orders.py
import base64, hmac, json, os, pathlib, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE = 300  # seconds by which the clocks may differ
MAX_BODY = 65536

# The bytes behind "whsec_" in the file that nico reads too. Without them anybody could ask, so it does not start.
TEXT = pathlib.Path(os.environ["NICO_SECRET_FILE"]).read_text().strip()
SECRET = base64.b64decode(TEXT.removeprefix("whsec_"), validate=True)
if not TEXT.startswith("whsec_") or len(SECRET) < 24:
    raise SystemExit("NICO_SECRET_FILE must hold whsec_ and base64")

JOHN = {"payNoName": "John Test", "payNoPhone": "087771122333", "payNoEmail": "jhon@test.com"}
ORDERS = {
    "701589101110": {**JOHN, "partnerReferenceNo": "abcdefgh1234", "goodsName": "Pembelian John Test",
                     "amount": "10000.00", "expiresAt": "2030-01-31T12:00:00+07:00", "status": "unpaid"},
    "701589101111": {**JOHN, "partnerReferenceNo": "abcdefgh1235", "goodsName": "Buku", "mitraCd": "ALMA",
                     "amount": "25000.00", "expiresAt": "2030-01-31T12:00:00+07:00", "status": "paid"},
}


def find_order(pay_no):
    """The order behind a number, or None: put your own query here."""
    return {"payNo": pay_no, **ORDERS[pay_no]} if pay_no in ORDERS else None


def is_from_nico(headers, body):
    """Whether nico sent this body, and just now."""
    id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit() and abs(time.time() - float(timestamp)) <= TOLERANCE):
        return False
    due = b"v1," + base64.b64encode(hmac.digest(SECRET, f"{id}.{timestamp}.".encode() + body, "sha256"))
    return any(hmac.compare_digest(due, sent.encode()) for sent in headers.get("webhook-signature", "").split(" "))


class Orders(BaseHTTPRequestHandler):
    timeout = 60  # nobody holds a thread for ever

    def do_POST(self):
        length = max(0, min(int(self.headers["Content-Length"]), MAX_BODY))
        body = self.rfile.read(length)  # as it was sent: parsed and written anew, it is another text
        if not is_from_nico(self.headers, body):
            return self.answer(401)
        order = find_order(json.loads(body)["payNo"])
        self.answer(404 if order is None else 200, order)

    def answer(self, status, order=None):
        text = json.dumps(order or {}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


ThreadingHTTPServer.request_queue_size = 128  # so many may knock at once
ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8001"))), Orders).serve_forever()
