//! What the merchant's own table is told of a payment.

use super::ShopError;
use crate::adapters::statement::{Dialect, Statement};
use crate::order::{MitraCd, PartnerReferenceNo, PayNo};
use crate::payment::{Payment, PaymentRequestId, TrxDateTime};
use crate::snap::timestamp::jakarta_text;

/// How a payment is told to the merchant's own table, in the transaction that records it.
#[derive(Debug, Clone)]
pub(crate) struct MarkPaid {
    pub(crate) statement: Statement,
}

impl MarkPaid {
    /// What the statement may name.
    const PARAMETERS: [&str; 9] = [
        PayNo::FIELD,
        "partnerServiceId",
        "customerNo",
        PartnerReferenceNo::FIELD,
        PaymentRequestId::FIELD,
        "amount",
        MitraCd::FIELD,
        TrxDateTime::FIELD,
        "recordedAt",
    ];

    pub(crate) fn new(dialect: Dialect, text: &str) -> Result<Self, ShopError> {
        Ok(Self { statement: Statement::parse(dialect, text, &Self::PARAMETERS)? })
    }

    /// A statement that yields rows marks nothing.
    pub(crate) fn check(&self, yields_nothing: bool) -> Result<(), ShopError> {
        if yields_nothing { Ok(()) } else { Err(ShopError::MarksNothing) }
    }

    /// What is bound, in the order of [`MarkPaid::PARAMETERS`]: all of it text.
    pub(crate) fn values(payment: &Payment) -> [Option<String>; 9] {
        let (pay_no, reference) = payment.bill();
        let (partner_service_id, customer_no) = pay_no.parts();
        [
            Some(pay_no.as_str().to_owned()),
            Some(partner_service_id.to_owned()),
            Some(customer_no.to_owned()),
            Some(reference.as_str().to_owned()),
            Some(payment.payment_request_id.as_str().to_owned()),
            Some(payment.amount.value()),
            payment.mitra_cd.as_ref().map(|mitra_cd| mitra_cd.as_str().to_owned()),
            payment.trx_date_time.as_ref().map(|time| time.as_str().to_owned()),
            Some(jakarta_text(payment.recorded_at)),
        ]
    }

    /// The payment stands whatever became of the order; but somebody should look.
    pub(crate) fn marked(payment: &Payment, rows: u64) {
        if rows != 1 {
            let pay_no = payment.order.pay_no.masked();
            tracing::warn!(pay_no, rows, "payments.mark_paid has changed another number of rows than one");
        }
    }
}
