//! The search itself: each reading of the signature against each key, each secret and each text.

use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha512};

use super::encoding::{Reading, from_hex};
use super::opened::{Hash, Opened};
use super::slip::Slip;
use super::text::{Text, texts};
use super::{Hint, Known, Miss, Scheme, SignedRequest};
use crate::snap::encoding::from_base64;
use crate::snap::key::PublicKey;
use crate::snap::secret::Secret;

/// How many keys, and how many secrets, are tried.
const MAX_KEYS: usize = 32;
/// What HMAC-SHA512 yields.
const HMAC_LEN: usize = 64;

/// A miss, and how many bytes the signature has that misses.
pub(super) type Found = (Miss, usize);

pub(super) struct Search<'a> {
    pub(super) client_id: &'a str,
    due: Scheme,
    pub(super) keys: Vec<(&'a str, &'a PublicKey)>,
    secrets: Vec<(&'a str, &'a Secret)>,
    texts: Vec<Text>,
    /// The texts of the other scheme, for a caller who took that by mistake.
    other_texts: Vec<Text>,
}

impl<'a> Search<'a> {
    pub(super) fn new(request: &SignedRequest<'a>, due: Scheme, known: &Known<'a>) -> Self {
        let (client_id, _) = request.client_ids();
        let own_first = |id: &str| id != client_id;
        let (mut keys, mut secrets) = (known.keys.to_vec(), known.secrets.to_vec());
        keys.sort_by_key(|(id, _)| own_first(id));
        secrets.sort_by_key(|(id, _)| own_first(id));
        keys.truncate(MAX_KEYS);
        secrets.truncate(MAX_KEYS);
        let clients: Vec<&str> = keys.iter().map(|(id, _)| *id).collect();
        let other = match due {
            Scheme::Asymmetric => Scheme::Symmetric,
            Scheme::Symmetric => Scheme::Asymmetric,
        };
        let (texts, other_texts) = (texts(request, due, &clients), texts(request, other, &clients));
        Self { client_id, due, keys, secrets, texts, other_texts }
    }

    /// The miss that a computation has shown.
    pub(super) fn proven(&self, reading: &Reading) -> Option<Found> {
        let miss = match self.due {
            Scheme::Asymmetric => {
                let by_mistake = || self.by_hmac(&self.other_texts, reading).map(|_| Slip::HmacByMistake.into());
                self.by_rsa(reading).or_else(|| self.bare_hash(reading)).or_else(by_mistake)
            }
            Scheme::Symmetric => {
                let by_mistake = || self.opened(reading).next().map(|_| Slip::RsaByMistake.into());
                self.by_hmac(&self.texts, reading).or_else(|| self.bare_hash(reading)).or_else(by_mistake)
            }
        };
        miss.map(|miss| (miss.after(&reading.slips), reading.bytes.len()))
    }

    /// What the length alone gives away: no other signature than RSA's and HMAC's is ever sent.
    pub(super) fn by_length(&self, reading: &Reading) -> Option<Found> {
        let len = reading.bytes.len();
        let slip = match self.due {
            Scheme::Asymmetric if len == HMAC_LEN => Slip::HmacByLength,
            Scheme::Symmetric if matches!(len, 128 | 256 | 384 | 512) => Slip::RsaByLength,
            Scheme::Asymmetric | Scheme::Symmetric => return None,
        };
        Some((Miss::from(slip).after(&reading.slips), len))
    }

    pub(super) fn hint(&self, first: Option<&Reading>) -> Hint {
        let Some(reading) = first else { return Hint::Unreadable };
        if let Some((client_id, key, _)) = self.opened(reading).next() {
            return Hint::OtherText { client_id: client_id.to_owned(), fingerprint: key.fingerprint().to_owned() };
        }
        let own = |id: &str| id == self.client_id;
        let len = reading.bytes.len();
        match self.due {
            Scheme::Asymmetric if self.keys.is_empty() => Hint::NoKey,
            Scheme::Symmetric if self.secrets.is_empty() => Hint::NoKey,
            Scheme::Asymmetric if self.keys.iter().any(|(id, key)| own(id) && key.signature_len() == len) => {
                Hint::OtherKey
            }
            Scheme::Symmetric if len == HMAC_LEN => Hint::OtherSecret,
            Scheme::Asymmetric | Scheme::Symmetric => Hint::Length(len),
        }
    }

