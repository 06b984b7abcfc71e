//! One HTTP exchange: the body in, the work within its deadline, the answer out, one line in the log.
//!
//! The work runs in a task of its own. A caller who resets the connection does not cut it, a panic in it (the
//! merchant's repository is in there) becomes an answer, and a deadline ends it.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, HeaderValue, LOCATION};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::Provider;
use super::body::{holding, read_body};
use super::checks::{Check, Checks};
use super::explanation;
use super::received::Received;
use super::refusal::{Parts, Refusal};
use crate::order::PayNo;
use crate::snap::field::{ClientId, ExternalId};
use crate::snap::header::X_CLIENT_KEY;
use crate::snap::response_code::{Case, Codes, ResponseCode, Service};
use crate::snap::timestamp::{X_TIMESTAMP, jakarta_text};

/// A request at work: what arrived, who serves it, and what was found about it so far.
pub(super) struct Call {
    pub(super) provider: Provider,
    pub(super) received: Arc<Received>,
    /// One of the places that bound how many requests are at work; whoever outlives the call holds on to it.
    pub(super) place: Arc<OwnedSemaphorePermit>,
    checks: Arc<Mutex<Checks>>,
}

impl Call {
    /// Writes a check's verdict down and hands its result through.
    pub(super) fn note<T, E>(&self, check: Check, result: Result<T, E>) -> Result<T, E> {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).note(check, result)
    }

    /// Writes down who calls, and under which id.
    pub(super) fn identify(&self, client_id: &ClientId, external_id: Option<&ExternalId>) {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).identify(client_id, external_id);
    }

    /// Writes down which number it is about, and what nobody reads.
    pub(super) fn concerns(&self, pay_no: Option<&PayNo>, unread: &[String]) {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).concerns(pay_no, unread);
    }
}

/// A route: its name in the log, its service in the codes, the verb it takes, or the verbs as `Allow` has them
/// (none where nothing is).
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    pub(super) name: &'static str,
    pub(super) service: Service,
    pub(super) verb: &'static str,
}

/// An answer, ready but for its headers.
pub(super) enum Reply {
    /// SNAP's envelope, as JSON.
    Enveloped(ResponseCode, String),
    /// 200 with a text: what NICEPAY's older interfaces call an acknowledgement.
    Acknowledged(String),
    /// 303: a browser goes on there.
    SeeOther(HeaderValue),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a, B> {
    response_code: String,
    response_message: &'a str,
    #[serde(flatten)]
    body: B,
}

/// Code and message alone.
#[derive(Serialize)]
pub(super) struct NoBody {}

/// What each part of the server says of itself.
#[derive(Serialize)]
pub(super) struct Standing<'p> {
    pub(super) parts: &'p Parts,
}

impl Reply {
    /// `Successful`, with the fields of `body` beside code and message.
    pub(super) fn successful(codes: &Codes, service: Service, body: impl Serialize) -> Self {
        Self::of(codes.code(Case::Successful, service), &Case::Successful.message(""), body)
    }

    /// Code and message alone, but for who asks which part is down.
    fn refused(codes: &Codes, service: Service, refusal: &Refusal) -> Self {
        let (case, detail) = refusal.case();
        let (code, message) = (codes.code(case, service), case.message(detail));
        if let Refusal::NotReady { parts, .. } = refusal {
            return Self::of(code, &message, Standing { parts });
        }
        Self::of(code, &message, NoBody {})
    }

    fn of(code: ResponseCode, response_message: &str, body: impl Serialize) -> Self {
        let envelope = Envelope { response_code: code.to_string(), response_message, body };
        let body = serde_json::to_string(&envelope).expect("BUG: an envelope of texts can be written as JSON");
        Self::Enveloped(code, body)
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Enveloped(code, _) => {
                StatusCode::from_u16(code.http_status()).expect("BUG: a code begins with an HTTP status")
            }
            Self::Acknowledged(_) => StatusCode::OK,
            Self::SeeOther(_) => StatusCode::SEE_OTHER,
        }
    }

    fn into_response(self, route: Route, checks: &Checks, now: DateTime<Utc>) -> HttpResponse {
        let status = self.status();
        let mut response = HttpResponse::build(status);
        response.insert_header((X_TIMESTAMP, jakarta_text(now)));
        // SNAP has the token's answer name its client, which is one of ours by then and no echo.
        if let (Service::AccessToken, Some(client_id)) = (route.service, checks.client_id()) {
            response.insert_header((X_CLIENT_KEY, client_id.as_str()));
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.insert_header((ALLOW, route.verb));
        }
        match self {
            Self::Enveloped(_, body) => response.content_type("application/json").body(body),
            Self::Acknowledged(text) => response.content_type("text/plain; charset=utf-8").body(text),
            // Each way back is looked at anew: an order that waits for its money now may be paid the next time.
            Self::SeeOther(location) => {
                response.insert_header((LOCATION, location)).insert_header((CACHE_CONTROL, "no-store")).finish()
            }
        }
    }
}

