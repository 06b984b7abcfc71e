//! One exchange with the shop: the key first, then the body, the work within its deadline, the answer, one line in the log.

use std::future::Future;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::MerchantApi;
use super::refusal::Refusal;
use crate::provider::{holding, read_body};

/// Reads, works, answers. The work runs in a task of its own: a shop that hangs up cuts no registration.
pub(super) async fn answer<W, F>(api: MerchantApi, request: HttpRequest, mut payload: Payload, work: W) -> HttpResponse
where
    W: FnOnce(Arc<Bytes>) -> F,
    F: Future<Output = Result<(StatusCode, Value), Refusal>> + Send + 'static,
{
    let begun = Instant::now();
    let deadline = begun + api.0.deadline;
    let body = read_body(&mut payload, &request, deadline).await;
    let unread = body.is_err();
    let result = match body {
        Ok(_) if !is_let_in(&api, &request) => Err(Refusal::NoKey),
        Ok(body) => match timeout_at(deadline, tokio::spawn(work(Arc::new(body)))).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Refusal::Panicked),
            // What was begun goes on.
            Err(_) => Err(Refusal::DeadlinePassed),
        },
        Err(trouble) => Err(trouble.into()),
    };
    log(&request, &result, begun);
    let response = respond(result);
    if unread { holding(payload, response) } else { response }
}

fn is_let_in(api: &MerchantApi, request: &HttpRequest) -> bool {
    let mut shown = request.headers().get_all(AUTHORIZATION);
    let (Some(shown), None) = (shown.next(), shown.next()) else { return false };
    let Some((scheme, key)) = shown.as_bytes().split_at_checked(7) else { return false };
    scheme.eq_ignore_ascii_case(b"bearer ") && api.0.key.is(key.trim_ascii())
}

fn respond(result: Result<(StatusCode, Value), Refusal>) -> HttpResponse {
    let (status, body) = match &result {
        Ok((status, body)) => (*status, body.to_string()),
        Err(refusal) => (refusal.status(), refusal.body().to_string()),
    };
    let mut response = HttpResponse::build(status);
    response.content_type("application/json").insert_header((CACHE_CONTROL, "no-store"));
    match &result {
        Err(Refusal::WrongVerb(verb)) => drop(response.insert_header((ALLOW, *verb))),
        Err(Refusal::NoKey) => drop(response.insert_header((WWW_AUTHENTICATE, "Bearer"))),
        Ok(_) | Err(_) => {}
    }
    response.body(body)
}

/// The path has a reference in it, which is the merchant's own and no secret; nothing else of the order is told.
fn log(request: &HttpRequest, result: &Result<(StatusCode, Value), Refusal>, begun: Instant) {
    let endpoint = request.match_pattern().unwrap_or_else(|| "unknown path".to_owned());
    let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    match result {
        Ok((status, body)) => {
            let (reference_no, state) = (body["referenceNo"].as_str(), body["state"].as_str());
            tracing::info!(endpoint, status = status.as_u16(), reference_no, state, elapsed_ms, "answered the shop");
        }
        Err(refusal) if refusal.status().is_server_error() => {
            tracing::error!(endpoint, status = refusal.status().as_u16(), elapsed_ms, cause = %refusal, "failed");
        }
        Err(refusal) => {
            tracing::warn!(endpoint, status = refusal.status().as_u16(), elapsed_ms, cause = %refusal, "refused the shop");
        }
    }
}