    /// The keys that have certainly made this signature, and what it looks like when opened.
    fn opened<'s>(&'s self, reading: &'s Reading) -> impl Iterator<Item = (&'a str, &'a PublicKey, Opened)> + 's {
        self.openings(reading).filter(|(_, _, opened)| opened.is_certain())
    }

    fn openings<'s>(&'s self, reading: &'s Reading) -> impl Iterator<Item = (&'a str, &'a PublicKey, Opened)> + 's {
        self.keys.iter().flat_map(|(id, key)| {
            let padded = key.open(&reading.bytes).unwrap_or_default();
            Opened::all(&padded, key.bits()).into_iter().map(|opened| (*id, *key, opened))
        })
    }

    fn by_rsa(&self, reading: &Reading) -> Option<Miss> {
        let of = |(id, _, opened): (&str, &PublicKey, Opened)| {
            let text = self.texts.iter().find(|text| opened.is_of(&text.bytes))?;
            let other = (id != self.client_id).then_some((Slip::OtherKey, id));
            Some(Miss::of(text, opened.slips(), other))
        };
        self.openings(reading).filter_map(of).min_by_key(|miss| miss.slips.len())
    }

    fn bare_hash(&self, reading: &Reading) -> Option<Miss> {
        let hash = Hash::of_len(reading.bytes.len())?;
        let text = self.texts.iter().find(|text| hash.digest(&text.bytes) == reading.bytes)?;
        Some(Miss::of(text, [Slip::BareHash].into_iter(), None))
    }

    fn by_hmac(&self, texts: &[Text], reading: &Reading) -> Option<Miss> {
        let of = |(id, secret): &(&str, &Secret)| {
            let other = (*id != self.client_id).then_some((Slip::OtherSecret, *id));
            // Two slips in a text are enough; with another use of the secret, one is.
            let near = |text: &&Text, slip: &Option<Slip>| text.slips.len() + usize::from(slip.is_some()) <= 2;
            let mut tried = secret_uses(secret).into_iter();
            tried.find_map(|(secret, slip)| {
                let mut texts = texts.iter().filter(|text| near(text, &slip));
                let text = texts.find(|text| is_hmac(&secret, &text.bytes, &reading.bytes))?;
                let sha256 = (reading.bytes.len() != HMAC_LEN).then_some(Slip::HmacSha256);
                Some(Miss::of(text, sha256.into_iter().chain(slip), other))
            })
        };
        let mut secrets = self.secrets.iter();
        if matches!(reading.bytes.len(), 32 | HMAC_LEN) { secrets.find_map(of) } else { None }
    }
}

/// A secret as it stands, and as people use it by mistake.
fn secret_uses(secret: &Secret) -> Vec<(Secret, Option<Slip>)> {
    let text = std::str::from_utf8(secret.expose()).unwrap_or_default();
    let mut uses = vec![(Secret::new(secret.expose()), None)];
    uses.extend(from_base64(text).map(|bytes| (Secret::new(bytes), Some(Slip::SecretDecoded))));
    uses.extend(from_hex(text).map(|bytes| (Secret::new(bytes), Some(Slip::SecretUnhexed))));
    uses.push((Secret::new([secret.expose(), b"\n"].concat()), Some(Slip::SecretNewline)));
    uses
}

fn is_hmac(secret: &Secret, text: &[u8], received: &[u8]) -> bool {
    fn verify<M: Mac + hmac::digest::KeyInit>(secret: &Secret, text: &[u8], received: &[u8]) -> bool {
        let mac = <M as Mac>::new_from_slice(secret.expose()).expect("BUG: HMAC takes a key of any length");
        mac.chain_update(text).verify_slice(received).is_ok()
    }
    if received.len() == HMAC_LEN {
        verify::<Hmac<Sha512>>(secret, text, received)
    } else {
        verify::<Hmac<Sha256>>(secret, text, received)
    }
}
