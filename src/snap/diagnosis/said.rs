//! A diagnosis in words, and what of it may stand in a log.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::slip::Slip;
use super::text::Text;
use super::{Diagnosis, Hint, KeyFacts, Miss, Scheme, Verdict};

/// What a log may hold of a diagnosis: neither the signature nor the token nor the body, and no string they stand in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The client that is asked about.
    pub client_id: String,
    /// `X-TIMESTAMP`
    pub timestamp: String,
    /// What should have been signed with.
    pub scheme: Scheme,
    /// How many bytes X-SIGNATURE stands for, if it can be read at all.
    pub signature_bytes: Option<usize>,
    /// The client's keys, and the one that has signed, if that is known and another's.
    pub keys: Vec<KeyFacts>,
    /// `valid`, `near_miss` or `unknown`.
    pub verdict: String,
    /// The names of the slips.
    pub slips: Vec<String>,
    /// The sentence.
    pub reason: String,
}

impl Diagnosis {
    /// What may be logged.
    pub fn entry(&self, timestamp: &str) -> Entry {
        let concerned = match &self.verdict {
            Verdict::NearMiss(miss) => miss.client_id.as_deref(),
            Verdict::Unknown(Hint::OtherText { client_id, .. }) => Some(client_id.as_str()),
            Verdict::Valid | Verdict::Unknown(_) => None,
        };
        let keys =
            self.keys.iter().filter(|key| key.client_id == self.client_id || Some(key.client_id.as_str()) == concerned);
        Entry {
            client_id: self.client_id.clone(),
            timestamp: timestamp.to_owned(),
            scheme: self.scheme,
            signature_bytes: self.signature_len,
            keys: keys.cloned().collect(),
            verdict: self.verdict.name().to_owned(),
            slips: self.verdict.slips().iter().map(|slip| slip.name().to_owned()).collect(),
            reason: self.verdict.to_string(),
        }
    }
}

impl Verdict {
    /// `valid`, `near_miss` or `unknown`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NearMiss(_) => "near_miss",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What went wrong, as far as it is known.
    pub fn slips(&self) -> &[Slip] {
        match self {
            Self::NearMiss(miss) => &miss.slips,
            Self::Valid | Self::Unknown(_) => &[],
        }
    }
}

impl Miss {
    /// A text's slips behind those of the signature round it, and the other client that has to do with either.
    pub(super) fn of(text: &Text, round: impl Iterator<Item = Slip>, other: Option<(Slip, &str)>) -> Self {
        let slips = other.map(|(slip, _)| slip).into_iter().chain(round).chain(text.slips.iter().copied()).collect();
        let client_id = other.map(|(_, id)| id.to_owned()).or_else(|| text.client_id.clone());
        Self { slips, client_id }
    }

    /// The same behind other slips.
    pub(super) fn after(mut self, slips: &[Slip]) -> Self {
        self.slips.splice(0..0, slips.iter().copied());
        self
    }
}

impl From<Slip> for Miss {
    fn from(slip: Slip) -> Self {
        Self { slips: vec![slip], client_id: None }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid => f.write_str("the signature is valid"),
            Self::NearMiss(miss) => miss.fmt(f),
            Self::Unknown(hint) => hint.fmt(f),
        }
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, slip) in self.slips.iter().enumerate() {
            let and = if index == 0 { "" } else { "; and " };
            write!(f, "{and}{}", slip.sentence().replace("{}", self.client_id.as_deref().unwrap_or_default()))?;
        }
        Ok(())
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("X-SIGNATURE is neither base64 nor hexadecimal: send the signature's bytes in standard base64"),
            Self::NoKey => f.write_str("no key of this client is known to hold the signature against: give its public key, or its secret where HMAC is due"),
            Self::OtherText { client_id, fingerprint } => write!(
                f,
                "the signature was made with the key of {client_id}, {fingerprint}, but over a text that is none of those tried: print the bytes that are signed and compare them with the string to sign"
            ),
            Self::OtherKey => f.write_str(
                "the signature is as long as this client's keys make them, but no known key has made it: compare the fingerprint of the caller's key with those here",
            ),
            Self::OtherSecret => f.write_str(
                "the signature is as long as HMAC-SHA512 makes them, but over none of the texts tried with a known secret: compare the secret, then the bytes that are signed with the string to sign",
            ),
            Self::Length(bytes) => write!(
                f,
                "the signature has {bytes} bytes, and no key of this client makes such: compare the bits of the caller's key with those here, and look whether the signature was cut off on its way"
            ),
        }
    }
}
