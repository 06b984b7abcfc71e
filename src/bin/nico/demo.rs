//! Orders to try the sandbox on: the documents' sample, one that is paid, one that has expired.

use chrono::TimeDelta;
use nico::Order;
use nico::clock::{Clock, SystemClock};
use nico::snap::json::Object;
use nico::snap::timestamp::jakarta_text;

/// The number of the documents' sample.
pub(crate) const SAMPLE_PAY_NO: &str = "701589101110";

pub(crate) fn demo_orders() -> Vec<Order> {
    let now = SystemClock.now();
    let (ahead, past) = (jakarta_text(now + TimeDelta::days(365)), jakarta_text(now - TimeDelta::days(1)));
    [
        (SAMPLE_PAY_NO, "abcdefgh1234", "unpaid", &ahead),
        ("701589101111", "abcdefgh1235", "paid", &ahead),
        ("701589101112", "abcdefgh1236", "unpaid", &past),
    ]
    .map(|(pay_no, reference, status, expires_at)| {
        let order = serde_json::json!({
            "payNo": pay_no, "payNoName": "John Test", "goodsName": "Pembelian John Test", "payNoPhone": "087771122333",
            "payNoEmail": "jhon@test.com", "amount": "10000.00", "partnerReferenceNo": reference,
            "expiresAt": expires_at, "status": status,
        });
        let object = Object::parse(order.to_string().as_bytes()).expect("BUG: the demo orders are JSON");
        Order::read(&object).expect("BUG: the demo orders are orders")
    })
    .into()
}
