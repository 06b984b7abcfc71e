//! Why a signature does not verify: a search among near misses, for the log and for `nico explain`.
//!
//! It decides nothing, for whoever is let in was let in by [`super::signature`]; and it tells a caller nothing. With
//! public keys it can make no signature, and of a shared secret it yields no more than whether a text was signed
//! with it. The work is bounded: one public-key operation for each key and reading, and a hash or an HMAC for each of
//! some thousand texts.

mod encoding;
mod opened;
mod part;
mod said;
mod search;
mod slip;
mod text;

use serde::{Deserialize, Serialize};

use super::key::PublicKey;
use super::secret::Secret;
use encoding::readings;
pub use said::Entry;
use search::Search;
pub use slip::Slip;
use text::string_to_sign;

/// The parts of a request that a signature can have to do with, as they were sent.
#[derive(Clone, Copy)]
pub struct SignedRequest<'a> {
    /// `X-CLIENT-KEY`
    pub client_key: Option<&'a str>,
    /// `X-PARTNER-ID`
    pub partner_id: Option<&'a str>,
    /// `X-TIMESTAMP`
    pub timestamp: &'a str,
    /// `X-SIGNATURE`
    pub signature: &'a str,
    /// `POST`
    pub method: &'a str,
    /// The path as it was called, query and all.
    pub path: &'a str,
    /// `Host`
    pub host: Option<&'a str>,
    /// The bearer token, without `Bearer`.
    pub token: Option<&'a str>,
    /// The body's bytes.
    pub body: &'a [u8],
}

impl<'a> SignedRequest<'a> {
    /// Whether it asks for a token: a call that is always signed with RSA, and whose client stands in X-CLIENT-KEY.
    pub fn is_token_call(&self) -> bool {
        self.path.split('?').next().is_some_and(|path| path.ends_with("/access-token/b2b"))
    }

    /// The client id that counts, empty where there is none; and the other header's.
    pub fn client_ids(&self) -> (&'a str, Option<&'a str>) {
        let (first, second) =
            if self.is_token_call() { (self.client_key, self.partner_id) } else { (self.partner_id, self.client_key) };
        (first.or(second).unwrap_or_default(), first.and(second))
    }
}

/// What should have been signed, and with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// SHA256withRSA over `clientId|X-TIMESTAMP`.
    Asymmetric,
    /// HMAC-SHA512 over method, path, token, body hash and X-TIMESTAMP.
    Symmetric,
}

/// The keys that are known, each with the id of the client that it belongs to.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Public keys.
    pub keys: &'a [(&'a str, &'a PublicKey)],
    /// Client secrets.
    pub secrets: &'a [(&'a str, &'a Secret)],
}

/// What was found out. It may hold a token, in the string to sign, and has no `Debug`: what may be logged of it is
/// an [`Entry`].
pub struct Diagnosis {
    /// The client that is asked about.
    pub client_id: String,
    /// What should have been signed with.
    pub scheme: Scheme,
    /// What should have been signed.
    pub string_to_sign: String,
    /// How many bytes X-SIGNATURE stands for, if it can be read at all.
    pub signature_len: Option<usize>,
    /// The keys that were tried, the client's own first.
    pub keys: Vec<KeyFacts>,
    /// The finding.
    pub verdict: Verdict,
}

/// What may be told of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFacts {
    /// Whose it is.
    pub client_id: String,
    /// The length of its modulus.
    pub bits: usize,
    /// [`PublicKey::fingerprint`]
    pub fingerprint: String,
}

/// Whether a reason was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The signature is good.
    Valid,
    /// It would be, but for this.
    NearMiss(Miss),
    /// No reason was found; what can be said all the same.
    Unknown(Hint),
}

/// By what a signature misses. `Display` is the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// What went wrong; more than one thing can at a time.
    pub slips: Vec<Slip>,
    /// Another client that has to do with it.
    pub client_id: Option<String>,
}

/// What can be said of a signature that is near nothing. `Display` is the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Neither base64 nor hexadecimal, or nothing at all.
    Unreadable,
    /// No key or secret is known to hold it against.
    NoKey,
    /// A known key has made it, over a text that was not thought of.
    OtherText {
        /// Whose key.
        client_id: String,
        /// Which key.
        fingerprint: String,
    },
    /// As long as the client's keys make them, but none of the known ones has made it.
    OtherKey,
    /// As long as HMAC-SHA512 makes them.
    OtherSecret,
    /// No key makes signatures of this length.
    Length(usize),
}

/// Finds out why a signature does not verify.
pub fn diagnose(request: &SignedRequest<'_>, due: Scheme, known: &Known<'_>) -> Diagnosis {
    let search = Search::new(request, due, known);
    let readings = readings(request.signature);
    let proven = readings.iter().filter_map(|reading| search.proven(reading));
    let found = proven.min_by_key(|(miss, _)| miss.slips.len());
    let found = found.or_else(|| readings.iter().find_map(|reading| search.by_length(reading)));
    let signature_len = found.as_ref().map(|(_, len)| *len).or_else(|| readings.first().map(|first| first.bytes.len()));
    let verdict = match found {
        Some((miss, _)) if miss.slips.is_empty() => Verdict::Valid,
        Some((miss, _)) => Verdict::NearMiss(miss),
        None => Verdict::Unknown(search.hint(readings.first())),
    };
    let facts = |(client_id, key): &(&str, &PublicKey)| KeyFacts {
        client_id: (*client_id).to_owned(),
        bits: key.bits(),
        fingerprint: key.fingerprint().to_owned(),
    };
    let keys = search.keys.iter().map(facts).collect();
    let (client_id, string_to_sign) = (search.client_id.to_owned(), string_to_sign(request, due));
    Diagnosis { client_id, scheme: due, string_to_sign, signature_len, keys, verdict }
}
