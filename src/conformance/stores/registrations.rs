//! Holds a store of registrations to its contract.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{AT_ONCE, at_once};
use crate::cvs::transaction::{Amt, IMid, IssuedPayNo, ReferenceNo, TXid};
use crate::event::{Event, Kind, NewEvent, Outbox};
use crate::nicepay::registration::Product;
use crate::order::MitraCd;
use crate::registration::{Added, Change, Kept, Registration, RegistrationRepository, State, Step};

/// Holds a store to the contract of [`crate::registration`]. `outbox` is where the events come up that are written
/// beside a change. Both must be empty, and are not afterwards.
///
/// # Panics
/// With the clause that was broken.
pub async fn registrations<R: RegistrationRepository, O: Outbox>(store: Arc<R>, outbox: Arc<O>) {
    the_longest_due_come_first(&store).await;
    what_is_uncertain_is_hurried(&store).await;
    one_of_many_is_added(&store).await;
    is_found_field_for_field(&store).await;
    is_found_by_nicepays_id(&store).await;
    is_changed_with_its_step_and_its_event(&store, &outbox).await;
    a_change_that_comes_late_writes_nothing(&store, &outbox).await;
    one_of_many_changes(&store, &outbox).await;
    keeps_what_is_notified(&store).await;
}

async fn the_longest_due_come_first<R: RegistrationRepository>(store: &Arc<R>) {
    assert_eq!(due(store, 9, 9).await, [""; 0], "in an empty store nothing is due");
    for (reference, second) in [("due-3", Some(3)), ("due-1", Some(1)), ("due-never", None), ("due-2", Some(2))] {
        added(store, &Registration { due_at: second.map(at), ..registration(reference) }).await;
    }
    assert_eq!(due(store, 0, 9).await, [""; 0], "nothing is due before its time");
    assert_eq!(due(store, 2, 9).await, ["due-1", "due-2"], "due is what its time has come for, to the very moment");
    assert_eq!(due(store, 99, 2).await, ["due-1", "due-2"], "so many, and those that are due longest");
    assert_eq!(due(store, 99, 9).await, ["due-1", "due-2", "due-3"], "what is never due is not due");
    let first = found(store, "due-1").await;
    let later = Registration { due_at: Some(at(4)), revision: first.revision + 1, ..first };
    assert!(changed(store, &later, None, None).await);
    assert_eq!(due(store, 99, 1).await, ["due-2"], "what is put off comes later");
    for reference in ["due-1", "due-2", "due-3"] {
        let before = found(store, reference).await;
        let never = Registration { due_at: None, revision: before.revision + 1, ..before };
        assert!(changed(store, &never, None, None).await);
    }
    assert_eq!(due(store, 99, 9).await, [""; 0], "what is settled is never due again");
}

async fn what_is_uncertain_is_hurried<R: RegistrationRepository>(store: &Arc<R>) {
    for state in State::ALL {
        for (when, second) in [("later", Some(60)), ("before", Some(2)), ("never", None)] {
            let reference = format!("{}-{when}", state.as_str());
            added(store, &Registration { state, due_at: second.map(at), ..registration(&reference) }).await;
        }
    }
    store.hurry(at(5)).await.expect("what is uncertain can be hurried");
    for state in State::ALL {
        let due_at = async |when: &str| found(store, &format!("{}-{when}", state.as_str())).await.due_at;
        let hurried = if state.is_uncertain() { 5 } else { 60 };
        let word = state.as_str();
        assert_eq!(due_at("later").await, Some(at(hurried)), "{word}: what is uncertain is due now, and nothing else");
        assert_eq!(due_at("before").await, Some(at(2)), "{word}: what is due already stays in its place");
        assert_eq!(due_at("never").await, None, "{word}: what is never due is not made due");
    }
}

