//! Asks NICEPAY about whatever is due, until it is certain.
//!
//! All inquiries are made here, so that there is one at a time about an order. What comes in between (a message, another
//! instance's answer) makes an answer stale, and a stale answer is thrown away: it may be older than what is known.
//!
//! One order that cannot be settled keeps no other from being: it is put off, and said so in the log.

use std::future::ready;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt;
use futures_util::stream;

use super::register::NotRegistered;
use super::{BackOffice, NotAsked};
use crate::nicepay::standing::Inquired;
use crate::nicepay::to_register::ToRegister;
use crate::order::StoreError;
use crate::registration::{Change, Evidence, Registration, State};

impl BackOffice {
    /// Asks for ever. What was uncertain when this process ended is asked about at once.
    pub async fn keep_asking(&self) {
        while let Err(error) = self.0.registrations.hurry(self.0.clock.now()).await {
            tracing::error!(%error, "registrations cannot be read");
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        loop {
            match self.sweep().await {
                Ok(AT_ONCE..) => continue,
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "registrations cannot be read"),
            }
            // Another instance may have made something due, or time has.
            let _ = tokio::time::timeout(BETWEEN_LOOKS, self.0.due.notified()).await;
        }
    }

    /// Asks about what is due now, as far as it is asked at once; yields how much that was.
    ///
    /// # Errors
    /// [`StoreError`] when what is due cannot be read.
    pub async fn sweep(&self) -> Result<usize, StoreError> {
        let limit = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        let due = self.0.registrations.due(self.0.clock.now(), limit).await?;
        let asked = stream::iter(due).map(|registration| self.take_up(registration)).buffer_unordered(AT_ONCE);
        Ok(asked.filter(|asked| ready(*asked)).count().await)
    }

    /// Whether it was our turn to find out how one stands.
    async fn take_up(&self, registration: Registration) -> bool {
        // Whoever registers it right now has the answer sooner.
        let Some(_turn) = self.0.turns.try_take(&registration.reference_no) else { return false };
        let reference_no = registration.reference_no.as_str();
        match self.settle(&registration).await {
            Ok(_) => {}
            Err(NotAsked::Nicepay(trouble)) => {
                tracing::warn!(reference_no, %trouble, "NICEPAY was asked, and it came to nothing");
            }
            Err(NotAsked::Store(error)) => {
                tracing::error!(reference_no, %error, "what NICEPAY says cannot be written down");
                self.put_off(&registration).await;
            }
        }
        true
    }

    /// Else it would stay the longest due, and be taken up before all others again and again.
    async fn put_off(&self, registration: &Registration) {
        let due_at = Some(self.0.clock.now() + AFTER_A_FAULT);
        let later = Registration { due_at, revision: registration.revision + 1, ..registration.clone() };
        if let Err(error) = self.0.registrations.change(&Change { after: &later, step: None, event: None }).await {
            tracing::error!(reference_no = registration.reference_no.as_str(), %error, "it cannot be put off");
        }
    }

    /// Finds out how one stands, whose turn it is: sends it again where NICEPAY has not answered, and else asks. It yields
    /// what NICEPAY says, where it was asked.
    pub(super) async fn settle(&self, registration: &Registration) -> Result<Option<Inquired>, NotAsked> {
        let Some(t_xid) = registration.t_xid.clone() else {
            // Without NICEPAY's id there is nothing to ask for.
            if registration.state == State::Registered {
                self.resend(registration).await?;
            }
            return Ok(None);
        };
        let (product, reference_no) = (registration.product, &registration.reference_no);
        match self.0.nicepay.status(product, &t_xid, reference_no, &registration.amt).await {
            Ok(inquired) => {
                self.learn_of(registration, &Evidence::Inquired(inquired.clone())).await?;
                Ok(Some(inquired))
            }
            Err(trouble) => {
                self.learn_of(registration, &Evidence::Unusable(trouble.to_string())).await?;
                Err(trouble.into())
            }
        }
    }

    async fn resend(&self, registration: &Registration) -> Result<(), NotAsked> {
        let order = ToRegister::from_text(registration.product, &registration.fields);
        let order = order.map_err(|_| StoreError::new("a registration in the database cannot be read"))?;
        match self.send_again(registration, &order).await {
            Err(NotRegistered::Store(error)) => Err(error.into()),
            Err(NotRegistered::Unanswered(trouble)) => Err(trouble.into()),
            // Written down as what it is, and there is nothing left to ask.
            Err(NotRegistered::OtherOrder | NotRegistered::Taken | NotRegistered::Refused(_)) | Ok(_) => Ok(()),
        }
    }
}

/// How many orders are asked about at once.
const AT_ONCE: usize = 16;
/// How often one looks what is due.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// How long an order is left alone that could not be settled for a reason of ours.
const AFTER_A_FAULT: TimeDelta = TimeDelta::minutes(10);
