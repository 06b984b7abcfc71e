//! What NICEPAY posts to a merchant's `dbProcessUrl` when a number was paid, or when the money was taken back.
//!
//! Whoever knows a merchant's address can post one, and the merchantToken in it covers neither the status nor the
//! reference nor any time: a notification is a reason to ask NICEPAY, and no more.
//!
//! Source: NICEPAY's pages on the notification, V1, V2 and Checkout. Its iMid is not among the fields.

use std::fmt;

use super::fields::{Fields, FieldsError};
use super::merchant_token::{Covered, MerchantKey};
use super::transaction::{Amt, IMid, IssuedPayNo, ReferenceNo, TXid};
use crate::order::MitraCd;
use crate::snap::field::{FieldError, is_digits, is_readable, is_visible_ascii};

/// The notification of a convenience-store payment. All is text as it stands on the wire; `amt` is digits alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Notification {
    /// NICEPAY's id of the transaction.
    pub t_xid: String,
    /// The merchant's reference.
    pub reference_no: String,
    /// Whole rupiah.
    pub amt: String,
    /// `yyyyMMdd` of the registration.
    pub trans_dt: String,
    /// `HHmmss` of the registration.
    pub trans_tm: String,
    /// `IDR`
    pub currency: String,
    /// What is bought.
    pub goods_nm: String,
    /// Who buys.
    pub billing_nm: String,
    /// Whether money came or went.
    pub status: NotificationStatus,
    /// The chain of stores.
    pub mitra_cd: String,
    /// The number, leading zeros and all.
    pub pay_no: String,
    /// `yyyyMMdd` of the number's end.
    pub pay_valid_dt: String,
    /// `HHmmss` of the number's end.
    pub pay_valid_tm: String,
    /// The store's receipt.
    pub receipt_code: String,
    /// The store's reference.
    pub m_ref_no: String,
    /// `yyyyMMdd` of the payment.
    pub deposit_dt: String,
    /// `HHmmss` of the payment.
    pub deposit_tm: String,
}

/// `status` of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationStatus {
    /// The money came.
    Deposit,
    /// The store took it back, after it had come.
    Reversal,
}

impl NotificationStatus {
    /// Its digit on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deposit => "0",
            Self::Reversal => "1",
        }
    }

    /// Reads the digit.
    pub fn parse(digit: &str) -> Option<Self> {
        [Self::Deposit, Self::Reversal].into_iter().find(|status| status.as_str() == digit)
    }
}

impl Notification {
    /// The fields in the order of NICEPAY's page, but for the merchantToken, which comes with whoever sends them.
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("tXid", &self.t_xid),
            ("referenceNo", &self.reference_no),
            ("payMethod", PAY_METHOD),
            ("amt", &self.amt),
            ("transDt", &self.trans_dt),
            ("transTm", &self.trans_tm),
            ("currency", &self.currency),
            ("goodsNm", &self.goods_nm),
            ("billingNm", &self.billing_nm),
            ("matchCl", MATCHED),
            ("status", self.status.as_str()),
            ("mitraCd", &self.mitra_cd),
            ("payNo", &self.pay_no),
            ("payValidDt", &self.pay_valid_dt),
            ("payValidTm", &self.pay_valid_tm),
            ("receiptCode", &self.receipt_code),
            ("mRefNo", &self.m_ref_no),
            ("depositDt", &self.deposit_dt),
            ("depositTm", &self.deposit_tm),
        ]
    }
}

impl fmt::Debug for Notification {
    /// Which transaction, and what became of it: who paid for what is nobody's business in a log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notification({}, {:?})", self.t_xid, self.status)
    }
}

/// Convenience stores.
const PAY_METHOD: &str = "03";
/// A store takes the whole amount or none.
const MATCHED: &str = "1";

