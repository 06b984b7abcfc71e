//! What a registration is believed to be: one table, one function.
//!
//! Only an answer of NICEPAY's own changes whether an order is paid: what is notified is a reason to ask, and what a
//! browser brings is not even that much. Where an answer and a belief disagree, the answer counts; where a message and
//! the registration disagree, nobody's word counts and somebody should look.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::evidence::{Evidence, Money, Notice};
use super::{Registration, Step};
use crate::cvs::transaction::{IssuedPayNo, TXid};
use crate::event::{Kind, NewEvent};
use crate::nicepay::standing::Standing;
use crate::order::MitraCd;

/// What a registration is believed to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Stored here; whether NICEPAY has it is not known yet.
    Registered,
    /// NICEPAY has it, and it waits for its money.
    Issued,
    /// NICEPAY says that it is paid.
    Paid,
    /// It was paid, and NICEPAY no longer says so.
    Reversed,
    /// Its time is over.
    Expired,
    /// It was withdrawn, or NICEPAY never took it.
    Cancelled,
    /// What is known does not fit together: somebody should look.
    NeedsAttention,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Registered,
        Self::Issued,
        Self::Paid,
        Self::Reversed,
        Self::Expired,
        Self::Cancelled,
        Self::NeedsAttention,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Issued => "issued",
            Self::Paid => "paid",
            Self::Reversed => "reversed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::NeedsAttention => "needs_attention",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether NICEPAY is still to be asked what it is.
    pub fn is_uncertain(self) -> bool {
        match self {
            Self::Registered | Self::Issued | Self::NeedsAttention => true,
            Self::Paid | Self::Reversed | Self::Expired | Self::Cancelled => false,
        }
    }

    /// What the shop is told when it has come to this.
    fn event(self) -> Option<Kind> {
        match self {
            Self::Paid => Some(Kind::OrderPaid),
            Self::Reversed => Some(Kind::OrderReversed),
            Self::Expired => Some(Kind::OrderExpired),
            Self::NeedsAttention => Some(Kind::OrderNeedsAttention),
            Self::Registered | Self::Issued | Self::Cancelled => None,
        }
    }
}

/// What comes of evidence: the registration after it, and what is written beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// The registration after it.
    pub after: Registration,
    /// The step, where one was taken or something must not be forgotten.
    pub step: Option<Step>,
    /// What the shop is told.
    pub event: Option<NewEvent>,
}

impl Registration {
    /// The registration after `evidence`.
    pub fn learn(&self, evidence: &Evidence, now: DateTime<Utc>) -> Learned {
        let mut after = Self { revision: self.revision + 1, state: self.state_after(evidence, now), ..self.clone() };
        after.take_over(evidence);
        after.schedule(self, evidence, now);
        let moved = after.state != self.state;
        let step = (moved || (evidence.is_kept() && !after.is_still(self))).then(|| Step {
            at: now,
            state: after.state,
            evidence: evidence.to_string(),
        });
        let event = after.state.event().filter(|_| moved).map(|kind| after.tell(kind, evidence, now));
        Learned { after, step, event }
    }

    /// The registration as it is when it is about to be sent once more: whoever dies over it has sent it, and nobody else
    /// sends it while an answer may still come.
    #[must_use]
    pub fn sending(&self, now: DateTime<Utc>) -> Self {
        let sent = self.sent.saturating_add(1);
        Self { sent, due_at: Some(now + ON_ITS_WAY), revision: self.revision + 1, ..self.clone() }
    }

    /// Whether nothing was learned: told again what is known, NICEPAY being about to be asked already.
    pub fn is_still(&self, before: &Self) -> bool {
        Self { revision: before.revision, ..self.clone() } == *before
    }