async fn one_of_many_is_added<R: RegistrationRepository>(store: &Arc<R>) {
    let rival = |index: usize| Registration {
        amt: parsed(Amt::parse(&(index + 1).to_string())),
        fields: format!("{{\"goodsNm\":\"{index}\"}}"),
        ..registration("INV-1")
    };
    let shared = Arc::clone(store);
    let outcomes = at_once(move |index| {
        let (store, rival) = (Arc::clone(&shared), rival(index));
        async move { (store.add(&rival).await.expect("a registration can be added"), rival) }
    });
    let outcomes = outcomes.await;
    let firsts: Vec<_> = outcomes.iter().filter(|(added, _)| *added == Added::First).collect();
    assert_eq!(firsts.len(), 1, "of many with one referenceNo at once, exactly one is the first");
    let stored = &firsts[0].1;
    assert_eq!(found(store, "INV-1").await, *stored, "and that one is stored");
    let taken = Added::Taken(Box::new(stored.clone()));
    let told = outcomes.iter().filter(|(added, _)| *added == taken).count();
    assert_eq!(told, AT_ONCE - 1, "the others hear what is stored");
    let other = registration("inv-1");
    assert_eq!(added(store, &other).await, Added::First, "INV-1 and inv-1 are two");
}

async fn is_found_field_for_field<R: RegistrationRepository>(store: &Arc<R>) {
    assert_eq!(find(store, "nobodys").await, None, "what was not added is not found");
    for (index, state) in State::ALL.into_iter().enumerate() {
        let bare = Registration { state, ..registration(&format!("bare-{index}")) };
        assert_eq!(added(store, &bare).await, Added::First, "a free referenceNo is taken");
        assert_eq!(found(store, bare.reference_no.as_str()).await, bare, "field for field, and nothing for nothing");
    }
    for (index, product) in [Product::V1, Product::V2, Product::Checkout].into_iter().enumerate() {
        let full = Registration { product, ..full(&format!("full-{index}"), index) };
        assert_eq!(added(store, &full).await, Added::First, "a free referenceNo is taken");
        assert_eq!(found(store, full.reference_no.as_str()).await, full, "field for field, leading zeros and all");
    }
}

async fn is_found_by_nicepays_id<R: RegistrationRepository>(store: &Arc<R>) {
    let find = async |t_xid: &TXid| store.find_by_t_xid(t_xid).await.expect("NICEPAY's id can be asked for");
    let before = registration("INV-2");
    added(store, &before).await;
    assert_eq!(find(&t_xid(20)).await, None, "an id that nobody has is not found");
    let after = Registration { t_xid: Some(t_xid(20)), revision: before.revision + 1, ..before };
    assert!(changed(store, &after, None, None).await);
    assert_eq!(find(&t_xid(20)).await, Some(after), "who has been given an id is found by it");
    assert_eq!(find(&t_xid(21)).await, None, "and by no other");
}

async fn is_changed_with_its_step_and_its_event<R: RegistrationRepository, O: Outbox>(store: &Arc<R>, outbox: &Arc<O>) {
    let before = registration("INV-3");
    added(store, &before).await;
    assert_eq!(steps(store, &before).await, [], "a registration that was added has taken no step");
    let issued = Registration { revision: 1, state: State::Issued, ..full("INV-3", 30) };
    assert!(changed(store, &issued, Some(&step(&issued, "registered at NICEPAY – \"é\"")), None).await);
    assert_eq!(found(store, "INV-3").await, issued, "every field can be changed");
    let paid = Registration { revision: 2, state: State::Paid, ..registration("INV-3") };
    assert!(changed(store, &paid, Some(&step(&paid, "paid")), Some(&event(&paid, "paid"))).await);
    assert_eq!(found(store, "INV-3").await, paid, "and back to nothing");
    let quiet = Registration { revision: 3, asked: 1, ..paid.clone() };
    assert!(changed(store, &quiet, None, None).await, "a change may be written alone");
    let expected = [step(&issued, "registered at NICEPAY – \"é\""), step(&paid, "paid")];
    assert_eq!(steps(store, &paid).await, expected, "the steps are in their order");
    assert_eq!(events(outbox, &paid).await, [event(&paid, "paid")], "the event comes up in the outbox");
    assert_eq!(steps(store, &registration("INV-1")).await, [], "and nobody else has taken them");
}

