//! The merchant's side of NICEPAY's older interfaces: registers, hears, asks, and tells the shop.
//!
//! | file | what it does |
//! |---|---|
//! | `register` | sends an order to NICEPAY: stored before, and what came back after |
//! | `hear` | takes notifications and callbacks, which are reasons to ask |
//! | `janitor` | asks NICEPAY about whatever is due, until it is certain |
//! | `courier` | delivers events to the merchant's shop |
//!
//! The command `nico serve` puts it together from a configuration; a program of your own does so like this:
//!
//! ```no_run
//! # async fn run(
//! #     provider: nico::Provider,
//! #     database: nico::adapters::sqlite::Database,
//! #     sources: nico::provider::Sources,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use nico::adapters::sqlite::SqliteRegistrations;
//! use nico::back_office::BackOffice;
//! use nico::clock::SystemClock;
//! use nico::cvs::merchant_token::MerchantKey;
//! use nico::cvs::transaction::IMid;
//! use nico::nicepay::client::NicepayClient;
//! use nico::nicepay::environment::Environment;
//! use nico::provider::NotificationDoor;
//!
//! let (imid, key) = (IMid::parse("IONPAYTEST")?, MerchantKey::read("keys/merchant.key")?);
//! let (patience, clock) = (Duration::from_secs(15), Arc::new(SystemClock));
//! let nicepay = NicepayClient::new(Environment::Sandbox, imid, key, patience, clock.clone())?;
//! let office = BackOffice::new(nicepay, SqliteRegistrations::new(&database), clock);
//! let door = NotificationDoor::new("/nicepay/notification", sources);
//! let asking = office.clone();
//! actix_web::rt::spawn(async move { asking.keep_asking().await });
//! provider.notifications(door, Arc::new(office)).serve("127.0.0.1:8080").await?;
//! # Ok(())
//! # }
//! ```

mod courier;
mod hear;
mod janitor;
mod register;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

pub use courier::{Courier, CourierError};
pub use register::{NotRegistered, Registered};

use crate::clock::Clock;
use crate::cvs::transaction::ReferenceNo;
use crate::nicepay::client::NicepayClient;
use crate::nicepay::trouble::Trouble;
use crate::order::StoreError;
use crate::registration::{AnyRegistrations, Change, Evidence, Registration, RegistrationRepository, State, Step};
use register::Turns;

/// The merchant's back office. Cheap to clone.
#[derive(Clone)]
pub struct BackOffice(Arc<Inner>);

struct Inner {
    nicepay: NicepayClient,
    registrations: Arc<dyn AnyRegistrations>,
    clock: Arc<dyn Clock>,
    /// Something has become due this very moment.
    due: Notify,
    turns: Turns,
}

/// Why it is not known how an order stands now.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// NICEPAY was asked, and nothing that could be relied on came back.
    #[error("{0}")]
    Nicepay(#[from] Trouble),
    /// The store failed.
    #[error("{0}")]
    Store(StoreError),
}

/// Why a number was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum NotCancelled {
    /// Nothing is registered under the reference.
    #[error("nothing is registered under this referenceNo")]
    Unknown,
    /// It is paid, or over: a paid number is cancelled by hand, at NICEPAY.
    #[error("it is {}, and only what waits for its money can be cancelled", .0.as_str())]
    Not(State),
    /// NICEPAY has not done it.
    #[error("{0}")]
    Nicepay(#[from] Trouble),
    /// The store failed.
    #[error("{0}")]
    Store(StoreError),
}

impl From<StoreError> for NotAsked {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<StoreError> for NotCancelled {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotAsked> for NotCancelled {
    fn from(not_asked: NotAsked) -> Self {
        match not_asked {
            NotAsked::Nicepay(trouble) => Self::Nicepay(trouble),
            NotAsked::Store(error) => Self::Store(error),
        }
    }
}

impl BackOffice {
    /// Speaks to NICEPAY through `nicepay`, and keeps what it knows in `registrations`.
    pub fn new(nicepay: NicepayClient, registrations: impl RegistrationRepository, clock: Arc<dyn Clock>) -> Self {
        let registrations: Arc<dyn AnyRegistrations> = Arc::new(registrations);
        Self(Arc::new(Inner { nicepay, registrations, clock, due: Notify::new(), turns: Turns::default() }))
    }

