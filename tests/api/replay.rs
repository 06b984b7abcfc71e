//! One X-EXTERNAL-ID, one answer; one payment, one record; however many ask at once.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use nico::{Order, PartnerReferenceNo, PayNo, Payment, PaymentRepository, PaymentRequestId, Recorded, StoreError};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::harness::{
    App, Ids, Key, Ledger, OTHER, Orders, Request, SAMPLE, START, UNKNOWN, demo_orders, fresh, order, spawn, spawn_app,
};

const CALLERS: usize = 64;

/// Sends all rounds of requests from 64 connections, each round at one moment, and counts the codes of each.
fn at_once(app: &App, rounds: &[Vec<Request>]) -> Vec<BTreeMap<String, usize>> {
    let barrier = Barrier::new(CALLERS);
    let caller = |number: usize| {
        let mut connection = app.connect();
        let mut answered = |round: &Vec<Request>| {
            let bytes = round[number].bytes();
            barrier.wait();
            // A caller who fails must not keep the others waiting at the next barrier.
            let called = catch_unwind(AssertUnwindSafe(|| {
                connection.send(&bytes);
                app.receive(&mut connection, &round[number]).code().to_owned()
            }));
            called.unwrap_or_else(|_| "no good answer".to_owned())
        };
        rounds.iter().map(&mut answered).collect::<Vec<_>>()
    };
    let heard: Vec<Vec<String>> = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|number| scope.spawn(move || caller(number))).collect();
        callers.into_iter().map(|caller| caller.join().expect("a caller is answered")).collect()
    });
    let count = |round: usize| {
        let mut codes = BTreeMap::new();
        heard.iter().for_each(|codes_of_one| *codes.entry(codes_of_one[round].clone()).or_default() += 1);
        codes
    };
    (0..rounds.len()).map(count).collect()
}

fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect()
}

#[test]
fn of_64_at_once_with_one_external_id_one_is_served() {
    let app = spawn_app();
    let round = || {
        let id = fresh("contested");
        (0..CALLERS).map(|_| app.inquiry(SAMPLE).external_id(&id)).collect()
    };
    let rounds: Vec<Vec<Request>> = (0..100).map(|_| round()).collect();
    for codes in at_once(&app, &rounds) {
        assert_eq!(codes, counts(&[("2000000", 1), ("4090000", 63)]));
    }
}

fn bills(count: u32) -> (App, Vec<String>) {
    let pay_nos: Vec<String> = (0..count).map(|number| format!("70158{number:07}")).collect();
    let app = spawn(Orders::of(pay_nos.iter().map(|pay_no| order(pay_no))), |provider| provider);
    (app, pay_nos)
}

#[test]
fn of_64_payments_at_once_for_one_bill_one_is_acknowledged() {
    let (app, pay_nos) = bills(20);
    let round = |pay_no: &String| (0..CALLERS).map(|_| app.payment(pay_no)).collect();
    let rounds: Vec<Vec<Request>> = pay_nos.iter().map(round).collect();
    for codes in at_once(&app, &rounds) {
        assert_eq!(codes, counts(&[("2000000", 1), ("4040014", 63)]));
    }
    assert_eq!(app.ledger.recorded().len(), pay_nos.len());
}

#[test]
fn of_64_tellings_at_once_of_one_payment_all_are_acknowledged_and_one_is_recorded() {
    let (app, pay_nos) = bills(20);
    let round = |pay_no: &String| {
        let telling = app.payment(pay_no);
        (0..CALLERS).map(|_| telling.clone().external_id(&fresh("telling"))).collect()
    };
    let rounds: Vec<Vec<Request>> = pay_nos.iter().map(round).collect();
    for codes in at_once(&app, &rounds) {
        assert_eq!(codes, counts(&[("2000000", CALLERS)]));
    }
    assert_eq!(app.ledger.recorded().len(), pay_nos.len());
}

/// A ledger whose first lookup answers late: what it says is no longer so when it is heard.
#[derive(Clone)]
struct Late {
    inner: Ledger,
    lookups: Arc<AtomicUsize>,
    looked_up: mpsc::Sender<()>,
    answer: Arc<Semaphore>,
}

impl PaymentRepository for Late {
    async fn record(&self, payment: &Payment) -> Result<Recorded, StoreError> {
        self.inner.record(payment).await
    }

    async fn find_by_request_id(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        let found = self.inner.find_by_request_id(id).await;
        if self.lookups.fetch_add(1, Ordering::SeqCst) == 0 {
            self.looked_up.send(())?;
            self.answer.acquire().await?.forget();
        }
        found
    }

