//! RSA keys in every form in which they reach merchants.
//!
//! NICEPAY mails its public key as bare base64 of DER; portals and people make of it PEM, indented PEM, PEM on one
//! line, PEM with `\n` written out in an environment variable, PKCS#1, or a certificate. All are taken. A private
//! key where a public one is wanted is refused by name: somebody has mailed what must not be mailed.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rsa::pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey};
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding, SubjectPublicKeyInfoRef,
};
use rsa::rand_core::OsRng;
use rsa::sha2::{Digest, Sha256};
use rsa::signature::{RandomizedSigner, SignatureEncoding, Verifier};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use x509_cert::Certificate;
use x509_cert::der::{Any, Decode, Encode, Tag, Tagged};

use super::encoding::hex;

/// The least bits of a key that money may depend on.
pub const MIN_BITS: usize = 2048;
/// The least bits in the sandbox: NICEPAY's own sandbox key has 1024.
pub const MIN_SANDBOX_BITS: usize = 1024;

/// Keys come with and without their padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a key is refused, in a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("it cannot be read ({0}): give the path of a key file")]
    Unreadable(std::io::Error),
    /// A private key came where a public one is due.
    #[error(
        "this is a private key, and a public one is due: ask for the public half, and treat this one as compromised if it was sent to you"
    )]
    PrivateGiven,
    /// A public key or certificate came where a private one is due.
    #[error("this is a public key or a certificate, and a private key is due: give the private half")]
    PublicGiven,
    /// An encrypted private key.
    #[error("this private key is encrypted: decrypt it first, for instance with openssl pkey")]
    Encrypted,
    /// A key of another algorithm.
    #[error("this is not an RSA key, and SNAP signs with RSA: ask for the RSA key")]
    NotRsa,
    /// Too short to be trusted.
    #[error(
        "this key has {bits} bits, and at least {min} are due here: ask for a longer one (1024 bits pass with profile = \"sandbox\" only)"
    )]
    TooShort {
        /// What it has.
        bits: usize,
        /// What it must have.
        min: usize,
    },
    /// Longer than is read.
    #[error(
        "this RSA key has more than {} bits, which are not read here: ask for one of 2048 to 4096",
        RsaPublicKey::MAX_SIZE
    )]
    TooLong,
    /// Nothing known.
    #[error(
        "this is no key in any known form (PEM, certificate, or base64 of DER): check that the whole of it was copied"
    )]
    Unknown,
}

/// A public RSA key, parsed once.
#[derive(Clone)]
pub struct PublicKey {
    verifying: VerifyingKey<Sha256>,
    bits: usize,
    fingerprint: String,
}

impl PublicKey {
    /// Reads a key of at least [`MIN_BITS`].
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::of_bits(bytes, MIN_BITS)
    }

    /// Reads a key of at least [`MIN_SANDBOX_BITS`]: for NICEPAY's sandbox, never for money.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn parse_sandbox(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::of_bits(bytes, MIN_SANDBOX_BITS)
    }

    /// [`PublicKey::parse`] of a file.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn read(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        Self::parse(&read(path.as_ref())?)
    }

    /// [`PublicKey::parse_sandbox`] of a file.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn read_sandbox(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        Self::parse_sandbox(&read(path.as_ref())?)
    }

    fn of_bits(bytes: &[u8], min: usize) -> Result<Self, KeyError> {
        let key = public_from_der(&der(bytes)?)?;
        let bits = key.n().bits();
        if bits < min {
            return Err(KeyError::TooShort { bits, min });
        }
        let spki = key.to_public_key_der().map_err(|_| KeyError::Unknown)?;
        let fingerprint = format!("SHA256:{}", hex(&Sha256::digest(spki.as_bytes())));
        Ok(Self { verifying: VerifyingKey::new(key), bits, fingerprint })
    }

    /// The length of its modulus.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// `SHA256:` and the hex of the hash over its SubjectPublicKeyInfo, as
    /// `openssl pkey -pubin -outform DER | sha256sum` prints it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// How many bytes its signatures have.
    pub fn signature_len(&self) -> usize {
        self.bits.div_ceil(8)
    }

    /// Whether `signature` is SHA256withRSA (PKCS#1 v1.5) by this key over `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::try_from(signature).is_ok_and(|signature| self.verifying.verify(message, &signature).is_ok())
    }

    /// What a signature's maker has padded, if this is the maker's key, and noise if not: for a diagnosis alone. What
    /// decides is [`PublicKey::verify`].
    pub(super) fn open(&self, signature: &[u8]) -> Option<Vec<u8>> {
        let key: &RsaPublicKey = self.verifying.as_ref();
        let number = BigUint::from_bytes_be(signature);
        if signature.len() != self.signature_len() || number >= *key.n() {
            return None;
        }
        let opened = number.modpow(key.e(), key.n()).to_bytes_be();
        Some([vec![0; signature.len() - opened.len()], opened].concat())
    }

    /// As PEM.
    pub fn to_pem(&self) -> String {
        self.verifying.to_public_key_pem(LineEnding::LF).expect("BUG: a parsed key can be written")
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits, {})", self.bits, self.fingerprint)
    }
}

/// A private RSA key: NICEPAY's side, for `nico call`, tests and whoever plays NICEPAY.
pub struct PrivateKey(SigningKey<Sha256>);

impl PrivateKey {
    /// Makes a new one. 2048 bits take a moment.
    ///
    /// # Errors
    /// When the system has no randomness, or no key of so many bits can be made.
    pub fn generate(bits: usize) -> Result<Self, rsa::Error> {
        RsaPrivateKey::new(&mut OsRng, bits).map(|key| Self(SigningKey::new(key)))
    }

