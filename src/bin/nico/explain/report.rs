//! What was found out, for people and as JSON.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use nico::snap::diagnosis::{Diagnosis, Entry, Scheme};
use nico::snap::encoding::hex;
use nico::snap::timestamp::Timestamp;
use serde_json::json;

use super::sent::Sent;
use crate::failure::{Failure, Outcome};

/// Whatever is known of a refused signature.
pub(crate) struct Report {
    entry: Entry,
    /// Not known from a log, where the string has a token in it.
    string_to_sign: Option<String>,
    /// What is wrong besides, and would be refused even if the signature were good.
    notes: Vec<&'static str>,
    pub(crate) reason: String,
}

impl Report {
    pub(crate) fn of(diagnosis: &Diagnosis, sent: &Sent) -> Self {
        let entry = diagnosis.entry(&sent.timestamp);
        // A log is told of the keys that matter; whoever asks here has named them all.
        let entry = Entry { keys: diagnosis.keys.clone(), ..entry };
        let reason = entry.reason.clone();
        Self { entry, string_to_sign: Some(diagnosis.string_to_sign.clone()), notes: notes(diagnosis, sent), reason }
    }

    pub(crate) fn of_entry(entry: Entry) -> Self {
        let asymmetric = entry.scheme == Scheme::Asymmetric;
        let string_to_sign = asymmetric.then(|| format!("{}|{}", entry.client_id, entry.timestamp));
        let reason = entry.reason.clone();
        Self { entry, string_to_sign, notes: Vec::new(), reason }
    }

    /// Whether a reason was found, or none is needed.
    pub(crate) fn is_explained(&self) -> bool {
        self.entry.verdict != "unknown"
    }

    pub(crate) fn show(&self, as_json: bool) -> Outcome {
        let text = if as_json { self.to_json() } else { self.to_text() };
        Ok(writeln!(io::stdout().lock(), "{text}")?)
    }

    fn to_json(&self) -> String {
        let string = self.string_to_sign.as_deref();
        let mut report = json!(self.entry);
        report["string_to_sign"] = json!(string);
        report["string_to_sign_hex"] = json!(string.map(|string| hex(string.as_bytes())));
        report["notes"] = json!(self.notes);
        report.to_string()
    }

    fn to_text(&self) -> String {
        let entry = &self.entry;
        let mut text = String::new();
        match &self.string_to_sign {
            Some(string) => text += &format!("string to sign: {}\n{}", visible(string), dump(string.as_bytes())),
            None => {
                text += "string to sign: METHOD:path:token:hash of the body:X-TIMESTAMP, of which a log holds neither token nor body\n"
            }
        }
        let due = match entry.scheme {
            Scheme::Asymmetric => "SHA256withRSA",
            Scheme::Symmetric => "HMAC-SHA512",
        };
        text += &format!("due from {}: {due}\n", visible(&entry.client_id));
        text += &match entry.signature_bytes {
            Some(bytes) => format!("X-SIGNATURE: {bytes} bytes when decoded\n"),
            None => "X-SIGNATURE: cannot be decoded\n".to_owned(),
        };
        for key in &entry.keys {
            text += &format!("key of {}: {} bits, {}\n", visible(&key.client_id), key.bits, visible(&key.fingerprint));
        }
        for note in &self.notes {
            text += &format!("note: {note}\n");
        }
        format!("{text}\n{}", visible(&self.reason))
    }
}

/// The last explanation in a log.
pub(crate) fn entry(log: &str) -> Outcome<Entry> {
    let parse = |line: &str| {
        let json = &line[line.find(r#"{"client_id":"#)?..];
        serde_json::Deserializer::from_str(json).into_iter().next()?.ok()
    };
    log.lines().rev().find_map(parse).ok_or_else(|| {
        Failure::new(
            "there is no explanation of nico serve in this log: give the line that says explained, with the JSON behind diagnosis=",
        )
    })
}

fn notes(diagnosis: &Diagnosis, sent: &Sent) -> Vec<&'static str> {
    let request = sent.request();
    let symmetric = diagnosis.scheme == Scheme::Symmetric;
    let notes = [
        (
            Timestamp::parse(&sent.timestamp).is_err(),
            "X-TIMESTAMP is not of the form 2024-01-22T15:00:01+07:00, and is refused for that",
        ),
        (
            request.client_key.zip(request.partner_id).is_some_and(|(key, id)| key != id),
            "X-CLIENT-KEY and X-PARTNER-ID differ, and are refused for that",
        ),
        (symmetric && request.token.is_none(), "no bearer token is known, and the string to sign has it: give --token"),
        (symmetric && request.body.is_empty(), "no body is known, and the string to sign has its hash: give --body"),
    ];
    notes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, note)| note).collect()
}

/// Control characters written out, so that they are seen, and steer no terminal.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// Sixteen bytes a line, and what they are: a newline at the end is seen.
fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (line, bytes) in bytes.chunks(16).enumerate() {
        let codes: String = bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
        let shown = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' };
        let letters: String = bytes.iter().map(shown).collect();
        writeln!(text, "  {:04x}  {codes:48} {letters}", line * 16).expect("BUG: a text takes what is written");
    }
    text
}
