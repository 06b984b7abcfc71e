//! `POST …/cvs/inquiry`

use nico::snap::amount::Currency;
use nico::{MitraCd, Order, OrderRepository, PayNo, PayNoName, Status, StoreError};
use serde_json::{Value, json};

use crate::harness::{
    ALFAMART, CANCELLED, EXPIRED, Key, NICEPAY, OTHER, Orders, PAID, PAID_AND_EXPIRED, Request, SAMPLE, UNKNOWN,
    demo_orders, order, spawn, spawn_app, spawn_at, spawn_without_ledger,
};

#[test]
fn the_documented_sample_is_answered_field_for_field() {
    let app = spawn_app();
    let request = app.inquiry(SAMPLE).field("inquiryRequestId", "41807553358950093184");
    let answer = app.call(&request).expect("2000000");
    let documented = json!({
        "responseCode": "2000000",
        "responseMessage": "Successful",
        "payNoData": {
            "partnerServiceId": "7015",
            "customerNo": "89101110",
            "payNo": "701589101110",
            "payNoName": "John Test",
            "goodsName": "Pembelian John Test",
            "payNoPhone": "087771122333",
            "payNoEmail": "jhon@test.com",
            "inquiryRequestId": "41807553358950093184",
            "totalAmount": { "value": "10000.00", "currency": "IDR" },
            "partnerReferenceNo": "abcdefgh1234",
            "mitraCd": "ALMA",
            "payNoExpiredDateTime": "2024-07-03T12:08:56+07:00",
        },
    });
    assert_eq!(answer.json, documented);
    assert_eq!(answer.header("x-timestamp"), Some(app.now().as_str()));
}

const STATES: &[(&str, &str)] = &[
    (SAMPLE, "2000000 Successful"),
    (PAID, "4040014 Paid Bill"),
    (EXPIRED, "4040019 Invalid Bill/Virtual Account"),
    (CANCELLED, "4040012 Invalid Bill/Virtual Account [Not Found]"),
    (UNKNOWN, "4040012 Invalid Bill/Virtual Account [Not Found]"),
    (PAID_AND_EXPIRED, "4040014 Paid Bill"),
    (ALFAMART, "2000000 Successful"),
];

#[test]
fn a_bills_state_has_its_answer() {
    let app = spawn_app();
    for (pay_no, told) in STATES {
        assert_eq!(app.call(&app.inquiry(pay_no)).told(), *told, "{pay_no}");
    }
}

#[test]
fn a_bill_for_one_chain_is_unknown_to_the_others() {
    let app = spawn_app();
    for (pay_no, mitra_cd, code) in [
        (ALFAMART, "ALMA", "2000000"),
        (ALFAMART, "INDO", "4040012"),
        (SAMPLE, "INDO", "2000000"),
        (SAMPLE, "X1", "2000000"),
    ] {
        let answer = app.call(&app.inquiry(pay_no).field("mitraCd", mitra_cd)).expect(code);
        let echoed = answer.json.pointer("/payNoData/mitraCd").and_then(Value::as_str);
        assert_eq!(echoed, (code == "2000000").then_some(mitra_cd));
    }
}

#[test]
fn a_bill_ends_with_the_second_that_it_names() {
    let app = spawn_app();
    app.advance(2 * 3600 + 8 * 60 + 55);
    app.call(&app.inquiry(SAMPLE)).expect("2000000");
    app.advance(1);
    assert_eq!(app.now(), "2024-07-03T12:08:56+07:00");
    for _ in 0..2 {
        app.call(&app.inquiry(SAMPLE)).expect("4040019");
    }
}

/// The shop may be slow to learn that its bill was paid; our own ledger is not.
#[test]
fn a_bill_in_the_ledger_is_paid_whatever_the_shop_says() {
    let app = spawn_app();
    app.call(&app.payment(SAMPLE)).expect("2000000");
    app.call(&app.inquiry(SAMPLE)).expect("4040014");
    app.advance(3 * 3600);
    app.call(&app.inquiry(SAMPLE)).expect("4040014");
}

