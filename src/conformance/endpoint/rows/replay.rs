//! X-EXTERNAL-ID: a request is served once, and nobody burns an id that is not his.

use super::CONFLICT;
use crate::conformance::endpoint::check::{Check, Miss};
use crate::conformance::endpoint::judge::{exactly_one, is_due};
use crate::conformance::endpoint::need::Need;
use crate::conformance::endpoint::subject::Subject;
use crate::simulator::exchange::Exchange;
use crate::simulator::fault::Fault;
use crate::simulator::step::Step;

const BURNT: &str = "Defect of others: the id is stored before the caller is authenticated, so a stranger burns ids";

pub(super) const ROWS: &[Check] = &[
    Check::new(
        "replay.same-id",
        "A second inquiry with the same X-EXTERNAL-ID is answered 4090000",
        "Inquiry kedua dengan X-EXTERNAL-ID yang sama dijawab 4090000",
        "ASPI functional scenario 11.5",
        |subject| vec![subject.accepted(), subject.inquiry().with(Fault::ReusedExternalId).code(CONFLICT)],
    )
    .scenario("11.5"),
    Check::new(
        "replay.byte-for-byte",
        "An inquiry that is sent again byte for byte is answered 4090000",
        "Inquiry yang dikirim ulang persis sama dijawab 4090000",
        "SNAP, 4090000: cannot use same X-EXTERNAL-ID in same day",
        |subject| vec![subject.inquiry().with(Fault::Duplicate).code(CONFLICT)],
    ),
    Check::new(
        "replay.race",
        "Of sixteen copies of one inquiry at once exactly one is served, and the rest are answered 4090000",
        "Dari enam belas salinan inquiry yang dikirim bersamaan hanya satu yang dilayani",
        "Defect of others: the id is looked up and stored in two steps",
        |subject| vec![subject.inquiry().at_once(COPIES)],
    )
    .judged(|subject, exchanges| exactly_one(exchanges, subject.good()[0], CONFLICT[0])),
    Check::new(
        "replay.not-burnt-by-signature",
        "An X-EXTERNAL-ID that came with a wrong signature is still free",
        "X-EXTERNAL-ID dari panggilan bertanda tangan salah masih dapat dipakai",
        BURNT,
        |subject| burnt(subject, Fault::WrongKey),
    )
    .judged(was_refused),
    Check::new(
        "replay.not-burnt-by-token",
        "An X-EXTERNAL-ID that came with a token of another server is still free",
        "X-EXTERNAL-ID dari panggilan bertoken salah masih dapat dipakai",
        BURNT,
        |subject| burnt(subject, Fault::ForeignToken),
    )
    .judged(was_refused),
    Check::new(
        "replay.letter-case",
        "Two X-EXTERNAL-IDs that differ in the case of their letters are two",
        "Dua X-EXTERNAL-ID yang berbeda huruf besar dan kecilnya dianggap berbeda",
        "SNAP 1.0.2: alphanumeric",
        |subject| {
            vec![subject.accepted().with(Fault::LetteredExternalId), subject.accepted().with(Fault::FoldedExternalId)]
        },
    ),
    Check::new(
        "replay.other-client",
        "Two clients may use the same X-EXTERNAL-ID",
        "Dua client boleh memakai X-EXTERNAL-ID yang sama",
        "BCA: unique per partner; SNAP is silent",
        |subject| {
            let other = subject.accepted().with(Fault::AsOther).with(Fault::CrossedExternalId);
            vec![subject.accepted(), other]
        },
    )
    .needs(&[Need::Inquiry, Need::OtherClient]),
];

const COPIES: usize = 16;

/// Somebody else's call under an id, and then the good one under the same.
fn burnt(subject: &Subject, fault: Fault) -> Vec<Step> {
    vec![subject.inquiry().with(fault), subject.accepted().with(Fault::ReusedExternalId)]
}

fn was_refused(subject: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    let good: Vec<String> = subject.good().iter().map(|code| (*code).to_owned()).collect();
    match exchanges.first() {
        Some(first) if is_due(first, &good) => Err(Miss::Moot("the call that should be refused was not".to_owned())),
        Some(_) | None => Ok(()),
    }
}