impl fmt::Display for Reply {
    /// Its code, or its HTTP status where it has none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enveloped(code, _) => code.fmt(f),
            Self::Acknowledged(_) | Self::SeeOther(_) => self.status().as_u16().fmt(f),
        }
    }
}

/// Reads the body, does the work, answers. Everything we ever say to a caller is said here.
pub(super) async fn answer<W, F>(
    provider: Provider,
    route: Route,
    request: HttpRequest,
    mut payload: Payload,
    work: W,
) -> HttpResponse
where
    W: FnOnce(Call) -> F,
    F: Future<Output = Result<Reply, Refusal>> + Send + 'static,
{
    let (begun, at) = (Instant::now(), provider.clock.now());
    let checks = Arc::new(Mutex::new(Checks::default()));
    let serving = provider.clone();
    let deadline = begun + provider.deadline;
    let call = receive(provider, &request, &mut payload, (at, deadline, Arc::clone(&checks))).await;
    let received = call.as_ref().ok().map(|call| Arc::clone(&call.received));
    let result = match call {
        Ok(call) => at_work(work(call), deadline).await,
        Err(refusal) => Err(refusal),
    };
    let checks = checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let reply = match result {
        Ok(reply) => {
            log(route, &reply, &checks, begun.elapsed(), &"");
            reply
        }
        Err(refusal) => {
            let reply = Reply::refused(&serving.codes, route.service, &refusal);
            log(route, &reply, &checks, begun.elapsed(), &refusal);
            if let (Refusal::Signature(_), Some(received)) = (&refusal, &received) {
                explanation::write(&serving, route.name, &checks, received);
            }
            reply
        }
    };
    let response = reply.into_response(route, &checks, serving.clock.now());
    if received.is_none() { holding(payload, response) } else { response }
}

async fn receive(
    provider: Provider,
    request: &HttpRequest,
    payload: &mut Payload,
    (at, deadline, checks): (DateTime<Utc>, Instant, Arc<Mutex<Checks>>),
) -> Result<Call, Refusal> {
    // Before any check, so that whatever the answer is, the connection is left in order for the next request.
    let body = read_body(payload, request, deadline).await?;
    let place = Arc::clone(&provider.places).try_acquire_owned().map_err(|_| Refusal::TooManyRequests)?;
    let received = Received {
        method: request.method().clone(),
        path: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
        peer: request.peer_addr().map(|peer| peer.ip()),
        headers: request.headers().clone(),
        body,
        at,
    };
    Ok(Call { provider, received: Arc::new(received), place: Arc::new(place), checks })
}

async fn at_work<F>(work: F, deadline: Instant) -> Result<Reply, Refusal>
where
    F: Future<Output = Result<Reply, Refusal>> + Send + 'static,
{
    match tokio::spawn(timeout_at(deadline, work)).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Refusal::DeadlinePassed),
        Err(_) => Err(Refusal::Panicked),
    }
}

/// One line an exchange, with the true cause of a refusal. Names, tokens and signatures are in none of it, a payNo
/// only masked.
fn log(route: Route, code: &Reply, checks: &Checks, elapsed: Duration, cause: &dyn fmt::Display) {
    let (endpoint, elapsed_ms) = (route.name, u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
    let client_id = checks.client_id().map(ClientId::as_str);
    let external_id = checks.external_id().map(ExternalId::as_str);
    let pay_no = checks.pay_no().map(PayNo::masked);
    let unread = Some(checks.unread().join(",")).filter(|names| !names.is_empty());
    match code.status().as_u16() {
        200..400 => {
            tracing::info!(endpoint, %code, client_id, external_id, pay_no, unread, %checks, elapsed_ms, "answered");
        }
        500.. => {
            tracing::error!(endpoint, %code, client_id, external_id, pay_no, %checks, elapsed_ms, %cause, "failed")
        }
        _ => tracing::warn!(endpoint, %code, client_id, external_id, pay_no, %checks, elapsed_ms, %cause, "refused"),
    }
}
