//! Stores that fail, hang or panic: the caller hears one answer, learns nothing, and the server lives on.

use nico::Provider;

use crate::harness::{
    App, Ids, LEAK, Ledger, Mood, Orders, PAID, Request, SAMPLE, Unreliable, demo_orders, soon_over, spawn, spawn_app,
};

type Maker = fn(&App, &str) -> Request;

/// Every method of a store that a request meets, and the requests that meet it.
const PLACES: &[(&str, &[Maker])] = &[
    ("find_by_pay_no", &[App::inquiry, App::payment]),
    ("claim", &[App::inquiry, App::payment]),
    ("is_paid", &[App::inquiry, App::payment]),
    ("find_by_request_id", &[App::payment]),
    ("record", &[App::payment]),
];

const ANSWERS: &[(Mood, &str)] = &[
    (Mood::Fails, "5000000 General Error"),
    (Mood::Hangs, "5040000 Timeout"),
    (Mood::Panics, "5000000 General Error"),
];

fn broken(mood: Mood, at: &'static str) -> App {
    let orders = Unreliable { inner: Orders::of(demo_orders()), mood, at };
    let payments = Unreliable { inner: Ledger::default(), mood, at };
    let ids = Unreliable { inner: Ids::default(), mood, at };
    spawn(orders, |provider: Provider| provider.payments(payments).external_ids(ids).deadline(soon_over()))
}

#[test]
fn a_store_that_lets_us_down_is_told_in_one_answer() {
    for (mood, told) in ANSWERS {
        for (at, requests) in PLACES {
            let app = broken(*mood, at);
            for request in *requests {
                // Twice, so that a worker that died of the first is noticed by the second.
                for _ in 0..2 {
                    let answer = app.call(&request(&app, SAMPLE));
                    assert_eq!(answer.told(), *told, "{mood:?} at {at}");
                    let said = format!("{} {:?}", answer.json, answer.headers());
                    assert!(!LEAK.split(['/', ':', '@']).any(|part| part.len() > 3 && said.contains(part)), "{said}");
                }
            }
            app.call(&Request::bare("GET", "/health/live")).expect("2000000");
            app.call(&app.token_request(&crate::harness::NICEPAY)).expect("2007300");
        }
    }
}

/// Ready means that every store answers; which one does not is said, and why stays in the log.
#[test]
fn readiness_is_every_stores() {
    for (mood, told) in [
        (Mood::Fails, "5030000 Service Unavailable"),
        (Mood::Hangs, "5030000 Service Unavailable"),
        (Mood::Panics, "5000000 General Error"),
    ] {
        let app = broken(mood, "ready");
        assert_eq!(app.call(&Request::bare("GET", "/health/ready")).told(), told, "{mood:?}");
        let orders = Unreliable { inner: Orders::of(demo_orders()), mood, at: "ready" };
        let app = spawn(orders, |provider| provider.deadline(soon_over()));
        let ready = app.call(&Request::bare("GET", "/health/ready"));
        if mood != Mood::Panics {
            let parts = serde_json::json!({ "orders": "down", "external_ids": "ready", "payments": "ready" });
            assert_eq!(ready.json["parts"], parts, "{mood:?}");
        }
        app.call(&Request::bare("GET", "/health/live")).expect("2000000");
        app.call(&app.inquiry(SAMPLE)).expect("2000000");
    }
}

/// The claim comes before the store that fails, and is not given back: SNAP has the caller come with a new id.
#[test]
fn a_failure_after_the_claim_has_used_the_id() {
    for mood in [Mood::Fails, Mood::Hangs, Mood::Panics] {
        let app = broken(mood, "find_by_pay_no");
        let request = app.inquiry(SAMPLE);
        assert!(app.call(&request).status >= 500);
        assert_eq!(app.call(&request).told(), "4090000 Conflict", "{mood:?}");
    }
}

/// Closed when in doubt: where the claim cannot be made, nobody is served.
#[test]
fn without_a_claim_there_is_no_service() {
    let app = broken(Mood::Fails, "claim");
    app.call(&app.inquiry(PAID)).expect("5000000");
    app.call(&app.payment(SAMPLE)).expect("5000000");
}

/// A retry of a recorded payment needs its claim too: the store's failure comes before the ledger's memory.
#[test]
fn an_order_that_is_gone_takes_no_payment_with_it() {
    let ledger = Ledger::default();
    let works = spawn(Orders::of(demo_orders()), |provider| provider.payments(ledger.clone()));
    let first = works.payment(SAMPLE);
    works.call(&first).expect("2000000");
    let orders = Unreliable { inner: Orders::of(demo_orders()), mood: Mood::Fails, at: "find_by_pay_no" };
    let fails = spawn(orders, |provider| provider.payments(ledger.clone()));
    let retry = fails.payment(SAMPLE).json(&first.sent_json());
    fails.call(&retry).expect("2000000");
    fails.call(&fails.payment(SAMPLE)).expect("5000000");
}

/// The sound stores of these tests answer as they should, so that the broken ones prove something.
#[test]
fn the_control() {
    let app = spawn_app();
    app.call(&app.inquiry(SAMPLE)).expect("2000000");
    app.call(&app.payment(SAMPLE)).expect("2000000");
    let sound = broken(Mood::Fails, "nowhere");
    sound.call(&sound.inquiry(SAMPLE)).expect("2000000");
    sound.call(&sound.payment(SAMPLE)).expect("2000000");
}
