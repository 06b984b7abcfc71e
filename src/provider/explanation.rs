//! Why a signature was refused, for the log alone: the operator reads there what the caller is never told.
//!
//! The search costs some thousand hashes. It is therefore made for a client that was found to be known, for each
//! endpoint once in a while, one at a time, on a thread that answers nobody, and after the answer is made up. What is
//! remembered for that is bounded by the clients that are configured, for no other is ever named here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::http::header::HOST;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Provider;
use super::checks::Checks;
use super::credentials::{Credentials, Scheme};
use super::received::Received;
use crate::snap::access_token::bearer_token;
use crate::snap::diagnosis::{self, Diagnosis, Known, SignedRequest, diagnose};
use crate::snap::field::ClientId;
use crate::snap::header::{AUTHORIZATION, X_CLIENT_KEY, X_PARTNER_ID, X_SIGNATURE, one};
use crate::snap::timestamp::X_TIMESTAMP;

/// How long a client's endpoint waits for its next explanation. A caller who has it wrong has it wrong each time.
const WINDOW: TimeDelta = TimeDelta::seconds(10);

/// Which explanations were given lately, and whether one is being looked for.
pub(super) struct Explanations {
    /// By client and endpoint: strangers can spend those of the token call, and of no other.
    last: Mutex<HashMap<(ClientId, &'static str), DateTime<Utc>>>,
    place: Arc<Semaphore>,
}

impl Default for Explanations {
    fn default() -> Self {
        Self { last: Mutex::default(), place: Arc::new(Semaphore::new(1)) }
    }
}

impl Explanations {
    /// A place to look for one, if it is due.
    fn due(&self, client_id: &ClientId, endpoint: &'static str, now: DateTime<Utc>) -> Option<OwnedSemaphorePermit> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (client_id.clone(), endpoint);
        if last.get(&key).is_some_and(|last| (now - *last).abs() < WINDOW) {
            return None;
        }
        let place = Arc::clone(&self.place).try_acquire_owned().ok()?;
        last.insert(key, now);
        Some(place)
    }
}

/// Looks for the reason beside the answer, and writes it down.
pub(super) fn write(provider: &Provider, endpoint: &'static str, checks: &Checks, received: &Arc<Received>) {
    let Some(client_id) = checks.client_id().cloned() else { return };
    let Some(place) = provider.explanations.due(&client_id, endpoint, received.at) else { return };
    let (credentials, received) = (Arc::clone(&provider.credentials), Arc::clone(received));
    tokio::spawn(async move {
        let searching = tokio::task::spawn_blocking(move || {
            let timestamp = one(&received.headers, X_TIMESTAMP).ok()??;
            let entry = explain(&credentials, &client_id, &received)?.entry(timestamp);
            serde_json::to_string(&entry).ok()
        });
        let found = searching.await;
        drop(place);
        if let Ok(Some(diagnosis)) = found {
            tracing::warn!(endpoint, %diagnosis, "explained");
        }
    });
}

fn explain(credentials: &Credentials, client_id: &ClientId, received: &Received) -> Option<Diagnosis> {
    let header = |name| one(&received.headers, name).ok().flatten();
    let request = SignedRequest {
        client_key: header(X_CLIENT_KEY),
        partner_id: header(X_PARTNER_ID),
        timestamp: header(X_TIMESTAMP)?,
        signature: header(X_SIGNATURE)?,
        method: received.method.as_str(),
        path: &received.path,
        host: header(HOST.as_str()),
        token: header(AUTHORIZATION).and_then(|authorization| bearer_token(authorization).ok()),
        body: &received.body,
    };
    let (mut keys, mut secrets, mut due) = (Vec::new(), Vec::new(), diagnosis::Scheme::Asymmetric);
    for client in credentials.clients() {
        keys.extend(client.keys.iter().map(|key| (client.id.as_str(), key)));
        if let Scheme::Symmetric(secret) = &client.scheme {
            secrets.push((client.id.as_str(), secret));
            if client.id == *client_id && !request.is_token_call() {
                due = diagnosis::Scheme::Symmetric;
            }
        }
    }
    Some(diagnose(&request, due, &Known { keys: &keys, secrets: &secrets }))
}
