//! ★ Registrations: orders for which NICEPAY issues the number, and what each is believed to be.
//!
//! A registration is stored before NICEPAY hears of it, and whatever is learned of it afterwards goes through
//! [`Registration::learn`]: one table of states, and the evidence of each step beside it. The contract of
//! [`RegistrationRepository`]:
//!
//! - [`add`](RegistrationRepository::add) is **atomic**: of any number of calls at once with one referenceNo, exactly one
//!   answers [`Added::First`].
//! - [`change`](RegistrationRepository::change) writes the registration, its step and its event together or not at all,
//!   and only where the registration is still the one that was read ([`Registration::revision`]): an answer that took long
//!   never overwrites what was learned meanwhile.
//! - [`keep`](RegistrationRepository::keep) answers when the notification is durable.

mod evidence;
mod notice;
mod state;

use std::fmt;
use std::future::Future;
use std::net::IpAddr;

use chrono::{DateTime, Utc};

pub use evidence::{Evidence, Issued, Money, Notice};
pub use notice::notice;
pub use state::{Learned, State};

use crate::cvs::callback::CalledBack;
use crate::cvs::notification::Notified;
use crate::cvs::transaction::{Amt, IMid, IssuedPayNo, ReferenceNo, TXid};
use crate::event::NewEvent;
use crate::nicepay::registration::Product;
use crate::order::{Erased, MitraCd, StoreError};

/// An order that NICEPAY was asked to issue a number for.
#[derive(Clone, PartialEq, Eq)]
pub struct Registration {
    /// The merchant's reference.
    pub reference_no: ReferenceNo,
    /// V1 or Checkout.
    pub product: Product,
    /// The merchant.
    pub i_mid: IMid,
    /// What is to be paid, in rupiah.
    pub amt: Amt,
    /// The fields as the merchant gave them, a JSON object: to send them again, and to tell a repetition from another
    /// order under the same reference.
    pub fields: String,
    /// The chain of stores.
    pub mitra_cd: Option<MitraCd>,
    /// NICEPAY's id; unknown until it has answered.
    pub t_xid: Option<TXid>,
    /// The number; unknown until it is issued, which in Checkout happens on NICEPAY's page.
    pub pay_no: Option<IssuedPayNo>,
    /// Where the customer of Checkout is sent.
    pub payment_url: Option<String>,
    /// Until when it can be paid.
    pub valid_until: DateTime<Utc>,
    /// What it is believed to be.
    pub state: State,
    /// A message was told that says otherwise, and NICEPAY's answers do not bear it out so far.
    pub disputed: bool,
    /// How often it was sent to NICEPAY.
    pub sent: u32,
    /// How often NICEPAY was asked about it since something was last learned.
    pub asked: u32,
    /// When NICEPAY is asked next; `None` when there is nothing to ask.
    pub due_at: Option<DateTime<Utc>>,
    /// When the merchant registered it.
    pub registered_at: DateTime<Utc>,
    /// Counts its changes.
    pub revision: i64,
}

#[cfg(test)]
impl Registration {
    /// One of 10,000 rupiah that ends a week after the epoch, for the tests of this folder.
    fn sample(state: State) -> Self {
        Self {
            reference_no: ReferenceNo::parse("INV-2024-0001").unwrap(),
            product: Product::V1,
            i_mid: IMid::parse("IONPAYTEST").unwrap(),
            amt: Amt::parse("10000").unwrap(),
            fields: "{}".to_owned(),
            mitra_cd: None,
            t_xid: TXid::parse("IONPAYTEST03202406191012345678").ok(),
            pay_no: None,
            payment_url: None,
            valid_until: DateTime::UNIX_EPOCH + chrono::TimeDelta::days(7),
            state,
            disputed: false,
            sent: 1,
            asked: 0,
            due_at: None,
            registered_at: DateTime::UNIX_EPOCH,
            revision: 7,
        }
    }
}

impl fmt::Debug for Registration {
    /// Which one, and how it stands: who buys what is nobody's business in a log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registration({}, {})", self.reference_no.as_str(), self.state.as_str())
    }
}

/// A step of a registration, with what it was taken on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: DateTime<Utc>,
    /// What it was believed to be from then on.
    pub state: State,
    /// Which message or inquiry said so.
    pub evidence: String,
}

/// A notification as it is kept, whatever came of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// The address it came from.
    pub source: String,
    /// NICEPAY's id in it.
    pub t_xid: TXid,
    /// The merchant's reference in it.
    pub reference_no: ReferenceNo,
    /// What was made of it.
    pub verdict: String,
    /// The body as it was received.
    pub body: String,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({}, {})", self.t_xid.as_str(), self.verdict)
    }
}

/// What became of a registration that was to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It is stored now, and durable.
    First,
    /// Its referenceNo is taken, by this one.
    Taken(Box<Registration>),
}

/// A change of a registration.
#[derive(Debug, Clone)]
pub struct Change<'c> {
    /// The registration as it shall be; its revision is one above the one that was read.
    pub after: &'c Registration,
    /// The step to write beside it.
    pub step: Option<&'c Step>,
    /// The event to write beside it.
    pub event: Option<&'c NewEvent>,
}

