//! The scenarios that ASPI has a provider pass before it goes live, by their numbers in its functional sheet.
//! 11.13 to 11.18 are about calls that a merchant does not serve.

use serde_json::json;

use crate::harness::{App, EXPIRED, Key, PAID, Request, Response, SAMPLE, UNKNOWN, spawn_app};

type Scenario = (&'static str, fn(&App) -> Request, &'static str);

const SCENARIOS: &[Scenario] = &[
    ("11.1 access token invalid", |app| app.inquiry(SAMPLE).header("Authorization", "Bearer invalid"), "4010001"),
    ("11.2 unauthorized signature", |app| app.inquiry(SAMPLE).signed_with(Key::Stranger), "4010000"),
    ("11.3 missing mandatory field", |app| app.inquiry(SAMPLE).without_field("customerNo"), "4000002"),
    ("11.4 int for string", |app| app.inquiry(SAMPLE).field("customerNo", 89_101_110), "4000001"),
    (
        "11.4 letters for an amount",
        |app| app.payment(SAMPLE).field("paidAmount", json!({ "value": "ABCDEF", "currency": "IDR" })),
        "4000001",
    ),
    ("11.6 inquiry of a valid number", |app| app.inquiry(SAMPLE), "2000000"),
    ("11.7 inquiry of a paid bill", |app| app.inquiry(PAID), "4040014"),
    ("11.8 inquiry of an expired bill", |app| app.inquiry(EXPIRED), "4040019"),
    ("11.9 inquiry of an unknown number", |app| app.inquiry(UNKNOWN), "4040012"),
    ("11.10 payment", |app| app.payment(SAMPLE), "2000000"),
    ("11.11 payment of an unknown number", |app| app.payment(UNKNOWN), "4040012"),
    (
        "11.12 payment of another amount",
        |app| app.payment(SAMPLE).field("paidAmount", json!({ "value": "9999.00", "currency": "IDR" })),
        "4040013",
    ),
];

#[test]
fn each_scenario_has_its_code() {
    for (name, request, code) in SCENARIOS {
        let app = spawn_app();
        let answer = app.call(&request(&app));
        assert_eq!(answer.code(), *code, "{name}");
    }
}

/// 11.5 wants two calls, on either endpoint.
#[test]
fn scenario_11_5_the_same_external_id_twice() {
    let app = spawn_app();
    let answers = |request: fn(&App) -> Request| -> Vec<String> {
        let twice = [request(&app), request(&app)];
        twice.map(|request| Response::code(&app.call(&request.external_id("11245542345212"))).to_owned()).into()
    };
    assert_eq!(answers(|app| app.inquiry(SAMPLE)), ["2000000", "4090000"]);
    assert_eq!(answers(|app| app.payment(SAMPLE)), ["2000000", "4090000"]);
}
