//! The merchantToken of a call: verified in constant time; and if it is wrong, what it was made over instead.

use super::fields::Fields;
use super::refusal::Refusal;
use crate::cvs::merchant_token::Covered;
use crate::nicepay::result_code::{Group, ResultCode};
use crate::simulator::merchant::Merchant;
use crate::snap::encoding::{from_base64, hex};
use crate::snap::signature::body_hash;

/// Which fields a token is made over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Covers {
    OrderV1,
    OrderV2,
    TransactionV1,
    TransactionV2,
}

/// The values of all fields that a token may be made over.
#[derive(Clone, Copy)]
struct Values<'f> {
    time_stamp: &'f str,
    i_mid: &'f str,
    reference_no: &'f str,
    t_xid: &'f str,
    amt: &'f str,
}

impl Covers {
    const ALL: [Self; 4] = [Self::OrderV1, Self::OrderV2, Self::TransactionV1, Self::TransactionV2];

    /// The text that is hashed, but for the key.
    pub(super) fn string_to_sign(self, fields: &Fields) -> String {
        format!("{}<merchantKey>", self.concatenated(Values::of(fields)))
    }

    /// Holds that a call carries this merchant's iMid and the token that is due.
    ///
    /// V1 and V2 have one code for a wrong token, and convenience stores another (`9525`); no page says which of the two
    /// is answered here, and merchants report the first.
    pub(super) fn verify(self, merchant: &Merchant, fields: &Fields) -> Result<(), Refusal> {
        if fields.text("iMid") != merchant.i_mid {
            return Err(Refusal::new(
                UNKNOWN_MID,
                format!("iMid is not this simulator's merchant, which is {}", merchant.i_mid),
            ));
        }
        let (values, token) = (Values::of(fields), fields.text("merchantToken"));
        if merchant.key.verify(&self.of(values), token) {
            Ok(())
        } else {
            Err(Refusal::new(WRONG_TOKEN, self.verdict(merchant, values, token)))
        }
    }

    fn of(self, values: Values<'_>) -> Covered<'_> {
        let Values { time_stamp, i_mid, reference_no, t_xid, amt } = values;
        match self {
            Self::OrderV1 => Covered::OrderV1 { i_mid, reference_no, amt },
            Self::OrderV2 => Covered::OrderV2 { time_stamp, i_mid, reference_no, amt },
            Self::TransactionV1 => Covered::TransactionV1 { i_mid, t_xid, amt },
            Self::TransactionV2 => Covered::TransactionV2 { time_stamp, i_mid, t_xid, amt },
        }
    }

    fn concatenated(self, values: Values<'_>) -> String {
        let Values { time_stamp, i_mid, reference_no, t_xid, amt } = values;
        match self {
            Self::OrderV1 => [i_mid, reference_no, amt].concat(),
            Self::OrderV2 => [time_stamp, i_mid, reference_no, amt].concat(),
            Self::TransactionV1 => [i_mid, t_xid, amt].concat(),
            Self::TransactionV2 => [time_stamp, i_mid, t_xid, amt].concat(),
        }
    }

    fn formula(self) -> &'static str {
        match self {
            Self::OrderV1 => "SHA256(iMid+referenceNo+amt+merchantKey)",
            Self::OrderV2 => "SHA256(timeStamp+iMid+referenceNo+amt+merchantKey)",
            Self::TransactionV1 => "SHA256(iMid+tXid+amt+merchantKey)",
            Self::TransactionV2 => "SHA256(timeStamp+iMid+tXid+amt+merchantKey)",
        }
    }

    fn verdict(self, merchant: &Merchant, values: Values<'_>, token: &str) -> String {
        let due = self.formula();
        if let Some(why) = self.written_otherwise(merchant, values, token) {
            return format!("merchantToken is the right one, {why}: due are 64 lower-case hexadecimal digits");
        }
        let digits = token.trim().to_ascii_lowercase();
        if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            let hash = match digits.len() {
                32 => ", which would be MD5",
                40 => ", which would be SHA-1",
                128 => ", which would be SHA-512",
                _ => "",
            };
            return format!("merchantToken has {} characters{hash}, and not the 64 digits of {due}", digits.len());
        }
        match self.made_otherwise(merchant, values, &digits) {
            Some(how) => format!("merchantToken was made {how}: due is {due}"),
            None => {
                let fields = if matches!(self, Self::OrderV1 | Self::OrderV2) { "referenceNo" } else { "tXid" };
                format!("merchantToken was made over another amt or {fields}, or with another key: due is {due}")
            }
        }
    }

    /// The right hash in a wrong spelling.
    fn written_otherwise(self, merchant: &Merchant, values: Values<'_>, token: &str) -> Option<&'static str> {
        let right = |token: &str| merchant.key.verify(&self.of(values), token);
        if right(token.trim()) {
            Some("with a blank or a newline beside it")
        } else if right(&token.to_ascii_lowercase()) {
            Some("in capital letters")
        } else if from_base64(token).is_some_and(|bytes| right(&hex(&bytes))) {
            Some("in base64")
        } else {
            None
        }
    }

    /// The token of something else that these fields may be taken for.
    fn made_otherwise(self, merchant: &Merchant, values: Values<'_>, digits: &str) -> Option<String> {
        let mut others = Self::ALL.into_iter().filter(|other| *other != self);
        let other = others.find(|other| merchant.key.verify(&other.of(values), digits));
        if let Some(other) = other {
            return Some(format!("as {}", other.formula()));
        }
        let whole = values.amt.split('.').next().unwrap_or_default();
        for decimals in ["", ".0", ".00"] {
            let amt = format!("{whole}{decimals}");
            if amt != values.amt && merchant.key.verify(&self.of(Values { amt: &amt, ..values }), digits) {
                return Some(format!("over the amt {amt}, while {} was sent", values.amt));
            }
        }
        if merchant.key.verify(&self.of(Values { i_mid: "", ..values }), digits) {
            return Some("without the iMid".to_owned());
        }
        let keyless = body_hash(self.concatenated(values).as_bytes()) == digits;
        keyless.then(|| "without the merchantKey".to_owned())
    }
}

impl<'f> Values<'f> {
    fn of(fields: &'f Fields) -> Self {
        Self {
            time_stamp: fields.text("timeStamp"),
            i_mid: fields.text("iMid"),
            reference_no: fields.text("referenceNo"),
            t_xid: fields.text("tXid"),
            amt: fields.text("amt"),
        }
    }
}

const UNKNOWN_MID: ResultCode = ResultCode::of(Group::Order, "9011");
const WRONG_TOKEN: ResultCode = ResultCode::of(Group::Order, "9010");
