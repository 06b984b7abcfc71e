//! Asks NICEPAY about whatever is due, until it is certain.
//!
//! All inquiries are made here, so that there is one at a time about an order. What comes in between (a message, another
//! instance's answer) makes an answer stale, and a stale answer is thrown away: it may be older than what is known.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use super::BackOffice;
use super::register::NotRegistered;
use crate::nicepay::to_register::ToRegister;
use crate::order::StoreError;
use crate::registration::{Evidence, Registration, State};

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
        let asked = due.len();
        let each = |registration: Registration| async move {
            let reference_no = registration.reference_no.clone();
            if let Err(error) = self.settle(registration).await {
                tracing::error!(reference_no = reference_no.as_str(), %error, "what NICEPAY says cannot be written down");
            }
        };
        stream::iter(due).for_each_concurrent(AT_ONCE, each).await;
        Ok(asked)
    }

    /// Finds out how one stands: sends it again where NICEPAY has not answered, and else asks.
    pub(super) async fn settle(&self, registration: Registration) -> Result<(), StoreError> {
        // Whoever registers it right now has the answer sooner.
        let Some(_turn) = self.0.turns.try_take(&registration.reference_no) else { return Ok(()) };
        let Some(t_xid) = registration.t_xid.clone() else {
            // Without NICEPAY's id there is nothing to ask for.
            return if registration.state == State::Registered { self.resend(&registration).await } else { Ok(()) };
        };
        let (product, reference_no) = (registration.product, &registration.reference_no);
        let evidence = match self.0.nicepay.status(product, &t_xid, reference_no, &registration.amt).await {
            Ok(inquired) => Evidence::Inquired(inquired),
            Err(trouble) => {
                tracing::warn!(reference_no = reference_no.as_str(), %trouble, "a status inquiry came to nothing");
                Evidence::Unusable(trouble.to_string())
            }
        };
        self.learn_of(&registration, &evidence).await.map(drop)
    }

    async fn resend(&self, registration: &Registration) -> Result<(), StoreError> {
        let order = ToRegister::from_text(registration.product, &registration.fields);
        let order = order.map_err(|_| StoreError::new("a registration in the database cannot be read"))?;
        match self.send_again(registration, &order).await {
            Err(NotRegistered::Store(error)) => Err(error),
            Err(trouble) => {
                tracing::warn!(reference_no = registration.reference_no.as_str(), %trouble, "sent again");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }
}

/// How many orders are asked about at once.
const AT_ONCE: usize = 16;
/// How often one looks what is due.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
