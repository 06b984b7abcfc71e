//! What no answer may tell.

use serde_json::Value;

use super::super::judge::all;
use crate::conformance::endpoint::check::{Check, Miss};
use crate::conformance::endpoint::need::Need;
use crate::conformance::endpoint::subject::Subject;
use crate::simulator::exchange::{Answer, Exchange};
use crate::simulator::fault::Fault;

pub(super) const ROWS: &[Check] = &[
    Check::seen(
        "leak.echo",
        "No refusal repeats what was sent: no number, token, signature, id or text of the caller's",
        "Penolakan tidak mengulang apa yang dikirim pemanggil",
        "Defect of others: secrets and personal data in answers; what is echoed can be injected",
        |seen| all(seen, |_, answer| answer.status >= 400, echo),
    ),
    Check::seen(
        "leak.internals",
        "No answer shows the server's insides: no stack trace, no statement of SQL, no file's name",
        "Jawaban tidak menampilkan isi internal server seperti stack trace",
        "OWASP: improper error handling",
        |seen| all(seen, |_, _| true, internals),
    ),
    Check::new(
        "leak.signing-page",
        "There is no page that signs for whoever sends it a private key",
        "Tidak ada alamat yang menandatangani dengan kunci privat yang dikirim",
        "ASPI's utilities/signature-auth is for its own sandbox; defect of others: private keys over HTTP",
        |subject| vec![subject.inquiry().with(Fault::SigningPage)],
    )
    .needs(&[Need::Inquiry])
    .judged(no_page)
    .own_voice(),
];

/// What stands in a server's messages to itself.
const INSIDES: [&str; 14] = [
    "traceback (most recent",
    "stack trace",
    "stacktrace",
    ".java:",
    "at java.",
    "at com.",
    "at org.",
    "node_modules",
    ".php on line",
    "panicked at",
    "goroutine ",
    "sqlstate",
    "syntax error at or near",
    "nullpointerexception",
];
/// Shorter texts stand in an answer by chance.
const TELLING: usize = 8;

fn echo(exchange: &Exchange, answer: &Answer) -> Result<(), String> {
    let body = &answer.body;
    let in_headers = exchange.request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    let told = in_headers.map(|(name, value)| (name.clone(), value.trim_start_matches("Bearer ").to_owned()));
    let sent: Value = serde_json::from_str(&exchange.request.body).unwrap_or_default();
    let mut told: Vec<_> = told.collect();
    texts(&sent, "", &mut told);
    let echoed = told.into_iter().find(|(_, text)| text.len() >= TELLING && body.contains(text.as_str()));
    echoed
        .map_or(Ok(()), |(name, _)| Err(format!("a refusal (HTTP {}) repeats the {name} that was sent", answer.status)))
}

/// Every text in a body, with its name.
fn texts(value: &Value, name: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => found.push((name.to_owned(), text.clone())),
        Value::Array(values) => values.iter().for_each(|value| texts(value, name, found)),
        Value::Object(members) => members.iter().for_each(|(name, value)| texts(value, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn internals(_: &Exchange, answer: &Answer) -> Result<(), String> {
    let body = answer.body.to_ascii_lowercase();
    let shown = INSIDES.iter().find(|word| body.contains(**word));
    shown.map_or(Ok(()), |word| Err(format!("an answer (HTTP {}) holds {word:?}", answer.status)))
}

fn no_page(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    match exchanges.last().and_then(Exchange::answered) {
        Some(answer)
            if answer.status < 400
                && !exchanges.iter().filter_map(Exchange::code).any(|code| code.starts_with('4')) =>
        {
            Err(Miss::Unmet(format!("utilities/signature-auth is answered with HTTP {}", answer.status)))
        }
        Some(_) | None => Ok(()),
    }
}