    /// The table.
    fn state_after(&self, evidence: &Evidence, now: DateTime<Utc>) -> State {
        let attention_unless_settled = match self.state {
            State::Paid | State::Reversed => self.state,
            State::Registered | State::Issued | State::Expired | State::Cancelled | State::NeedsAttention => {
                State::NeedsAttention
            }
        };
        match evidence {
            Evidence::Issued(_) => match self.state {
                State::Registered | State::NeedsAttention => State::Issued,
                State::Issued | State::Paid | State::Reversed | State::Expired | State::Cancelled => self.state,
            },
            // Sent by another instance as well, which has heard more of it.
            Evidence::Refused(_) | Evidence::Taken if self.t_xid.is_some() => self.state,
            // What was sent twice may have been taken the first time.
            Evidence::Refused(_) if self.sent == 1 && self.state == State::Registered => State::Cancelled,
            Evidence::Refused(_) | Evidence::Taken => attention_unless_settled,
            Evidence::Unanswered(_) if now >= self.valid_until => attention_unless_settled,
            Evidence::Notified(Notice { says: Err(_), .. }) => attention_unless_settled,
            Evidence::Inquired(inquired) if inquired.differs.is_some() => attention_unless_settled,
            Evidence::Inquired(inquired) => self.state_as_inquired(inquired.standing, now),
            Evidence::Unusable(_) => self.state_as_inquired(Standing::Unknown, now),
            Evidence::Cancelled => match self.state {
                State::Registered | State::Issued | State::NeedsAttention => State::Cancelled,
                State::Paid | State::Reversed | State::Expired | State::Cancelled => self.state,
            },
            Evidence::Unanswered(_) | Evidence::Notified(_) | Evidence::CalledBack => self.state,
        }
    }

    fn state_as_inquired(&self, standing: Standing, now: DateTime<Utc>) -> State {
        let is_long_over = now >= self.valid_until + AFTER_ITS_END;
        match (standing, self.state) {
            (Standing::Reversed, _) => State::Reversed,
            (Standing::Unpaid | Standing::Expired, State::Paid) => State::Reversed,
            // Also after its end, and after it was cancelled: the money is there.
            (
                Standing::Paid,
                State::Registered
                | State::Issued
                | State::NeedsAttention
                | State::Reversed
                | State::Expired
                | State::Cancelled,
            ) => State::Paid,
            (_, State::Paid | State::Expired | State::Cancelled) if self.is_disputed_for(DISPUTED_FOR) => {
                State::NeedsAttention
            }
            (Standing::Expired, State::Registered | State::Issued | State::NeedsAttention) => State::Expired,
            (Standing::Unpaid | Standing::Initiated, State::Registered) => State::Issued,
            (Standing::Unpaid | Standing::Initiated, State::Issued) if is_long_over => State::Expired,
            (Standing::Unknown, State::Issued) if is_long_over => State::NeedsAttention,
            (Standing::ReadyToCommit, State::Registered | State::Issued | State::Expired | State::Cancelled) => {
                State::NeedsAttention
            }
            (
                Standing::Paid
                | Standing::Unpaid
                | Standing::Expired
                | Standing::ReadyToCommit
                | Standing::Initiated
                | Standing::Unknown,
                state,
            ) => state,
        }
    }

    /// Whether a message says otherwise than NICEPAY's answers, and that many were asked for.
    fn is_disputed_for(&self, inquiries: u32) -> bool {
        self.disputed && self.asked >= inquiries
    }

