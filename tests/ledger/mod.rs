//! A ledger for whatever tests let payments be recorded.

use std::sync::{Arc, Mutex, PoisonError};

use nico::{PartnerReferenceNo, PayNo, Payment, PaymentRepository, PaymentRequestId, Recorded, StoreError};

/// A ledger that a test can look into.
#[derive(Clone, Default)]
pub(crate) struct Ledger<P> {
    inner: P,
    recorded: Arc<Mutex<Vec<Payment>>>,
}

impl<P> Ledger<P> {
    /// Every payment that was recorded, in order.
    pub(crate) fn recorded(&self) -> Vec<Payment> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<P: PaymentRepository> PaymentRepository for Ledger<P> {
    async fn record(&self, payment: &Payment) -> Result<Recorded, StoreError> {
        let recorded = self.inner.record(payment).await?;
        if recorded == Recorded::First {
            self.recorded.lock().unwrap_or_else(PoisonError::into_inner).push(payment.clone());
        }
        Ok(recorded)
    }

    async fn find_by_request_id(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        self.inner.find_by_request_id(id).await
    }

    async fn is_paid(&self, pay_no: &PayNo, reference: &PartnerReferenceNo) -> Result<bool, StoreError> {
        self.inner.is_paid(pay_no, reference).await
    }
}
