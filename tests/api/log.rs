//! What is logged: one line an exchange with the true cause, and of what came in nothing secret and nothing personal.
//! (That no token, signature or person is in any line is held by the harness, in every test.)

use nico::{GoodsName, Order, PayNoEmail, PayNoName, PayNoPhone};
use serde_json::json;
use tracing::Level;

use crate::harness::{
    ALFAMART, App, CANCELLED, EXPIRED, Ids, Key, LEAK, Ledger, Mood, NICEPAY, OTHER, Orders, PAID, Request, SAMPLE,
    UNKNOWN, Unreliable, demo_orders, order, soon_over, spawn, spawn_app,
};

type Refused = (fn(&App) -> Request, &'static str, &'static str);

/// A request, its code, and the cause as the log has it: what the caller is not told.
const REFUSED: &[Refused] = &[
    (|app| app.inquiry(SAMPLE).without("Authorization"), "4010001", "there is no bearer token"),
    (|app| app.inquiry(SAMPLE).header("Authorization", "Basic eA=="), "4010001", "not of the form Bearer TOKEN"),
    (|app| app.inquiry(SAMPLE).header("Authorization", "Bearer x"), "4010001", "not one of ours"),
    (|app| app.inquiry(SAMPLE).header("X-PARTNER-ID", OTHER.id), "4010001", "belongs to another client"),
    (|app| app.inquiry(SAMPLE).header("X-PARTNER-ID", "NOBODY"), "4010000", "no client of this id"),
    (|app| app.inquiry(SAMPLE).header("X-CLIENT-KEY", OTHER.id), "4010000", "X-CLIENT-KEY and X-PARTNER-ID differ"),
    (|app| app.inquiry(SAMPLE).without("CHANNEL-ID"), "4000002", "CHANNEL-ID is missing or empty"),
    (|app| app.inquiry(SAMPLE).twice("X-TIMESTAMP"), "4000001", "X-TIMESTAMP is not of the form"),
    (|app| app.inquiry(SAMPLE).timestamp("2024-07-03T09:50:00+07:00"), "4010000", "is 600 s behind"),
    (|app| app.inquiry(SAMPLE).timestamp("2024-07-03T10:10:00+07:00"), "4010000", "is 600 s ahead"),
    (|app| app.inquiry(SAMPLE).signed_with(Key::Stranger), "4010000", "made by another key or over another text"),
    (|app| app.inquiry(SAMPLE).header("X-SIGNATURE", "%"), "4010000", "not standard base64"),
    (|app| app.inquiry(SAMPLE).header("X-SIGNATURE", "AAAA"), "4010000", "decodes to 3 bytes"),
    (
        |app| app.inquiry(SAMPLE).header("Content-Type", "text/plain"),
        "4000000",
        "not declared as plain application/json",
    ),
    (|app| app.inquiry(SAMPLE).body("{"), "4000000", "the body is not JSON"),
    (|app| app.inquiry(SAMPLE).body("[]"), "4000000", "JSON but not an object"),
    (|app| app.inquiry(SAMPLE).body(b"\xff".to_vec()), "4000000", "not UTF-8"),
    (|app| app.inquiry(SAMPLE).body(r#"{"a":1,"A":1}"#), "4000000", "names a key twice"),
    (|app| app.inquiry(SAMPLE).body("[".repeat(17) + &"]".repeat(17)), "4000000", "nests deeper than 16"),
    (|app| app.inquiry(SAMPLE).field("payNo", 1), "4000001", "payNo is not of the form"),
    (|app| app.inquiry(SAMPLE).without_field("mitraCd"), "4000002", "mitraCd is missing or empty"),
    (|app| app.inquiry(SAMPLE).body(vec![b' '; 70_000]), "4130000", "more than 65536 bytes"),
    (|app| app.inquiry(UNKNOWN), "4040012", "no order has this number"),
    (|app| app.inquiry(CANCELLED), "4040012", "the order is cancelled"),
    (|app| app.inquiry(ALFAMART).field("mitraCd", "INDO"), "4040012", "belongs to another chain of stores"),
    (|app| app.payment(SAMPLE).field("trxId", "another"), "4040012", "names another partnerReferenceNo"),
    (|app| app.payment(SAMPLE).field("paidAmount", "1"), "4040013", "the amount or its currency is not the bill's"),
    (|app| app.inquiry(PAID), "4040014", "the order is paid"),
    (|app| app.inquiry(EXPIRED), "4040019", "the order has expired"),
    (|app| app.inquiry(SAMPLE).verb("PUT"), "4050000", "does not take that verb"),
    (|app| app.inquiry(SAMPLE).to("/nowhere"), "4040001", "no such path"),
    (|app| app.token_request(&NICEPAY).signed_with(Key::Other), "4017300", "made by another key or over another text"),
    (|app| app.token_request(&NICEPAY).field("grantType", "x"), "4007301", "grantType is not of the form"),
];

#[test]
fn a_refusal_is_logged_once_with_its_true_cause() {
    let app = spawn_app();
    for (request, code, cause) in REFUSED {
        let request = request(&app);
        let before = app.exchanges().len();
        let answer = app.call(&request).expect(code);
        let lines = &app.exchanges()[before..];
        assert_eq!(lines.len(), 1, "{cause}: {lines:?}");
        assert_eq!(lines[0].level, Level::WARN, "{cause}");
        assert!(lines[0].text.contains(&format!("code={code} ")), "{cause}: {}", lines[0].text);
        assert!(lines[0].text.contains(cause), "{cause}: {}", lines[0].text);
        assert!(!answer.message().contains(cause), "the cause is for the log: {}", answer.told());
    }
}

#[test]
fn tokens_out_of_their_time_are_told_apart() {
    let app = spawn_app();
    let token = app.token(&NICEPAY);
    for (step, cause) in [(900, "the token has expired"), (-1201, "the token is not valid yet")] {
        app.advance(step);
        app.call(&app.inquiry(SAMPLE).header("Authorization", format!("Bearer {token}"))).expect("4010001");
        let last = app.exchanges().pop().expect("it is logged");
        assert!(last.text.contains(cause), "{}", last.text);
    }
}

#[test]
fn a_used_id_and_another_content_are_told_apart() {
    let app = spawn_app();
    let first = app.payment(SAMPLE);
    app.call(&first).expect("2000000");
    let other = first.clone().field("paidAmount", "1");
    for (request, code, cause) in [
        (other.clone(), "4090000", "this X-EXTERNAL-ID was used before on this day"),
        (other.external_id("new"), "4040018", "recorded with other content"),
    ] {
        app.call(&request).expect(code);
        let last = app.exchanges().pop().expect("it is logged");
        assert!(last.text.contains(cause), "{}", last.text);
    }
}

/// An operator finds out from the log what the caller must not.
#[test]
fn a_failing_store_is_told_to_the_log_alone() {
    for (mood, code, cause) in [
        (Mood::Fails, "5000000", LEAK),
        (Mood::Hangs, "5040000", "the deadline passed"),
        (Mood::Panics, "5000000", "panicked"),
    ] {
        let stores = [
            ("the order store", "find_by_pay_no"),
            ("the payment ledger", "record"),
            ("the X-EXTERNAL-ID store", "claim"),
        ];
        for (store, at) in stores {
            let orders = Unreliable { inner: Orders::of(demo_orders()), mood, at };
            let payments = Unreliable { inner: Ledger::default(), mood, at };
            let ids = Unreliable { inner: Ids::default(), mood, at };
            let app = spawn(orders, |provider| provider.payments(payments).external_ids(ids).deadline(soon_over()));
            app.call(&app.payment(SAMPLE)).expect(code);
            let last = app.exchanges().pop().expect("it is logged");
            assert_eq!(last.level, Level::ERROR, "{}", last.text);
            assert!(last.text.contains(cause), "{}", last.text);
            assert!(mood != Mood::Fails || last.text.contains(store), "{}", last.text);
            let claimed = at == "claim" && mood == Mood::Fails;
            assert!(!claimed || last.text.contains("ExternalId REFUSED"), "{}", last.text);
        }
    }
}

#[test]
fn every_exchange_has_one_line() {
    let app = spawn_app();
    let token = app.token(&NICEPAY);
    assert!(!token.is_empty());
    let mut answered = app.exchanges().len();
    assert_eq!(answered, 1);
    for (request, code, _) in REFUSED {
        app.call(&request(&app)).expect(code);
        app.call(&app.inquiry(SAMPLE)).expect("2000000");
        answered += 2;
        assert_eq!(app.exchanges().len(), answered, "{code}");
    }
    app.call(&Request::bare("GET", "/health/live"));
    assert_eq!(app.exchanges().len(), answered + 1);
}

#[test]
fn a_line_names_the_caller_and_what_was_checked() {
    let app = spawn_app();
    app.token(&NICEPAY);
    let line_of = |request: Request| {
        app.call(&request);
        app.exchanges().pop().expect("it is logged").text
    };
    let good = line_of(app.inquiry(SAMPLE).external_id("named-1"));
    for part in [
        "message=answered",
        "endpoint=cvs/inquiry",
        "code=2000000",
        "client_id=IONPAYTEST",
        "external_id=named-1",
        "Token ok, Headers ok, Client ok, Freshness ok, Signature ok, Body ok, ExternalId ok",
    ] {
        assert!(good.contains(part), "{part}: {good}");
    }
    let again = line_of(app.inquiry(SAMPLE).external_id("named-1"));
    assert!(again.contains("Body ok, ExternalId REFUSED "), "{again}");
    let forged = line_of(app.inquiry(SAMPLE).external_id("named-2").signed_with(Key::Stranger));
    assert!(forged.contains("external_id=named-2"), "{forged}");
    assert!(forged.contains("Token ok, Headers ok, Client ok, Freshness ok, Signature REFUSED "), "{forged}");
    let stranger = line_of(app.inquiry(SAMPLE).external_id("named-3").without("Authorization"));
    assert!(stranger.contains("checks=Token REFUSED "), "{stranger}");
    assert!(!stranger.contains("named-3"), "what a stranger calls himself is not repeated: {stranger}");
    let token = line_of(app.token_request(&NICEPAY).body("{}"));
    assert!(token.contains("Headers ok, Client ok, Freshness ok, Signature ok, Body REFUSED "), "{token}");
}

/// The commonest mistake of NICEPAY's SDKs: the hour of Greenwich with Jakarta's label, or the other way round.
#[test]
fn a_clock_of_another_zone_is_recognised() {
    let app = spawn_app();
    for (time, recognised) in [
        ("2024-07-03T03:00:00+07:00", true),
        ("2024-07-03T03:00:42+07:00", true),
        ("2024-07-03T17:00:00+07:00", true),
        ("2024-07-03T10:00:00Z", true),
        ("2024-07-03T04:00:00+07:00", false),
        ("2024-07-03T09:00:00+07:00", false),
        ("2024-07-02T10:00:00+07:00", false),
    ] {
        for request in [app.inquiry(SAMPLE), app.token_request(&NICEPAY)] {
            app.call(&request.timestamp(time));
            let last = app.exchanges().pop().expect("it is logged");
            assert_eq!(last.text.contains("exactly 7 h off"), recognised, "{time}: {}", last.text);
        }
    }
}

/// A customer as nobody else is, in every place where a customer can come in or go out.
#[test]
fn nobody_is_given_away() {
    let customer = Order {
        pay_no_name: PayNoName::parse("Siti Rahasia").expect("a name"),
        pay_no_phone: PayNoPhone::parse("081298765432").expect("a telephone"),
        pay_no_email: PayNoEmail::parse("siti@rahasia.example").expect("an address"),
        goods_name: GoodsName::parse("Obat Rahasia").expect("goods"),
        ..order("701533344455")
    };
    let app = spawn(Orders::of([customer]), |provider| provider);
    let pay_no = "701533344455";
    app.call(&app.inquiry(pay_no)).expect("2000000");
    app.call(&app.inquiry(pay_no).field("mitraCd", "siti@rahasia.example")).expect("4000001");
    app.call(&app.inquiry(pay_no).header("X-TIMESTAMP", "081298765432")).expect("4000001");
    app.call(&app.inquiry(pay_no).header("Content-Type", "Siti Rahasia")).expect("4000000");
    app.call(&app.payment(pay_no).field("payNoName", "Siti Rahasia").field("x", json!({ "y": "081298765432" })))
        .expect("2000000");
    app.call(&app.payment(pay_no).field("siti@rahasia.example", "Obat Rahasia")).expect("4040014");
    app.call(&app.inquiry(pay_no).to("/Siti-Rahasia/081298765432")).expect("4040001");
    let log: String = app.log().into_iter().map(|line| line.text + "\n").collect();
    for secret in ["Rahasia", "rahasia", "081298765432", "33344455", pay_no, "10000.00", "partnerServiceId"] {
        assert!(!log.contains(secret), "{secret} was logged:\n{log}");
    }
}

/// A field that nobody reads is news of NICEPAY's unpublished page: its name is logged, its value is not.
#[test]
fn an_unknown_field_of_a_payment_is_noticed() {
    let app = spawn_app();
    app.call(&app.payment(SAMPLE).field("settlementId", "value-of-it").field("na me", "value-of-it")).expect("2000000");
    let log: String = app.log().into_iter().map(|line| line.text + "\n").collect();
    assert!(log.contains("settlementId"), "{log}");
    assert!(!log.contains("value-of-it") && !log.contains("na me"), "{log}");
}