    /// What is known now and was not before.
    fn take_over(&mut self, evidence: &Evidence) {
        match evidence {
            Evidence::Issued(issued) => {
                self.t_xid = Some(issued.t_xid.clone());
                self.pay_no = issued.pay_no.clone().or(self.pay_no.take());
                self.payment_url = issued.payment_url.clone().or(self.payment_url.take());
                self.valid_until = issued.valid_until.unwrap_or(self.valid_until);
            }
            // The registration's answer was lost: without this id nobody could ask how it stands.
            Evidence::Notified(Notice { t_xid, says: Ok(money) }) => {
                self.t_xid.get_or_insert_with(|| t_xid.clone());
                self.disputed |= match self.state {
                    State::Paid => *money == Money::WasTakenBack,
                    State::Reversed | State::Expired | State::Cancelled => *money == Money::Came,
                    State::Registered | State::Issued | State::NeedsAttention => false,
                };
            }
            Evidence::Inquired(inquired) if inquired.differs.is_none() => {
                self.pay_no = inquired.pay_no.clone().or(self.pay_no.take());
                self.mitra_cd = inquired.mitra_cd.clone().or(self.mitra_cd.take());
            }
            Evidence::Inquired(_)
            | Evidence::Refused(_)
            | Evidence::Taken
            | Evidence::Unanswered(_)
            | Evidence::Notified(_)
            | Evidence::CalledBack
            | Evidence::Unusable(_)
            | Evidence::Cancelled => {}
        }
    }

    /// When NICEPAY is asked next.
    fn schedule(&mut self, before: &Self, evidence: &Evidence, now: DateTime<Utc>) {
        let moved = self.state != before.state;
        self.disputed &= !moved;
        if let (Some(soon), true) = (self.is_news(before, evidence, now), self.t_xid.is_some()) {
            // A dispute that goes on is as old as it was, and whoever can send browsers ends no pause but this one.
            if !before.disputed && *evidence != Evidence::CalledBack {
                self.asked = 0;
            }
            self.due_at = Some(before.due_at.map_or(soon, |due| due.min(soon)));
            return;
        }
        match evidence {
            Evidence::Notified(_) | Evidence::CalledBack if self.state == before.state => return,
            // A look at what is settled that came to nothing was none.
            Evidence::Unusable(_) if !self.state.is_uncertain() && !self.disputed => {}
            Evidence::Inquired(_) | Evidence::Unusable(_) => self.asked = self.asked.saturating_add(1),
            Evidence::Issued(_)
            | Evidence::Refused(_)
            | Evidence::Taken
            | Evidence::Unanswered(_)
            | Evidence::Notified(_)
            | Evidence::CalledBack
            | Evidence::Cancelled => {}
        }
        // Of what was taken back, an old message that money came is told again now and then.
        self.disputed &= !(self.state == State::Reversed && self.is_disputed_for(REPLAYED_FOR));
        if moved {
            self.asked = 0;
        }
        let is_for_somebody = before.disputed && self.state == State::NeedsAttention;
        self.due_at = self.pause(now).filter(|_| !is_for_somebody).map(|pause| now + pause);
    }

    /// When NICEPAY is to be asked because of a message; `None` where it says nothing new.
    fn is_news(&self, before: &Self, evidence: &Evidence, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match evidence {
            Evidence::Notified(Notice { says: Ok(Money::Came), .. }) => (before.state != State::Paid).then_some(now),
            Evidence::Notified(_) => Some(now),
            // Whoever knows a reference can send browsers: however many come, NICEPAY is asked once in this time.
            Evidence::CalledBack => before.state.is_uncertain().then_some(now + AFTER_A_BROWSER),
            Evidence::Issued(_)
            | Evidence::Refused(_)
            | Evidence::Taken
            | Evidence::Unanswered(_)
            | Evidence::Inquired(_)
            | Evidence::Unusable(_)
            | Evidence::Cancelled => None,
        }
    }

    /// How long NICEPAY is left alone; `None` where there is nothing to ask.
    fn pause(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let looks = || LOOKS.get(usize::try_from(self.asked).unwrap_or(usize::MAX)).copied();
        match self.state {
            State::Registered => Some(backing_off(if self.t_xid.is_some() { self.asked } else { self.sent })),
            State::Issued => Some(backing_off(self.asked)),
            State::NeedsAttention => {
                (self.t_xid.is_some() && now < self.valid_until + LOOKED_AFTER).then(|| backing_off(self.asked))
            }
            State::Paid | State::Reversed | State::Expired | State::Cancelled if self.disputed => {
                Some(backing_off(self.asked))
            }
            // What nobody told of, or NICEPAY said too soon, shows here and nowhere else.
            State::Paid | State::Reversed | State::Expired | State::Cancelled => {
                self.t_xid.as_ref().and_then(|_| looks())
            }
        }
    }

