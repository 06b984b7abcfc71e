//! Every text that may have been signed in the place of the right one, the nearest first.
//!
//! A text is put together of parts, and each part has the spellings that people give it: the right one, and slips. At
//! most two slips are taken together, so that there are some thousand texts and not some million.

use rsa::sha2::{Digest, Sha256};

use super::part::{Part, body_hashes, paths, timestamps, tokens};
use super::slip::Slip;
use super::{Scheme, SignedRequest};
use crate::snap::encoding::hex;

/// Slips in one text.
const MAX_SLIPS: usize = 2;
/// Path, token, host and timestamp of NICEPAY's calls have some three hundred bytes.
const MAX_HEAD: usize = 4 * 1024;

/// What may have been signed.
pub(super) struct Text {
    pub(super) bytes: Vec<u8>,
    pub(super) slips: Vec<Slip>,
    /// The client whose id stands in it by mistake.
    pub(super) client_id: Option<String>,
}

/// How parts are put together, and the slip it would be to sign that.
struct Form {
    separator: &'static str,
    parts: Vec<Vec<Part>>,
    slip: Option<Slip>,
}

/// The texts for a request whose signature should be of `due`, right spellings first.
pub(super) fn texts(request: &SignedRequest<'_>, due: Scheme, clients: &[&str]) -> Vec<Text> {
    let mut texts: Vec<Text> = forms(request, due, clients).iter().flat_map(Form::texts).collect();
    texts.sort_by_key(|text| text.slips.len());
    texts
}

/// The string that should have been signed.
pub(super) fn string_to_sign(request: &SignedRequest<'_>, due: Scheme) -> String {
    let right = |parts: &[Vec<Part>], separator| {
        parts.iter().map(|part| part[0].text.as_str()).collect::<Vec<_>>().join(separator)
    };
    match due {
        Scheme::Asymmetric => right(&bar_parts(request, &[]), "|"),
        Scheme::Symmetric => right(&transaction_parts(request, true), ":"),
    }
}

fn forms(request: &SignedRequest<'_>, due: Scheme, clients: &[&str]) -> Vec<Form> {
    if is_long(request) {
        return vec![plain(request, due)];
    }
    let bar = |slip| Form { separator: "|", parts: bar_parts(request, clients), slip };
    let whole = |with_token, slip| Form { separator: ":", parts: transaction_parts(request, with_token), slip };
    let mut forms = match due {
        Scheme::Asymmetric => {
            vec![bar(None), whole(true, Some(Slip::BodyIncludedWithToken)), whole(false, Some(Slip::BodyIncluded))]
        }
        Scheme::Symmetric => {
            vec![whole(true, None), whole(false, Some(Slip::TokenMissing)), bar(Some(Slip::BodyMissing))]
        }
    };
    forms.push(with_millis(request, due));
    forms
}

/// Whether the texts would be long ones, of which some thousand fill the memory: a stranger decides how long the query of
/// a token call is.
fn is_long(request: &SignedRequest<'_>) -> bool {
    let texts = [request.path, request.timestamp, request.host.unwrap_or_default(), request.token.unwrap_or_default()];
    texts.iter().map(|text| text.len()).sum::<usize>() > MAX_HEAD
}

/// What is due, in its right spellings alone.
fn plain(request: &SignedRequest<'_>, due: Scheme) -> Form {
    let (separator, mut parts) = match due {
        Scheme::Asymmetric => ("|", bar_parts(request, &[])),
        Scheme::Symmetric => (":", transaction_parts(request, true)),
    };
    parts.iter_mut().for_each(|part| part.retain(|part| part.slip.is_none()));
    Form { separator, parts, slip: None }
}

fn bar_parts(request: &SignedRequest<'_>, clients: &[&str]) -> Vec<Vec<Part>> {
    let (id, other) = request.client_ids();
    let mut ids = vec![Part::right(id)];
    ids.extend(other.map(|other| Part::slip(other, Slip::OtherHeader)));
    ids.extend(clients.iter().map(|client| Part::slip(*client, Slip::OtherClientId)));
    vec![Part::distinct(ids), timestamps(request.timestamp)]
}

fn transaction_parts(request: &SignedRequest<'_>, with_token: bool) -> Vec<Vec<Part>> {
    let mut parts = vec![vec![Part::right(request.method)], paths(request.path, request.host)];
    parts.extend(with_token.then(|| tokens(request.token.unwrap_or_default())));
    parts.extend([body_hashes(request.body), timestamps(request.timestamp)]);
    parts
}

/// The right text with each of the thousand milliseconds that a second has.
fn with_millis(request: &SignedRequest<'_>, due: Scheme) -> Form {
    let mut form = plain(request, due);
    if let Some(last) = form.parts.last_mut() {
        *last = match request.timestamp.split_at_checked(19) {
            Some((second, offset)) if !offset.starts_with('.') => {
                let millis = |millis| Part::slip(format!("{second}.{millis:03}{offset}"), Slip::TimestampMillis);
                (0..1000).map(millis).collect()
            }
            _ => Vec::new(),
        };
    }
    form
}

