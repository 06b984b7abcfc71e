//! Holds an outbox to its contract.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{AT_ONCE, at_once};
use crate::event::{Event, Fate, Kind, NewEvent, Outbox};

/// Holds a store to the contract of [`crate::event`]. It must be empty, and is not afterwards; and nothing else may take
/// events from it meanwhile.
///
/// # Panics
/// With the clause that was broken.
pub async fn outbox<O: Outbox>(store: Arc<O>) {
    is_put_once(&store).await;
    an_order_keeps_its_order(&store).await;
    the_longest_due_come_first(&store).await;
    a_lease_ends(&store).await;
    what_is_given_up_frees_the_line(&store).await;
    is_sent_again(&store).await;
    two_never_take_the_same(&store).await;
}

async fn is_put_once<O: Outbox>(store: &Arc<O>) {
    for kind in Kind::ALL {
        let told = event(kind, "INV-\"1\"", "1");
        put(store, &told).await;
        put(store, &told).await;
        let last = all(store).await.pop().expect("what was put is there");
        assert_eq!(last.event, told, "what was put is found again, field for field");
        assert_eq!((last.attempts, last.fate), (0, Fate::Due(told.at)), "it is due when it happened");
    }
    let numbers: Vec<_> = all(store).await.iter().map(|event| event.number).collect();
    assert_eq!(numbers.len(), Kind::ALL.len(), "what is put again is there once");
    assert!(numbers.is_sorted() && numbers[0] > 0, "later events have higher numbers");
    let told = event(Kind::OrderPaid, "INV-2", "1");
    let (shared, same) = (Arc::clone(store), told.clone());
    at_once(move |_| {
        let (store, told) = (Arc::clone(&shared), same.clone());
        async move { put(&store, &told).await }
    })
    .await;
    let count = all(store).await.iter().filter(|event| event.event == told).count();
    assert_eq!(count, 1, "of many who put one event at once, exactly one writes it");
    deliver(store, &first_of(store, "INV-2").await).await;
    put(store, &told).await;
    let fate = first_of(store, "INV-2").await.fate;
    assert_eq!(fate, Fate::Delivered(at(9)), "what was delivered and is put again stays delivered");
    deliver_all(store).await;
}

async fn an_order_keeps_its_order<O: Outbox>(store: &Arc<O>) {
    for occurrence in ["1", "2", "3"] {
        put(store, &event(Kind::OrderPaid, "INV-3", occurrence)).await;
        put(store, &event(Kind::OrderReversed, "INV-4", occurrence)).await;
    }
    let early = take(store, -1, 5, 9).await;
    assert_eq!(early, [], "nothing is handed out before it is due");
    let heads = take(store, 0, 5, 9).await;
    assert_eq!(heads.len(), 2, "of each order, the first that is not settled and no other");
    let is_first = |head: &Event| head.event == event(head.event.kind, &head.event.reference_no, "1");
    assert!(heads.iter().all(is_first), "the first of an order is the one that was put first");
    let behind = take(store, 1, 5, 9).await;
    assert_eq!(behind, [], "what is on its way holds up its order");
    let [one, other] = &heads[..] else { unreachable!("BUG: there are two") };
    deliver(store, one).await;
    settle(store, other, 1, &Fate::Due(at(3))).await;
    let next = take(store, 1, 5, 9).await;
    let next: Vec<_> = next.iter().map(|event| &event.event).collect();
    let second = event(one.event.kind, &one.event.reference_no, "2");
    assert_eq!(next, [&second], "what is delivered frees its order, and what waits for another try does not");
    deliver_all(store).await;
}

async fn the_longest_due_come_first<O: Outbox>(store: &Arc<O>) {
    for (order, second) in [("INV-C", 2), ("INV-A", 1), ("INV-D", 3), ("INV-B", 1)] {
        put(store, &NewEvent { at: at(second), ..event(Kind::OrderPaid, order, "1") }).await;
    }
    let orders = |events: Vec<Event>| -> Vec<_> { events.into_iter().map(|event| event.event.reference_no).collect() };
    assert_eq!(orders(take(store, 2, 7, 2).await), ["INV-A", "INV-B"], "so many, and those that are due longest");
    assert_eq!(orders(take(store, 2, 7, 9).await), ["INV-C"], "what is due at this very moment is due");
    deliver_all(store).await;
}

async fn a_lease_ends<O: Outbox>(store: &Arc<O>) {
    put(store, &event(Kind::OrderPaid, "INV-5", "1")).await;
    let taken = take(store, 0, 5, 9).await;
    let [taken] = &taken[..] else { panic!("what is due is handed out, once: {taken:?}") };
    assert_eq!(take(store, 4, 9, 9).await, [], "what is leased is not handed out again");
    assert_eq!(take(store, 5, 9, 9).await.len(), 1, "a lease that is over lets another try");
    settle(store, taken, 7, &Fate::Due(at(20))).await;
    let waiting = first_of(store, "INV-5").await;
    assert_eq!((waiting.attempts, waiting.fate), (7, Fate::Due(at(20))), "what became of it is written down");
    assert_eq!(take(store, 19, 30, 9).await, [], "it is left alone until it is due again");
    assert_eq!(take(store, 20, 30, 9).await[0].attempts, 7, "and then it tells how often it was tried");
    deliver_all(store).await;
}