    async fn is_paid(&self, pay_no: &PayNo, reference: &PartnerReferenceNo) -> Result<bool, StoreError> {
        self.inner.is_paid(pay_no, reference).await
    }
}

/// The race of a payment that is told twice at once, in slow motion: the first telling has looked its id up and
/// found nothing, the second is recorded, and only then does the first go on, to find its bill paid.
#[test]
fn a_payment_that_overtakes_itself_is_acknowledged() {
    let (looked_up, has_looked_up) = mpsc::channel();
    let (lookups, answer) = (Arc::default(), Arc::new(Semaphore::new(0)));
    let ledger = Late { inner: Ledger::default(), lookups, looked_up, answer: Arc::clone(&answer) };
    let app = spawn(Orders::of(demo_orders()), |provider| provider.payments(ledger.clone()));
    let telling = app.payment(SAMPLE);
    let mut first = app.connect();
    first.send(&telling.bytes());
    has_looked_up.recv().expect("the first telling is looked up");
    app.call(&telling.clone().external_id(&fresh("second"))).expect("2000000");
    answer.add_permits(1);
    app.receive(&mut first, &telling).expect("2000000");
    assert_eq!(ledger.inner.recorded().len(), 1);
}

/// A call captured at 23:59:50 and played again at 00:00:10: its claim stands on the day that was signed.
#[test]
fn midnight_opens_no_replay() {
    for request in [App::inquiry as fn(&App, &str) -> Request, App::payment] {
        let app = spawn(Orders::of([long_lived(SAMPLE)]), |provider| provider);
        app.advance(14 * 3600 - 10);
        assert_eq!(app.now(), "2024-07-03T23:59:50+07:00");
        let captured = request(&app, SAMPLE);
        app.call(&captured).expect("2000000");
        app.advance(20);
        let replayed =
            if captured.path.ends_with("payment") { captured.field("paymentRequestId", "another") } else { captured };
        app.call(&replayed).expect("4090000");
    }
}

/// The day is Jakarta's: it begins at 17:00 in Greenwich, and an id may be used again on it.
#[test]
fn a_new_day_in_jakarta_has_its_own_ids() {
    let app = spawn(Orders::of([long_lived(SAMPLE)]), |provider| provider);
    let call = |code: &str| app.call(&app.inquiry(SAMPLE).external_id("daily")).expect(code);
    call("2000000");
    app.advance(14 * 3600 - 1);
    assert_eq!(app.now(), "2024-07-03T23:59:59+07:00");
    call("4090000");
    app.advance(1);
    call("2000000");
    // One instant has one day, however it is written.
    app.call(&app.inquiry(SAMPLE).external_id("midnight")).expect("2000000");
    for time in ["2024-07-03T17:00:00Z", "2024-07-03T05:30:00-11:30", "2024-07-04T07:00:00+14:00"] {
        app.call(&app.inquiry(SAMPLE).external_id("midnight").timestamp(time)).expect("4090000");
    }
    app.advance(7 * 3600);
    assert_eq!(app.now(), "2024-07-04T07:00:00+07:00", "midnight in Greenwich is nothing here");
    call("4090000");
}

fn long_lived(pay_no: &str) -> Order {
    Order { expires_at: "2025-01-01T00:00:00+07:00".parse().expect("a time"), ..order(pay_no) }
}

#[test]
fn endpoints_and_clients_have_ids_of_their_own() {
    let app = spawn_app();
    let calls: [(Request, &str); 6] = [
        (app.inquiry(SAMPLE), "2000000"),
        (app.payment(SAMPLE), "2000000"),
        (app.inquiry_by(&OTHER, SAMPLE), "4040014"),
        (app.payment_by(&OTHER, SAMPLE), "4040014"),
        (app.inquiry(SAMPLE), "4090000"),
        (app.inquiry_by(&OTHER, SAMPLE), "4090000"),
    ];
    for (request, code) in calls {
        app.call(&request.external_id("shared")).expect(code);
    }
}

