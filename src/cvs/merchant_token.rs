//! merchantToken: what NICEPAY's older interfaces have in the place of a signature, SHA-256 over fields and a shared key.
//!
//! **What it does not protect.** The fields are put together without separators: (tXid …1234, amt 5000) and (tXid …123,
//! amt 45000) hash alike. Whoever checks one holds tXid (30 characters, the iMid in front) and amt to their shapes
//! first. A notification's token covers neither its status nor referenceNo nor payNo, and no time: only a status
//! inquiry may change a state.
//!
//! Source: NICEPAY's pages on registration, status, cancel and notification, V1, V2 and Checkout.

use std::path::Path;

use hmac::digest::{CtOutput, Output};
use sha2::{Digest, Sha256};

use crate::snap::encoding::hex;
use crate::snap::secret::Secret;

/// The merchant's key. It cannot be printed, compared or cloned; the text looks like base64 and is not decoded.
#[derive(Debug)]
pub struct MerchantKey(Secret);

/// Why a merchant key is refused.
#[derive(Debug, thiserror::Error)]
pub enum MerchantKeyError {
    /// The file cannot be read.
    #[error("it cannot be read ({0}): put the merchant key that NICEPAY gave you into it")]
    Unreadable(std::io::Error),
    /// There is nothing in it: a token over public fields alone is one that anybody makes.
    #[error("it is empty: put the merchant key that NICEPAY gave you into it")]
    Empty,
}

/// What a token covers, field by field as they stand on the wire. Which fields, each interface decides for itself.
#[derive(Debug, Clone, Copy)]
pub enum Covered<'a> {
    /// V1 registration (`onePass.do`) and V1 status (`onePassStatus.do`).
    OrderV1 {
        /// `iMid`
        i_mid: &'a str,
        /// `referenceNo`
        reference_no: &'a str,
        /// `amt`
        amt: &'a str,
    },
    /// V2 and Checkout registration, and V2 inquiry.
    OrderV2 {
        /// `timeStamp`, fourteen digits of Jakarta time
        time_stamp: &'a str,
        /// `iMid`
        i_mid: &'a str,
        /// `referenceNo`
        reference_no: &'a str,
        /// `amt`
        amt: &'a str,
    },
    /// V1 cancel (`onePassAllCancel.do`) and the notification. The latter does not carry its iMid: it is configured.
    TransactionV1 {
        /// `iMid`
        i_mid: &'a str,
        /// `tXid`
        t_xid: &'a str,
        /// `amt`
        amt: &'a str,
    },
    /// V2 cancel.
    TransactionV2 {
        /// `timeStamp`, fourteen digits of Jakarta time
        time_stamp: &'a str,
        /// `iMid`
        i_mid: &'a str,
        /// `tXid`
        t_xid: &'a str,
        /// `amt`
        amt: &'a str,
    },
}

impl MerchantKey {
    /// Takes a key's bytes as they stand.
    ///
    /// # Errors
    /// [`MerchantKeyError::Empty`]
    pub fn new(secret: Secret) -> Result<Self, MerchantKeyError> {
        if secret.expose().is_empty() { Err(MerchantKeyError::Empty) } else { Ok(Self(secret)) }
    }

    /// Takes a file's bytes as they stand, but for one newline at the end.
    ///
    /// # Errors
    /// [`MerchantKeyError`]
    pub fn read(path: impl AsRef<Path>) -> Result<Self, MerchantKeyError> {
        Self::new(Secret::from_file_bytes(std::fs::read(path).map_err(MerchantKeyError::Unreadable)?))
    }

    /// The token as it stands on the wire: 64 lower-case hexadecimal digits.
    pub fn token(&self, covered: &Covered<'_>) -> String {
        hex(&self.digest(covered))
    }

    /// Whether `received` is the token, in constant time. Upper-case digits are refused, as nobody sends them.
    pub fn verify(&self, covered: &Covered<'_>, received: &str) -> bool {
        let expected = CtOutput::<Sha256>::new(self.digest(covered));
        from_hex(received).is_some_and(|received| CtOutput::new(received.into()) == expected)
    }

