//! A step: what is asked, with which faults, and what is expected to come back. One table of these drives `nico call`,
//! the counter, scenarios and `nico check` alike.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::caller::{Caller, CannotCall};
use super::exchange::{Answer, Exchange, Trouble};
use super::fault::Fault;
use super::plan::{Ask, text};

/// What is asked, and what should come of it.
#[derive(Debug, Clone)]
pub struct Step {
    /// What is asked.
    pub ask: Ask,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// How often the same call is sent at once; usually 1.
    pub at_once: usize,
    /// What should come back.
    pub expect: Expectation,
}

/// What should come back. What is not named may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Expectation {
    /// The status line's number: one of these.
    #[serde(deserialize_with = "one_or_many")]
    pub status: Vec<String>,
    /// The `responseCode` or `resultCd`: one of these.
    #[serde(deserialize_with = "one_or_many")]
    pub code: Vec<String>,
    /// Fields of the body by their path, with dots, and the text each has; `*` is any text but an empty one.
    pub fields: std::collections::BTreeMap<String, String>,
    /// That there is no answer, and why.
    pub trouble: Option<Trouble>,
}

/// What came of a step.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What was exchanged.
    pub exchanges: Vec<Exchange>,
    /// What was expected and did not come.
    pub unmet: Option<Unmet>,
}

/// What was expected, and what came instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// What was expected, as `responseCode 4040012`.
    pub expected: String,
    /// What came.
    pub came: String,
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, and {} came", self.expected, self.came)
    }
}

impl Step {
    /// A call without a fault, of which nothing is expected yet.
    pub fn new(ask: Ask) -> Self {
        Self { ask, faults: Vec::new(), at_once: 1, expect: Expectation::default() }
    }

    /// With this fault besides.
    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Sent so many times at once.
    #[must_use]
    pub fn at_once(self, times: usize) -> Self {
        Self { at_once: times, ..self }
    }

    /// Expects one of these codes.
    #[must_use]
    pub fn code(mut self, codes: &[&str]) -> Self {
        self.expect.code = codes.iter().map(|code| (*code).to_owned()).collect();
        self
    }

    /// Expects a field of the body to have this text; `*` is any but an empty one.
    #[must_use]
    pub fn field(mut self, path: &str, text: &str) -> Self {
        self.expect.fields.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Asks, and holds the last answer against what is expected. Of calls at once nothing can be said one by one: whoever
    /// sends them counts the answers.
    ///
    /// # Errors
    /// [`CannotCall`]
    pub async fn run(&self, caller: &Caller) -> Result<Outcome, CannotCall> {
        let exchanges = if self.at_once > 1 {
            caller.ask_at_once(&self.ask, &self.faults, self.at_once).await?
        } else {
            caller.ask(&self.ask, &self.faults).await?
        };
        let judged = exchanges.last().filter(|_| self.at_once == 1);
        let unmet = judged.and_then(|exchange| self.expect.unmet(exchange));
        Ok(Outcome { exchanges, unmet })
    }
}

impl Expectation {
    /// The first thing that was expected and did not come.
    pub fn unmet(&self, exchange: &Exchange) -> Option<Unmet> {
        let answer = match (&exchange.answer, self.trouble) {
            (Err(trouble), Some(expected)) if *trouble == expected => return None,
            (Err(trouble), _) => return Some(unmet(self.to_string(), trouble.to_string())),
            (Ok(answer), Some(expected)) => return Some(unmet(format!("that {expected}"), status(answer))),
            (Ok(answer), None) => answer,
        };
        if !self.status.is_empty() && !self.status.contains(&answer.status.to_string()) {
            return Some(unmet(self.to_string(), status(answer)));
        }
        if !self.code.is_empty() && !exchange.code().is_some_and(|code| self.code.contains(&code)) {
            return Some(unmet(self.to_string(), code(exchange, answer)));
        }
        let body = answer.json().unwrap_or_default();
        self.fields.iter().find_map(|(path, expected)| {
            let came = at(&body, path).map(text);
            let met = came.as_ref().is_some_and(|came| came == expected || (expected == "*" && !came.is_empty()));
            let came = came.map_or_else(|| format!("no {path}"), |came| format!("{path} {came:?}"));
            (!met).then(|| unmet(format!("{path} {expected:?}"), came))
        })
    }
}

impl fmt::Display for Expectation {
    /// What is due of the answer as a whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, code) = (self.status.join(" or "), self.code.join(" or "));
        match (self.trouble, status.is_empty(), code.is_empty()) {
            (Some(trouble), ..) => write!(f, "that {trouble}"),
            (None, false, true) => write!(f, "HTTP {status}"),
            (None, true, true) => f.write_str("an answer"),
            (None, false, false) => write!(f, "HTTP {status} with {code}"),
            (None, true, false) => f.write_str(&code),
        }
    }
}

