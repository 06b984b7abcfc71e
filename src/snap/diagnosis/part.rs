//! The parts of a string to sign, each in the spellings that people give it.

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, TimeDelta, Utc};
use rsa::sha2::{Digest, Sha256};

use super::slip::Slip;
use crate::snap::encoding::{base64, hex};
use crate::snap::signature::{body_hash, minify};
use crate::snap::timestamp::JAKARTA;

/// A spelling: right, or a slip.
pub(super) struct Part {
    pub(super) text: String,
    pub(super) slip: Option<Slip>,
}

impl Part {
    pub(super) fn right(text: impl Into<String>) -> Self {
        Self { text: text.into(), slip: None }
    }

    pub(super) fn slip(text: impl Into<String>, slip: Slip) -> Self {
        Self { text: text.into(), slip: Some(slip) }
    }

    /// Each text once, as what it stood for first.
    pub(super) fn distinct(parts: Vec<Self>) -> Vec<Self> {
        let mut kept: Vec<Self> = Vec::new();
        for part in parts {
            if kept.iter().all(|earlier| earlier.text != part.text) {
                kept.push(part);
            }
        }
        kept
    }
}

/// X-TIMESTAMP as it was sent, and as it may have been signed.
pub(super) fn timestamps(sent: &str) -> Vec<Part> {
    let mut parts = vec![Part::right(sent)];
    if let Some((local, offset)) = sent.split_at_checked(19) {
        let fraction = offset.len() - offset.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit()).len();
        let (fraction, offset) = offset.split_at(fraction);
        parts.extend([
            Part::slip(format!("{local}{offset}"), Slip::TimestampNoFraction),
            Part::slip(format!("{local}{fraction}"), Slip::TimestampNoOffset),
            Part::slip(local, Slip::TimestampNoOffset),
            Part::slip(format!("{local}{fraction}{}", offset.replace(':', "")), Slip::TimestampNoColon),
            Part::slip(format!("{local}{fraction}Z"), Slip::TimestampZone),
            Part::slip(format!("{local}{fraction}+07:00"), Slip::TimestampZone),
        ]);
    }
    parts.extend(DateTime::parse_from_rfc3339(sent).ok().into_iter().flat_map(moved));
    Part::distinct(parts)
}

/// The same instant in other zones, and instants seven hours off in the same one.
fn moved(sent: DateTime<FixedOffset>) -> Vec<Part> {
    // RFC 3339 has no other years; one more on either side leaves room for the offsets.
    if !(1..=9998).contains(&sent.year()) {
        return Vec::new();
    }
    let format = if sent.timestamp_subsec_nanos() == 0 { SecondsFormat::Secs } else { SecondsFormat::AutoSi };
    let zoned = |text| Part::slip(text, Slip::TimestampZone);
    let hours = |hours| {
        let other = sent + TimeDelta::hours(hours);
        let offset_as_z = sent.offset().local_minus_utc() == 0;
        [false, true].map(|z| Part::slip(other.to_rfc3339_opts(format, z && offset_as_z), Slip::TimestampSevenHours))
    };
    let utc = sent.with_timezone(&Utc);
    [
        zoned(utc.to_rfc3339_opts(format, true)),
        zoned(utc.to_rfc3339_opts(SecondsFormat::Millis, true)),
        zoned(utc.to_rfc3339_opts(format, false)),
        zoned(sent.with_timezone(&JAKARTA).to_rfc3339_opts(format, false)),
    ]
    .into_iter()
    .chain(hours(-7))
    .chain(hours(7))
    .collect()
}

/// The token as it was sent, and as it may have been signed.
pub(super) fn tokens(sent: &str) -> Vec<Part> {
    Part::distinct(vec![
        Part::right(sent),
        Part::slip("", Slip::TokenMissing),
        Part::slip(format!("Bearer {sent}"), Slip::TokenWithBearer),
        Part::slip(format!("\"{sent}\""), Slip::TokenQuoted),
    ])
}