/// A notification as a merchant receives it.
///
/// NICEPAY's pages contradict each other about lengths, and about what is sent at all. So what names a transaction must
/// be there and of its form, and any other field that is out of its form counts as absent; [`Notified::ignored`] names it.
#[derive(Clone, PartialEq, Eq)]
pub struct Notified {
    /// NICEPAY's id of the transaction.
    pub t_xid: TXid,
    /// What stands in the place of a signature.
    pub merchant_token: String,
    /// The merchant's reference.
    pub reference_no: ReferenceNo,
    /// Whole rupiah, as they stand on the wire: the token covers the text.
    pub amt: Amt,
    /// Whether money came or went.
    pub status: NotifiedStatus,
    /// Whether what was paid is what was to be paid.
    pub match_cl: Option<MatchCl>,
    /// `IDR`
    pub currency: Option<String>,
    /// Two digits, `03` for convenience stores; a page of NICEPAY's shows `04`.
    pub pay_method: Option<String>,
    /// The number.
    pub pay_no: Option<IssuedPayNo>,
    /// The chain of stores.
    pub mitra_cd: Option<MitraCd>,
    /// The store's receipt.
    pub receipt_code: Option<String>,
    /// `yyyyMMdd` of the payment.
    pub deposit_dt: Option<String>,
    /// `HHmmss` of the payment.
    pub deposit_tm: Option<String>,
    ignored: Vec<&'static str>,
}

/// `status` as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotifiedStatus {
    /// One that a notification of a convenience store may have.
    Known(NotificationStatus),
    /// Another, such as `5`, which is not paid.
    Other(String),
}

/// `matchCl`: whether what was paid is what was to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchCl {
    /// `0`
    NonProceeding,
    /// `1`
    Normal,
    /// `2`
    Overpaid,
    /// `3`
    Underpaid,
    /// A digit that stands in no table.
    Other,
}

/// Why a body is no notification. Nothing of the sender's is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotificationError {
    /// It is not names and texts.
    #[error("the body is no notification: {0}")]
    Fields(#[from] FieldsError),
    /// A field that must be there is not, or is not of its form.
    #[error("{0}")]
    Field(#[from] FieldError),
}

/// A field as NICEPAY's pages have it: all spellings of its name, its length, and what it may hold.
type Row = (&'static [&'static str], usize, fn(&str) -> bool);

/// Every field that a notification can have, of whatever payment method.
#[rustfmt::skip]
const TABLE: [Row; 42] = [
    // Common.
    (&["tXid"], 30, is_alphanumeric), // typed as a number, which it never is
    (&["merchantToken"], 255, is_alphanumeric),
    (&["referenceNo"], 40, is_visible_ascii),
    (&["payMethod"], 2, is_digits),
    (&["amt"], 12, is_digits),
    (&["transDt"], 8, is_digits),
    (&["transTm"], 6, is_digits),
    (&["currency"], 3, is_alphanumeric),
    (&["goodsNm"], 100, is_readable),
    (&["billingNm"], 100, is_readable), // 30 on an older page
    (&["matchCl"], 1, is_digits),
    (&["status"], 1, is_alphanumeric),
    // Convenience stores and others.
    (&["mitraCd"], 4, is_alphanumeric),
    (&["payNo"], 20, is_digits), // 12 on one page, 20 on another, 16 in a sample
    (&["payValidDt"], 8, is_digits),
    (&["payValidTm"], 6, is_digits),
    (&["receiptCode"], 20, is_visible_ascii),
    (&["mRefNo"], 18, is_alphanumeric),
    (&["depositDt"], 8, is_digits),
    (&["depositTm"], 6, is_digits),
    // Virtual accounts.
    (&["bankCd"], 4, is_alphanumeric),
    (&["vacctNo"], 16, is_digits),
    (&["vacctValidDt"], 8, is_digits),
    (&["vacctValidTm"], 6, is_digits),
    // Cards.
    (&["authNo"], 10, is_digits),
    (&["issuBankCd", "IssueBankCd", "issueBankCd"], 4, is_alphanumeric),
    (&["issuBankNm", "IssueBankNm", "issueBankNm"], 255, is_readable),
    (&["acquBankCd"], 4, is_alphanumeric),
    (&["acquBankNm"], 255, is_readable),
    (&["cardNo"], 20, is_visible_ascii),
    (&["cardExpYymm"], 4, is_digits),
    (&["instmntMon"], 2, is_digits),
    (&["instmntType"], 2, is_digits),
    (&["preauthToken"], 255, is_visible_ascii),
    (&["recurringToken"], 255, is_visible_ascii),
    (&["ccTransType"], 2, is_alphanumeric),
    (&["vat"], 12, is_digits),
    (&["fee"], 12, is_digits),
    (&["notaxAmt"], 12, is_digits),
    // On the page of V2's convenience stores alone, which gives no lengths.
    (&["clientUserKey"], 255, is_visible_ascii),
    (&["userToken"], 255, is_visible_ascii),
    (&["tokenizeUser"], 255, is_visible_ascii),
];