async fn a_change_that_comes_late_writes_nothing<R: RegistrationRepository, O: Outbox>(
    store: &Arc<R>,
    outbox: &Arc<O>,
) {
    let before = registration("INV-4");
    added(store, &before).await;
    let first = Registration { revision: 1, sent: 1, ..before.clone() };
    assert!(changed(store, &first, Some(&step(&first, "first")), None).await);
    let nobodys = registration("nobodys");
    for (revision, to) in [(0, &before), (1, &before), (3, &before), (-1, &before), (1, &nobodys)] {
        let late = Registration { revision, state: State::Cancelled, ..to.clone() };
        let (step, event) = (step(&late, "late"), event(&late, &format!("late {revision}")));
        let written = changed(store, &late, Some(&step), Some(&event)).await;
        assert!(!written, "a change is refused unless the registration is at the revision before");
    }
    assert_eq!(found(store, "INV-4").await, first, "a change that is refused leaves the registration as it is");
    assert_eq!(steps(store, &before).await, [step(&first, "first")], "it leaves no step");
    assert_eq!(steps(store, &nobodys).await, [], "not even of what is not there");
    assert_eq!(events(outbox, &before).await, [], "and no event");
    assert_eq!(events(outbox, &nobodys).await, [], "and no event");
}

async fn one_of_many_changes<R: RegistrationRepository, O: Outbox>(store: &Arc<R>, outbox: &Arc<O>) {
    added(store, &registration("INV-5")).await;
    let rival = |index: usize, revision| {
        let asked = u32::try_from(index).expect("BUG: few meet at once");
        Registration { revision, state: State::Paid, asked, ..registration("INV-5") }
    };
    for revision in 1..=8 {
        let shared = Arc::clone(store);
        let written = at_once(move |index| {
            let (store, after) = (Arc::clone(&shared), rival(index, revision));
            let (step, event) = (step(&after, &index.to_string()), event(&after, &format!("{revision} {index}")));
            async move { changed(&store, &after, Some(&step), Some(&event)).await }
        });
        let written = written.await.into_iter().filter(|written| *written).count();
        assert_eq!(written, 1, "of many changes of one revision at once, exactly one is written");
        let (steps, stored) = (steps(store, &registration("INV-5")).await, found(store, "INV-5").await);
        let count = usize::try_from(revision).expect("BUG: a small number");
        assert_eq!((stored.revision, steps.len()), (revision, count), "with one step");
        let last = steps.last().map(|step| step.evidence.clone());
        assert_eq!(last, Some(stored.asked.to_string()), "which is its own");
        let told = events(outbox, &stored).await;
        assert_eq!(told.len(), count, "and one event");
        let own = event(&stored, &format!("{revision} {}", stored.asked));
        assert_eq!(told.last(), Some(&own), "which is its own");
    }
}

async fn keeps_what_is_notified<R: RegistrationRepository>(store: &Arc<R>) {
    let keep = async |kept: &Kept| store.keep(kept).await.expect("a notification can be kept, and again");
    let body = format!("tXid={}&goodsNm=Buku+%E2%80%93+😀&note={}", t_xid(60).as_str(), "x".repeat(70_000));
    let first = Kept {
        received_at: at(0),
        source: "2001:db8::1".to_owned(),
        t_xid: t_xid(60),
        reference_no: parsed(ReferenceNo::parse("INV-6")),
        verdict: "a merchantToken that is not \"right\"".to_owned(),
        body,
    };
    keep(&first).await;
    keep(&Kept { received_at: at(1), ..first.clone() }).await;
    keep(&Kept { t_xid: t_xid(61), ..first.clone() }).await;
    let shared = Arc::clone(store);
    at_once(move |_| {
        let (store, same) = (Arc::clone(&shared), Kept { t_xid: t_xid(62), ..first.clone() });
        async move { store.keep(&same).await.expect("one notification can be kept by many at once") }
    })
    .await;
}