/// The path as it was called, and as it may have been signed. NICEPAY's SDKs leave out `/nicepay`, which is right too.
pub(super) fn paths(sent: &str, host: Option<&str>) -> Vec<Part> {
    let mut parts = vec![Part::right(sent)];
    parts.extend(sent.strip_prefix("/nicepay").filter(|rest| rest.starts_with('/')).map(Part::right));
    parts.extend(sent.split_once('?').map(|(path, _)| Part::slip(path, Slip::PathWithoutQuery)));
    if let Some(base) = sent.find("/v1.0/") {
        let rest = &sent[base..];
        parts.push(Part::slip(rest, Slip::PathWithoutBase));
        parts.extend(
            ["/api", "/nicepay", "/nicepay/api"].map(|base| Part::slip(format!("{base}{rest}"), Slip::PathOtherBase)),
        );
    }
    parts.push(Part::slip(format!("/nicepay{sent}"), Slip::PathOtherBase));
    let url = |host| ["https", "http"].map(|scheme| Part::slip(format!("{scheme}://{host}{sent}"), Slip::PathFullUrl));
    parts.extend(host.into_iter().flat_map(url));
    Part::distinct(parts)
}

/// The body's hash as sent and minified, which are both right, and as it may have been taken.
pub(super) fn body_hashes(body: &[u8]) -> Vec<Part> {
    let minified = minify(body);
    let (as_sent, upper) = (body_hash(body), |bytes: &[u8]| body_hash(bytes).to_uppercase());
    let mut parts = vec![
        Part::right(as_sent),
        Part::right(body_hash(&minified)),
        Part::slip(upper(body), Slip::BodyHashUpperCase),
        Part::slip(upper(&minified), Slip::BodyHashUpperCase),
        Part::slip(base64(&Sha256::digest(body)), Slip::BodyHashBase64),
        Part::slip(base64(&Sha256::digest(&minified)), Slip::BodyHashBase64),
        Part::slip(hex(&Sha256::new_with_prefix(body).chain_update(b"\n").finalize()), Slip::BodyNewline),
        Part::slip(body_hash(b""), Slip::BodyEmpty),
    ];
    if minified.len() <= MAX_REWRITTEN {
        parts.push(Part::slip(body_hash(&spaced(&minified)), Slip::BodySpaced));
        parts.extend([2, 4].map(|by| Part::slip(body_hash(&indented(&minified, by)), Slip::BodyIndented)));
    }
    Part::distinct(parts)
}

/// Longer bodies are not written anew: NICEPAY's have some hundred bytes, and indenting can make many of few.
const MAX_REWRITTEN: usize = 8 * 1024;

/// A minified JSON text as Python's `json.dumps` writes it.
fn spaced(json: &[u8]) -> Vec<u8> {
    rewritten(json, |byte, _, written| {
        written.push(byte);
        if matches!(byte, b',' | b':') {
            written.push(b' ');
        }
    })
}

/// A minified JSON text with a member a line.
fn indented(json: &[u8], by: usize) -> Vec<u8> {
    let line = |depth: usize, written: &mut Vec<u8>| {
        written.push(b'\n');
        written.resize(written.len() + by * depth.min(MAX_DEPTH), b' ');
    };
    rewritten(json, |byte, depth, written| match byte {
        b'{' | b'[' => {
            written.push(byte);
            line(depth, written);
        }
        b'}' | b']' => {
            // An empty object or array stays on its line.
            if written.trim_ascii_end().last() == Some(&(byte - 2)) {
                written.truncate(written.trim_ascii_end().len());
            } else {
                line(depth, written);
            }
            written.push(byte);
        }
        b',' => {
            written.push(byte);
            line(depth, written);
        }
        b':' => written.extend(b": "),
        _ => written.push(byte),
    })
}

/// Deeper bodies are refused anyway; without a bound, brackets alone would make a text of any size.
const MAX_DEPTH: usize = 16;

/// Writes each byte outside of strings anew, told how deep it stands; strings stay as they are.
fn rewritten(json: &[u8], mut write: impl FnMut(u8, usize, &mut Vec<u8>)) -> Vec<u8> {
    let (mut written, mut depth, mut in_string, mut escaped) = (Vec::new(), 0_usize, false, false);
    for byte in json.iter().copied() {
        match byte {
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        let inside = in_string;
        in_string ^= byte == b'"' && !escaped;
        escaped = inside && !escaped && byte == b'\\';
        if inside || byte == b'"' {
            written.push(byte);
        } else {
            write(byte, depth, &mut written);
        }
    }
    written
}