/// The fields whose texts were found to be of their form.
struct Read(Vec<(&'static str, String)>, Vec<&'static str>);

impl Read {
    fn of(fields: &Fields) -> Result<Self, NotificationError> {
        let mut read = Self(Vec::new(), Vec::new());
        for (spellings, max_len, allowed) in TABLE {
            let name = spellings[0];
            match fields.get(spellings)? {
                Some(text) if text.chars().count() <= max_len && allowed(text) => read.0.push((name, text.to_owned())),
                Some(_) => read.1.push(name),
                None => {}
            }
        }
        Ok(read)
    }

    fn optional(&self, name: &'static str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str())
    }

    fn mandatory(&self, name: &'static str) -> Result<&str, FieldError> {
        let fault = if self.1.contains(&name) { FieldError::Invalid(name) } else { FieldError::Missing(name) };
        self.optional(name).ok_or(fault)
    }
}

impl Notified {
    /// Reads a body, a form or a JSON object, whatever it was declared to be.
    ///
    /// # Errors
    /// [`NotificationError`]
    pub fn read(body: &[u8]) -> Result<Self, NotificationError> {
        let read = Read::of(&Fields::of_body(body)?)?;
        let owned = |name| read.optional(name).map(str::to_owned);
        let status = read.mandatory("status")?;
        let known = NotificationStatus::parse(status).map(NotifiedStatus::Known);
        Ok(Self {
            t_xid: TXid::parse(read.mandatory(TXid::FIELD)?)?,
            merchant_token: read.mandatory("merchantToken")?.to_owned(),
            reference_no: ReferenceNo::parse(read.mandatory(ReferenceNo::FIELD)?)?,
            amt: Amt::parse(read.mandatory(Amt::FIELD)?)?,
            status: known.unwrap_or_else(|| NotifiedStatus::Other(status.to_owned())),
            match_cl: read.optional("matchCl").map(MatchCl::of),
            currency: owned("currency"),
            pay_method: owned("payMethod"),
            // The table is as strict as these two types.
            pay_no: read.optional(IssuedPayNo::FIELD).and_then(|text| IssuedPayNo::parse(text).ok()),
            mitra_cd: read.optional(MitraCd::FIELD).and_then(|text| MitraCd::parse(text).ok()),
            receipt_code: owned("receiptCode"),
            deposit_dt: owned("depositDt"),
            deposit_tm: owned("depositTm"),
            ignored: read.1,
        })
    }

    /// The fields that were sent, and that count as absent because they are out of their form.
    pub fn ignored(&self) -> &[&'static str] {
        &self.ignored
    }

    /// Whether it is this merchant's transaction, and the token was made with this key. The token covers `tXid` and `amt`
    /// alone, which are of their form by now (see [`merchant_token`](super::merchant_token)).
    pub fn is_genuine(&self, i_mid: &IMid, key: &MerchantKey) -> bool {
        let covered =
            Covered::TransactionV1 { i_mid: i_mid.as_str(), t_xid: self.t_xid.as_str(), amt: self.amt.as_str() };
        self.t_xid.is_of(i_mid) && key.verify(&covered, &self.merchant_token)
    }
}

impl fmt::Debug for Notified {
    /// Which transaction: who paid for what is nobody's business in a log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notified({})", self.t_xid.as_str())
    }
}

impl MatchCl {
    fn of(digit: &str) -> Self {
        match digit {
            "0" => Self::NonProceeding,
            "1" => Self::Normal,
            "2" => Self::Overpaid,
            "3" => Self::Underpaid,
            _ => Self::Other,
        }
    }
}

