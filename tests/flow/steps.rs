//! The 23 steps of NICEPAY's flow, one after the other, for each product and over each kind of store.

use serde_json::Value;

use crate::process::wait_for;
use crate::stage::{Stage, order};
use crate::wire::{Connection, Nicepay};

#[test]
fn v1_enterprise_on_sqlite() {
    v1("sqlite");
}

#[test]
fn v1_enterprise_on_postgresql() {
    v1("postgres");
}

#[test]
fn v1_enterprise_on_mariadb() {
    v1("mariadb");
}

#[test]
fn checkout_on_sqlite() {
    checkout("sqlite");
}

#[test]
fn checkout_on_postgresql() {
    checkout("postgres");
}

#[test]
fn nico_on_sqlite() {
    nico("sqlite");
}

#[test]
fn nico_on_postgresql() {
    nico("postgres");
}

/// Numbers in comments are those of NICEPAY's page on the flow.
fn v1(engine: &str) {
    let stage = Stage::open(engine);
    // 1–6: the customer checks out, the merchant registers, NICEPAY issues the number, and it is shown to the customer.
    let answer = stage.register(&order("v1", "INV-1"));
    assert_eq!(answer.status, 201, "{answer:?}");
    let registered: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((&registered["state"], &registered["mitraCd"]), (&"issued".into(), &"ALMA".into()));
    let pay_no = registered["payNo"].as_str().unwrap().to_owned();
    assert_eq!(pay_no.len(), 12);
    // 7–15: at the store.
    is_paid_at_the_store(&stage, &pay_no, "INV-1");
    // 18–22: notified, asked, answered.
    is_believed(&stage, &pay_no, "INV-1");
    // 23: the customer is told by the shop, which was told by us.
    stage.is_told("INV-1", &["order.paid"]);
    repeated(&stage, &pay_no);
}

fn checkout(engine: &str) {
    let stage = Stage::open(engine);
    let answer = stage.register(&order("checkout", "INV-1"));
    assert_eq!(answer.status, 201, "{answer:?}");
    let registered: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((&registered["state"], &registered["payNo"]), (&"issued".into(), &Value::Null));
    // The customer's browser is sent to NICEPAY's page, chooses a store there, and is shown the number.
    let url = registered["paymentUrl"].as_str().unwrap();
    let (_, path) = url.split_once(&stage.nicepay.address).unwrap();
    let t_xid = registered["tXid"].as_str().unwrap();
    assert!(path.ends_with(&format!("?tXid={t_xid}")), "{path}");
    let page = |request: &str| Connection::open(&stage.nicepay.address).unwrap().send(request).unwrap();
    assert!(page(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", stage.nicepay.address)).body.contains("Alfamart"));
    let form = format!("tXid={t_xid}&mitraCd=INDO");
    let (bare, length, host) = (path.split('?').next().unwrap(), form.len(), &stage.nicepay.address);
    let type_ = "Content-Type: application/x-www-form-urlencoded";
    let chosen =
        page(&format!("POST {bare} HTTP/1.1\r\nHost: {host}\r\n{type_}\r\nContent-Length: {length}\r\n\r\n{form}"));
    assert_eq!(chosen.status, 303);
    let books = &stage.nicepay.office.books;
    let pay_no = books.find_by_t_xid(t_xid, stage.nicepay.office.clock.now()).unwrap().pay_no.unwrap();
    // The browser comes back: sent on to the shop with nothing but the reference, and NICEPAY is asked.
    assert_eq!(stage.nicepay.comes_back(&pay_no), (303, "https://shop.example/orders?referenceNo=INV-1".to_owned()));
    wait_for("the number to be known", || (stage.standing("INV-1")["payNo"] == *pay_no).then_some(()));
    assert_eq!(stage.standing("INV-1")["state"], "issued", "that a browser came back pays nothing");
    is_paid_at_the_store(&stage, &pay_no, "INV-1");
    is_believed(&stage, &pay_no, "INV-1");
    stage.is_told("INV-1", &["order.paid"]);
    assert_eq!(stage.standing("INV-1")["mitraCd"], "INDO");
}

/// NICEPAY is paid and does not tell yet: nothing is believed before it does, or is asked.
fn is_paid_at_the_store(stage: &Stage, pay_no: &str, reference_no: &str) {
    assert!(stage.nicepay.office.store_asks(pay_no).answered().unwrap().body.contains(reference_no));
    stage.nicepay.store_pays(pay_no);
}

fn is_believed(stage: &Stage, pay_no: &str, reference_no: &str) {
    assert_eq!(stage.nicepay.notifies(pay_no), (200, "SUCCESS".to_owned()));
    let standing = stage.comes_to(reference_no, "paid");
    let evidence: Vec<_> =
        standing["steps"].as_array().unwrap().iter().map(|step| step["evidence"].as_str().unwrap()).collect();
    assert!(evidence[0].starts_with("registered at NICEPAY as IONPAYTEST03"), "{evidence:?}");
    assert_eq!(evidence.last(), Some(&"NICEPAY's status inquiry says paid (status 0)"), "{evidence:?}");
}

/// Whatever is told or asked again changes nothing, and the same order again is not another.
fn repeated(stage: &Stage, pay_no: &str) {
    let before = stage.standing("INV-1");
    assert_eq!(stage.nicepay.notifies(pay_no), (200, "SUCCESS".to_owned()));
    let again = stage.register(&order("v1", "INV-1"));
    assert_eq!(again.status, 200, "{again:?}");
    assert!(again.body.contains("\"state\":\"paid\""), "{again:?}");
    let mut other = order("v1", "INV-1");
    other["amt"] = "10001".into();
    assert_eq!(stage.register(&other).status, 409);
    let after = stage.standing("INV-1");
    assert_eq!((&before["state"], &before["payNo"]), (&after["state"], &after["payNo"]));
    assert_eq!(stage.nicepay.calls("onePass.do"), 1);
    assert_eq!(stage.shop.events("INV-1"), ["order.paid"]);
    holds_nothing_personal(&stage.nico.as_ref().unwrap().log());
}

/// The merchant's own number: nico is asked, and told.
fn nico(engine: &str) {
    let stage = Stage::open(engine);
    let line = r#"{"payNo":"701500000001","payNoName":"Siti Aisyah","goodsName":"Buku","payNoPhone":"081234567890","payNoEmail":"siti@example.com","amount":"10000.00","partnerReferenceNo":"INV-1","expiresAt":"2030-01-31T12:00:00+07:00","status":"unpaid"}"#;
    stage.folder.write("orders.jsonl", line);
    stage.folder.nico(&["order", "import", "orders.jsonl"]).good();
    let nicepay = Nicepay::at(&stage.provider(), &stage.folder.path("keys"));
    assert_eq!(stage.ask_provider(&nicepay.inquiry("X-1", "701500000001")).code(), "2000000");
    assert_eq!(stage.ask_provider(&nicepay.payment("X-2", "701500000001", "P-1")).code(), "2000000");
    assert_eq!(stage.ask_provider(&nicepay.payment("X-3", "701500000001", "P-1")).code(), "2000000");
    stage.is_told("INV-1", &["payment.recorded"]);
    let told = stage.shop.all().remove(0);
    assert_eq!(told["data"]["paidAmount"]["value"], "10000.00", "{told}");
    assert_eq!(told["data"]["paymentRequestId"], "P-1", "{told}");
    holds_nothing_personal(&stage.nico.as_ref().unwrap().log());
}

fn holds_nothing_personal(log: &str) {
    for secret in ["Siti", "081234567890", "siti@example.com", "whsec_", crate::stage::API_KEY, "33F49Gn"] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}
