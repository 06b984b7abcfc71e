//! `POST …/cvs/payment`

use nico::{Order, Status};
use serde_json::{Value, json};

use crate::harness::{
    ALFAMART, App, CANCELLED, EXPIRED, NICEPAY, OTHER, Orders, PAID, PAID_AND_EXPIRED, Request, SAMPLE, UNKNOWN,
    demo_orders, order, spawn, spawn_app,
};

const PAID_ANSWER: &str = "2000000 Successful";

#[test]
fn a_payment_is_acknowledged_and_recorded() {
    let app = spawn_app();
    let request = app
        .payment(SAMPLE)
        .external_id("11245542345212")
        .field("paymentRequestId", "41807553358950093184")
        .field("inquiryRequestId", "41807553358950093183");
    let answer = app.call(&request);
    let expected = json!({
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
            "inquiryRequestId": "41807553358950093183",
            "totalAmount": { "value": "10000.00", "currency": "IDR" },
            "partnerReferenceNo": "abcdefgh1234",
            "mitraCd": "ALMA",
            "payNoExpiredDateTime": "2024-07-03T12:08:56+07:00",
            "paymentRequestId": "41807553358950093184",
            "paidAmount": { "value": "10000.00", "currency": "IDR" },
            "trxDateTime": "2024-07-03T10:00:00+07:00",
        },
    });
    assert_eq!(answer.json, expected);
    let [recorded] = &app.ledger.recorded()[..] else { panic!("it is recorded once") };
    assert_eq!(recorded.payment_request_id.as_str(), "41807553358950093184");
    assert_eq!(recorded.external_id.as_str(), "11245542345212");
    assert_eq!((recorded.client_id.as_str(), recorded.amount.sen()), ("IONPAYTEST", 1_000_000));
    assert_eq!(recorded.order, order(SAMPLE));
    assert_eq!(recorded.body.as_str().as_bytes(), request.body, "the evidence is what was received");
}

/// What of a payment is read, from where: NICEPAY has not published this page, so its siblings' names count too.
/// The fields stand in for `payNo`, `paymentRequestId` and `paidAmount`; then the request id that is recorded.
type Spelling = (&'static str, fn() -> Value, &'static str);

const SPELLINGS: &[Spelling] = &[
    (
        "its parts",
        || json!({ "partnerServiceId": "7015", "customerNo": "89101110", "paymentRequestId": "p", "amt": "10000" }),
        "p",
    ),
    (
        "virtual account",
        || json!({ "virtualAccountNo": "701589101110", "trxId": "abcdefgh1234", "inquiryRequestId": "i", "totalAmount": { "value": "10000.00", "currency": "IDR" } }),
        "i",
    ),
    ("padded", || json!({ "virtualAccountNo": "  701589101110", "referenceNo": "r", "amount": 10000 }), "r"),
    (
        "tXid",
        || json!({ "payNo": "701589101110", "tXid": "IONPAYTEST03202407031000001234", "amt": 10000.00 }),
        "IONPAYTEST03202407031000001234",
    ),
    (
        "the header",
        || json!({ "payNo": "701589101110", "paidAmount": "10000.0" }),
        "IONPAYTEST/2024-07-03/from-the-header",
    ),
    (
        "the first",
        || json!({ "payNo": "701589101110", "referenceNo": "r", "paymentRequestId": "p", "amt": "1", "paidAmount": "10000" }),
        "p",
    ),
    (
        "empty ones",
        || json!({ "payNo": "701589101110", "paymentRequestId": "", "tXid": "t", "paidAmount": null, "amt": "10000" }),
        "t",
    ),
    (
        "small keys",
        || json!({ "payno": "701589101110", "PAYMENTREQUESTID": "p", "paidamount": { "VALUE": "10000", "Currency": "IDR" } }),
        "p",
    ),
    (
        "compact time",
        || json!({ "payNo": "701589101110", "tXid": "t", "amt": "10000", "trxDateTime": "20240703100000" }),
        "t",
    ),
    (
        "time in two",
        || json!({ "payNo": "701589101110", "tXid": "t", "amt": "10000", "transDt": "20240703", "transTm": "100000" }),
        "t",
    ),
    (
        "more",
        || json!({ "payNo": "701589101110", "tXid": "t", "amt": "10000", "additionalInfo": { "mitraCd": "INDO", "x": 1 }, "flagAdvise": "Y", "new": {} }),
        "t",
    ),
];

#[test]
fn siblings_names_are_read_too() {
    for (name, body, request_id) in SPELLINGS {
        let app = spawn_app();
        let request = app.payment(SAMPLE).external_id("from-the-header").json(&body());
        assert_eq!(app.call(&request).told(), PAID_ANSWER, "{name}");
        let recorded = app.ledger.recorded();
        assert_eq!(recorded[0].payment_request_id.as_str(), *request_id, "{name}");
    }
}