fn is_alphanumeric(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::snap::secret::Secret;

    const T_XID: &str = "IONPAYTEST03202406191012345678";
    /// Over the fields of [`GOOD`], with the key that NICEPAY publishes for its sandbox (spec, 7.4).
    const TOKEN: &str = "c9d35e8439bb568c0ac2ca2115f2a56d3ee46136efddf1516343163f1c31295b";
    const KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";

    /// NICEPAY's sample post with its blanks, filled in; what it leaves out is left out.
    fn good() -> String {
        format!(
            "tXid={T_XID}&referenceNo=INV-2024-0001&amt=10000&merchantToken={TOKEN}&matchCl=1&status=0&bankCd=&vacctNo=\
             &authNo=null&cardNo=&issuBankCd = null&issuBankNm = &acquBankCd = &acquBankNm = &depositDt=20240619\
             &depositTm=101500&payNo=011108471311"
        )
    }

    fn read(body: &str) -> Result<Notified, NotificationError> {
        Notified::read(body.as_bytes())
    }

    fn key(text: &str) -> MerchantKey {
        MerchantKey::new(Secret::new(text)).unwrap()
    }

    #[test]
    fn nicepays_sample_is_read() {
        let notified = read(&good()).unwrap();
        assert_eq!(notified.t_xid.as_str(), T_XID);
        assert_eq!(notified.amt.as_str(), "10000");
        assert_eq!(notified.reference_no.as_str(), "INV-2024-0001");
        assert_eq!(notified.status, NotifiedStatus::Known(NotificationStatus::Deposit));
        assert_eq!(notified.match_cl, Some(MatchCl::Normal));
        assert_eq!(notified.pay_no.as_ref().map(IssuedPayNo::as_str), Some("011108471311"));
        assert_eq!(notified.deposit_dt.as_deref(), Some("20240619"));
        assert_eq!((notified.currency.as_ref(), notified.pay_method.as_ref(), &notified.mitra_cd), (None, None, &None));
        assert_eq!(notified.ignored(), [""; 0]);
        let json = serde_json::json!({ "tXid": T_XID, "referenceNo": "INV-2024-0001", "amt": 10000, "status": 0,
            "merchantToken": TOKEN, "matchCl": "1", "payNo": "011108471311", "depositDt": "20240619",
            "depositTm": "101500", "mitraCd": null });
        assert_eq!(read(&json.to_string()).unwrap(), notified);
    }

    /// What the simulator sends is what a merchant reads.
    #[test]
    fn what_is_written_is_read() {
        let text = str::to_owned;
        let sent = Notification {
            t_xid: text(T_XID),
            reference_no: text("INV/1&2"),
            amt: text("000000010000"),
            trans_dt: text("20240619"),
            trans_tm: text("101234"),
            currency: text("IDR"),
            goods_nm: text("Sepatu & tas"),
            billing_nm: text("Joko"),
            status: NotificationStatus::Reversal,
            mitra_cd: text("ALMA"),
            pay_no: text("011108471311"),
            pay_valid_dt: text("20240620"),
            pay_valid_tm: text("235959"),
            receipt_code: text("R1"),
            m_ref_no: text("M1"),
            deposit_dt: text("20240619"),
            deposit_tm: text("101500"),
        };
        let mut form = form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(sent.fields()).append_pair("merchantToken", TOKEN).finish();
        let notified = read(&body).unwrap();
        assert_eq!(notified.reference_no.as_str(), "INV/1&2");
        assert_eq!(notified.amt.as_str(), "000000010000", "the token covers the text");
        assert_eq!(notified.status, NotifiedStatus::Known(NotificationStatus::Reversal));
        assert_eq!(notified.pay_method.as_deref(), Some("03"));
        assert_eq!(notified.receipt_code.as_deref(), Some("R1"));
        assert_eq!(notified.ignored(), [""; 0], "the table takes all that we write");
        let names: Vec<_> = TABLE.iter().map(|(spellings, ..)| spellings[0]).collect();
        assert!(sent.fields().iter().all(|(name, _)| names.contains(name)));
    }

    #[test]
    fn what_names_a_transaction_must_be_there_and_of_its_form() {
        for name in ["tXid", "merchantToken", "referenceNo", "amt", "status"] {
            let without = good().replacen(&format!("{name}="), "other=", 1);
            assert_eq!(read(&without), Err(FieldError::Missing(name).into()), "{name}");
            for nothing in ["", "null", "%20"] {
                let empty = good().replacen(&format!("{name}="), &format!("{name}={nothing}&other="), 1);
                assert_eq!(read(&empty), Err(FieldError::Missing(name).into()), "{name}");
            }
            for wrong in ["%01".to_owned(), "x".repeat(256), "é".to_owned()] {
                let wrong = good().replacen(&format!("{name}="), &format!("{name}={wrong}&other="), 1);
                assert_eq!(read(&wrong), Err(FieldError::Invalid(name).into()), "{name}");
            }
        }
        for (good_text, wrong) in [("amt=10000", "amt=10000.00"), ("amt=10000", "amt=0"), (T_XID, &T_XID[1..])] {
            assert!(matches!(read(&good().replace(good_text, wrong)), Err(NotificationError::Field(_))), "{wrong}");
        }
        assert_eq!(read(&(good() + "&amt=10000")), Err(FieldsError::Repeated.into()));
        assert_eq!(read(&(good() + "&IssueBankCd=X")), Err(FieldsError::Repeated.into()));
        let five = read(&good().replace("status=0", "status=5")).unwrap();
        assert_eq!(five.status, NotifiedStatus::Other("5".to_owned()), "ready to commit is not paid");
    }

    #[test]
    fn what_else_is_out_of_its_form_counts_as_absent_and_is_named() {
        let body =
            good().replace("payNo=", "payNo=x") + "&mitraCd=TOO+LONG&currency=Rp.&goodsNm=%01&unknown=%01&fee=1.5";
        let notified = read(&body).unwrap();
        assert_eq!(notified.ignored(), ["currency", "goodsNm", "mitraCd", "payNo", "fee"]);
        assert_eq!((&notified.pay_no, &notified.mitra_cd, &notified.currency), (&None, &None, &None));
        for (digit, match_cl) in [
            ("0", Some(MatchCl::NonProceeding)),
            ("2", Some(MatchCl::Overpaid)),
            ("3", Some(MatchCl::Underpaid)),
            ("4", Some(MatchCl::Other)),
            ("null", None),
            ("", None),
            ("01", None),
        ] {
            assert_eq!(read(&good().replace("matchCl=1", &format!("matchCl={digit}"))).unwrap().match_cl, match_cl);
        }
    }

    #[test]
    fn a_token_is_of_one_merchant_transaction_and_amount() {
        let (ours, i_mid) = (key(KEY), IMid::parse("IONPAYTEST").unwrap());
        let genuine = |body: String| read(&body).unwrap().is_genuine(&i_mid, &ours);
        assert!(genuine(good()));
        assert!(!genuine(good().replace("amt=10000", "amt=10001")));
        assert!(!genuine(good().replace("amt=10000", "amt=010000")), "the text counts");
        assert!(!genuine(good().replace("5678", "5679")));
        assert!(!genuine(good().replace(TOKEN, &TOKEN.to_uppercase())));
        assert!(!read(&good()).unwrap().is_genuine(&i_mid, &key("another")));
        // A token that another merchant of NICEPAY's made with a key that happens to be ours.
        let other = IMid::parse("OTHERMERCH").unwrap();
        let covered = Covered::TransactionV1 { i_mid: "OTHERMERCH", t_xid: T_XID, amt: "10000" };
        let body = good().replace(TOKEN, &ours.token(&covered));
        assert!(!read(&body).unwrap().is_genuine(&other, &ours), "its tXid is not that merchant's");
    }

    #[test]
    fn nobody_is_given_away() {
        let notified = read(&(good() + "&billingNm=Joko&goodsNm=Sepatu")).unwrap();
        assert_eq!(format!("{notified:?}"), format!("Notified({T_XID})"));
        assert_eq!(format!("{:?}", read("amt=Joko")), "Err(Field(Missing(\"status\")))");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), index in 0_usize..300, other in any::<u8>()) {
            let _ = Notified::read(&bytes);
            let mut spoilt = good().into_bytes();
            let index = index % spoilt.len();
            spoilt[index] = other;
            let _ = Notified::read(&spoilt);
        }
    }
}
