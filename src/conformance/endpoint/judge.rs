//! What came back, held against what is due.
//!
//! A row is about one thing. Where an answer is refused as it should be but in another form (the wrong service in its
//! code, a number for a text, a page for JSON), the rows of the form say so, and this row does not say it again.

use serde_json::Value;

use super::check::{Miss, Seen};
use super::subject::Subject;
use crate::simulator::exchange::{Answer, Exchange};
use crate::simulator::step::{Step, Unmet, at};

/// Whether each step brought what it expects.
pub(super) fn expectations(steps: &[(Step, Vec<Exchange>, Option<Unmet>)]) -> Result<(), Miss> {
    for (step, exchanges, unmet) in steps {
        for exchange in exchanges {
            whole(exchange).map_err(Miss::Unmet)?;
        }
        let Some(last) = exchanges.last() else { continue };
        if let Some(unmet) = unmet.as_ref().filter(|_| !is_due(last, &step.expect.code)) {
            return Err(Miss::Unmet(format!("expected {}, and {} came", unmet.expected, came(last))));
        }
    }
    Ok(())
}

/// Whether there is an answer at all, and not one that sends the caller elsewhere.
pub(super) fn whole(exchange: &Exchange) -> Result<&Answer, String> {
    let answer = exchange.answer.as_ref().map_err(ToString::to_string)?;
    if (300..400).contains(&answer.status) {
        return Err(format!("the answer is a redirect (HTTP {}), and NICEPAY follows none", answer.status));
    }
    Ok(answer)
}

/// Whether one of these codes came, its service and its form aside.
pub(super) fn is_due(exchange: &Exchange, codes: &[String]) -> bool {
    let case = |code: &str| Some((code.get(..3)?.to_owned(), code.get(5..7)?.to_owned()));
    match (exchange.answered(), exchange.code().filter(|code| is_code(code))) {
        (Some(_), Some(code)) => codes.iter().any(|due| case(due) == case(&code)),
        (Some(answer), None) => codes.iter().any(|due| due.get(..3) == Some(&answer.status.to_string())),
        (None, _) => false,
    }
}

/// What came, in few words.
pub(super) fn came(exchange: &Exchange) -> String {
    let answer = match &exchange.answer {
        Ok(answer) => answer,
        Err(trouble) => return trouble.to_string(),
    };
    if let Some(code) = exchange.code().filter(|code| is_code(code)) {
        return code;
    }
    let what = match answer.json() {
        Some(_) => "JSON without a responseCode of seven digits",
        None if answer.body.trim().is_empty() => "an empty body",
        None if is_page(answer) => "a page of HTML",
        None => "a body that is not JSON",
    };
    format!("HTTP {} with {what}", answer.status)
}

pub(super) fn is_code(code: &str) -> bool {
    code.len() == 7 && code.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn is_page(answer: &Answer) -> bool {
    let body = answer.body.trim_start().to_ascii_lowercase();
    body.starts_with("<!doctype") || body.starts_with("<html") || body.starts_with("<h1")
}

/// Even where a framework would rather answer: a JSON object with a `responseCode`.
pub(super) fn speaks_snap(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    for exchange in exchanges {
        let answer = whole(exchange).map_err(Miss::Unmet)?;
        if answer.json().is_none_or(|body| body.get("responseCode").is_none()) {
            return Err(Miss::Unmet(format!("expected JSON with a responseCode, and {} came", came(exchange))));
        }
    }
    Ok(())
}

/// The last answer, which must be the good one; where it is not, the steps say so.
pub(super) fn body(exchanges: &[Exchange]) -> Result<Value, Miss> {
    let came = || exchanges.last().map_or_else(|| "nothing".to_owned(), came);
    let body = exchanges.last().and_then(Exchange::answered).and_then(Answer::json);
    body.ok_or_else(|| Miss::Unmet(format!("expected JSON, and {} came", came())))
}

/// The fields of a bill.
pub(super) fn bill(exchanges: &[Exchange]) -> Result<Value, Miss> {
    let body = body(exchanges)?;
    let bill = body.get("payNoData").filter(|data| data.is_object());
    bill.cloned().ok_or_else(|| Miss::Moot("there is no payNoData: see inquiry.fields".to_owned()))
}

/// The text under a path.
pub(super) fn text_at<'v>(value: &'v Value, path: &str) -> Result<&'v str, Miss> {
    match at(value, path) {
        Some(Value::String(text)) => Ok(text),
        Some(Value::Null) | None => Err(Miss::Unmet(format!("{path} is missing"))),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(Miss::Unmet(format!("{path} is no text")))
        }
    }
}

/// Of all these answers exactly one is `one`, and the rest are `rest`.
pub(super) fn exactly_one(exchanges: &[Exchange], one: &str, rest: &str) -> Result<(), Miss> {
    for exchange in exchanges {
        whole(exchange).map_err(Miss::Unmet)?;
    }
    let count = |code: &str| exchanges.iter().filter(|exchange| is_due(exchange, &[code.to_owned()])).count();
    let (ones, rests, all) = (count(one), count(rest), exchanges.len());
    if ones == 1 && rests == all - 1 {
        return Ok(());
    }
    let other = exchanges.iter().map(came).find(|came| came != one && came != rest);
    let other = other.map_or_else(String::new, |other| format!(" and also {other}"));
    Err(Miss::Unmet(format!(
        "of {all} calls at once, expected one {one} and {} times {rest}, and {ones} times {one}, {rests} times {rest}{other} came",
        all - 1
    )))
}

/// Holds every answer to `holds`, which says what is wrong with one.
pub(super) fn all(
    seen: &[Seen<'_>],
    wanted: impl Fn(&Seen<'_>, &Answer) -> bool,
    holds: impl Fn(&Exchange, &Answer) -> Result<(), String>,
) -> Result<(), Miss> {
    let mut looked_at = 0;
    for (place, seen) in seen.iter().enumerate() {
        let Some(answer) = seen.exchange.answered().filter(|answer| wanted(seen, answer)) else { continue };
        looked_at += 1;
        holds(seen.exchange, answer).map_err(|wrong| Miss::Shown(wrong, place))?;
    }
    if looked_at == 0 { Err(Miss::Moot("there was no answer to look at".to_owned())) } else { Ok(()) }
}
