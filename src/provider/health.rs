//! `GET /health/live`, `GET /health/ready`

use std::collections::BTreeMap;

use serde::Serialize;

use super::exchange::{Call, NoBody, Reply};
use super::refusal::Refusal;
use crate::snap::response_code::Service;

#[derive(Serialize)]
struct Parts {
    parts: BTreeMap<&'static str, &'static str>,
}

/// The process answers.
pub(super) async fn live(call: Call) -> Result<Reply, Refusal> {
    Ok(Reply::successful(&call.provider.codes, Service::Cvs, NoBody {}))
}

/// Every store answers, so an inquiry would be answered too.
pub(super) async fn ready(call: Call) -> Result<Reply, Refusal> {
    let provider = &call.provider;
    let mut stores = vec![("orders", provider.orders.ready()), ("external_ids", provider.external_ids.ready())];
    stores.extend(provider.payments.as_deref().map(|payments| ("payments", payments.ready())));
    let (mut parts, mut down) = (BTreeMap::new(), Vec::new());
    for (name, store) in stores {
        match store.await {
            Ok(()) => drop(parts.insert(name, "ready")),
            Err(error) => down.push(format!("{name}: {error}")),
        }
    }
    if down.is_empty() {
        Ok(Reply::successful(&provider.codes, Service::Cvs, Parts { parts }))
    } else {
        Err(Refusal::NotReady(down.join("; ")))
    }
}
