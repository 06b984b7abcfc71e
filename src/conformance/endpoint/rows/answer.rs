//! The form of whatever was answered, good or refused, in the course of the run.

use super::super::judge::{all, is_code, is_page};
use crate::conformance::endpoint::check::{Check, Seen};
use crate::simulator::exchange::{Answer, Exchange};
use crate::simulator::plan::Endpoint;
use serde_json::Value;

pub(super) const ROWS: &[Check] = &[
    Check::seen(
        "answer.json",
        "Every answer is a JSON object, the refusals too",
        "Setiap jawaban, termasuk penolakan, berupa objek JSON",
        "SNAP: JSON; defect of others: a framework's text page",
        |seen| all(seen, in_our_voice, json),
    ),
    Check::seen(
        "answer.media-type",
        "Every answer is declared as application/json",
        "Setiap jawaban memiliki Content-Type application/json",
        "SNAP, response headers: Content-Type",
        |seen| all(seen, |seen, answer| in_our_voice(seen, answer) && is_object(answer), media_type),
    ),
    Check::seen(
        "answer.code-form",
        "responseCode is a text of seven digits",
        "responseCode berupa teks tujuh angka",
        "SNAP, responseCode: String 7; NICEPAY's sample 2000000",
        |seen| all(seen, |seen, answer| in_our_voice(seen, answer) && is_object(answer), code_form),
    ),
    Check::seen(
        "answer.status-line",
        "The status line is the first three digits of responseCode",
        "Status HTTP sama dengan tiga angka pertama responseCode",
        "SNAP, responseCode: HTTP status, service, case",
        |seen| all(seen, |_, answer| code(answer).is_some() && !(300..400).contains(&answer.status), status_line),
    ),
    Check::seen(
        "answer.service",
        "responseCode carries the service of what was called: 73 for the token, 00 for cvs",
        "responseCode memuat kode layanan yang dipanggil: 73 untuk token, 00 untuk cvs",
        "SNAP, service 73; NICEPAY's sample 2000000",
        |seen| all(seen, |seen, answer| in_our_voice(seen, answer) && code(answer).is_some(), service),
    ),
    Check::seen(
        "answer.message",
        "responseMessage is a text of 1 to 150 characters",
        "responseMessage berupa teks 1 sampai 150 karakter",
        "SNAP, responseMessage: String 150",
        |seen| all(seen, |seen, answer| in_our_voice(seen, answer) && is_object(answer), message),
    ),
    Check::seen(
        "answer.timestamp",
        "Every answer has the header X-TIMESTAMP",
        "Setiap jawaban memiliki header X-TIMESTAMP",
        "SNAP, response headers: X-TIMESTAMP is mandatory",
        |seen| all(seen, |seen, answer| in_our_voice(seen, answer) && is_object(answer), timestamp),
    ),
];

/// Where a framework likes to answer, its row says so.
fn in_our_voice(seen: &Seen<'_>, _: &Answer) -> bool {
    !seen.own_voice
}

fn is_object(answer: &Answer) -> bool {
    answer.json().is_some_and(|body| body.is_object())
}

/// A `responseCode` that has its form.
fn code(answer: &Answer) -> Option<String> {
    let body = answer.json()?;
    body.get("responseCode")?.as_str().filter(|code| is_code(code)).map(str::to_owned)
}

fn json(_: &Exchange, answer: &Answer) -> Result<(), String> {
    match answer.json() {
        Some(Value::Object(_)) => Ok(()),
        Some(_) => Err("an answer is JSON, but no object".to_owned()),
        None if is_page(answer) => Err(format!("HTTP {} came with a page of HTML", answer.status)),
        None => Err(format!("HTTP {} came with a body that is not JSON", answer.status)),
    }
}

fn media_type(_: &Exchange, answer: &Answer) -> Result<(), String> {
    let declared = answer.header("Content-Type").unwrap_or_default();
    let name = declared.split(';').next().unwrap_or_default().trim();
    if name.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(format!("an answer of JSON is declared as {:?}", name.chars().take(40).collect::<String>()))
}

fn code_form(_: &Exchange, answer: &Answer) -> Result<(), String> {
    code(answer).map(drop).ok_or_else(|| "an answer has no responseCode that is a text of seven digits".to_owned())
}

fn status_line(_: &Exchange, answer: &Answer) -> Result<(), String> {
    let code = code(answer).unwrap_or_default();
    if code.starts_with(&answer.status.to_string()) {
        return Ok(());
    }
    Err(format!("responseCode {code} came with HTTP {}", answer.status))
}

fn service(exchange: &Exchange, answer: &Answer) -> Result<(), String> {
    let code = code(answer).unwrap_or_default();
    let due = if exchange.name == Endpoint::Token.name() { "73" } else { "00" };
    if code.get(3..5) == Some(due) {
        return Ok(());
    }
    Err(format!("{} answered {code}, whose service should be {due}", exchange.name))
}

fn message(_: &Exchange, answer: &Answer) -> Result<(), String> {
    let body = answer.json().unwrap_or_default();
    match body.get("responseMessage").and_then(Value::as_str).map(|text| text.chars().count()) {
        Some(1..=150) => Ok(()),
        Some(length) => Err(format!("an answer has a responseMessage of {length} characters")),
        None => Err("an answer has no responseMessage".to_owned()),
    }
}

fn timestamp(_: &Exchange, answer: &Answer) -> Result<(), String> {
    answer.header("X-TIMESTAMP").map(drop).ok_or_else(|| format!("HTTP {} came without X-TIMESTAMP", answer.status))
}