    fn digest(&self, covered: &Covered<'_>) -> Output<Sha256> {
        let fields = covered.fields().into_iter().fold(Sha256::new(), Sha256::chain_update);
        fields.chain_update(self.0.expose()).finalize()
    }
}

impl<'a> Covered<'a> {
    fn fields(&self) -> [&'a str; 4] {
        match *self {
            Self::OrderV1 { i_mid, reference_no, amt } => ["", i_mid, reference_no, amt],
            Self::OrderV2 { time_stamp, i_mid, reference_no, amt } => [time_stamp, i_mid, reference_no, amt],
            Self::TransactionV1 { i_mid, t_xid, amt } => ["", i_mid, t_xid, amt],
            Self::TransactionV2 { time_stamp, i_mid, t_xid, amt } => [time_stamp, i_mid, t_xid, amt],
        }
    }
}

/// 64 lower-case hexadecimal digits, and nothing else.
fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The one that NICEPAY publishes for its sandbox.
    const PUBLISHED: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";

    fn key() -> MerchantKey {
        MerchantKey::new(Secret::new(PUBLISHED)).unwrap()
    }

    #[test]
    fn each_interface_covers_its_own_fields() {
        let (i_mid, amt, time_stamp) = ("IONPAYTEST", "10000", "20240619101234");
        let (t_xid, reference_no) = ("IONPAYTEST03202406191012345678", "INV-2024-0001");
        for (covered, token) in [
            (
                Covered::OrderV1 { i_mid, reference_no, amt },
                "8d0df830b88d65768ac4b179cd51c6c5e1a5e26488a2bc7b1e84afcaddf17c14",
            ),
            (
                Covered::OrderV2 { time_stamp, i_mid, reference_no, amt },
                "f5cba0b2b65e4fd2e57a339646e744e0ab5875f4cc150b7de8d106c72e0c5dd5",
            ),
            (
                Covered::TransactionV1 { i_mid, t_xid, amt },
                "c9d35e8439bb568c0ac2ca2115f2a56d3ee46136efddf1516343163f1c31295b",
            ),
            (
                Covered::TransactionV2 { time_stamp, i_mid, t_xid, amt },
                "a2efc1b312cdf15434f17f1c1577a1190c6d688333daf3f534e5c3f1dc3ba24d",
            ),
        ] {
            assert_eq!(key().token(&covered), token, "{covered:?}");
            assert!(key().verify(&covered, token), "{covered:?}");
            assert!(!MerchantKey::new(Secret::new("another")).unwrap().verify(&covered, token));
            for wrong in [token.to_uppercase(), format!("{token} "), format!("0{}", &token[1..]), token[1..].to_owned()]
            {
                assert!(!key().verify(&covered, &wrong), "{wrong}");
            }
        }
    }

    /// Why the fields' shapes are held before a token is trusted.
    #[test]
    fn without_separators_two_transactions_hash_alike() {
        let token = |t_xid, amt| key().token(&Covered::TransactionV1 { i_mid: "IONPAYTEST", t_xid, amt });
        assert_eq!(token("IONPAYTEST03202406191012341234", "5000"), token("IONPAYTEST0320240619101234123", "45000"));
    }

    #[test]
    fn a_key_is_not_printed_and_not_empty() {
        assert_eq!(format!("{:?}", key()), "MerchantKey(Secret(…))");
        assert!(matches!(MerchantKey::new(Secret::from_file_bytes(b"\n".to_vec())), Err(MerchantKeyError::Empty)));
        assert!(matches!(MerchantKey::read("no such file"), Err(MerchantKeyError::Unreadable(_))));
    }

    proptest! {
        #[test]
        fn whatever_is_received_is_judged(received in "\\PC{0,70}|[0-9a-fA-F]{60,68}") {
            let covered = Covered::OrderV1 { i_mid: "IONPAYTEST", reference_no: "1", amt: "1" };
            prop_assert_eq!(key().verify(&covered, &received), received == key().token(&covered));
        }
    }
}
