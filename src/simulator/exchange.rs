//! One HTTP exchange between NICEPAY and a merchant, either way, as evidence: what was sent, what was signed, what came.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// NICEPAY called the merchant.
    ToMerchant,
    /// The merchant called NICEPAY.
    ToNicepay,
    /// A store told or asked NICEPAY something.
    FromStore,
}

/// What was asked and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Who called whom.
    pub direction: Direction,
    /// What it was about: `cvs/inquiry`, `notification`, `onePass.do`.
    pub name: String,
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// The request, byte for byte but for what the connection adds.
    pub request: Sent,
    /// What its signature or merchantToken was made over; a merchantKey in it is left out.
    pub string_to_sign: Option<String>,
    /// What was wrong with it on purpose, in the words of `--fault`.
    pub faults: Vec<String>,
    /// What came back.
    pub answer: Result<Answer, Trouble>,
    /// How long it took.
    pub elapsed_ms: u64,
    /// What the one that was called made of it, where that is ours to say: why the gateway accepted or refused it.
    pub verdict: Option<String>,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The verb.
    pub method: String,
    /// Where to.
    pub url: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    pub body: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The status line's number.
    pub status: u16,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    pub body: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// Nobody listens there.
    #[error("the connection was refused")]
    Refused,
    /// No connection came about: no way there, or nobody who takes part in it.
    #[error("no connection came about: the network or the host does not answer")]
    Unreachable,
    /// The host's name is not known.
    #[error("the host's name cannot be resolved")]
    UnknownHost,
    /// No TLS session came about: a certificate nobody trusts, or no TLS there at all.
    #[error("TLS failed: the certificate is not trusted or not for this host, or TLS is not spoken there")]
    Tls,
    /// No answer within the deadline.
    #[error("no answer within the deadline")]
    Hang,
    /// An answer without end, or one beyond all measure.
    #[error("the answer does not end, or is larger than any answer should be")]
    Endless,
    /// The connection ended before the answer did.
    #[error("the connection was closed before the answer was whole")]
    Closed,
    /// What came back is not HTTP.
    #[error("what came back is not HTTP")]
    NotHttp,
    /// We cut the connection on purpose (the fault `dropped`).
    #[error("the connection was cut on purpose before the answer was read")]
    Dropped,
    /// A host of NICEPAY's own: the simulator never sends there.
    #[error("this is a host of NICEPAY's own, and the simulator does not send there")]
    RealNicepay,
    /// Not an address to send to.
    #[error("the address is no http or https URL")]
    NoUrl,
}

impl Exchange {
    /// The answer, if there was one.
    pub fn answered(&self) -> Option<&Answer> {
        self.answer.as_ref().ok()
    }

    /// The answer's `responseCode`, or a gateway's `resultCd`.
    pub fn code(&self) -> Option<String> {
        let body = self.answered()?.json()?;
        ["responseCode", "resultCd"].iter().find_map(|name| Some(body.get(name)?.as_str()?.to_owned()))
    }

    /// What came back, in a word or two: status and code, or the trouble.
    pub fn outcome(&self) -> String {
        match &self.answer {
            Ok(answer) => [answer.status.to_string()].into_iter().chain(self.code()).collect::<Vec<_>>().join(" "),
            Err(trouble) => trouble.to_string(),
        }
    }
}

impl Sent {
    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The path with its query.
    pub fn path(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.find('/').map_or("/", |slash| &rest[slash..])
    }
}

impl Answer {
    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The body as a JSON value. A V1 body may have four digits of length before it.
    pub fn json(&self) -> Option<Value> {
        let body = self.body.trim();
        serde_json::from_str(body).ok().or_else(|| serde_json::from_str(body.get(4..)?).ok())
    }
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// JSON over lines, every token as it was sent: a reader of evidence must see `10000.00` where `10000.00` stood. What is
/// no JSON, too deep or too long, stays as it is.
pub fn laid_out(body: &str) -> String {
    // serde_json refuses what is nested deeper than 128, so no body becomes much longer than it was.
    if body.len() > MOST_LAID_OUT || serde_json::from_str::<Value>(body).is_err() {
        return body.to_owned();
    }
    let (mut shown, mut depth, mut in_text, mut escaped) = (String::new(), 0_usize, false, false);
    let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
    for c in body.chars() {
        match c {
            _ if in_text => {
                shown.push(c);
                (in_text, escaped) = (escaped || c != '"', !escaped && c == '\\');
            }
            '{' | '[' => {
                depth += 1;
                shown += &format!("{c}{}", line(depth));
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                let before = shown.trim_end().len();
                // An empty object stays on its line.
                let is_empty = shown[..before].ends_with(['{', '[']);
                shown.truncate(before);
                shown += &if is_empty { c.to_string() } else { format!("{}{c}", line(depth)) };
            }
            ',' => shown += &format!(",{}", line(depth)),
            ':' => shown += ": ",
            ' ' | '\t' | '\r' | '\n' => {}
            _ => {
                in_text = c == '"';
                shown.push(c);
            }
        }
    }
    shown
}

/// Much more than any answer of NICEPAY's flow has.
const MOST_LAID_OUT: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_laid_out_and_no_token_of_it_changed() {
        let body = r#"{"a":"x\"{,:}\\","b":[1,10000.00],"c":{},"d":[ ], "e":null,"f":[[],"{"]}"#;
        let lines = [
            "{",
            r#"  "a": "x\"{,:}\\","#,
            r#"  "b": ["#,
            "    1,",
            "    10000.00",
            "  ],",
            r#"  "c": {},"#,
            r#"  "d": [],"#,
            r#"  "e": null,"#,
            r#"  "f": ["#,
            "    [],",
            r#"    "{""#,
            "  ]",
            "}",
        ];
        assert_eq!(laid_out(body), lines.join("\n"));
    }

    /// A page that answers `[[[[…` must not make a gigabyte of blanks of it.
    #[test]
    fn what_is_no_json_stays_as_it_is() {
        let deep = "[".repeat(1_000_000);
        let nested = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
        let long = format!("[{}1]", "1,".repeat(MOST_LAID_OUT));
        for other in ["", "no json {", "{\"a\":1", "<p>a, b: c</p>\n", &deep, &nested, &long] {
            assert_eq!(laid_out(other), other);
        }
    }
}
