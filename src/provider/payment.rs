//! `POST …/cvs/payment`: recorded once, acknowledged as often as it is told.
//!
//! The request id is looked up before anything else, so that a retry after a lost answer hears `2000000` again, also
//! when the bill has expired meanwhile, and also under an X-EXTERNAL-ID that is used up: money that a store has taken
//! is never called refused. The same id with other content is told apart from it.

use std::sync::Arc;

use super::exchange::{Call, Reply};
use super::gate::{self, Verified};
use super::inquiry::{find, payable};
use super::refusal::Refusal;
use crate::cvs::payment::{PaymentRequest, PaymentResponse};
use crate::external_id::Claim;
use crate::order::{Order, StoreError};
use crate::payment::{AnyPayments, Payment, PaymentRequestId, ReceivedBody, Recorded};
use crate::snap::response_code::Service;

pub(super) async fn payment(call: Call, payments: Arc<dyn AnyPayments>) -> Result<Reply, Refusal> {
    let verified = gate::admit::<PaymentRequest>(&call).await?;
    let id = request_id(&verified)?;
    if let Some(recorded) = recorded(&*payments, &id).await? {
        return retried(&call, &verified, &recorded);
    }
    let request = verified.first()?;
    let order = match bill(&call, request).await {
        // Two tellings of one payment may be at work at once: then this one found the bill paid by the other.
        Err(Refusal::Paid) => {
            let twin = recorded(&*payments, &id).await?;
            return twin.map_or(Err(Refusal::Paid), |recorded| retried(&call, &verified, &recorded));
        }
        order => order?,
    };
    let payment = Payment {
        payment_request_id: id,
        order,
        amount: request.amount.clone(),
        client_id: verified.claim.client_id.clone(),
        external_id: verified.claim.external_id.clone(),
        mitra_cd: request.mitra_cd.clone(),
        trx_date_time: request.trx_date_time.clone(),
        recorded_at: call.received.at,
        body: received_body(&call)?,
    };
    match record(&call, payments, payment.clone()).await? {
        Recorded::First => Ok(acknowledged(&call, request, &payment.order)),
        Recorded::Replay(recorded) => retried(&call, &verified, &recorded),
        Recorded::AlreadyPaid => Err(Refusal::Paid),
    }
}

/// Where NICEPAY sends no id of the payment, its X-EXTERNAL-ID is the id; and that is unique per client and day only.
fn request_id(verified: &Verified<PaymentRequest>) -> Result<PaymentRequestId, Refusal> {
    match &verified.maybe_retried().payment_request_id {
        Some(id) => Ok(id.clone()),
        None => {
            let Claim { client_id, date, external_id, .. } = &verified.claim;
            let id = format!("{}/{date}/{}", client_id.as_str(), external_id.as_str());
            Ok(PaymentRequestId::parse(&id)?)
        }
    }
}

async fn recorded(payments: &dyn AnyPayments, id: &PaymentRequestId) -> Result<Option<Payment>, Refusal> {
    payments.find_by_request_id(id).await.map_err(ledger_failed)
}

/// The order that this payment pays, in full and in time.
async fn bill(call: &Call, request: &PaymentRequest) -> Result<Order, Refusal> {
    let order = find(call, &request.pay_no, request.mitra_cd.as_ref()).await?;
    if request.partner_reference_no.as_ref().is_some_and(|sent| *sent != order.partner_reference_no) {
        return Err(Refusal::OtherReference);
    }
    payable(call, &order).await?;
    if request.amount == order.amount { Ok(order) } else { Err(Refusal::AmountMismatch) }
}

/// Records in a task that neither the caller's reset nor the deadline can cut between the money and its record.
async fn record(call: &Call, payments: Arc<dyn AnyPayments>, payment: Payment) -> Result<Recorded, Refusal> {
    let place = Arc::clone(&call.place);
    let recording = tokio::spawn(async move {
        let _place = place;
        payments.record(&payment).await
    });
    recording.await.map_err(|_| Refusal::Panicked)?.map_err(ledger_failed)
}

/// A request id that is in the ledger: acknowledged again if it tells of the same payment.
fn retried(call: &Call, verified: &Verified<PaymentRequest>, recorded: &Payment) -> Result<Reply, Refusal> {
    let request = verified.maybe_retried();
    let other = |sent| sent != &recorded.order.partner_reference_no;
    let same = request.pay_no == recorded.order.pay_no
        && request.amount == recorded.amount
        && !request.partner_reference_no.as_ref().is_some_and(other);
    if same {
        return Ok(acknowledged(call, request, &recorded.order));
    }
    verified.first()?;
    Err(Refusal::InconsistentPayment)
}

fn acknowledged(call: &Call, request: &PaymentRequest, order: &Order) -> Reply {
    Reply::successful(&call.provider.codes, Service::Cvs, PaymentResponse::new(request, order))
}

fn received_body(call: &Call) -> Result<ReceivedBody, Refusal> {
    Ok(ReceivedBody::parse(&String::from_utf8_lossy(&call.received.body))?)
}

fn ledger_failed(error: StoreError) -> Refusal {
    Refusal::Store { store: "the payment ledger", error }
}
