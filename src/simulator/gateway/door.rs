//! One call: its body in, its answer out, and all of it in the journal.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, ORIGIN};
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::refusal::{Refusal, Said};
use super::{Call, Door, Gateway};
use crate::nicepay::result_code::{Group, ResultCode};
use crate::provider::{MAX_BODY, holding};
use crate::simulator::NOT_NICEPAY;
use crate::simulator::exchange::{Answer, Direction, Exchange, Sent};

/// Reads a call, has it served, answers, and writes it down.
pub(super) async fn answer(gateway: Gateway, door: Door, request: HttpRequest, mut payload: Payload) -> HttpResponse {
    let (begun, at) = (Instant::now(), gateway.clock.now());
    let body = read(&mut payload, gateway.deadline).await;
    let origin = origin(&request);
    let sent = sent(&request, &origin, body.as_deref().unwrap_or_default());
    let unread = body.is_err();
    let (string_to_sign, said) = match (body, door) {
        (Err(refusal), _) => (None, Err(refusal)),
        (Ok(_), Door::UnknownPath) => (None, Err(Refusal::of_http(404, "NICEPAY has no such path"))),
        (Ok(_), Door::WrongVerb(verb)) => {
            (None, Err(Refusal::of_http(405, format!("this path takes {verb} and nothing else"))))
        }
        (Ok(_), Door::Api(_)) if is_of_a_page(&request) => (None, Err(Refusal::of_http(403, OF_A_PAGE))),
        (Ok(body), Door::Api(api)) => {
            let call = Call { at, origin, query: request.query_string().to_owned(), body };
            let serving = gateway.clone();
            // Books in a file wait for the disk.
            let served = web::block(move || api.serve(&serving, &call)).await;
            served.unwrap_or_else(|_| (None, Err(Refusal::new(SERVER_ERROR, "the simulator failed at this call"))))
        }
    };
    let answer = written(&said, gateway.length_prefix && matches!(door, Door::Api(api) if api.is_v1()));
    let answer = weathered(answer, &gateway, door);
    let response = respond(&answer, door);
    gateway.journal.record(Exchange {
        direction: Direction::ToNicepay,
        name: name(&request),
        at,
        request: sent,
        string_to_sign,
        faults: Vec::new(),
        answer: Ok(answer),
        elapsed_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        verdict: Some(said.map_or_else(|refusal| refusal.verdict, |_| "accepted".to_owned())),
    });
    if unread { holding(payload, response) } else { response }
}

/// The whole body. One that is too large is read to its end all the same and thrown away: who is still sending would
/// never read the answer.
pub(super) async fn read(payload: &mut Payload, deadline: Duration) -> Result<Vec<u8>, Refusal> {
    let (mut body, mut too_large) = (Vec::new(), false);
    let reading = async {
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Refusal::of_http(400, "the body was cut off"))?;
            too_large |= body.len() + chunk.len() > MAX_BODY;
            if !too_large {
                body.extend_from_slice(&chunk);
            }
        }
        Ok(())
    };
    let read = timeout(deadline, reading).await;
    match read {
        _ if too_large => Err(Refusal::of_http(413, format!("the body has more than {MAX_BODY} bytes"))),
        Ok(Ok(())) => Ok(body),
        Ok(Err(refusal)) => Err(refusal),
        Err(_) => {
            let refusal = Refusal::of_http(408, "the body did not arrive in time");
            Err(Refusal { code: TIMEOUT, ..refusal })
        }
    }
}

/// Whether a web page has its visitor's browser send this. The key of NICEPAY's sandbox is public, so any page could
/// register here, and so have the simulator call whom the page names; no server of a merchant's sends these headers.
fn is_of_a_page(request: &HttpRequest) -> bool {
    [ORIGIN.as_str(), "Sec-Fetch-Site"].iter().any(|name| request.headers().contains_key(*name))
}

fn written(said: &Result<Said, Refusal>, length_prefix: bool) -> Answer {
    let (status, fields) = match said {
        Ok(said) => (200, said.clone()),
        Err(refusal) => (refusal.status, refusal.said()),
    };
    let member = |(name, text): &(&str, Option<String>)| {
        let value = text.as_ref().map_or(Value::Null, |text| json!(text));
        format!("\"{name}\":{value}")
    };
    // Written by hand, for a JSON map would put the fields into the alphabet's order.
    let mut body = format!("{{{}}}", fields.iter().map(member).collect::<Vec<_>>().join(","));
    if length_prefix {
        body = format!("{:04}{body}", body.len());
    }
    let headers = [("content-type", "application/json"), NOT_NICEPAY];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Answer { status, headers: headers.to_vec(), body }
}

/// The answer, or what becomes of it where status inquiries come to nothing.
fn weathered(answer: Answer, gateway: &Gateway, door: Door) -> Answer {
    match gateway.weather.failure() {
        Some((status, body)) if matches!(door, Door::Api(api) if api.is_status()) => {
            Answer { status, body: body.to_owned(), ..answer }
        }
        _ => answer,
    }
}

fn respond(answer: &Answer, door: Door) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).expect("BUG: a refusal has an HTTP status");
    let mut response = HttpResponse::build(status);
    for (name, value) in &answer.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    if let Door::WrongVerb(verb) = door {
        response.insert_header((ALLOW, verb));
    }
    response.body(answer.body.clone())
}

/// What arrived, for the journal.
fn sent(request: &HttpRequest, origin: &str, body: &[u8]) -> Sent {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = request.headers().iter();
    let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    Sent {
        method: request.method().to_string(),
        url: format!("{origin}{path}"),
        headers: headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
        body: text(body),
    }
}

/// Scheme and host as the merchant knows us.
pub(super) fn origin(request: &HttpRequest) -> String {
    let connection = request.connection_info();
    format!("{}://{}", connection.scheme(), connection.host())
}

/// `onePass.do`, `direct/v2/registration`
fn name(request: &HttpRequest) -> String {
    let path = request.path();
    let path = path.strip_prefix("/nicepay/").unwrap_or(path);
    path.strip_prefix("api/").unwrap_or(path).to_owned()
}

const OF_A_PAGE: &str = "a web page sent this from a browser: it is the merchant's server that calls NICEPAY";
const SERVER_ERROR: ResultCode = ResultCode::of(Group::Common, "1003");
const TIMEOUT: ResultCode = ResultCode::of(Group::Common, "1004");