impl Form {
    fn texts(&self) -> Vec<Text> {
        // The thousand milliseconds stand alone: nothing else is tried together with them.
        let alone = self.parts.last().is_some_and(|part| part.iter().all(|part| part.slip.is_some()));
        let ends: &[(&str, &str, Option<Slip>)] = if alone { &ENDS[..1] } else { ENDS };
        let mut texts = Vec::new();
        for (inner, slips) in self.combined() {
            let client_id = slips.contains(&Slip::OtherClientId).then(|| inner[0].to_owned());
            let inner = inner.join(self.separator);
            let mut add = |bytes, slip: Option<Slip>| {
                let slips: Vec<_> = slips.iter().copied().chain(slip).collect();
                if slips.len() <= MAX_SLIPS {
                    texts.push(Text { bytes, slips, client_id: client_id.clone() });
                }
            };
            for (before, behind, slip) in ends {
                add(format!("{before}{inner}{behind}").into_bytes(), *slip);
            }
            if !alone {
                let digest = Sha256::digest(&inner);
                add(hex(&digest).into_bytes(), Some(Slip::DoubleHashHex));
                add(digest.to_vec(), Some(Slip::DoubleHash));
            }
        }
        texts
    }

    /// One spelling of each part, in every way that has few enough slips.
    fn combined(&self) -> Vec<(Vec<&str>, Vec<Slip>)> {
        let begin = vec![(Vec::new(), Vec::from_iter(self.slip))];
        self.parts.iter().fold(begin, |texts, part| {
            let longer = texts.iter().flat_map(|(text, slips)| {
                part.iter().map(move |part| {
                    let text: Vec<&str> = text.iter().copied().chain([part.text.as_str()]).collect();
                    (text, slips.iter().copied().chain(part.slip).collect::<Vec<_>>())
                })
            });
            longer.filter(|(_, slips)| slips.len() <= MAX_SLIPS).collect()
        })
    }
}

/// What may stand before and behind the string.
const ENDS: &[(&str, &str, Option<Slip>)] = &[
    ("", "", None),
    ("", "\n", Some(Slip::TrailingNewline)),
    ("", "\r\n", Some(Slip::TrailingCrlf)),
    ("", " ", Some(Slip::TrailingBlank)),
    ("\n", "", Some(Slip::LeadingNewline)),
    (" ", "", Some(Slip::LeadingBlank)),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Some thousand texts of a hundred kilobytes each would be a gigabyte.
    #[test]
    fn a_long_head_makes_few_texts() {
        let query = format!("/api/v1.0/access-token/b2b?{}", "x".repeat(100_000));
        for due in [Scheme::Asymmetric, Scheme::Symmetric] {
            let request = SignedRequest {
                client_key: Some("A"),
                partner_id: None,
                timestamp: "2024-07-03T10:00:00+07:00",
                signature: "",
                method: "POST",
                path: &query,
                host: Some("pay.shop.example"),
                token: None,
                body: b"{}",
            };
            let texts = texts(&request, due, &["A", "B"]);
            assert!(texts.iter().map(|text| text.bytes.len()).sum::<usize>() < 4 * 1024 * 1024);
            assert_eq!(texts[0].bytes, string_to_sign(&request, due).into_bytes());
        }
    }

    /// What a stranger sends decides nothing about how much is tried.
    #[test]
    fn there_are_some_thousand_texts_at_most() {
        let clients: Vec<String> = (0..32).map(|n| format!("CLIENT{n}")).collect();
        let clients: Vec<&str> = clients.iter().map(String::as_str).collect();
        for timestamp in ["2024-07-03T10:00:00.123+07:00", "2024-07-03T10:00:00+07:00", "", "…………………………………"]
        {
            let request = SignedRequest {
                client_key: Some("A"),
                partner_id: Some("B"),
                timestamp,
                signature: "",
                method: "POST",
                path: "/nicepay/api/v1.0/cvs/inquiry/v1.0/?a=b?c=d",
                host: Some("pay.shop.example"),
                token: Some("token"),
                body: b"{ \"a\" : [ 1 ] }",
            };
            for due in [Scheme::Asymmetric, Scheme::Symmetric] {
                let texts = texts(&request, due, &clients);
                assert!(texts.len() < 10_000, "{} of {timestamp}", texts.len());
                assert!(texts[0].slips.is_empty() && texts[0].bytes == string_to_sign(&request, due).into_bytes());
                assert!(texts.iter().all(|text| text.slips.len() <= MAX_SLIPS));
                assert!(texts.is_sorted_by_key(|text| text.slips.len()), "the nearest first");
            }
        }
    }
}
