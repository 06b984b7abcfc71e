//! The merchant's service as a store of orders.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use super::breaker::{Admitted, BETWEEN_PROBES, Breaker};
use super::service::Service;
use super::trouble::Trouble;
use crate::clock::Clock;
use crate::order::{Order, OrderRepository, PayNo, StoreError};
use crate::webhook::SigningSecret;

/// Orders from the merchant's HTTP service.
pub struct HttpOrders {
    service: Service,
    breaker: Mutex<Breaker>,
    places: Semaphore,
    patience: Duration,
    clock: Arc<dyn Clock>,
}

impl HttpOrders {
    /// How many calls may be under way at once; what comes on top waits for one of them to end.
    pub const CALLS: usize = 64;

    /// The service at `url` (`https://…` or `http://…`), asked with a signature made with `secret`. Nobody waits longer
    /// than `patience`; it must be shorter than the provider's deadline, or a service that hangs is cut off there each
    /// time and never found to be down. The process must have a TLS provider installed, as the command's `main` does.
    ///
    /// Nothing is sent yet: [`ready`](OrderRepository::ready) is what tells whether it answers.
    ///
    /// # Errors
    /// [`StoreError`] for a URL with another scheme, a user, a password or a fragment, and where this machine has no
    /// certificates to trust in.
    pub fn new(
        url: &str,
        secret: SigningSecret,
        patience: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let (service, places) = (Service::new(url, secret)?, Semaphore::new(Self::CALLS));
        Ok(Self { service, breaker: Mutex::default(), places, patience, clock })
    }

    async fn find(&self, pay_no: &PayNo) -> Result<Option<Order>, Trouble> {
        let begun = Instant::now();
        let call = self.breaker().admit(begun).map_err(Trouble::NotAsked)?;
        let deadline = (begun + self.patience).into();
        // A probe takes no place: those that hang with the service may have them all.
        let _place = if call.is_probe {
            None
        } else {
            let busy = Trouble::Busy { calls: Self::CALLS, waited: self.patience };
            timeout_at(deadline, self.places.acquire()).await.map_err(|_| busy)?.ok()
        };
        let asked = timeout_at(deadline, self.service.ask(pay_no, call.is_probe, self.clock.now()));
        let found = asked.await.unwrap_or(Err(Trouble::Late(self.patience)));
        self.learn(call, found.as_ref().err().copied());
        found
    }

    /// Tells the breaker how a call went, and the log when that has turned it.
    fn learn(&self, call: Admitted, trouble: Option<Trouble>) {
        match trouble.and_then(|cause| Some((cause, cause.down()?))) {
            Some((cause, down)) if self.breaker().failed(call, Instant::now(), down) => tracing::error!(
                %cause,
                "the orders service is down: until it is back, one call in {BETWEEN_PROBES:?} goes out and others are \
                 answered at once"
            ),
            None if self.breaker().answered() => tracing::info!("the orders service answers again"),
            Some(_) | None => {}
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OrderRepository for HttpOrders {
    async fn find_by_pay_no(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
        self.find(pay_no).await.map_err(Trouble::told)
    }

    /// Asks for a number that is nobody's: that it is not known is as good an answer as any.
    async fn ready(&self) -> Result<(), StoreError> {
        self.find_by_pay_no(&PayNo::nobodys()).await.map(drop)
    }
}
