//! A ledger of the merchant's own that tells of what it records. Ledgers of nico's write the event in the transaction of
//! the payment; to any other it is added here, before NICEPAY hears that the payment is recorded. Whoever dies in between
//! has acknowledged nothing: NICEPAY tells the payment again, it is found in the ledger, and then the event is written.

use std::sync::Arc;

use crate::event::{AnyOutbox, NewEvent};
use crate::order::{Erased, PartnerReferenceNo, PayNo};
use crate::payment::{AnyPayments, Payment, PaymentRequestId, Recorded};

pub(super) struct Telling {
    pub(super) payments: Arc<dyn AnyPayments>,
    pub(super) outbox: Arc<dyn AnyOutbox>,
}

impl AnyPayments for Telling {
    fn record<'a>(&'a self, payment: &'a Payment) -> Erased<'a, Recorded> {
        Box::pin(async move {
            let recorded = self.payments.record(payment).await?;
            match &recorded {
                Recorded::First => self.outbox.put(&NewEvent::of_payment(payment)).await?,
                Recorded::Replay(before) => self.outbox.put(&NewEvent::of_payment(before)).await?,
                Recorded::AlreadyPaid => {}
            }
            Ok(recorded)
        })
    }

    fn find_by_request_id<'a>(&'a self, id: &'a PaymentRequestId) -> Erased<'a, Option<Payment>> {
        Box::pin(async move {
            let found = self.payments.find_by_request_id(id).await?;
            if let Some(payment) = &found {
                self.outbox.put(&NewEvent::of_payment(payment)).await?;
            }
            Ok(found)
        })
    }

    fn is_paid<'a>(&'a self, pay_no: &'a PayNo, reference: &'a PartnerReferenceNo) -> Erased<'a, bool> {
        self.payments.is_paid(pay_no, reference)
    }

    fn ready(&self) -> Erased<'_, ()> {
        self.payments.ready()
    }
}