/// The value under a path of names with dots between them; a number picks out of an array.
pub fn at<'v>(body: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(body, |value, name| match value {
        Value::Array(values) => values.get(name.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => value.get(name),
    })
}

fn unmet(expected: String, came: String) -> Unmet {
    Unmet { expected, came }
}

fn status(answer: &Answer) -> String {
    format!("HTTP {}", answer.status)
}

fn code(exchange: &Exchange, answer: &Answer) -> String {
    exchange.code().unwrap_or_else(|| format!("HTTP {} without a code", answer.status))
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    // YAML reads 2000000 as a number, and a code is meant.
    Ok(value.as_array().map_or_else(|| vec![text(&value)], |codes| codes.iter().map(text).collect()))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::super::exchange::{Direction, Sent};
    use super::*;

    fn exchange(answer: Result<(u16, Value), Trouble>) -> Exchange {
        let sent = Sent { method: "POST".into(), url: "http://shop".into(), headers: vec![], body: String::new() };
        Exchange {
            direction: Direction::ToMerchant,
            name: "cvs/inquiry".into(),
            at: DateTime::UNIX_EPOCH,
            request: sent,
            string_to_sign: None,
            faults: vec![],
            answer: answer.map(|(status, body)| Answer { status, headers: vec![], body: body.to_string() }),
            elapsed_ms: 1,
            verdict: None,
        }
    }

    fn expect(yaml: &str) -> Expectation {
        serde_yaml_ng::from_str(yaml).unwrap()
    }

    #[test]
    fn what_is_expected_must_come() {
        let paid = exchange(Ok((200, json!({ "responseCode": "2000000", "a": { "b": ["x", 7] }, "e": "" }))));
        for met in [
            "{}",
            "code: 2000000",
            "code: [4040014, 2000000]",
            "status: 200",
            r#"fields: {a.b.0: x, a.b.1: "7", a.b: "*"}"#,
        ] {
            assert_eq!(expect(met).unmet(&paid), None, "{met}");
        }
        for (wrong, said) in [
            ("code: 4040012", "expected 4040012, and 2000000 came"),
            ("status: 404", "expected HTTP 404, and HTTP 200 came"),
            ("fields: {a.c: x}", "expected a.c \"x\", and no a.c came"),
            ("fields: {e: '*'}", "expected e \"*\", and e \"\" came"),
            ("trouble: hang", "expected that no answer within the deadline, and HTTP 200 came"),
        ] {
            assert_eq!(expect(wrong).unmet(&paid).map(|unmet| unmet.to_string()).as_deref(), Some(said));
        }
    }

    #[test]
    fn no_answer_meets_nothing_but_its_trouble() {
        let hung = exchange(Err(Trouble::Hang));
        assert_eq!(expect("trouble: hang").unmet(&hung), None);
        for wrong in ["trouble: refused", "code: 2000000", "{}"] {
            assert!(expect(wrong).unmet(&hung).is_some(), "{wrong}");
        }
    }
}
