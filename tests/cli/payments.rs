//! `nico payment list`, also while a server writes.

use crate::json_lines;
use crate::process::Folder;
use crate::wire::{Connection, Nicepay};

#[test]
fn every_payment_is_listed_while_the_server_runs() {
    let folder = Folder::with_keys();
    assert_eq!(folder.nico(&["payment", "list"]).good(), "");
    assert_eq!(folder.nico(&["payment", "list", "--json"]).good(), "");
    folder.import(&[crate::order("701500000001"), crate::order("701500000002")]).good();
    let server = folder.serve(&[], &[]);
    let nicepay = Nicepay::at(&server.address, &folder.path("keys"));
    let mut connection = Connection::open(&server.address).unwrap();
    for (external_id, pay_no, request_id) in [("21", "701500000002", "P-2"), ("22", "701500000001", "P-1")] {
        let answer = connection.send(&nicepay.payment(external_id, pay_no, request_id)).unwrap();
        assert_eq!(answer.code(), "2000000");
    }
    let text = folder.nico(&["payment", "list"]).good();
    let listed = json_lines(&folder.nico(&["payment", "list", "--json"]).good());
    assert_eq!((text.lines().count(), listed.len()), (2, 2));
    for (index, (line, payment)) in text.lines().zip(&listed).enumerate() {
        let number = 2 - index;
        let value = |name: &str| payment[name].as_str().unwrap_or_else(|| panic!("{name} in {payment}")).to_owned();
        assert_eq!(value("payNo"), format!("70150000000{number}"), "in the order of their recording");
        assert_eq!(value("paymentRequestId"), format!("P-{number}"));
        assert_eq!(value("partnerReferenceNo"), format!("INV-70150000000{number}"));
        assert_eq!(value("externalId"), format!("2{}", index + 1));
        assert_eq!((value("amount"), value("currency")), ("10000.00".to_owned(), "IDR".to_owned()));
        assert_eq!((value("clientId"), value("mitraCd")), ("IONPAYTEST".to_owned(), "ALMA".to_owned()));
        assert!(payment["trxDateTime"].is_null() && value("recordedAt").ends_with("+07:00"), "{payment}");
        for name in ["payNo", "paymentRequestId", "partnerReferenceNo", "amount", "recordedAt"] {
            assert!(line.contains(&value(name)), "{name} in {line}");
        }
    }
    let paid = folder.orders().iter().filter(|order| order["status"] == "paid").count();
    assert_eq!(paid, 2, "nico's own orders are marked with their payment");
}
