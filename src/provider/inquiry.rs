//! `POST …/cvs/inquiry`: the order behind the number, if it may be paid now.

use super::exchange::{Call, Reply};
use super::gate;
use super::refusal::Refusal;
use crate::cvs::inquiry::{InquiryRequest, InquiryResponse};
use crate::order::{MitraCd, Order, PayNo, Status, StoreError};
use crate::snap::amount::Currency;
use crate::snap::response_code::Service;

pub(super) async fn inquiry(call: Call) -> Result<Reply, Refusal> {
    let verified = gate::admit::<InquiryRequest>(&call).await?;
    let request = verified.first()?;
    let order = find(&call, &request.pay_no, Some(&request.mitra_cd)).await?;
    payable(&call, &order).await?;
    Ok(Reply::successful(&call.provider.codes, Service::Cvs, InquiryResponse::new(request, &order)))
}

/// The order behind a number, for a chain that may collect for it.
pub(super) async fn find(call: &Call, pay_no: &PayNo, mitra_cd: Option<&MitraCd>) -> Result<Order, Refusal> {
    let found = call.provider.orders.find_by_pay_no(pay_no).await.map_err(orders_failed)?;
    let order = found.ok_or(Refusal::UnknownPayNo)?;
    if order.pay_no != *pay_no {
        return Err(orders_failed(StoreError::new("it answered with the order of another number")));
    }
    if *order.amount.currency() != Currency::idr() {
        return Err(orders_failed(StoreError::new("it answered with an amount that is not in rupiah")));
    }
    match (&order.mitra_cd, mitra_cd) {
        (Some(due), Some(asking)) if due != asking => Err(Refusal::OtherMitra),
        _ => Ok(order),
    }
}

/// Whether it waits for its money. Paid comes first: a bill that is paid and expired is paid.
pub(super) async fn payable(call: &Call, order: &Order) -> Result<(), Refusal> {
    if order.status == Status::Paid || in_ledger(call, order).await? {
        return Err(Refusal::Paid);
    }
    if order.status == Status::Cancelled {
        return Err(Refusal::Cancelled);
    }
    if order.is_expired(call.received.at) { Err(Refusal::Expired) } else { Ok(()) }
}

/// The shop may be slow to learn that it was paid; the ledger is not.
async fn in_ledger(call: &Call, order: &Order) -> Result<bool, Refusal> {
    let Some(payments) = &call.provider.payments else { return Ok(false) };
    let paid = payments.is_paid(&order.pay_no, &order.partner_reference_no).await;
    paid.map_err(|error| Refusal::Store { store: "the payment ledger", error })
}

fn orders_failed(error: StoreError) -> Refusal {
    Refusal::Store { store: "the order store", error }
}