/// Where registrations are kept.
pub trait RegistrationRepository: Send + Sync + 'static {
    /// Stores a registration, unless its referenceNo is taken.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known whether it is stored.
    fn add(&self, registration: &Registration) -> impl Future<Output = Result<Added, StoreError>> + Send;

    /// The registration under a reference.
    ///
    /// # Errors
    /// [`StoreError`] when that could not be found out.
    fn find(&self, reference_no: &ReferenceNo)
    -> impl Future<Output = Result<Option<Registration>, StoreError>> + Send;

    /// The registration that NICEPAY has given this id.
    ///
    /// # Errors
    /// [`StoreError`] when that could not be found out.
    fn find_by_t_xid(&self, t_xid: &TXid) -> impl Future<Output = Result<Option<Registration>, StoreError>> + Send;

    /// Writes a change, if the registration is still at the revision before; `false` where it is not, and then nothing is
    /// written.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known whether it was written.
    fn change(&self, change: &Change<'_>) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Keeps a notification. The same body again counts up, and is kept once.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known whether it is kept; NICEPAY hears no acknowledgement then.
    fn keep(&self, notification: &Kept) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The steps of a registration, in their order.
    ///
    /// # Errors
    /// [`StoreError`]
    fn steps(&self, reference_no: &ReferenceNo) -> impl Future<Output = Result<Vec<Step>, StoreError>> + Send;

    /// Up to `limit` registrations that are due at `now`, the longest due first.
    ///
    /// # Errors
    /// [`StoreError`]
    fn due(&self, now: DateTime<Utc>, limit: u32)
    -> impl Future<Output = Result<Vec<Registration>, StoreError>> + Send;

    /// Makes everything due that is uncertain (registered, issued, needs attention) and would be due later.
    ///
    /// # Errors
    /// [`StoreError`]
    fn hurry(&self, now: DateTime<Utc>) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// [`RegistrationRepository`] behind a pointer.
#[cfg(feature = "nicepay")]
pub(crate) trait AnyRegistrations: Send + Sync {
    fn add<'a>(&'a self, registration: &'a Registration) -> Erased<'a, Added>;
    fn find<'a>(&'a self, reference_no: &'a ReferenceNo) -> Erased<'a, Option<Registration>>;
    fn find_by_t_xid<'a>(&'a self, t_xid: &'a TXid) -> Erased<'a, Option<Registration>>;
    fn change<'a>(&'a self, change: &'a Change<'a>) -> Erased<'a, bool>;
    fn keep<'a>(&'a self, notification: &'a Kept) -> Erased<'a, ()>;
    fn steps<'a>(&'a self, reference_no: &'a ReferenceNo) -> Erased<'a, Vec<Step>>;
    fn due(&self, now: DateTime<Utc>, limit: u32) -> Erased<'_, Vec<Registration>>;
    fn hurry(&self, now: DateTime<Utc>) -> Erased<'_, ()>;
}

#[cfg(feature = "nicepay")]
impl<R: RegistrationRepository> AnyRegistrations for R {
    fn add<'a>(&'a self, registration: &'a Registration) -> Erased<'a, Added> {
        Box::pin(RegistrationRepository::add(self, registration))
    }

    fn find<'a>(&'a self, reference_no: &'a ReferenceNo) -> Erased<'a, Option<Registration>> {
        Box::pin(RegistrationRepository::find(self, reference_no))
    }

    fn find_by_t_xid<'a>(&'a self, t_xid: &'a TXid) -> Erased<'a, Option<Registration>> {
        Box::pin(RegistrationRepository::find_by_t_xid(self, t_xid))
    }

    fn change<'a>(&'a self, change: &'a Change<'a>) -> Erased<'a, bool> {
        Box::pin(RegistrationRepository::change(self, change))
    }

    fn keep<'a>(&'a self, notification: &'a Kept) -> Erased<'a, ()> {
        Box::pin(RegistrationRepository::keep(self, notification))
    }

    fn steps<'a>(&'a self, reference_no: &'a ReferenceNo) -> Erased<'a, Vec<Step>> {
        Box::pin(RegistrationRepository::steps(self, reference_no))
    }

    fn due(&self, now: DateTime<Utc>, limit: u32) -> Erased<'_, Vec<Registration>> {
        Box::pin(RegistrationRepository::due(self, now, limit))
    }

    fn hurry(&self, now: DateTime<Utc>) -> Erased<'_, ()> {
        Box::pin(RegistrationRepository::hurry(self, now))
    }
}

/// What became of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It is kept, and durable: NICEPAY may be told so, and need not come again.
    Kept,
    /// It is not NICEPAY's, by its token, and nothing was kept.
    NotGenuine,
}

/// Whoever hears what NICEPAY, and a customer's browser, tell of registrations. The doors in [`crate::provider`] read it
/// and let in no more than that; what is believed is decided behind them.
pub trait Hears: Send + Sync + 'static {
    /// A notification from `source` that could be read, with its body as it was received. It answers
    /// [`Heard::Kept`] once the notification is durable, and not before.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known whether it is kept. NICEPAY hears no acknowledgement then, and repeats it.
    fn hear(&self, notified: Notified, source: IpAddr, body: String, at: DateTime<Utc>) -> Erased<'_, Heard>;

    /// A browser came back. It answers with the reference of the registration that this is about, as it is known here, or
    /// nothing where there is none.
    ///
    /// # Errors
    /// [`StoreError`] when that could not be found out.
    fn called_back(&self, called_back: CalledBack) -> Erased<'_, Option<ReferenceNo>>;
}
