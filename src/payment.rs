//! ★ Payments: money that a store has taken, recorded once.
//!
//! The contract of [`PaymentRepository`]:
//!
//! - [`record`](PaymentRepository::record) is **atomic**: of any number of calls at once, for one bill
//!   (payNo and partnerReferenceNo) exactly one answers [`Recorded::First`]. A constraint of the database or a
//!   lock, never look-then-write.
//! - It is **durable** before it answers: what was answered `First` outlives the machine's loss of power.
//! - It keeps **one payment per request id**, and looks that up first: a request id that is known answers
//!   [`Recorded::Replay`] with what was recorded, whatever else this payment says. Only then is the bill looked at.
//! - Nothing recorded is ever changed or dropped.
//!
//! ```
//! use std::sync::Mutex;
//! use nico::{PartnerReferenceNo, PayNo, Payment, PaymentRepository, PaymentRequestId, Recorded, StoreError};
//!
//! #[derive(Default)]
//! struct Ledger(Mutex<Vec<Payment>>);
//!
//! impl PaymentRepository for Ledger {
//!     async fn record(&self, payment: &Payment) -> Result<Recorded, StoreError> {
//!         let mut ledger = self.0.lock().map_err(|_| StoreError::new("the ledger is poisoned"))?;
//!         if let Some(known) = ledger.iter().find(|known| known.payment_request_id == payment.payment_request_id) {
//!             return Ok(Recorded::Replay(Box::new(known.clone())));
//!         }
//!         if ledger.iter().any(|known| known.bill() == payment.bill()) {
//!             return Ok(Recorded::AlreadyPaid);
//!         }
//!         ledger.push(payment.clone());
//!         Ok(Recorded::First)
//!     }
//!
//!     async fn find_by_request_id(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
//!         let ledger = self.0.lock().map_err(|_| StoreError::new("the ledger is poisoned"))?;
//!         Ok(ledger.iter().find(|known| known.payment_request_id == *id).cloned())
//!     }
//!
//!     async fn is_paid(&self, pay_no: &PayNo, reference: &PartnerReferenceNo) -> Result<bool, StoreError> {
//!         let ledger = self.0.lock().map_err(|_| StoreError::new("the ledger is poisoned"))?;
//!         Ok(ledger.iter().any(|known| known.bill() == (pay_no, reference)))
//!     }
//! }
//! # let _ = nico::conformance::stores::payments::<Ledger>;
//! ```
//!
//! (A vector in memory is not durable; it stands here for its brevity.)
//! [`crate::conformance::stores::payments`] holds an implementation to the contract.

use std::future::Future;

use chrono::{DateTime, Utc};

use crate::order::{Erased, MitraCd, Order, PartnerReferenceNo, PayNo, StoreError};
use crate::snap::amount::Amount;
use crate::snap::field::{ClientId, ExternalId, is_visible_ascii, text};

text!(
    /// What tells one payment from another: NICEPAY's `paymentRequestId`, or what stands in for it.
    PaymentRequestId, "paymentRequestId", 128, is_visible_ascii
);
text!(
    /// When the store took the money, as the caller wrote it.
    TrxDateTime, "trxDateTime", 35, is_visible_ascii
);
text!(
    /// A request's body as it was received, kept as evidence. NICEPAY has not published its payment page.
    ReceivedBody, "body", 65_536, |_| true, personal
);

/// A payment that was accepted or is about to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its identity.
    pub payment_request_id: PaymentRequestId,
    /// What was paid, as it stood when it was paid.
    pub order: Order,
    /// What the store took.
    pub amount: Amount,
    /// The caller.
    pub client_id: ClientId,
    /// The `X-EXTERNAL-ID` it came with.
    pub external_id: ExternalId,
    /// The chain of stores, where it was said.
    pub mitra_cd: Option<MitraCd>,
    /// When the store took the money, where it was said.
    pub trx_date_time: Option<TrxDateTime>,
    /// When we recorded it.
    pub recorded_at: DateTime<Utc>,
    /// The request as it was received.
    pub body: ReceivedBody,
}

impl Payment {
    /// The bill it pays: a number may be used again for another order, a bill is paid once.
    pub fn bill(&self) -> (&PayNo, &PartnerReferenceNo) {
        (&self.order.pay_no, &self.order.partner_reference_no)
    }
}

/// What became of a payment that was to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It is recorded now, and durable.
    First,
    /// Its request id was recorded before; this is what was recorded.
    Replay(Box<Payment>),
    /// Another payment has paid this bill.
    AlreadyPaid,
}

/// Where payments are recorded.
pub trait PaymentRepository: Send + Sync + 'static {
    /// Records a payment unless its request id or its bill is there already.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known whether the payment was recorded; the caller will come again.
    fn record(&self, payment: &Payment) -> impl Future<Output = Result<Recorded, StoreError>> + Send;

    /// The payment recorded under a request id.
    ///
    /// # Errors
    /// [`StoreError`] when that could not be found out.
    fn find_by_request_id(
        &self,
        id: &PaymentRequestId,
    ) -> impl Future<Output = Result<Option<Payment>, StoreError>> + Send;

    /// Whether a payment of this bill is recorded.
    ///
    /// # Errors
    /// [`StoreError`] when that could not be found out.
    fn is_paid(
        &self,
        pay_no: &PayNo,
        partner_reference_no: &PartnerReferenceNo,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Whether it could answer now: asked by `GET /health/ready`.
    ///
    /// # Errors
    /// [`StoreError`] when not.
    fn ready(&self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }
}

/// [`PaymentRepository`] behind a pointer.
pub(crate) trait AnyPayments: Send + Sync {
    fn record<'a>(&'a self, payment: &'a Payment) -> Erased<'a, Recorded>;
    fn find_by_request_id<'a>(&'a self, id: &'a PaymentRequestId) -> Erased<'a, Option<Payment>>;
    fn is_paid<'a>(&'a self, pay_no: &'a PayNo, reference: &'a PartnerReferenceNo) -> Erased<'a, bool>;
    fn ready(&self) -> Erased<'_, ()>;
}

impl<R: PaymentRepository> AnyPayments for R {
    fn record<'a>(&'a self, payment: &'a Payment) -> Erased<'a, Recorded> {
        Box::pin(PaymentRepository::record(self, payment))
    }

    fn find_by_request_id<'a>(&'a self, id: &'a PaymentRequestId) -> Erased<'a, Option<Payment>> {
        Box::pin(PaymentRepository::find_by_request_id(self, id))
    }

    fn is_paid<'a>(&'a self, pay_no: &'a PayNo, reference: &'a PartnerReferenceNo) -> Erased<'a, bool> {
        Box::pin(PaymentRepository::is_paid(self, pay_no, reference))
    }

    fn ready(&self) -> Erased<'_, ()> {
        Box::pin(PaymentRepository::ready(self))
    }
}