/// A number that is used again for another order is another bill.
#[test]
fn a_number_may_be_used_again() {
    let orders = Orders::of(demo_orders());
    let app = spawn(orders.clone(), |provider| provider);
    app.call(&app.payment(SAMPLE)).expect("2000000");
    let next = nico::PartnerReferenceNo::parse("next-order").expect("a reference");
    orders.put(Order { partner_reference_no: next, ..order(SAMPLE) });
    app.call(&app.inquiry(SAMPLE)).expect("2000000");
    app.call(&app.payment(SAMPLE)).expect("2000000");
    assert_eq!(app.ledger.recorded().len(), 2);
}

#[test]
fn leading_zeros_and_short_numbers_are_kept() {
    let app = spawn(Orders::of([order("000000000001"), order("701512")]), |provider| provider);
    for pay_no in ["000000000001", "701512"] {
        let answer = app.call(&app.inquiry(pay_no)).expect("2000000");
        assert_eq!(answer.json["payNoData"]["payNo"], pay_no);
        assert_eq!(answer.json["payNoData"]["customerNo"], pay_no[4..]);
    }
}

type Case = (&'static str, fn(Request) -> Request);

const HONEST: &[Case] = &[
    ("Application/JSON", |r| r.header("Content-Type", "Application/JSON")),
    ("charset", |r| r.header("Content-Type", "application/json;charset=\"UTF-8\"")),
    ("small names", |r| r.names(str::to_ascii_lowercase)),
    ("X-CLIENT-KEY as well", |r| r.header("X-CLIENT-KEY", "IONPAYTEST")),
    ("a channel of 12", |r| r.header("CHANNEL-ID", "IONPAYTEST01")),
    ("a channel of 40, with a blank", |r| r.header("CHANNEL-ID", "Kasir 1 ".repeat(5).trim_end())),
    ("an id of letters", |r| r.external_id("ordNo20240703.A_b-1")),
    ("an id of 40", |r| r.external_id(&"9".repeat(40))),
    ("a second key", |r| r.signed_with(Key::Rotated)),
    ("a fraction", |r| r.timestamp("2024-07-03T10:00:00.999999999+07:00")),
    ("Greenwich", |r| r.timestamp("2024-07-03T03:00:00Z")),
    ("another offset", |r| r.timestamp("2024-07-02T15:30:00-11:30")),
    ("the window's edges", |r| r.timestamp("2024-07-03T09:55:00+07:00")),
    ("the window's other edge", |r| r.timestamp("2024-07-03T10:05:00+07:00")),
    ("small bearer", |r| quoted(r, |token| format!("bearer {token}"))),
    ("a quoted token", |r| quoted(r, |token| format!("Bearer \"{token}\""))),
    ("a query", |r| r.clone().to(&format!("{}?from=alfamart", r.path))),
    ("headers nobody reads", |r| r.also("X-Forwarded-For", "a").also("X-Forwarded-For", "b").also("ORIGIN", "x")),
    ("fields nobody reads", |r| r.field("additionalInfo", json!({ "deviceId": [1, null, "x"] }))),
    ("spaces", |r| respelled(r, |json| serde_json::to_string_pretty(json).expect("JSON"))),
    ("small keys", |r| respelled(r, |json| json.to_string().replace("payNo", "payno").replace("mitraCd", "MITRACD"))),
    ("escapes", |r| respelled(r, |json| json.to_string().replace("ALMA", "\\u0041LMA"))),
    ("chunks of one byte", |r| r.chunked(1)),
    ("the last on its connection", |r| r.header("Connection", "close")),
];

fn quoted(request: Request, write: fn(&str) -> String) -> Request {
    let sent = request.sent("Authorization").expect("it has a token");
    let token = sent.trim_start_matches("Bearer ").to_owned();
    request.header("Authorization", write(&token))
}

fn respelled(request: Request, write: fn(&Value) -> String) -> Request {
    let body = write(&request.sent_json());
    request.body(body)
}

#[test]
fn what_honest_callers_send_is_taken() {
    let app = spawn_app();
    for (name, change) in HONEST {
        assert_eq!(app.call(&change(app.inquiry(SAMPLE))).told(), "2000000 Successful", "{name}");
    }
}

#[test]
fn a_caller_who_waits_for_a_go_ahead_gets_it() {
    let app = spawn_app();
    let request = app.inquiry(SAMPLE).header("Expect", "100-continue");
    let mut connection = app.connect();
    connection.send(&request.head(request.body.len() as u64));
    assert_eq!(connection.receive(true).status, 100);
    connection.send(&request.body);
    app.receive(&mut connection, &request).expect("2000000");
}

#[test]
fn the_base_path_is_configured() {
    for base in ["/api", "/nicepay", "", "/a/b", "/api/"] {
        let app = spawn_at(base.trim_end_matches('/'), Orders::of(demo_orders()), |provider| provider.base_path(base));
        app.call(&app.inquiry(SAMPLE)).expect("2000000");
        app.call(&app.payment(SAMPLE)).expect("2000000");
        app.call(&Request::bare("GET", "/health/live")).expect("2000000");
    }
}

/// Every client of an instance sees the same orders.
#[test]
fn another_client_is_served_alike() {
    let app = spawn_app();
    app.call(&app.inquiry_by(&OTHER, SAMPLE)).expect("2000000");
    app.call(&app.inquiry_by(&NICEPAY, SAMPLE)).expect("2000000");
}

/// A store that answers with another number's order must not have it told.
struct Confused;

impl OrderRepository for Confused {
    async fn find_by_pay_no(&self, _: &PayNo) -> Result<Option<Order>, StoreError> {
        Ok(Some(order(PAID)))
    }
}

#[test]
fn another_numbers_order_is_not_told() {
    let app = spawn(Confused, |provider| provider);
    assert_eq!(app.call(&app.inquiry(SAMPLE)).told(), "5000000 General Error");
    assert_eq!(app.call(&app.payment(SAMPLE)).told(), "5000000 General Error");
    assert!(app.ledger.recorded().is_empty());
}

/// Bills are in rupiah. A shop that says otherwise is wrong, and no store is told to collect dollars.
#[test]
fn an_amount_in_another_currency_is_not_told() {
    let dollars = order(SAMPLE).amount.in_currency(Currency::parse("USD").expect("a currency"));
    let app = spawn(Orders::in_memory([Order { amount: dollars, ..order(SAMPLE) }]), |provider| provider);
    assert_eq!(app.call(&app.inquiry(SAMPLE)).told(), "5000000 General Error");
    let payment = app.payment(SAMPLE).field("paidAmount", json!({ "value": "10000.00", "currency": "USD" }));
    assert_eq!(app.call(&payment).told(), "5000000 General Error");
    assert!(app.ledger.recorded().is_empty());
}

#[test]
fn what_the_shop_changes_is_seen_at_once() {
    let orders = Orders::of([order(SAMPLE)]);
    let app = spawn(orders.clone(), |provider| provider);
    let changes: [(Order, &str); 4] = [
        (Order { pay_no_name: PayNoName::parse("Ñusantara 雅加达").expect("a name"), ..order(SAMPLE) }, "2000000"),
        (Order { status: Status::Cancelled, ..order(SAMPLE) }, "4040012"),
        (Order { status: Status::Paid, ..order(SAMPLE) }, "4040014"),
        (Order { mitra_cd: MitraCd::parse("INDO").ok(), ..order(SAMPLE) }, "4040012"),
    ];
    for (order, code) in changes {
        let name = order.pay_no_name.as_str().to_owned();
        orders.put(order);
        let answer = app.call(&app.inquiry(SAMPLE)).expect(code);
        if code == "2000000" {
            assert_eq!(answer.json["payNoData"]["payNoName"], name);
        }
    }
}

/// Without a ledger there is no payment endpoint, and inquiries are answered from the orders alone.
#[test]
fn a_provider_without_a_ledger_has_no_payments() {
    let app = spawn_without_ledger(Orders::of(demo_orders()));
    app.call(&app.inquiry(SAMPLE)).expect("2000000");
    app.call(&app.inquiry(PAID)).expect("4040014");
    assert_eq!(app.call(&app.payment(SAMPLE)).told(), "4040001 Transaction Not Found");
}
