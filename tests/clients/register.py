"""PyPI's `nicepay` registers a convenience-store number at the gateway at the address given, by V1 and by V2, and reads
the answers. Its V1 puts the fields into the query, and takes four characters away before the answer's JSON.

Usage: register.py URL
"""

import datetime
import re
import sys
import time

from nicepay import NicePayV1, NicePayV2

MERCHANT_KEY = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A=="
JAKARTA = datetime.timezone(datetime.timedelta(hours=7))
RUN = time.time_ns()

passed = failed = 0


def main(url: str) -> None:
    v1(url)
    v2(url)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


def v1(url: str) -> None:
    order = {"referenceNo": f"python-v1-{RUN}", "amt": "10000"}
    answer = register_v1(url, order)
    check("V1: a number is registered", answer.get("resultCd") == "0000", answer)
    check("V1: the number is twelve digits of text", is_number(answer.get("payNo")), answer)
    check("V1: amt comes back as amount", answer.get("amount") == "10000", answer)
    check("V1: callBackUrl comes back as callbackUrl", answer.get("callbackUrl") == "https://shop.example/back", answer)
    check("V1: HTTP says 200", answer["status_code"] == 200, answer)

    status = client(NicePayV1, f"{url}/nicepay/api/onePassStatus.do").check_payment(tXid=answer.get("tXid"), **order)
    check("V1: its status is unpaid", (status.get("resultCd"), status.get("status")) == ("0000", "3"), status)
    check("V1: with the same number", status.get("payNo") == answer.get("payNo"), status)
    again = register_v1(url, order)
    check("V1: the same referenceNo is refused with 9009", again.get("resultCd") == "9009", again)
    check("V1: and with 200 all the same", again["status_code"] == 200, again)


def v2(url: str) -> None:
    order = {"timeStamp": stamp(), "referenceNo": f"python-v2-{RUN}", "amt": "10000"}
    gateway = client(NicePayV2, f"{url}/nicepay/direct/v2/registration")
    answer = gateway.request_registration(**order, **goods(), userIP="127.0.0.1")
    check("V2: a number is registered", answer.get("resultCd") == "0000", answer)
    check("V2: the number is twelve digits of text", is_number(answer.get("payNo")), answer)

    about = {"tXid": answer.get("tXid"), "timeStamp": stamp()}
    inquiry = client(NicePayV2, f"{url}/nicepay/direct/v2/inquiry")
    status = inquiry.request_inquiry(**{**order, **about})
    check("V2: its status is unpaid", (status.get("resultCd"), status.get("status")) == ("0000", "3"), status)
    cancel = client(NicePayV2, f"{url}/nicepay/direct/v2/cancel")
    cancelled = cancel.request_cancel(**about, payMethod="03", cancelType="1", amt="10000")
    check("V2: an unpaid number is cancelled", cancelled.get("resultCd") == "0000", cancelled)
    status = inquiry.request_inquiry(**{**order, **about})
    check("V2: and can no longer be paid", status.get("status") == "4", status)


def register_v1(url: str, order: dict) -> dict:
    """The client has a method for cards alone; this is that method's way, with a store's fields."""
    gateway = client(NicePayV1, f"{url}/nicepay/api/onePass.do")
    fields = {
        **order,
        **goods(),
        "iMid": gateway.imid,
        "callBackUrl": gateway.api_callback_url,
        "dbProcessUrl": gateway.api_notification_url,
        "description": "Pembelian",
        "userIP": "127.0.0.1",
        "merchantToken": gateway.get_merchant_token(**order),
    }
    return gateway.send(**fields)


def goods() -> dict:
    expiry = stamp(hours=24)
    return {
        "payMethod": "03",
        "currency": "IDR",
        "goodsNm": "Buku tulis & pensil",
        "billingNm": "Siti Aisyah",
        "billingPhone": "081234567890",
        "billingEmail": "siti@example.com",
        "billingCity": "Jakarta Pusat",
        "billingState": "DKI Jakarta",
        "billingPostCd": "10210",
        "billingCountry": "Indonesia",
        "cartData": "{}",
        "mitraCd": "INDO",
        "payValidDt": expiry[:8],
        "payValidTm": expiry[8:],
    }


def client(version, api_url: str):
    made = version()
    made.api_url = api_url
    made.api_key = MERCHANT_KEY
    made.imid = "IONPAYTEST"
    made.api_callback_url = "https://shop.example/back"
    made.api_notification_url = "https://shop.example/notified"
    return made


def stamp(hours: int = 0) -> str:
    return (datetime.datetime.now(JAKARTA) + datetime.timedelta(hours=hours)).strftime("%Y%m%d%H%M%S")


def is_number(pay_no) -> bool:
    return isinstance(pay_no, str) and re.fullmatch(r"\d{12}", pay_no) is not None


def check(what: str, holds: bool, seen) -> None:
    global passed, failed
    print(f"nicepay: {what}" if holds else f"nicepay: NOT SO: {what} ({seen})")
    passed, failed = passed + holds, failed + (not holds)


if __name__ == "__main__":
    main(*sys.argv[1:])