    /// The present instant, by the clock that it goes by.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// What is known of an order.
    ///
    /// # Errors
    /// [`StoreError`] when that could not be found out.
    pub async fn find(&self, reference_no: &ReferenceNo) -> Result<Option<Registration>, StoreError> {
        self.0.registrations.find(reference_no).await
    }

    /// The steps of a registration, each with its evidence.
    ///
    /// # Errors
    /// [`StoreError`] when they could not be found out.
    pub async fn steps(&self, reference_no: &ReferenceNo) -> Result<Vec<Step>, StoreError> {
        self.0.registrations.steps(reference_no).await
    }

    /// Asks NICEPAY how it stands, now, and follows the answer.
    ///
    /// # Errors
    /// [`NotAsked`], and what was known before is still what is known.
    pub async fn ask(&self, reference_no: &ReferenceNo) -> Result<Option<Registration>, NotAsked> {
        let _turn = self.0.turns.take(reference_no).await;
        if let Some(registration) = self.find(reference_no).await? {
            self.settle(&registration).await?;
        }
        Ok(self.find(reference_no).await?)
    }

    /// Has NICEPAY cancel a number that waits for its money.
    ///
    /// # Errors
    /// [`NotCancelled`]
    pub async fn cancel(&self, reference_no: &ReferenceNo) -> Result<Registration, NotCancelled> {
        let _turn = self.0.turns.take(reference_no).await;
        let before = self.find(reference_no).await?.ok_or(NotCancelled::Unknown)?;
        // Asked first, and not cancelled without an answer: NICEPAY's pages leave open what a cancel of a paid number does.
        let inquired = self.settle(&before).await?;
        let registration = self.find(reference_no).await?.ok_or(NotCancelled::Unknown)?;
        // Sent again just now, it is unpaid; what was asked about must be said to be.
        let is_unpaid = inquired.is_none_or(|inquired| inquired.is_unpaid());
        match (registration.state, &registration.t_xid) {
            (State::Issued | State::NeedsAttention, Some(t_xid)) if is_unpaid => {
                self.0.nicepay.cancel(registration.product, t_xid, &registration.amt).await?;
            }
            (state, _) => return Err(NotCancelled::Not(state)),
        }
        self.learn(reference_no, &Evidence::Cancelled).await?.ok_or(NotCancelled::Unknown)
    }

    /// Takes evidence in, whatever was learned meanwhile; yields the registration as it stands then.
    async fn learn(&self, reference_no: &ReferenceNo, evidence: &Evidence) -> Result<Option<Registration>, StoreError> {
        loop {
            let Some(before) = self.find(reference_no).await? else { return Ok(None) };
            if let Some(after) = self.learn_of(&before, evidence).await? {
                return Ok(Some(after));
            }
        }
    }

    /// Takes evidence in, if the registration is still as it was; `None` where it is not.
    async fn learn_of(&self, before: &Registration, evidence: &Evidence) -> Result<Option<Registration>, StoreError> {
        let now = self.0.clock.now();
        let learned = before.learn(evidence, now);
        if learned.after.is_still(before) {
            return Ok(Some(before.clone()));
        }
        let change = Change { after: &learned.after, step: learned.step.as_ref(), event: learned.event.as_ref() };
        if !self.0.registrations.change(&change).await? {
            return Ok(None);
        }
        if let Some(step) = &learned.step {
            let (reference_no, state) = (before.reference_no.as_str(), step.state.as_str());
            match step.state {
                State::NeedsAttention => {
                    tracing::warn!(reference_no, state, evidence = step.evidence, "an order needs attention")
                }
                State::Registered
                | State::Issued
                | State::Paid
                | State::Reversed
                | State::Expired
                | State::Cancelled => tracing::info!(reference_no, state, evidence = step.evidence, "an order"),
            }
        }
        if learned.after.due_at.is_some_and(|due| due <= now) {
            self.0.due.notify_one();
        }
        Ok(Some(learned.after))
    }
}
