//! An order is sent to NICEPAY: stored before, so that no answer and no death in between loses it, and what came back
//! after.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use dashmap::DashMap;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::BackOffice;
use crate::cvs::transaction::ReferenceNo;
use crate::nicepay::to_register::ToRegister;
use crate::nicepay::trouble::{Refused, Trouble};
use crate::order::StoreError;
use crate::registration::{Added, Change, Evidence, Issued, Registration, State};

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// NICEPAY has it now.
    Now(Registration),
    /// It was registered before, and this is how it stands.
    Before(Registration),
}

/// Why NICEPAY does not have an order, as far as is known.
#[derive(Debug, thiserror::Error)]
pub enum NotRegistered {
    /// The reference has been used for another order.
    #[error("another order was registered under this referenceNo")]
    OtherOrder,
    /// NICEPAY has this reference already, and it is not known what for.
    #[error("NICEPAY says that this referenceNo exists already, and it was not registered here")]
    Taken,
    /// NICEPAY has refused it.
    #[error("NICEPAY refuses the registration: {0}")]
    Refused(Refused),
    /// No answer that could be relied on. It is sent again until there is one.
    #[error("{0}")]
    Unanswered(Trouble),
    /// The store failed.
    #[error("{0}")]
    Store(StoreError),
}

impl From<StoreError> for NotRegistered {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl BackOffice {
    /// Registers an order. The same order again is not registered twice: that is how it stands.
    ///
    /// # Errors
    /// [`NotRegistered`]
    pub async fn register(&self, order: &ToRegister) -> Result<Registered, NotRegistered> {
        let _turn = self.0.turns.take(&order.reference_no).await;
        let new = self.new_registration(order, self.0.clock.now());
        let before = match self.0.registrations.add(&new).await? {
            Added::First => return self.send(&new, order).await.map(Registered::Now),
            Added::Taken(before) => before,
        };
        if before.was_never_taken() {
            // NICEPAY has refused it, so the reference is free: the order may be put right.
            let again = Registration { revision: before.revision + 1, ..new };
            if self.0.registrations.change(&Change { after: &again, step: None, event: None }).await? {
                return self.send(&again, order).await.map(Registered::Now);
            }
            return Err(StoreError::new("the registration has changed meanwhile").into());
        }
        let earlier = ToRegister::from_text(before.product, &before.fields);
        let is_the_same = earlier.is_ok_and(|earlier| order.is_the_same_as(&earlier));
        if !is_the_same {
            return Err(NotRegistered::OtherOrder);
        }
        // What is not due is on its way, here or at another instance, or was a moment ago.
        let is_due = before.due_at.is_some_and(|due| due <= self.0.clock.now());
        if before.state == State::Registered && before.t_xid.is_none() && is_due {
            return self.send_again(&before, order).await.map(Registered::Before);
        }
        Ok(Registered::Before(*before))
    }

    fn new_registration(&self, order: &ToRegister, now: DateTime<Utc>) -> Registration {
        Registration {
            reference_no: order.reference_no.clone(),
            product: order.product,
            i_mid: self.0.nicepay.i_mid().clone(),
            amt: order.amt.clone(),
            fields: order.fields_text(),
            mitra_cd: order.mitra_cd.clone(),
            t_xid: None,
            pay_no: None,
            payment_url: None,
            valid_until: order.valid_until.unwrap_or(now + VALID_FOR),
            state: State::Registered,
            disputed: false,
            sent: 0,
            asked: 0,
            due_at: None,
            registered_at: now,
            revision: 0,
        }
        .sending(now)
    }

    /// Sends what was sent before and has no answer.
    pub(super) async fn send_again(
        &self,
        before: &Registration,
        order: &ToRegister,
    ) -> Result<Registration, NotRegistered> {
        let sending = before.sending(self.0.clock.now());
        if self.0.registrations.change(&Change { after: &sending, step: None, event: None }).await? {
            return self.send(&sending, order).await;
        }
        let found = self.find(&before.reference_no).await?;
        found.ok_or_else(|| StoreError::new("the registration has gone").into())
    }

    async fn send(&self, registration: &Registration, order: &ToRegister) -> Result<Registration, NotRegistered> {
        let answer = match self.0.nicepay.register(order).await {
            Ok(issued) => self.is_ours(registration, issued).await?,
            Err(trouble) => Err(trouble),
        };
        let evidence = match &answer {
            Ok(issued) => Evidence::Issued(issued.clone()),
            Err(trouble) if trouble.is_reference_taken() => Evidence::Taken,
            Err(Trouble::Refused(refused)) if refused.is_final() => Evidence::Refused(refused.to_string()),
            Err(trouble) => Evidence::Unanswered(trouble.to_string()),
        };
        let learned = self.learn(&registration.reference_no, &evidence).await?;
        let learned = learned.ok_or_else(|| StoreError::new("the registration has gone"))?;
        match (answer, evidence) {
            (Ok(_), _) => Ok(learned),
            (Err(_), Evidence::Taken) => Err(NotRegistered::Taken),
            (Err(Trouble::Refused(refused)), Evidence::Refused(_)) => Err(NotRegistered::Refused(refused)),
            (Err(trouble), _) => Err(NotRegistered::Unanswered(trouble)),
        }
    }
}

impl BackOffice {
    /// An answer with the id of another order is none to this one: it could not be written down, now or later.
    async fn is_ours(
        &self,
        registration: &Registration,
        issued: Issued,
    ) -> Result<Result<Issued, Trouble>, StoreError> {
        let known = self.0.registrations.find_by_t_xid(&issued.t_xid).await?;
        let is_ours = known.is_none_or(|known| known.reference_no == registration.reference_no);
        Ok(if is_ours { Ok(issued) } else { Err(Trouble::AnotherTransaction("tXid")) })
    }
}

impl Registration {
    /// Whether NICEPAY has refused it, so that nothing is registered under its reference.
    fn was_never_taken(&self) -> bool {
        self.state == State::Cancelled && self.t_xid.is_none()
    }
}

/// One at a time for each reference: the second of two equal orders waits for the answer to the first.
#[derive(Default)]
pub(super) struct Turns(DashMap<ReferenceNo, Arc<Mutex<()>>>);

pub(super) struct Turn<'t> {
    turns: &'t Turns,
    reference_no: ReferenceNo,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    pub(super) async fn take(&self, reference_no: &ReferenceNo) -> Turn<'_> {
        let mutex = Arc::clone(&self.0.entry(reference_no.clone()).or_default());
        let guard = Some(mutex.lock_owned().await);
        Turn { turns: self, reference_no: reference_no.clone(), guard }
    }

    /// `None` where it is somebody else's turn.
    pub(super) fn try_take(&self, reference_no: &ReferenceNo) -> Option<Turn<'_>> {
        let mutex = Arc::clone(&self.0.entry(reference_no.clone()).or_default());
        let guard = mutex.try_lock_owned().ok();
        // Whoever has it may have gone in between, and left the tidying to us.
        self.tidy(reference_no);
        guard.map(|guard| Turn { turns: self, reference_no: reference_no.clone(), guard: Some(guard) })
    }

    /// Whoever has the turn, or waits for it, holds the mutex as well.
    fn tidy(&self, reference_no: &ReferenceNo) {
        self.0.remove_if(reference_no, |_, mutex| Arc::strong_count(mutex) == 1);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        drop(self.guard.take());
        self.turns.tidy(&self.reference_no);
    }
}

/// NICEPAY's own default: the seventh day.
const VALID_FOR: TimeDelta = TimeDelta::days(7);
