//! `GET /health/live`, `GET /health/ready`

use std::future::Future;

use futures_util::future::join3;
use tokio::time::timeout;

use super::exchange::{Call, NoBody, Reply, Standing};
use super::refusal::{Parts, Refusal};
use crate::order::StoreError;
use crate::snap::response_code::Service;

/// The process answers.
pub(super) async fn live(call: Call) -> Result<Reply, Refusal> {
    Ok(Reply::successful(&call.provider.codes, Service::Cvs, NoBody {}))
}

/// Every store answers, so an inquiry would be answered too. All are asked at once, and one that hangs is down: half
/// the deadline is left to say so.
pub(super) async fn ready(call: Call) -> Result<Reply, Refusal> {
    let provider = &call.provider;
    let patience = provider.deadline / 2;
    let in_time = async |asked: &mut (dyn Future<Output = Result<(), StoreError>> + Send + Unpin)| {
        let late = |_| Err(StoreError::timed_out("it does not answer in time"));
        timeout(patience, asked).await.unwrap_or_else(late)
    };
    let (mut orders, mut external_ids) = (provider.orders.ready(), provider.external_ids.ready());
    let payments = async {
        match &provider.payments {
            Some(payments) => Some(in_time(&mut payments.ready()).await),
            None => None,
        }
    };
    let (orders, external_ids, payments) = join3(in_time(&mut orders), in_time(&mut external_ids), payments).await;
    let mut found = vec![("orders", orders), ("external_ids", external_ids)];
    found.extend(payments.map(|payments| ("payments", payments)));
    let parts: Parts = found.iter().map(|(name, up)| (*name, if up.is_ok() { "ready" } else { "down" })).collect();
    let down: Vec<_> = found.iter().filter_map(|(name, up)| Some(format!("{name}: {}", up.as_ref().err()?))).collect();
    if down.is_empty() {
        Ok(Reply::successful(&provider.codes, Service::Cvs, Standing { parts: &parts }))
    } else {
        Err(Refusal::NotReady { parts, causes: down.join("; ") })
    }
}
