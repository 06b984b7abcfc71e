//! ★ Events: what the merchant's shop is still to be told.
//!
//! An event is written in the same transaction as the change it tells of, and stays in the outbox until the shop has
//! taken it: at least once, and the events of one order in their order. The contract of [`Outbox`]:
//!
//! - [`put`](Outbox::put) of an event that is there already changes nothing: its id is made of what it tells.
//! - [`take`](Outbox::take) hands out what is due, for each order only the first that is not settled, and no event again
//!   before its lease is over: of two instances, only one delivers.
//! - An event is settled when it is delivered, or when it is given up. What was given up can be sent again.

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::order::{Erased, MitraCd, StoreError};
use crate::payment::{Payment, PaymentRequestId, TrxDateTime};
use crate::snap::timestamp::jakarta_text;
use crate::webhook::MessageId;

/// What an event tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// NICEPAY has told of a payment of the merchant's own number (NICO), and it is in the ledger.
    PaymentRecorded,
    /// A registered order is paid: NICEPAY was asked, and says so.
    OrderPaid,
    /// The money was taken back: NICEPAY was asked, and no longer says that it is paid.
    OrderReversed,
    /// Somebody should look.
    OrderNeedsAttention,
    /// Its time is over, and it was not paid.
    OrderExpired,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::PaymentRecorded, Self::OrderPaid, Self::OrderReversed, Self::OrderNeedsAttention, Self::OrderExpired];

    /// `type` on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentRecorded => "payment.recorded",
            Self::OrderPaid => "order.paid",
            Self::OrderReversed => "order.reversed",
            Self::OrderNeedsAttention => "order.needs_attention",
            Self::OrderExpired => "order.expired",
        }
    }

    /// Reads it.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// An event to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The same whenever it is sent, and made of what it tells: written twice, it is one event.
    pub message_id: MessageId,
    /// What it tells of.
    pub kind: Kind,
    /// The merchant's reference of the order, within which events keep their order.
    pub reference_no: String,
    /// The JSON text that is sent: `type`, `timestamp`, `data`.
    pub body: String,
    /// When it happened.
    pub at: DateTime<Utc>,
}

impl NewEvent {
    /// An event of `kind` about an order. `occurrence` tells it from others of its kind about the same order.
    pub fn new(kind: Kind, reference_no: &str, occurrence: &str, at: DateTime<Utc>, data: Value) -> Self {
        let mut hash = Sha256::new();
        for part in [kind.as_str(), "\0", reference_no, "\0", occurrence] {
            hash.update(part);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hash.finalize()[..16]);
        let body = json!({ "type": kind.as_str(), "timestamp": jakarta_text(at), "data": data });
        Self { message_id: MessageId::of(id), kind, reference_no: reference_no.to_owned(), body: body.to_string(), at }
    }

    /// That a payment was recorded.
    pub fn of_payment(payment: &Payment) -> Self {
        let (pay_no, reference) = payment.bill();
        let data = json!({
            "partnerReferenceNo": reference,
            "payNo": pay_no,
            PaymentRequestId::FIELD: payment.payment_request_id,
            "paidAmount": payment.amount,
            "mitraCd": payment.mitra_cd.as_ref().map(MitraCd::as_str),
            "trxDateTime": payment.trx_date_time.as_ref().map(TrxDateTime::as_str),
        });
        let occurrence = payment.payment_request_id.as_str();
        Self::new(Kind::PaymentRecorded, reference.as_str(), occurrence, payment.recorded_at, data)
    }
}

impl fmt::Debug for NewEvent {
    /// Which event: what it says of the customer's order is nobody's business in a log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewEvent({}, {})", self.kind.as_str(), self.message_id.as_str())
    }
}

/// An event in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number there: later events have higher ones.
    pub number: i64,
    /// What is sent.
    pub event: NewEvent,
    /// How often it was sent so far.
    pub attempts: u32,
    /// How it stands.
    pub fate: Fate,
}

/// What became of an event so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is sent at that time, or again.
    Due(DateTime<Utc>),
    /// The shop has taken it.
    Delivered(DateTime<Utc>),
    /// It was sent for days, and the shop has not taken it.
    GivenUp,
}

/// Where events wait.
pub trait Outbox: Send + Sync + 'static {
    /// Writes an event, unless it is there.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known whether it is there now.
    fn put(&self, event: &NewEvent) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Up to `limit` events that are due at `now`, each the first unsettled one of its order, and none of them is due
    /// again before `leased_until`.
    ///
    /// # Errors
    /// [`StoreError`]
    fn take(
        &self,
        now: DateTime<Utc>,
        leased_until: DateTime<Utc>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Event>, StoreError>> + Send;

    /// Writes down what became of a delivery, with the number of times that it was tried.
    ///
    /// # Errors
    /// [`StoreError`]
    fn settle(&self, number: i64, attempts: u32, fate: &Fate) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A page of events with a number above `last`, in their order; with `given_up`, only those that were given up.
    ///
    /// # Errors
    /// [`StoreError`]
    fn after(&self, last: i64, given_up: bool) -> impl Future<Output = Result<Vec<Event>, StoreError>> + Send;

    /// Makes an event due now, whatever became of it; `false` where there is none of that number.
    ///
    /// # Errors
    /// [`StoreError`]
    fn resend(&self, number: i64, now: DateTime<Utc>) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// [`Outbox`] behind a pointer.
pub(crate) trait AnyOutbox: Send + Sync {
    fn put<'a>(&'a self, event: &'a NewEvent) -> Erased<'a, ()>;
    #[cfg(feature = "nicepay")]
    fn take(&self, now: DateTime<Utc>, leased_until: DateTime<Utc>, limit: u32) -> Erased<'_, Vec<Event>>;
    #[cfg(feature = "nicepay")]
    fn settle<'a>(&'a self, number: i64, attempts: u32, fate: &'a Fate) -> Erased<'a, ()>;
}

impl<O: Outbox> AnyOutbox for O {
    fn put<'a>(&'a self, event: &'a NewEvent) -> Erased<'a, ()> {
        Box::pin(Outbox::put(self, event))
    }

    #[cfg(feature = "nicepay")]
    fn take(&self, now: DateTime<Utc>, leased_until: DateTime<Utc>, limit: u32) -> Erased<'_, Vec<Event>> {
        Box::pin(Outbox::take(self, now, leased_until, limit))
    }

    #[cfg(feature = "nicepay")]
    fn settle<'a>(&'a self, number: i64, attempts: u32, fate: &'a Fate) -> Erased<'a, ()> {
        Box::pin(Outbox::settle(self, number, attempts, fate))
    }
}
