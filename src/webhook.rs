//! The signature of [Standard Webhooks](https://www.standardwebhooks.com): what a merchant's own service trusts nico by.
//!
//! Three headers go with a body: an id, the second in which it is sent, and `v1,` with the base64 of an HMAC-SHA256 over
//! `id.timestamp.body`. Whoever holds the secret can tell that it was nico who sent this very body, and when. There are
//! ready-made libraries to verify it in most languages, and `examples/orders` does without one in three.

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::snap::encoding::{base64, from_base64, hex};
use crate::snap::secret::Secret;

/// The header with a message's id.
pub const WEBHOOK_ID: &str = "webhook-id";
/// The header with the second in which it is sent, counted from 1970.
pub const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
/// The header with its signature.
pub const WEBHOOK_SIGNATURE: &str = "webhook-signature";

/// The secret that both ends hold: `whsec_` and 24 to 64 bytes in base64.
#[derive(Debug)]
pub struct SigningSecret(Secret);

/// Why a text is no such secret. None of it says what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningSecretError {
    /// Another kind of secret, perhaps, or the bytes alone.
    #[error("it must begin with whsec_")]
    NoPrefix,
    /// What follows the prefix does not decode.
    #[error("what follows whsec_ is not standard base64")]
    NotBase64,
    /// Too short to be safe, or longer than the standard allows.
    #[error("it decodes to {0} bytes, and Standard Webhooks asks for 24 to 64")]
    WrongLength(usize),
}

impl SigningSecret {
    /// The only door: `whsec_…` as it stands in a file.
    ///
    /// # Errors
    /// [`SigningSecretError`]
    pub fn parse(text: &Secret) -> Result<Self, SigningSecretError> {
        let encoded = text.expose().strip_prefix(b"whsec_").ok_or(SigningSecretError::NoPrefix)?;
        let encoded = std::str::from_utf8(encoded).map_err(|_| SigningSecretError::NotBase64)?;
        let bytes = from_base64(encoded).ok_or(SigningSecretError::NotBase64)?;
        if LENGTHS.contains(&bytes.len()) {
            Ok(Self(Secret::new(bytes)))
        } else {
            Err(SigningSecretError::WrongLength(bytes.len()))
        }
    }

    /// The three headers that go with `body` when it is sent at `now`: an attempt that is repeated later has the same id
    /// and headers of its own.
    pub fn headers(&self, id: &MessageId, now: DateTime<Utc>, body: &[u8]) -> [(&'static str, String); 3] {
        let timestamp = now.timestamp().to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose()).expect("BUG: HMAC takes a key of any length");
        for part in [id.0.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        let signature = format!("v1,{}", base64(&mac.finalize().into_bytes()));
        [(WEBHOOK_ID, id.0.clone()), (WEBHOOK_TIMESTAMP, timestamp), (WEBHOOK_SIGNATURE, signature)]
    }
}

/// What tells one message from another, however often it is sent. It holds no full stop: with one, the same signed text
/// could be read as another id with another time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageId(String);

impl MessageId {
    /// The id of a message that these bytes belong to and no other.
    pub fn of(bytes: [u8; 16]) -> Self {
        Self(format!("msg_{}", hex(&bytes)))
    }

    /// Reads an id that [`MessageId::of`] has made and a store has kept; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("msg_")?;
        let is_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (digits.len() == 32 && is_hex).then(|| Self(text.to_owned()))
    }

    /// The id as it stands on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// "At least 24 bytes (192 bits, 512 maximum)".
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret(bytes: &[u8]) -> Result<SigningSecret, SigningSecretError> {
        SigningSecret::parse(&Secret::new(format!("whsec_{}", base64(bytes))))
    }

    /// The example that the standard's own libraries are tested with.
    #[test]
    fn the_standards_example_comes_out() {
        let secret = SigningSecret::parse(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap();
        let id = MessageId("msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned());
        let sent_at = DateTime::from_timestamp(1_614_265_330, 999_999_999).unwrap();
        let headers = secret.headers(&id, sent_at, br#"{"test": 2432232314}"#);
        assert_eq!(
            headers.map(|(name, value)| format!("{name}: {value}")),
            [
                "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek",
                "webhook-timestamp: 1614265330",
                "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ]
        );
    }

    #[test]
    fn a_secret_has_one_door() {
        let parse = |text: &str| SigningSecret::parse(&Secret::new(text)).err();
        assert_eq!(parse(""), Some(SigningSecretError::NoPrefix));
        assert_eq!(parse("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Some(SigningSecretError::NoPrefix));
        assert_eq!(parse("whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Some(SigningSecretError::NoPrefix));
        assert_eq!(parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS_"), Some(SigningSecretError::NotBase64));
        assert_eq!(parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), Some(SigningSecretError::NotBase64));
        let lengths = [0, 23, 24, 64, 65].map(|length| secret(&vec![7; length]).err());
        let wrong = |length| Some(SigningSecretError::WrongLength(length));
        assert_eq!(lengths, [wrong(0), wrong(23), None, None, wrong(65)]);
        assert_eq!(format!("{:?}", secret(&[7; 24]).unwrap()), "SigningSecret(Secret(…))");
    }

    #[test]
    fn an_id_that_was_kept_is_read_again_and_nothing_else_is() {
        let id = MessageId::of([0xAB; 16]);
        assert_eq!(MessageId::parse(id.as_str()), Some(id.clone()));
        let (digits, upper) = (&id.as_str()[4..], id.as_str()[4..].to_uppercase());
        for wrong in [
            "",
            "msg_",
            digits,
            &format!("msg_{upper}"),
            &format!("msg_{digits}0"),
            &format!("msg_{}", &digits[1..]),
            &format!("msg_{}.", &digits[1..]),
        ] {
            assert_eq!(MessageId::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn another_secret_id_second_or_body_has_another_signature(
            key in any::<[u8; 24]>(), id in any::<[u8; 16]>(), second in 0_i64..4_000_000_000, body in any::<[u8; 8]>(),
            which in 0..4_usize,
        ) {
            let sign = |key: &[u8], id, second, body: &[u8]| {
                let now = DateTime::from_timestamp(second, 0).unwrap();
                secret(key).unwrap().headers(&MessageId::of(id), now, body)[2].1.clone()
            };
            let flip = |bytes: &[u8], this| { let mut bytes = bytes.to_vec(); bytes[0] ^= u8::from(this); bytes };
            let other_id = flip(&id, which == 1).try_into().unwrap();
            let other = sign(&flip(&key, which == 0), other_id, second + i64::from(which == 2), &flip(&body, which == 3));
            prop_assert_ne!(sign(&key, id, second, &body), other);
            prop_assert!(!MessageId::of(id).0.contains('.'));
        }
    }
}
