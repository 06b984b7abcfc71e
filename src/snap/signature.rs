//! What is signed, and how a signature is checked.
//!
//! **What the asymmetric scheme does not protect.** NICEPAY documents `clientId|X-TIMESTAMP` for the token *and*
//! for the transactions. Neither path nor body nor token nor X-EXTERNAL-ID is covered; one signature is good on
//! all three endpoints for as long as its timestamp is fresh. It proves that the caller is alive, not what it
//! says. TLS, the token, and the X-EXTERNAL-ID that is claimed only once stand between a captured request and
//! its replay. The symmetric scheme covers method, path, token, body and time.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256, Sha512};

use super::encoding::{base64, from_base64, hex};
use super::key::PublicKey;
use super::secret::Secret;
use super::timestamp::Timestamp;

/// Proof that a signature was checked. Only this module can make one.
#[derive(Debug)]
pub struct SignatureValid(());

/// Why a signature is refused. The caller is told none of it; the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignature {
    /// Not standard base64 with padding.
    #[error("X-SIGNATURE is not standard base64")]
    NotBase64,
    /// Base64 of something that no configured key could have made.
    #[error("X-SIGNATURE decodes to {0} bytes, which no key of this client makes")]
    WrongLength(usize),
    /// The right shape, but made by another key or over another text.
    #[error("X-SIGNATURE was made by another key or over another text")]
    NoMatch,
}

/// `clientId|X-TIMESTAMP`: what SHA256withRSA signs.
pub fn asymmetric_string_to_sign(client_id: &str, timestamp: &Timestamp) -> String {
    format!("{client_id}|{}", timestamp.as_str())
}

/// Checks SHA256withRSA (PKCS#1 v1.5) over `clientId|X-TIMESTAMP` with each of a client's keys.
///
/// # Errors
/// [`InvalidSignature`], never an acceptance for want of a key.
pub fn verify_asymmetric(
    keys: &[PublicKey],
    client_id: &str,
    timestamp: &Timestamp,
    signature: &str,
) -> Result<SignatureValid, InvalidSignature> {
    let signature = decode(signature)?;
    let mut of_length = keys.iter().filter(|key| key.signature_len() == signature.len()).peekable();
    if of_length.peek().is_none() {
        return Err(InvalidSignature::WrongLength(signature.len()));
    }
    let message = asymmetric_string_to_sign(client_id, timestamp);
    if of_length.any(|key| key.verify(message.as_bytes(), &signature)) {
        Ok(SignatureValid(()))
    } else {
        Err(InvalidSignature::NoMatch)
    }
}

/// What the symmetric scheme covers.
#[derive(Debug, Clone, Copy)]
pub struct SymmetricInput<'a> {
    /// `POST`
    pub method: &'a str,
    /// The path as it was called, query and all.
    pub path: &'a str,
    /// The bearer token, without `Bearer`.
    pub access_token: &'a str,
    /// The body's bytes as they were received.
    pub body: &'a [u8],
    /// `X-TIMESTAMP`
    pub timestamp: &'a Timestamp,
}

impl SymmetricInput<'_> {
    /// `METHOD:path:token:lowercase(hex(sha256(body))):timestamp`
    pub fn string_to_sign(&self) -> String {
        self.string_over(self.path, &body_hash(self.body))
    }

    fn string_over(&self, path: &str, body_hash: &str) -> String {
        format!("{}:{path}:{}:{body_hash}:{}", self.method, self.access_token, self.timestamp.as_str())
    }

    /// Every text that an honest caller may have signed for this request: over the body as sent or minified,
    /// and over the path with or without the `/nicepay` before it that NICEPAY's SDKs leave out.
    fn readings(&self) -> Vec<String> {
        let (as_sent, minified) = (body_hash(self.body), body_hash(&minify(self.body)));
        let mut paths = vec![self.path];
        paths.extend(self.path.strip_prefix("/nicepay").filter(|rest| rest.starts_with('/')));
        let over = |path: &&str| [self.string_over(path, &as_sent), self.string_over(path, &minified)];
        paths.iter().flat_map(over).collect()
    }
}

/// Checks HMAC-SHA512. The key is the secret's text itself, although it looks like base64 or hex.
///
/// # Errors
/// [`InvalidSignature`]
pub fn verify_symmetric(
    secret: &Secret,
    input: &SymmetricInput<'_>,
    signature: &str,
) -> Result<SignatureValid, InvalidSignature> {
    let signature = decode(signature)?;
    if signature.len() != Sha512::output_size() {
        return Err(InvalidSignature::WrongLength(signature.len()));
    }
    // verify_slice compares in constant time.
    let matches = |text: &String| mac(secret, text).verify_slice(&signature).is_ok();
    if input.readings().iter().any(matches) { Ok(SignatureValid(())) } else { Err(InvalidSignature::NoMatch) }
}

/// Makes the symmetric signature: what a caller does.
pub fn sign_symmetric(secret: &Secret, input: &SymmetricInput<'_>) -> String {
    base64(&hmac_sha512(secret, &input.string_to_sign()))
}

/// HMAC-SHA512 over any text: what a caller signs with, who may also sign what is wrong.
pub fn hmac_sha512(secret: &Secret, text: &str) -> Vec<u8> {
    mac(secret, text).finalize().into_bytes().to_vec()
}

fn mac(secret: &Secret, text: &str) -> Hmac<Sha512> {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.expose()).expect("BUG: HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac
}

/// `lowercase(hex(sha256(body)))`
pub fn body_hash(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// A JSON text without the blanks between its tokens; nothing inside a string is touched, nothing re-ordered.
pub fn minify(json: &[u8]) -> Vec<u8> {
    let (mut in_string, mut escaped) = (false, false);
    let mut keep = |byte: &u8| {
        let kept = in_string || !matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
        kept
    };
    json.iter().copied().filter(|byte| keep(byte)).collect()
}

fn decode(signature: &str) -> Result<Vec<u8>, InvalidSignature> {
    from_base64(signature).ok_or(InvalidSignature::NotBase64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn minify_leaves_strings_alone() {
        let pretty = b"{\n  \"a b\" : \"c \\\" d\\\\\" , \"e\":\t[ 1 , 2 ]\r\n}";
        assert_eq!(minify(pretty), br#"{"a b":"c \" d\\","e":[1,2]}"#);
    }

    proptest! {
        #[test]
        fn minify_is_idempotent_and_keeps_the_meaning(value in "[a-z \"\\\\\n\t]{0,20}", number in any::<i64>()) {
            let json = serde_json::json!({ "k k": [value, number], "n": { "x": null } });
            let pretty = serde_json::to_vec_pretty(&json).unwrap();
            let once = minify(&pretty);
            prop_assert_eq!(&once, &serde_json::to_vec(&json).unwrap());
            prop_assert_eq!(minify(&once), once);
        }
    }
}