    /// Reads PKCS#8 or PKCS#1, as PEM or as base64 of DER without armour (NICEPAY's SDKs).
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let der = private_der(bytes)?;
        if let Some(key) = private_from_der(&der) {
            return Ok(Self(SigningKey::new(key)));
        }
        Err(if public_from_der(&der).is_ok() { KeyError::PublicGiven } else { KeyError::Unknown })
    }

    /// [`PrivateKey::parse`] of a file.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn read(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        Self::parse(&read(path.as_ref())?)
    }

    /// SHA256withRSA (PKCS#1 v1.5) over `message`, blinded (RUSTSEC-2023-0071).
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign_with_rng(&mut OsRng, message).to_vec()
    }

    /// Its public half.
    ///
    /// # Errors
    /// [`KeyError::TooShort`] below [`MIN_SANDBOX_BITS`].
    pub fn public(&self) -> Result<PublicKey, KeyError> {
        let key: &RsaPrivateKey = self.0.as_ref();
        let spki = key.to_public_key().to_public_key_der().map_err(|_| KeyError::Unknown)?;
        PublicKey::parse_sandbox(spki.as_bytes())
    }

    /// As PKCS#8 PEM.
    pub fn to_pem(&self) -> String {
        self.0.to_pkcs8_pem(LineEnding::LF).expect("BUG: a parsed key can be written").to_string()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

fn read(path: &Path) -> Result<Vec<u8>, KeyError> {
    std::fs::read(path).map_err(KeyError::Unreadable)
}

/// The DER of a public key's file; a private key's armour is refused before its content is looked at.
fn der(bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
    match unwrap(bytes)? {
        (Some(label), _) if label.contains("PRIVATE KEY") => Err(KeyError::PrivateGiven),
        (_, der) => Ok(der),
    }
}

fn private_der(bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
    match unwrap(bytes)? {
        (Some(label), _) if label.contains("ENCRYPTED") => Err(KeyError::Encrypted),
        (Some(label), _) if label.starts_with("EC ") => Err(KeyError::NotRsa),
        (_, der) => Ok(der),
    }
}

/// Takes off whatever is wrapped round the DER: the PEM label, if there is one, and the bytes.
fn unwrap(bytes: &[u8]) -> Result<(Option<String>, Vec<u8>), KeyError> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok((None, bytes.to_vec()));
    };
    let text = text.trim_start_matches('\u{feff}').replace("\\r", "").replace("\\n", "\n");
    // A private key among others is what the file is about, wherever it stands in it.
    let is_private = |part: &&str| part.split("-----").next().is_some_and(|label| label.contains("PRIVATE KEY"));
    let armoured = || text.split("-----BEGIN ").skip(1);
    let (label, body) = match armoured().find(is_private).or_else(|| armoured().next()) {
        None => (None, text.as_str()),
        Some(armoured) => {
            let (label, rest) = armoured.split_once("-----").ok_or(KeyError::Unknown)?;
            let (body, _) = rest.split_once("-----END ").ok_or(KeyError::Unknown)?;
            (Some(label.to_owned()), body)
        }
    };
    let is_noise = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    // Old OpenSSL writes "Proc-Type: 4,ENCRYPTED" inside the armour of an encrypted key.
    if body.contains("ENCRYPTED") {
        return Ok((Some("ENCRYPTED PRIVATE KEY".to_owned()), Vec::new()));
    }
    let base64: String = body.chars().filter(|c| !is_noise(*c)).collect();
    let der = BASE64.decode(base64).ok().filter(|der| !der.is_empty()).ok_or(KeyError::Unknown);
    match (label, der) {
        (Some(label), Err(_)) if label.contains("PRIVATE KEY") => Ok((Some(label), Vec::new())),
        (label, der) => Ok((label, der?)),
    }
}

fn public_from_der(der: &[u8]) -> Result<RsaPublicKey, KeyError> {
    let from_spki = |der: &[u8]| RsaPublicKey::from_public_key_der(der).ok();
    let from_certificate = || {
        let certificate = Certificate::from_der(der).ok()?;
        certificate.tbs_certificate.subject_public_key_info.to_der().ok()
    };
    if let Some(key) = from_spki(der).or_else(|| RsaPublicKey::from_pkcs1_der(der).ok()) {
        return Ok(key);
    }
    if let Some(spki) = from_certificate() {
        return from_spki(&spki).ok_or(KeyError::NotRsa);
    }
    if is_private(der) {
        return Err(KeyError::PrivateGiven);
    }
    Err(match SubjectPublicKeyInfoRef::try_from(der) {
        Ok(key) if key.algorithm.oid == rsa::pkcs1::ALGORITHM_OID => KeyError::TooLong,
        Ok(_) => KeyError::NotRsa,
        Err(_) => KeyError::Unknown,
    })
}

/// A private key of whatever algorithm: PKCS#8, PKCS#1 and EC's own form begin with a version, which no public key
/// does; an encrypted one is its cipher and a string of bytes, where a public key is a string of bits.
fn is_private(der: &[u8]) -> bool {
    match Vec::<Any>::from_der(der).unwrap_or_default().as_slice() {
        [version, _, ..] if version.tag() == Tag::Integer => version.value().len() == 1,
        [cipher, secret] => cipher.tag() == Tag::Sequence && secret.tag() == Tag::OctetString,
        _ => false,
    }
}

fn private_from_der(der: &[u8]) -> Option<RsaPrivateKey> {
    RsaPrivateKey::from_pkcs8_der(der).ok().or_else(|| RsaPrivateKey::from_pkcs1_der(der).ok())
}
