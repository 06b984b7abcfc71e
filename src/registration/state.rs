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
        let step =
            (moved || evidence.is_kept()).then(|| Step { at: now, state: after.state, evidence: evidence.to_string() });
        let event = after.state.event().filter(|_| moved).map(|kind| after.tell(kind, evidence, now));
        Learned { after, step, event }
    }

    /// The registration as it is when it is about to be sent once more: whoever dies over it has sent it.
    #[must_use]
    pub fn sending(&self, now: DateTime<Utc>) -> Self {
        let sent = self.sent.saturating_add(1);
        Self { sent, due_at: Some(now + backing_off(sent)), revision: self.revision + 1, ..self.clone() }
    }

    /// Whether nothing was learned: told again what is known, NICEPAY being about to be asked already.
    pub fn is_still(&self, before: &Self) -> bool {
        let soon = |before: &Self| before.due_at.is_some_and(|due| self.due_at.is_some_and(|now| due <= now));
        let due_at = if soon(before) { before.due_at } else { self.due_at };
        Self { revision: before.revision, due_at, ..self.clone() } == *before
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
            // What was sent twice may have been taken the first time.
            Evidence::Refused(_) if self.sent > 1 => attention_unless_settled,
            Evidence::Refused(_) => State::Cancelled,
            Evidence::Taken => attention_unless_settled,
            Evidence::Unanswered(_) if now >= self.valid_until => attention_unless_settled,
            Evidence::Notified(Notice { says: Err(_), .. }) => attention_unless_settled,
            Evidence::Inquired(inquired) if inquired.differs.is_some() => attention_unless_settled,
            Evidence::Inquired(inquired) => self.state_as_inquired(inquired.standing, now),
            Evidence::Cancelled => match self.state {
                State::Registered | State::Issued | State::NeedsAttention => State::Cancelled,
                State::Paid | State::Reversed | State::Expired | State::Cancelled => self.state,
            },
            Evidence::Unanswered(_) | Evidence::Notified(_) | Evidence::CalledBack | Evidence::Unusable(_) => {
                self.state
            }
        }
    }

    fn state_as_inquired(&self, standing: Standing, now: DateTime<Utc>) -> State {
        match (standing, self.state) {
            // Also after its end, and after it was cancelled: the money is there.
            (Standing::Paid, State::Paid) if self.disputed && self.asked >= DISPUTED_FOR => State::NeedsAttention,
            (Standing::Paid, _) => State::Paid,
            (Standing::Reversed, _) => State::Reversed,
            (Standing::Unpaid | Standing::Expired, State::Paid) => State::Reversed,
            (Standing::Expired, State::Registered | State::Issued | State::NeedsAttention) => State::Expired,
            (Standing::Unpaid | Standing::Initiated, State::Registered) => State::Issued,
            (Standing::Unpaid | Standing::Initiated, State::Issued) if now >= self.valid_until + AFTER_ITS_END => {
                State::Expired
            }
            (Standing::ReadyToCommit, State::Registered | State::Issued | State::Expired | State::Cancelled) => {
                State::NeedsAttention
            }
            (
                Standing::Unpaid
                | Standing::Expired
                | Standing::ReadyToCommit
                | Standing::Initiated
                | Standing::Unknown,
                state,
            ) => state,
        }
    }

    /// What is known now and was not before.
    fn take_over(&mut self, evidence: &Evidence) {
        match evidence {
            Evidence::Issued(issued) => {
                self.t_xid = Some(issued.t_xid.clone());
                self.pay_no.clone_from(&issued.pay_no);
                self.payment_url.clone_from(&issued.payment_url);
                self.valid_until = issued.valid_until.unwrap_or(self.valid_until);
            }
            // The registration's answer was lost: without this id nobody could ask how it stands.
            Evidence::Notified(Notice { t_xid, says: Ok(money) }) => {
                self.t_xid.get_or_insert_with(|| t_xid.clone());
                self.disputed |= *money == Money::WasTakenBack;
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
        self.disputed &= self.state == State::Paid;
    }

    /// When NICEPAY is asked next.
    fn schedule(&mut self, before: &Self, evidence: &Evidence, now: DateTime<Utc>) {
        let is_news = match evidence {
            Evidence::Notified(Notice { says: Ok(Money::Came), .. }) => before.state != State::Paid,
            Evidence::Notified(_) => true,
            Evidence::CalledBack => before.state.is_uncertain(),
            Evidence::Issued(_)
            | Evidence::Refused(_)
            | Evidence::Taken
            | Evidence::Unanswered(_)
            | Evidence::Inquired(_)
            | Evidence::Unusable(_)
            | Evidence::Cancelled => false,
        };
        if is_news {
            (self.asked, self.due_at) = (0, self.t_xid.is_some().then_some(now));
            return;
        }
        match evidence {
            Evidence::Notified(_) | Evidence::CalledBack => return,
            Evidence::Inquired(_) | Evidence::Unusable(_) => self.asked = self.asked.saturating_add(1),
            Evidence::Issued(_)
            | Evidence::Refused(_)
            | Evidence::Taken
            | Evidence::Unanswered(_)
            | Evidence::Cancelled => {}
        }
        if self.state != before.state {
            self.asked = 0;
        }
        self.due_at = self.pause(evidence, now).map(|pause| now + pause);
    }

    /// How long NICEPAY is left alone; `None` where there is nothing to ask.
    fn pause(&self, evidence: &Evidence, now: DateTime<Utc>) -> Option<TimeDelta> {
        match self.state {
            State::Registered => Some(backing_off(self.sent)),
            State::Issued => Some(backing_off(self.asked)),
            State::NeedsAttention => {
                (self.t_xid.is_some() && now < self.valid_until + LOOKED_AFTER).then(|| backing_off(self.asked))
            }
            State::Paid if self.disputed => Some(backing_off(self.asked)),
            // A reversal whose notification was lost shows here, and nowhere else.
            State::Paid => match (self.asked, evidence) {
                (0, _) | (_, Evidence::Unusable(_)) => Some(TimeDelta::minutes(15)),
                (1, _) => Some(TimeDelta::days(1)),
                _ => None,
            },
            State::Reversed | State::Expired | State::Cancelled => None,
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

/// How long after its end a number is asked for that NICEPAY still calls unpaid.
const AFTER_ITS_END: TimeDelta = TimeDelta::days(1);
/// How long after its end NICEPAY is asked about what needs attention.
const LOOKED_AFTER: TimeDelta = TimeDelta::days(7);
/// How often NICEPAY may say "paid" of a payment that it has told to be reversed: with the pauses between, a day.
const DISPUTED_FOR: u32 = 35;