    fn tell(&self, kind: Kind, evidence: &Evidence, now: DateTime<Utc>) -> NewEvent {
        let mut data = self.as_json();
        data["evidence"] = json!(evidence.to_string());
        NewEvent::new(kind, self.reference_no.as_str(), &self.revision.to_string(), now, data)
    }

    /// What the merchant's shop is told of it, as an answer and in an event.
    pub fn as_json(&self) -> Value {
        json!({
            "referenceNo": self.reference_no,
            "product": self.product,
            "state": self.state.as_str(),
            "amt": self.amt,
            "currency": "IDR",
            "tXid": self.t_xid.as_ref().map(TXid::as_str),
            "payNo": self.pay_no.as_ref().map(IssuedPayNo::as_str),
            "mitraCd": self.mitra_cd.as_ref().map(MitraCd::as_str),
            "paymentUrl": self.payment_url,
        })
    }
}

impl Evidence {
    /// Whether it is written down although nothing came of it.
    fn is_kept(&self) -> bool {
        match self {
            Self::Issued(_) | Self::Refused(_) | Self::Taken | Self::Notified(_) | Self::Cancelled => true,
            Self::Inquired(inquired) => inquired.differs.is_some(),
            Self::Unanswered(_) | Self::CalledBack | Self::Unusable(_) => false,
        }
    }
}

/// 1, 2, 4 s and so on, up to an hour.
fn backing_off(times: u32) -> TimeDelta {
    TimeDelta::seconds(1 << times.min(12)).min(TimeDelta::hours(1))
}

