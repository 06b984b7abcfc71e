//! What names a transaction in NICEPAY's older interfaces, and what it is about. Each has one door.
//!
//! Source: NICEPAY's pages on registration, status and notification, V1, V2 and Checkout.

use crate::snap::field::{is_digits, is_visible_ascii, text};

text!(
    /// NICEPAY's id of a transaction: iMid, payMethod, fourteen digits of time and four more. A page types it as a number,
    /// which it never is.
    TXid, "tXid", 30, |text| text.len() == 30 && is_alphanumeric(text)
);
text!(
    /// The merchant, ten letters and digits.
    IMid, "iMid", 10, |text| text.len() == 10 && is_alphanumeric(text)
);
text!(
    /// The merchant's own reference of the order, unique for good.
    ReferenceNo, "referenceNo", 40, is_visible_ascii
);
text!(
    /// A number that NICEPAY has issued; leading zeros count. A page says 12 digits, another 20, and a sample has 16.
    IssuedPayNo, "payNo", 20, is_digits, personal
);
text!(
    /// Whole rupiah, digits alone, as they stand on the wire: a merchantToken covers the text, leading zeros and all.
    Amt, "amt", 12, |text| is_digits(text) && text.bytes().any(|digit| digit != b'0')
);

impl TXid {
    /// Whether it is a transaction of this merchant's.
    pub fn is_of(&self, i_mid: &IMid) -> bool {
        self.0.starts_with(i_mid.as_str())
    }
}

impl Amt {
    /// The amount itself.
    pub fn rupiah(&self) -> u64 {
        self.0.parse().expect("BUG: twelve digits are a number")
    }
}

fn is_alphanumeric(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_one_door() {
        let t_xid = TXid::parse("IONPAYTEST03202406191012345678").unwrap();
        assert!(t_xid.is_of(&IMid::parse("IONPAYTEST").unwrap()));
        assert!(!t_xid.is_of(&IMid::parse("IONPAYTES0").unwrap()));
        for wrong in
            ["", "IONPAYTEST0320240619101234567", "IONPAYTEST032024061910123456789", "IONPAYTEST0320240619101234567é"]
        {
            assert!(TXid::parse(wrong).is_err(), "{wrong}");
        }
        assert!(IMid::parse("IONPAYTES").is_err() && IMid::parse("IONPAYTEST1").is_err());
        assert!(ReferenceNo::parse("with blank").is_err() && ReferenceNo::parse(&"r".repeat(41)).is_err());
        assert_eq!(
            IssuedPayNo::parse("011108471311").map(|number| number.as_str().to_owned()),
            Ok("011108471311".into())
        );
        for wrong in ["", "0", "000", "1e4", "-1", "10000.00", "1234567890123", "１"] {
            assert!(Amt::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Amt::parse("000000010000").map(|amt| amt.rupiah()), Ok(10_000));
    }
}
