//! A ledger that is none of nico's writes no events; with an outbox beside it, each payment is told of all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use nico::StoreError;
use nico::adapters::sqlite::{Database, SqliteEvents};
use nico::event::{Event, Fate, NewEvent, Outbox};

use crate::harness::{Orders, SAMPLE, demo_orders, spawn};

/// An outbox that fails at first.
#[derive(Clone)]
struct Slow {
    events: SqliteEvents,
    failures: Arc<AtomicUsize>,
}

impl Outbox for Slow {
    async fn put(&self, event: &NewEvent) -> Result<(), StoreError> {
        let left = self.failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() { Err(StoreError::new("not now")) } else { self.events.put(event).await }
    }

    async fn take(&self, now: DateTime<Utc>, until: DateTime<Utc>, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.events.take(now, until, limit).await
    }

    async fn settle(&self, number: i64, attempts: u32, fate: &Fate) -> Result<(), StoreError> {
        self.events.settle(number, attempts, fate).await
    }

    async fn after(&self, last: i64, given_up: bool) -> Result<Vec<Event>, StoreError> {
        self.events.after(last, given_up).await
    }

    async fn resend(&self, number: i64, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.events.resend(number, now).await
    }
}

#[test]
fn a_payment_is_told_of_before_it_is_acknowledged_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let events = SqliteEvents::new(&Database::open(folder.path().join("events.db")).unwrap());
    let outbox = Slow { events: events.clone(), failures: Arc::new(AtomicUsize::new(2)) };
    let app = spawn(Orders::of(demo_orders()), |provider| provider.events(outbox));
    let told = || {
        let told = actix_web::rt::System::new().block_on(events.after(0, false)).unwrap();
        told.into_iter().map(|event| (event.event.kind.as_str(), event.event.reference_no)).collect::<Vec<_>>()
    };
    let pay = |id: &str| app.call(&app.payment(SAMPLE).external_id(id).field("paymentRequestId", "P-1"));
    // Recorded, and the event cannot be written: NICEPAY is not told that all is well, and comes again.
    assert_eq!(pay("1").told(), "5000000 General Error");
    assert_eq!(pay("2").told(), "5000000 General Error");
    assert!(told().is_empty() && app.ledger.recorded().len() == 1);
    for again in ["3", "4"] {
        assert_eq!(pay(again).told(), "2000000 Successful");
        assert_eq!(told(), [("payment.recorded", "abcdefgh1234".to_owned())]);
    }
}