/// How long a browser's coming back waits for the inquiry that it is a reason for.
const AFTER_A_BROWSER: TimeDelta = TimeDelta::seconds(1);
/// How long after each other what is settled is looked at again.
const LOOKS: [TimeDelta; 3] = [TimeDelta::minutes(1), TimeDelta::minutes(15), TimeDelta::days(1)];
/// How long after its end a number is asked for that NICEPAY still calls unpaid.
const AFTER_ITS_END: TimeDelta = TimeDelta::days(1);
/// How long after its end NICEPAY is asked about what needs attention.
const LOOKED_AFTER: TimeDelta = TimeDelta::days(7);
/// How long a registration may be on its way to NICEPAY and back: longer than anybody waits for it.
const ON_ITS_WAY: TimeDelta = TimeDelta::minutes(4);
/// How many inquiries a message may be contradicted by before somebody should look: with the pauses between, a day's.
const DISPUTED_FOR: u32 = 35;
/// The same where it is rather an old message told again: an hour's.
const REPLAYED_FOR: u32 = 12;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::nicepay::standing::Inquired;
    use crate::registration::Issued;

    fn t_xid() -> TXid {
        TXid::parse("IONPAYTEST03202406191012345678").unwrap()
    }

    fn begun() -> DateTime<Utc> {
        "2024-06-19T03:12:34Z".parse().unwrap()
    }

    fn registration(state: State) -> Registration {
        let t_xid = (state != State::Registered).then(t_xid);
        let due_at = state.is_uncertain().then(|| begun() + TimeDelta::hours(1));
        let valid_until = begun() + TimeDelta::days(7);
        Registration { t_xid, due_at, valid_until, registered_at: begun(), ..Registration::sample(state) }
    }

    fn inquired(standing: Standing) -> Evidence {
        Evidence::Inquired(Inquired { standing, differs: None, pay_no: None, mitra_cd: None })
    }

    fn differing(standing: Standing) -> Evidence {
        Evidence::Inquired(Inquired { standing, differs: Some("amt"), pay_no: None, mitra_cd: None })
    }

    fn notified(says: Result<Money, &'static str>) -> Evidence {
        Evidence::Notified(Notice { t_xid: t_xid(), says })
    }

    fn issued() -> Evidence {
        Evidence::Issued(Issued { t_xid: t_xid(), pay_no: None, payment_url: None, valid_until: None })
    }

    /// Each evidence, and what becomes of a registration that is registered, issued, paid, reversed, expired, cancelled,
    /// in need of attention.
    fn table() -> Vec<(Evidence, [State; 7])> {
        use State::{
            Cancelled as C, Expired as E, Issued as I, NeedsAttention as N, Paid as P, Registered as G, Reversed as R,
        };
        vec![
            (issued(), [I, I, P, R, E, C, I]),
            (Evidence::Refused(String::new()), [C, I, P, R, E, C, N]),
            (Evidence::Taken, [N, I, P, R, E, C, N]),
            (Evidence::Unanswered(String::new()), [G, I, P, R, E, C, N]),
            (notified(Ok(Money::Came)), [G, I, P, R, E, C, N]),
            (notified(Ok(Money::WasTakenBack)), [G, I, P, R, E, C, N]),
            (notified(Err("amt")), [N, N, P, R, N, N, N]),
            (Evidence::CalledBack, [G, I, P, R, E, C, N]),
            (inquired(Standing::Paid), [P, P, P, P, P, P, P]),
            (inquired(Standing::Reversed), [R, R, R, R, R, R, R]),
            (inquired(Standing::Unpaid), [I, I, R, R, E, C, N]),
            (inquired(Standing::Expired), [E, E, R, R, E, C, E]),
            (inquired(Standing::ReadyToCommit), [N, N, P, R, N, N, N]),
            (inquired(Standing::Initiated), [I, I, P, R, E, C, N]),
            (inquired(Standing::Unknown), [G, I, P, R, E, C, N]),
            (differing(Standing::Paid), [N, N, P, R, N, N, N]),
            (Evidence::Unusable(String::new()), [G, I, P, R, E, C, N]),
            (Evidence::Cancelled, [C, C, P, R, E, C, C]),
        ]
    }

    #[test]
    fn each_evidence_leads_where_the_table_says() {
        for (evidence, afterwards) in table() {
            for (before, after) in State::ALL.into_iter().zip(afterwards) {
                let learned = registration(before).learn(&evidence, begun());
                assert_eq!(learned.after.state, after, "{before:?}, {evidence}");
                assert_eq!(learned.after.revision, 8);
                let told = after.event().filter(|_| before != after);
                assert_eq!(learned.event.map(|event| event.kind), told, "{before:?}, {evidence}");
                assert!(before == after || learned.step.is_some(), "{before:?}, {evidence}");
            }
        }
    }

    #[test]
    fn what_was_sent_twice_and_refused_may_have_been_taken() {
        let twice = Registration { sent: 2, ..registration(State::Registered) };
        let refused = Evidence::Refused("9012".to_owned());
        assert_eq!(twice.learn(&refused, begun()).after.state, State::NeedsAttention);
    }

    #[test]
    fn a_number_whose_time_is_long_over_has_expired_whatever_nicepay_calls_it() {
        let issued = registration(State::Issued);
        let unpaid = inquired(Standing::Unpaid);
        let after = |later| issued.learn(&unpaid, issued.valid_until + later).after.state;
        assert_eq!(after(TimeDelta::hours(23)), State::Issued);
        assert_eq!(after(TimeDelta::days(1)), State::Expired);
        let unanswered = Evidence::Unanswered(String::new());
        let registered = registration(State::Registered);
        assert_eq!(registered.learn(&unanswered, registered.valid_until).after.state, State::NeedsAttention);
    }

    /// The registration's answer was lost and 9009 came for the second one: a notification is all that is known.
    #[test]
    fn a_notification_that_agrees_gives_the_id_to_ask_with() {
        let taken = registration(State::Registered).learn(&Evidence::Taken, begun()).after;
        assert_eq!((taken.state, taken.due_at), (State::NeedsAttention, None));
        let later = begun() + TimeDelta::hours(2);
        let told = taken.learn(&notified(Ok(Money::Came)), later).after;
        assert_eq!((told.state, told.t_xid.clone(), told.due_at), (State::NeedsAttention, Some(t_xid()), Some(later)));
        let paid = told.learn(&inquired(Standing::Paid), later);
        assert_eq!((paid.after.state, paid.event.map(|event| event.kind)), (State::Paid, Some(Kind::OrderPaid)));
        let mismatched = taken.learn(&notified(Err("amt")), later).after;
        assert_eq!(
            (mismatched.t_xid, mismatched.due_at),
            (None, None),
            "nobody's id is taken over with another amount"
        );
    }

    #[test]
    fn a_reversal_is_asked_about_until_nicepay_agrees_or_a_day_is_over() {
        let mut paid = registration(State::Paid);
        let mut now = begun();
        paid = paid.learn(&notified(Ok(Money::WasTakenBack)), now).after;
        assert!((paid.state, paid.due_at, paid.disputed) == (State::Paid, Some(now), true));
        let agreed = paid.learn(&inquired(Standing::Unpaid), now).after;
        assert_eq!((agreed.state, agreed.disputed), (State::Reversed, false));
        let again = paid.learn(&notified(Ok(Money::Came)), now);
        assert!(again.after.is_still(&paid), "an old message told again settles no dispute");
        while paid.state == State::Paid {
            now = paid.due_at.unwrap();
            paid = paid.learn(&inquired(Standing::Paid), now).after;
        }
        assert_eq!(
            (paid.state, paid.disputed, paid.due_at),
            (State::NeedsAttention, false, None),
            "it is for somebody"
        );
        assert!((TimeDelta::hours(20)..TimeDelta::hours(30)).contains(&(now - begun())), "{}", now - begun());
    }

    /// A notification of money for what is believed to be over: one inquiry that comes to nothing does not settle it.
    #[test]
    fn money_that_comes_after_the_end_is_asked_about_until_it_is_clear() {
        for (over, ends_as) in [
            (State::Expired, State::NeedsAttention),
            (State::Cancelled, State::NeedsAttention),
            (State::Reversed, State::Reversed),
        ] {
            let (mut told, mut now) = (registration(over).learn(&notified(Ok(Money::Came)), begun()).after, begun());
            assert!((told.state, told.due_at, told.disputed) == (over, Some(now), true), "{over:?}");
            for evidence in [Evidence::Unusable(String::new()), inquired(Standing::Expired)] {
                told = told.learn(&evidence, now).after;
                assert!(told.state == over && told.due_at.is_some_and(|due| due > now), "{over:?}, {evidence}");
            }
            assert_eq!(told.learn(&inquired(Standing::Paid), now).after.state, State::Paid, "{over:?}");
            while told.disputed {
                now = told.due_at.unwrap();
                told = told.learn(&inquired(Standing::Expired), now).after;
            }
            assert_eq!((told.state, told.due_at), (ends_as, None), "{over:?}");
        }
    }

    /// Two instances may send the same at once; whoever is told that it exists must not undo what the other has heard.
    #[test]
    fn that_a_reference_exists_says_nothing_once_nicepays_id_is_known() {
        let issued_here = registration(State::Registered).learn(&issued(), begun()).after;
        assert_eq!(issued_here.learn(&Evidence::Taken, begun()).after.state, State::Issued);
        let taken_first = registration(State::Registered).learn(&Evidence::Taken, begun()).after;
        assert_eq!(taken_first.learn(&issued(), begun()).after.state, State::Issued);
    }

    /// Else it would be the longest due for ever, and keep all others from being asked about.
    #[test]
    fn whatever_comes_of_an_inquiry_it_is_put_off() {
        for state in State::ALL {
            let due = Registration { due_at: Some(begun()), t_xid: Some(t_xid()), ..registration(state) };
            let later = begun() + TimeDelta::minutes(5);
            for evidence in [Evidence::Unusable(String::new()), inquired(Standing::Unknown), inquired(Standing::Unpaid)]
            {
                let after = due.learn(&evidence, later).after;
                assert!(after.due_at.is_none_or(|due| due > later) && !after.is_still(&due), "{state:?}, {evidence}");
            }
        }
    }

    #[test]
    fn pauses_double_up_to_an_hour_and_what_is_paid_is_looked_at_again() {
        let (mut issued, mut pauses, mut now) =
            (registration(State::Registered).learn(&issued(), begun()).after, vec![], begun());
        for _ in 0..14 {
            let due = issued.due_at.unwrap();
            pauses.push((due - now).num_seconds());
            now = due;
            issued = issued.learn(&Evidence::Unusable(String::new()), now).after;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
        let paid = inquired(Standing::Paid);
        let mut paid_at = issued.learn(&paid, now).after;
        assert_eq!(
            paid_at.learn(&Evidence::Unusable(String::new()), now).after.due_at,
            Some(now + TimeDelta::minutes(1))
        );
        for pause in [Some(TimeDelta::minutes(1)), Some(TimeDelta::minutes(15)), Some(TimeDelta::days(1)), None] {
            assert_eq!(paid_at.due_at.map(|due| due - now), pause);
            paid_at = paid_at.learn(&paid, now).after;
        }
    }

    #[test]
    fn what_is_told_again_changes_nothing_once_it_is_due() {
        for (evidence, soon) in [(notified(Ok(Money::Came)), 0), (Evidence::CalledBack, 1)] {
            let asked = Registration { asked: 3, ..registration(State::Issued) };
            let told = asked.learn(&evidence, begun()).after;
            assert_eq!(told.due_at, Some(begun() + TimeDelta::seconds(soon)));
            assert_eq!(told.asked, if evidence == Evidence::CalledBack { 3 } else { 0 });
            let again = told.learn(&evidence, begun() + TimeDelta::seconds(5));
            assert!(again.after.is_still(&told) && again.step.is_none(), "{evidence}");
        }
        let paid = registration(State::Paid);
        assert!(paid.learn(&Evidence::CalledBack, begun()).after.is_still(&paid));
    }

    fn any_evidence() -> impl Strategy<Value = Evidence> {
        proptest::sample::select(table().into_iter().map(|(evidence, _)| evidence).collect::<Vec<_>>())
    }

    proptest! {
        /// Whatever comes in whatever order: nothing is paid, or no longer paid, but by an answer of NICEPAY's; and what is
        /// uncertain is asked about, if there is anything to ask with.
        #[test]
        fn only_an_inquiry_pays_and_unpays(evidence in proptest::collection::vec(any_evidence(), 0..40)) {
            let (mut before, mut now) = (registration(State::Registered), begun());
            for evidence in evidence {
                let is_about_an_id =
                    matches!(evidence, Evidence::Inquired(_) | Evidence::Unusable(_) | Evidence::Cancelled);
                if is_about_an_id && before.t_xid.is_none() {
                    continue;
                }
                let learned = before.learn(&evidence, now);
                let after = learned.after;
                let is_answer = matches!(&evidence, Evidence::Inquired(inquired) if inquired.differs.is_none());
                prop_assert!((before.state == State::Paid) == (after.state == State::Paid) || is_answer);
                if after.state == State::Paid && before.state != State::Paid {
                    prop_assert_eq!(&evidence, &inquired(Standing::Paid));
                }
                if after.state == State::Registered || after.state == State::Issued {
                    prop_assert!(after.due_at.is_some());
                }
                prop_assert!(!after.disputed || !after.state.is_uncertain());
                // Else the janitor would find it due for ever, and could do nothing about it.
                prop_assert!(after.due_at.is_none() || after.t_xid.is_some() || after.state == State::Registered);
                before = after;
                now += TimeDelta::seconds(1);
            }
        }
    }
}