async fn what_is_given_up_frees_the_line<O: Outbox>(store: &Arc<O>) {
    for occurrence in ["1", "2"] {
        put(store, &event(Kind::OrderExpired, "INV-6", occurrence)).await;
    }
    let given_up = first_of(store, "INV-6").await;
    settle(store, &given_up, 30, &Fate::GivenUp).await;
    let next = take(store, 0, 5, 9).await;
    assert_eq!(next[0].event, event(Kind::OrderExpired, "INV-6", "2"), "what is given up holds nobody up");
    let listed = store.after(0, true).await.expect("events can be listed");
    let expected = Event { attempts: 30, fate: Fate::GivenUp, ..given_up };
    assert_eq!(listed, [expected], "what was given up can be listed, and nothing else with it");
    let listed = store.after(listed[0].number, true).await.expect("events can be listed");
    assert_eq!(listed, [], "a list goes on behind a number");
    let (events, last) = (all(store).await, next[0].number);
    let rest = store.after(events[0].number, false).await.expect("events can be listed");
    assert_eq!(rest, events[1..], "a list goes on behind a number");
    assert_eq!(rest.last().map(|event| event.number), Some(last), "in the order of the numbers");
    deliver_all(store).await;
}

async fn is_sent_again<O: Outbox>(store: &Arc<O>) {
    let resend = async |number| store.resend(number, at(40)).await.expect("an event can be sent again");
    let (given_up, delivered) = (first_of(store, "INV-6").await, first_of(store, "INV-5").await);
    assert_eq!((&given_up.fate, &delivered.fate), (&Fate::GivenUp, &Fate::Delivered(at(9))), "both are settled");
    for settled in [&given_up, &delivered] {
        assert!(resend(settled.number).await, "what was settled can be sent again");
        let due = first_of(store, &settled.event.reference_no).await;
        assert_eq!((due.attempts, due.fate), (0, Fate::Due(at(40))), "as if it had never been tried");
    }
    assert_eq!(store.after(0, true).await.expect("events can be listed"), [], "it is no longer given up");
    assert_eq!(take(store, 40, 50, 9).await.len(), 2, "and is handed out");
    let last = all(store).await.last().map_or(0, |event| event.number);
    assert!(!resend(last + 1000).await, "an event that is not there cannot be sent again");
    deliver_all(store).await;
}

async fn two_never_take_the_same<O: Outbox>(store: &Arc<O>) {
    const EVENTS: usize = 32;
    for round in 0..4 {
        for order in 0..EVENTS {
            put(store, &event(Kind::OrderPaid, &format!("race-{round}-{order}"), "1")).await;
        }
        let shared = Arc::clone(store);
        let taken = at_once(move |taker| {
            let store = Arc::clone(&shared);
            // Some come back for more, as a deliverer does.
            let limit = if taker < AT_ONCE / 2 { 9 } else { 40 };
            async move { [take(&store, 0, 5, limit).await, take(&store, 0, 5, limit).await].concat() }
        });
        let mut numbers: Vec<_> = taken.await.concat().iter().map(|event| event.number).collect();
        numbers.sort_unstable();
        let count = numbers.len();
        numbers.dedup();
        assert_eq!(numbers.len(), count, "of many who take at once, each event goes to one");
        assert_eq!(count, EVENTS, "and each to somebody");
        deliver_all(store).await;
    }
}

async fn put<O: Outbox>(store: &Arc<O>, event: &NewEvent) {
    store.put(event).await.expect("an event can be put, and again");
}

async fn take<O: Outbox>(store: &Arc<O>, now: i64, leased_until: i64, limit: u32) -> Vec<Event> {
    store.take(at(now), at(leased_until), limit).await.expect("events can be taken")
}

async fn settle<O: Outbox>(store: &Arc<O>, event: &Event, attempts: u32, fate: &Fate) {
    store.settle(event.number, attempts, fate).await.expect("what became of an event can be written down");
}

async fn deliver<O: Outbox>(store: &Arc<O>, event: &Event) {
    settle(store, event, event.attempts + 1, &Fate::Delivered(at(9))).await;
}

async fn all<O: Outbox>(store: &Arc<O>) -> Vec<Event> {
    store.after(0, false).await.expect("events can be listed")
}

async fn first_of<O: Outbox>(store: &Arc<O>, order: &str) -> Event {
    let first = all(store).await.into_iter().find(|event| event.event.reference_no == order);
    first.expect("an event that was put can be listed")
}

async fn deliver_all<O: Outbox>(store: &Arc<O>) {
    for event in all(store).await {
        match event.fate {
            Fate::Due(_) => deliver(store, &event).await,
            Fate::Delivered(_) | Fate::GivenUp => {}
        }
    }
}

/// So many seconds after an instant.
fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_720_000_000_123).expect("BUG: an instant") + TimeDelta::seconds(second)
}

fn event(kind: Kind, order: &str, occurrence: &str) -> NewEvent {
    NewEvent::new(kind, order, occurrence, at(0), json!({ "goodsNm": "Buku – édisi \"2\" 😀 \\" }))
}