type Fault = (&'static str, fn(Request) -> Request);

/// Whoever is refused for one of these has used no id up.
const BURNS_NOTHING: &[Fault] = &[
    ("no token", |r| r.without("Authorization")),
    ("a false token", |r| r.header("Authorization", "Bearer x")),
    ("another's token", |r| r.header("X-PARTNER-ID", "OTHERCLIENT")),
    ("an unknown client", |r| r.header("X-PARTNER-ID", "NOBODY")),
    ("a stranger's key", |r| r.signed_with(Key::Stranger)),
    ("a stale call", |r| r.timestamp("2024-07-03T09:54:59+07:00")),
    ("a call from the future", |r| r.timestamp("2024-07-03T10:05:01+07:00")),
    ("a header missing", |r| r.without("CHANNEL-ID")),
    ("a header doubled", |r| r.twice("X-EXTERNAL-ID")),
    ("another media type", |r| r.header("Content-Type", "text/plain")),
    ("no JSON", |r| r.body("{")),
    ("a field missing", |r| r.without_field("customerNo").without_field("payNo")),
    ("a field of another type", |r| r.field("customerNo", 1)),
    ("a number that is not its parts", |r| r.field("payNo", "701589101111")),
    ("another verb", |r| r.verb("PUT")),
    ("too long", |r| r.body(" ".repeat(65_537))),
];

#[test]
fn a_stranger_a_stale_call_or_a_typo_burns_no_id() {
    let ids = Ids::default();
    let app = spawn(Orders::of(demo_orders()), |provider| provider.external_ids(ids.clone()));
    for request in [App::inquiry as fn(&App, &str) -> Request, App::payment] {
        for (name, spoil) in BURNS_NOTHING {
            let answer = app.call(&spoil(request(&app, SAMPLE).external_id("precious")));
            assert!(answer.code().starts_with('4') && answer.code() != "4090000", "{name}: {}", answer.told());
            assert_eq!(ids.claims(), 0, "{name}: no claim was even tried");
        }
    }
    app.call(&app.inquiry(SAMPLE).external_id("precious")).expect("2000000");
    app.call(&app.payment(SAMPLE).external_id("precious")).expect("2000000");
    assert_eq!(ids.claims(), 2);
}

/// A claim is never given back: what is refused after it has used its id up.
#[test]
fn a_bill_that_is_refused_has_used_its_id() {
    let app = spawn_app();
    for (pay_no, code) in [(UNKNOWN, "4040012"), (SAMPLE, "4090000")] {
        app.call(&app.inquiry(pay_no).external_id("used")).expect(code);
        app.call(&app.payment(pay_no).external_id("used")).expect(code);
    }
    assert!(app.ledger.recorded().is_empty());
}

type Change = (&'static str, fn(Request) -> Request, &'static str);

/// A payment is recorded; then, under the same X-EXTERNAL-ID:
const UNDER_A_USED_ID: &[Change] = &[
    ("the same again", |r| r, "2000000"),
    ("the same, later", |r| r.timestamp("2024-07-03T10:00:01+07:00"), "2000000"),
    ("the same, flagged", |r| r.field("flagAdvise", "Y"), "2000000"),
    ("another payment", |r| r.field("paymentRequestId", "another"), "4090000"),
    ("no request id", |r| r.without_field("paymentRequestId"), "4090000"),
    ("another amount", |r| r.field("paidAmount", json!({ "value": "1.00", "currency": "IDR" })), "4090000"),
    ("another reference", |r| r.field("partnerReferenceNo", "another"), "4090000"),
    ("another number", |r| r.field("payNo", "701500000005").field("customerNo", "00000005"), "4090000"),
];

#[test]
fn a_used_id_is_good_for_the_retry_of_its_payment_alone() {
    let app = spawn_app();
    let first = app.payment(SAMPLE);
    app.call(&first).expect("2000000");
    for (name, change, code) in UNDER_A_USED_ID {
        assert_eq!(app.call(&change(first.clone())).code(), *code, "{name}");
    }
    assert_eq!(app.ledger.recorded().len(), 1);
}

/// A payment whose id is its X-EXTERNAL-ID: told again, it is a retry.
#[test]
fn a_payment_without_a_request_id_is_told_apart_by_its_external_id() {
    let app = spawn_app();
    let first = app.payment(SAMPLE).without_field("paymentRequestId");
    app.call(&first).expect("2000000");
    app.call(&first).expect("2000000");
    app.call(&first.clone().external_id("another")).expect("4040014");
    assert_eq!(app.ledger.recorded().len(), 1);
}

#[test]
fn a_captured_request_is_served_once() {
    let app = spawn_app();
    assert_eq!(app.now(), START);
    let captured = app.inquiry(SAMPLE);
    app.call(&captured).expect("2000000");
    for seconds in [0, 1, 298, 1] {
        app.advance(seconds);
        app.call(&captured).expect("4090000");
    }
    app.advance(1);
    assert_eq!(app.call(&captured).told(), "4010000 Unauthorized. [Timestamp]");
}