async fn added<R: RegistrationRepository>(store: &Arc<R>, registration: &Registration) -> Added {
    store.add(registration).await.expect("a registration can be added")
}

async fn find<R: RegistrationRepository>(store: &Arc<R>, reference: &str) -> Option<Registration> {
    store.find(&parsed(ReferenceNo::parse(reference))).await.expect("a referenceNo can be asked for")
}

async fn found<R: RegistrationRepository>(store: &Arc<R>, reference: &str) -> Registration {
    find(store, reference).await.expect("what was added is found")
}

async fn changed<R: RegistrationRepository>(
    store: &Arc<R>,
    after: &Registration,
    step: Option<&Step>,
    event: Option<&NewEvent>,
) -> bool {
    store.change(&Change { after, step, event }).await.expect("a change can be written, or refused")
}

async fn steps<R: RegistrationRepository>(store: &Arc<R>, registration: &Registration) -> Vec<Step> {
    store.steps(&registration.reference_no).await.expect("steps can be asked for")
}

/// The references of what is due.
async fn due<R: RegistrationRepository>(store: &Arc<R>, now: i64, limit: u32) -> Vec<String> {
    let due = store.due(at(now), limit).await.expect("what is due can be asked for");
    due.into_iter().map(|due| due.reference_no.as_str().to_owned()).collect()
}

/// What an order's events say.
async fn events<O: Outbox>(outbox: &Arc<O>, registration: &Registration) -> Vec<NewEvent> {
    let all: Vec<Event> = outbox.after(0, false).await.expect("events can be listed");
    let events = all.into_iter().map(|event| event.event);
    events.filter(|event| event.reference_no == registration.reference_no.as_str()).collect()
}

/// So many seconds after an instant.
fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_720_000_000_123).expect("BUG: an instant") + TimeDelta::seconds(second)
}

fn parsed<T, E>(parsed: Result<T, E>) -> T {
    parsed.ok().expect("BUG: the suite's fields are ones")
}

fn t_xid(number: usize) -> TXid {
    parsed(TXid::parse(&format!("IONPAYTEST0320240703{number:010}")))
}

fn step(registration: &Registration, evidence: &str) -> Step {
    Step { at: at(registration.revision), state: registration.state, evidence: evidence.to_owned() }
}

fn event(registration: &Registration, occurrence: &str) -> NewEvent {
    let (order, data) = (registration.reference_no.as_str(), json!({ "occurrence": occurrence }));
    NewEvent::new(Kind::OrderPaid, order, occurrence, at(registration.revision), data)
}

/// One that has just been registered, and is never due.
fn registration(reference: &str) -> Registration {
    Registration {
        reference_no: parsed(ReferenceNo::parse(reference)),
        product: Product::V2,
        i_mid: parsed(IMid::parse("IONPAYTEST")),
        amt: parsed(Amt::parse("10000")),
        fields: "{\"goodsNm\":\"Buku – édisi \\\"2\\\" 😀 100 %\",\"billingNm\":\"O'Brien; DROP TABLE\"}".to_owned(),
        mitra_cd: None,
        t_xid: None,
        pay_no: None,
        payment_url: None,
        valid_until: at(86_400),
        state: State::Registered,
        disputed: false,
        sent: 0,
        asked: 0,
        due_at: None,
        registered_at: at(0),
        revision: 0,
    }
}

/// One of which everything is known.
fn full(reference: &str, number: usize) -> Registration {
    Registration {
        amt: parsed(Amt::parse("000000010000")),
        fields: format!("{{\"cartData\":\"{}\"}}", "é".repeat(40_000)),
        mitra_cd: Some(parsed(MitraCd::parse("ALMA"))),
        t_xid: Some(t_xid(number)),
        pay_no: Some(parsed(IssuedPayNo::parse("00011108471311"))),
        payment_url: Some(format!("https://dev.nicepay.co.id/pay?tXid={number}&q={}", "u".repeat(2_000))),
        disputed: true,
        sent: 1,
        asked: u32::MAX,
        due_at: Some(at(1_000_000)),
        ..registration(reference)
    }
}
