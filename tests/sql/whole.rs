//! That a change is written as a whole or not at all: the same over each engine.

use nico::cvs::transaction::{Amt, IMid, ReferenceNo, TXid};
use nico::event::{Kind, NewEvent};
use nico::nicepay::registration::Product;
use nico::registration::{Added, Change, Registration, RegistrationRepository, State, Step};

/// Tries changes that fail at their end, in a database from which the table of events is gone.
pub(crate) async fn a_change_that_fails_leaves_nothing<R: RegistrationRepository>(store: R) {
    let (before, other) = (registration("INV-1"), registration("INV-2"));
    let t_xid = Some(TXid::parse("IONPAYTEST03202407030000000001").unwrap());
    let other = Registration { t_xid: t_xid.clone(), ..other };
    for added in [&before, &other] {
        assert_eq!(store.add(added).await.unwrap(), Added::First);
    }
    let after = Registration { revision: 1, state: State::Paid, ..before.clone() };
    let step = Step { at: after.registered_at, state: State::Paid, evidence: "paid".to_owned() };
    let event = NewEvent::new(Kind::OrderPaid, "INV-1", "1", after.registered_at, "…".into());
    let told = Change { after: &after, step: Some(&step), event: Some(&event) };
    let refused = store.change(&told).await.unwrap_err().to_string();
    assert!(refused.contains("events"), "{refused}");
    let theirs = Registration { t_xid: t_xid.clone(), ..after.clone() };
    let refused = store.change(&Change { after: &theirs, step: Some(&step), event: None }).await;
    assert!(refused.is_err(), "another's tXid is no change that came late, and trying again would not help");
    let refused = store.add(&Registration { t_xid, ..registration("INV-3") }).await;
    assert!(refused.unwrap_err().to_string().contains("tXid"), "nor is a registration with it a repetition");
    assert_eq!(store.find(&before.reference_no).await.unwrap(), Some(before.clone()), "nothing of it is written");
    assert_eq!(store.steps(&before.reference_no).await.unwrap(), []);
    assert!(store.change(&Change { event: None, ..told }).await.unwrap(), "and what can be written still is");
    assert_eq!(store.steps(&before.reference_no).await.unwrap(), [step]);
}

fn registration(reference: &str) -> Registration {
    let at = chrono::DateTime::from_timestamp_millis(1_720_000_000_123).unwrap();
    Registration {
        reference_no: ReferenceNo::parse(reference).unwrap(),
        product: Product::V1,
        i_mid: IMid::parse("IONPAYTEST").unwrap(),
        amt: Amt::parse("10000").unwrap(),
        fields: "{}".to_owned(),
        mitra_cd: None,
        t_xid: None,
        pay_no: None,
        payment_url: None,
        valid_until: at,
        state: State::Registered,
        disputed: false,
        sent: 0,
        asked: 0,
        due_at: None,
        registered_at: at,
        revision: 0,
    }
}