#[test]
fn the_chain_is_read_from_either_place() {
    let app = spawn_app();
    let without = app.payment(ALFAMART).without_field("mitraCd");
    let inside = |mitra_cd| without.clone().field("additionalInfo", json!({ "mitraCd": mitra_cd }));
    app.call(&inside("INDO").external_id("a")).expect("4040012");
    app.call(&inside("ALMA").external_id("b")).expect("2000000");
    app.call(&app.payment(SAMPLE).without_field("mitraCd")).expect("2000000");
}

type Told = (fn() -> Value, &'static str);

const AMOUNTS: &[Told] = &[
    (|| json!({ "value": "10000.00", "currency": "IDR" }), "2000000 Successful"),
    (|| json!({ "value": "10000", "currency": "IDR" }), "2000000 Successful"),
    (|| json!({ "value": "10000.0", "currency": "IDR" }), "2000000 Successful"),
    (|| json!({ "value": format!("{:016}.00", 10_000), "currency": "IDR" }), "2000000 Successful"),
    (|| json!({ "value": format!("{:017}.00", 10_000), "currency": "IDR" }), "4000001 Invalid Field Format paidAmount"),
    (|| json!({ "value": 10000, "currency": "IDR" }), "2000000 Successful"),
    (|| json!({ "value": "10000.01", "currency": "IDR" }), "4040013 Invalid Amount"),
    (|| json!({ "value": "9999.99", "currency": "IDR" }), "4040013 Invalid Amount"),
    (|| json!({ "value": "1000000", "currency": "IDR" }), "4040013 Invalid Amount"),
    (|| json!({ "value": "0.00", "currency": "IDR" }), "4040013 Invalid Amount"),
    (|| json!({ "value": "10000.00", "currency": "USD" }), "4040013 Invalid Amount"),
    (|| json!("9999"), "4040013 Invalid Amount"),
    (|| json!({ "value": "10000.00", "currency": "Rp" }), "4000001 Invalid Field Format currency"),
    (|| json!({ "value": "10000.00", "currency": "idr" }), "4000001 Invalid Field Format currency"),
    (|| json!({ "value": "10000.00", "currency": 360 }), "4000001 Invalid Field Format currency"),
    (|| json!({ "value": "10000.00" }), "4000002 Invalid Mandatory Field currency"),
    (|| json!({ "currency": "IDR" }), "4000002 Invalid Mandatory Field paidAmount"),
    (|| json!({ "value": null, "currency": "IDR" }), "4000002 Invalid Mandatory Field paidAmount"),
    (|| json!({ "value": "", "currency": "IDR" }), "4000002 Invalid Mandatory Field paidAmount"),
    (|| json!(null), "4000002 Invalid Mandatory Field paidAmount"),
    (|| json!(""), "4000002 Invalid Mandatory Field paidAmount"),
    (|| json!(true), "4000001 Invalid Field Format paidAmount"),
    (|| json!(["10000.00"]), "4000001 Invalid Field Format paidAmount"),
];

/// One amount, spelled as no amount is.
const NO_AMOUNTS: &[&str] = &[
    "1e4",
    "+10000",
    "-10000",
    ".5",
    "10000.",
    "10000.000",
    "10,000.00",
    "10.000,00",
    " 10000",
    "10000 ",
    "０１",
    "0x10",
    "ABCDEF",
    "NaN",
    "1000000000.00",
    "10000.00\u{0}",
];

#[test]
fn amounts_are_money_and_equal_when_they_are_equal() {
    for (amount, told) in AMOUNTS {
        let app = spawn_app();
        assert_eq!(app.call(&app.payment(SAMPLE).field("paidAmount", amount())).told(), *told, "{}", amount());
    }
    let app = spawn_app();
    for value in NO_AMOUNTS {
        let request = app.payment(SAMPLE).field("paidAmount", json!({ "value": value, "currency": "IDR" }));
        assert_eq!(app.call(&request).told(), "4000001 Invalid Field Format paidAmount", "{value:?}");
    }
    assert!(app.ledger.recorded().is_empty());
}

/// Numbers that a reader of floats would take for the bill's.
#[test]
fn an_amount_is_never_rounded() {
    let app = spawn_app();
    for number in ["10000.004", "10000.0000000000000001", "1e4", "1.0E4", "-0", "9999.999999999999999"] {
        let body = app.payment(SAMPLE).field("paidAmount", "HERE").sent_json().to_string();
        let answer = app.call(&app.payment(SAMPLE).body(body.replace("\"HERE\"", number)));
        assert_eq!(answer.told(), "4000001 Invalid Field Format paidAmount", "{number}");
    }
}

const BILLS: &[(&str, &str)] = &[
    (UNKNOWN, "4040012 Invalid Bill/Virtual Account [Not Found]"),
    (CANCELLED, "4040012 Invalid Bill/Virtual Account [Not Found]"),
    (PAID, "4040014 Paid Bill"),
    (PAID_AND_EXPIRED, "4040014 Paid Bill"),
    (EXPIRED, "4040019 Invalid Bill/Virtual Account"),
];

#[test]
fn a_bill_that_cannot_be_paid_is_not() {
    let app = spawn_app();
    for (pay_no, told) in BILLS {
        assert_eq!(app.call(&app.payment(pay_no)).told(), *told, "{pay_no}");
        let wrong = json!({ "value": "1.00", "currency": "IDR" });
        let answer = app.call(&app.payment(pay_no).field("paidAmount", wrong));
        assert_eq!(answer.told(), *told, "{pay_no}: the state is judged before the amount");
    }
    assert!(app.ledger.recorded().is_empty());
}

#[test]
fn the_merchants_reference_must_be_the_bills_where_it_is_sent() {
    let app = spawn_app();
    for name in ["partnerReferenceNo", "trxId"] {
        let answer = app.call(&app.payment(SAMPLE).field(name, "another"));
        assert_eq!(answer.told(), "4040012 Invalid Bill/Virtual Account [Not Found]", "{name}");
    }
    app.call(&app.payment(SAMPLE).field("partnerReferenceNo", "abcdefgh1234")).expect("2000000");
}

/// SNAP: where a payment comes from an inquiry, the two share an id. It is no duplicate.
#[test]
fn a_payment_may_bear_its_inquirys_id() {
    let app = spawn_app();
    app.call(&app.inquiry(SAMPLE).field("inquiryRequestId", "shared").external_id("1")).expect("2000000");
    app.call(&app.payment(SAMPLE).field("paymentRequestId", "shared").external_id("1")).expect("2000000");
    assert_eq!(app.ledger.recorded().len(), 1);
}

#[test]
fn paying_twice_under_another_id_is_refused() {
    let app = spawn_app();
    app.call(&app.payment(SAMPLE)).expect("2000000");
    assert_eq!(app.call(&app.payment(SAMPLE)).told(), "4040014 Paid Bill");
    app.advance(3 * 3600);
    assert_eq!(app.call(&app.payment(SAMPLE)).told(), "4040014 Paid Bill", "paid comes before expired");
    assert_eq!(app.ledger.recorded().len(), 1);
}

type Change = (&'static str, fn(Request) -> Request, &'static str);

/// The same request id again, with a new X-EXTERNAL-ID.
const RETRIES: &[Change] = &[
    ("exactly", |r| r, PAID_ANSWER),
    ("flagged as a retry", |r| r.field("flagAdvise", "Y"), PAID_ANSWER),
    ("another inquiry", |r| r.field("inquiryRequestId", "another"), PAID_ANSWER),
    ("another time", |r| r.field("trxDateTime", "2024-07-03T11:11:11+07:00"), PAID_ANSWER),
    ("another chain", |r| r.field("mitraCd", "INDO"), PAID_ANSWER),
    ("the amount spelled otherwise", |r| r.without_field("paidAmount").field("amt", "10000"), PAID_ANSWER),
    ("with the reference", |r| r.field("partnerReferenceNo", "abcdefgh1234"), PAID_ANSWER),
    ("pretty", |r| r.clone().body(serde_json::to_vec_pretty(&r.sent_json()).expect("JSON")), PAID_ANSWER),
    (
        "another number",
        |r| r.field("payNo", "701500000005").field("customerNo", "00000005"),
        "4040018 Inconsistent Request",
    ),
    (
        "another amount",
        |r| r.field("paidAmount", json!({ "value": "1.00", "currency": "IDR" })),
        "4040018 Inconsistent Request",
    ),
    (
        "another currency",
        |r| r.field("paidAmount", json!({ "value": "10000.00", "currency": "USD" })),
        "4040018 Inconsistent Request",
    ),
    ("another reference", |r| r.field("partnerReferenceNo", "another"), "4040018 Inconsistent Request"),
    (
        "an unknown number",
        |r| r.field("payNo", "701599999999").field("customerNo", "99999999"),
        "4040018 Inconsistent Request",
    ),
];

#[test]
fn a_retry_hears_success_again_and_another_payment_under_its_id_does_not() {
    let app = spawn_app();
    let first = app.payment(SAMPLE);
    app.call(&first).expect("2000000");
    for (name, change, told) in RETRIES {
        let retry = change(first.clone().external_id(&crate::harness::fresh("retry")));
        assert_eq!(app.call(&retry).told(), *told, "{name}");
    }
    assert_eq!(app.ledger.recorded().len(), 1, "and is recorded once");
}

/// Money that was taken is never called refused: not when the bill has expired, nor when the shop knows it as paid,
/// has cancelled it, or has forgotten it.
#[test]
fn a_retry_hears_success_whatever_has_become_of_the_bill() {
    let orders = Orders::of([order(SAMPLE)]);
    let app = spawn(orders.clone(), |provider| provider);
    let first = app.payment(SAMPLE);
    let body = app.call(&first).expect("2000000").json;
    let retry = |app: &App| app.call(&app.payment(SAMPLE).json(&first.sent_json())).expect("2000000").json;
    for status in [Status::Paid, Status::Cancelled] {
        orders.put(Order { status, ..order(SAMPLE) });
        assert_eq!(retry(&app), body, "the answer is the first one's");
    }
    app.advance(3 * 24 * 3600);
    assert_eq!(retry(&app), body, "three days later");
    assert_eq!(app.ledger.recorded().len(), 1);
}

/// An X-EXTERNAL-ID is unique per client and day only; where it stands in for the payment's id, so is that.
#[test]
fn an_id_out_of_the_header_is_this_clients_and_this_days() {
    let app = spawn(Orders::of(["701500000021", "701500000022", "701500000023"].map(order)), |provider| provider);
    let pay = |caller, pay_no| app.payment_by(caller, pay_no).external_id("one").without_field("paymentRequestId");
    let pay = |caller, pay_no| pay(caller, pay_no).without_field("inquiryRequestId");
    app.call(&pay(&NICEPAY, "701500000021")).expect("2000000");
    app.call(&pay(&OTHER, "701500000022")).expect("2000000");
    app.call(&pay(&NICEPAY, "701500000023")).expect("4090000");
    app.call(&pay(&NICEPAY, "701500000021")).expect("2000000");
    assert_eq!(app.ledger.recorded().len(), 2);
}

#[test]
fn what_is_missing_in_an_amount_is_told_before_what_is_malformed() {
    let app = spawn_app();
    let told = |body| app.call(&app.payment(SAMPLE).json(&body)).told();
    let malformed = json!({ "payNo": "7015x", "paidAmount": { "value": "1", "currency": "idr" } });
    assert_eq!(told(malformed), "4000001 Invalid Field Format payNo");
    let without_currency = json!({ "payNo": "7015x", "paidAmount": { "value": "1" } });
    assert_eq!(told(without_currency), "4000002 Invalid Mandatory Field currency");
    let without_value = json!({ "payNo": "7015x", "paidAmount": { "currency": "IDR" } });
    assert_eq!(told(without_value), "4000002 Invalid Mandatory Field paidAmount");
}

#[test]
fn a_number_and_its_parts_must_agree() {
    let app = spawn_app();
    let bare = |parts: Value| {
        let mut body = json!({ "paymentRequestId": "p", "paidAmount": "10000.00" });
        parts.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        app.call(&app.payment(SAMPLE).json(&body))
    };
    for parts in [
        json!({ "payNo": SAMPLE, "partnerServiceId": "9999" }),
        json!({ "payNo": SAMPLE, "customerNo": "89101111" }),
        json!({ "payNo": SAMPLE, "partnerServiceId": "7015", "customerNo": "8910111" }),
        json!({ "virtualAccountNo": SAMPLE, "customerNo": "1110" }),
    ] {
        assert_eq!(bare(parts.clone()).told(), "4000001 Invalid Field Format payNo", "{parts}");
    }
    for parts in [
        json!({ "payNo": SAMPLE }),
        json!({ "payNo": SAMPLE, "partnerServiceId": "7015" }),
        json!({ "virtualAccountNo": format!("    {SAMPLE}"), "customerNo": "89101110" }),
        json!({ "partnerServiceId": "7015", "customerNo": "89101110" }),
    ] {
        let answer = bare(parts.clone()).expect("2000000");
        let data = &answer.json["payNoData"];
        assert_eq!((&data["partnerServiceId"], &data["customerNo"]), (&json!("7015"), &json!("89101110")), "{parts}");
    }
}

#[test]
fn another_client_sees_the_same_ledger() {
    let app = spawn_app();
    app.call(&app.payment(SAMPLE)).expect("2000000");
    app.call(&app.payment_by(&OTHER, SAMPLE)).expect("4040014");
    let stands = spawn(Orders::of(demo_orders()), |provider| provider);
    stands.call(&stands.payment_by(&OTHER, SAMPLE)).expect("2000000");
}
