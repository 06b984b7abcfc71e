//! What stands in an RSA signature once its own public key has opened it.
//!
//! Opened by the right key, the padding is there and names the hash; by any other, there is noise. So one operation a
//! key says who signed, and each text that may have been signed then costs a hash.

use rsa::sha2::{Digest, Sha256, Sha512};
use sha1::Sha1;

use super::slip::Slip;

/// A hash that somebody may have taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha1,
    Sha512,
}

/// An opened signature, whose padding was understood.
pub(super) struct Opened {
    hash: Hash,
    seal: Seal,
}

enum Seal {
    /// PKCS#1 v1.5 with the name of the hash before it.
    Named(Vec<u8>),
    /// PKCS#1 v1.5 round the bare hash.
    Bare(Vec<u8>),
    Pss {
        mask_seed: Vec<u8>,
        salt: Vec<u8>,
        zeros: usize,
    },
}

impl Hash {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha1, Self::Sha512];

    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    pub(super) const fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha1 => 20,
            Self::Sha512 => 64,
        }
    }

    /// The one whose output has so many bytes.
    pub(super) fn of_len(len: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.len() == len)
    }

    /// The slip of having taken it where SHA-256 was due.
    pub(super) const fn slip(self) -> Option<Slip> {
        match self {
            Self::Sha256 => None,
            Self::Sha1 => Some(Slip::Sha1),
            Self::Sha512 => Some(Slip::Sha512),
        }
    }

    /// The DER that PKCS#1 v1.5 puts before the hash (RFC 8017, 9.2, note 1).
    const fn digest_info(self) -> &'static [u8] {
        match self {
            Self::Sha256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
            Self::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
            Self::Sha512 => b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
        }
    }
}

impl Opened {
    /// Every way in which the padded bytes can be understood; none where another key has signed.
    pub(super) fn all(padded: &[u8], bits: usize) -> Vec<Self> {
        if let Some(payload) = unpadded(padded) {
            return named(payload).or_else(|| bare(payload)).into_iter().collect();
        }
        Hash::ALL.into_iter().filter_map(|hash| pss(padded, bits, hash)).collect()
    }

    /// Whether this text was signed.
    pub(super) fn is_of(&self, text: &[u8]) -> bool {
        let digest = self.hash.digest(text);
        match &self.seal {
            Seal::Named(signed) | Seal::Bare(signed) => *signed == digest,
            Seal::Pss { mask_seed, salt, .. } => {
                self.hash.digest(&[&[0; 8], digest.as_slice(), salt].concat()) == *mask_seed
            }
        }
    }

    /// Whether the padding alone proves that this key has signed: it cannot have come about by chance.
    pub(super) fn is_certain(&self) -> bool {
        match self.seal {
            Seal::Named(_) | Seal::Bare(_) => true,
            Seal::Pss { zeros, .. } => zeros >= 8,
        }
    }

    pub(super) fn slips(&self) -> impl Iterator<Item = Slip> {
        let seal = match self.seal {
            Seal::Named(_) => None,
            Seal::Bare(_) => Some(Slip::NoDigestInfo),
            Seal::Pss { .. } => Some(Slip::Pss),
        };
        seal.into_iter().chain(self.hash.slip())
    }
}

/// `00 01 ff … ff 00`, at least eight times `ff`, and what stands behind it.
fn unpadded(padded: &[u8]) -> Option<&[u8]> {
    let rest = padded.strip_prefix(&[0, 1])?;
    let filling = rest.iter().take_while(|byte| **byte == 0xff).count();
    rest[filling..].strip_prefix(&[0]).filter(|_| filling >= 8)
}

fn named(payload: &[u8]) -> Option<Opened> {
    Hash::ALL.into_iter().find_map(|hash| {
        let digest = payload.strip_prefix(hash.digest_info())?.to_vec();
        Some(Opened { hash, seal: Seal::Named(digest) })
    })
}

fn bare(payload: &[u8]) -> Option<Opened> {
    Hash::of_len(payload.len()).map(|hash| Opened { hash, seal: Seal::Bare(payload.to_vec()) })
}

/// EMSA-PSS with MGF1 over the same hash and a salt of any length (RFC 8017, 9.1.2).
fn pss(padded: &[u8], bits: usize, hash: Hash) -> Option<Opened> {
    let encoded_bits = bits.checked_sub(1)?;
    let encoded = padded.get(padded.len().checked_sub(encoded_bits.div_ceil(8))?..)?;
    let (b'\xbc', encoded) = encoded.split_last()? else { return None };
    let (masked, mask_seed) = encoded.split_at_checked(encoded.len().checked_sub(hash.len())?)?;
    let mut block: Vec<u8> = masked.iter().zip(mask(hash, mask_seed, masked.len())).map(|(a, b)| a ^ b).collect();
    *block.first_mut()? &= 0xff >> (8 * encoded_bits.div_ceil(8) - encoded_bits);
    let zeros = block.iter().take_while(|byte| **byte == 0).count();
    let salt = block[zeros..].strip_prefix(&[1])?.to_vec();
    Some(Opened { hash, seal: Seal::Pss { mask_seed: mask_seed.to_vec(), salt, zeros } })
}

/// MGF1.
fn mask(hash: Hash, seed: &[u8], len: usize) -> impl Iterator<Item = u8> {
    (0..len.div_ceil(hash.len()) as u32).flat_map(move |count| hash.digest(&[seed, &count.to_be_bytes()].concat()))
}
