//! What NICEPAY posts to a merchant's `dbProcessUrl` when a number was paid, or when the money was taken back.
//!
//! Source: NICEPAY's pages on the notification, V1, V2 and Checkout. Its iMid is not among the fields.

use std::fmt;

use form_urlencoded::Serializer;
use serde_json::{Map, Value};

use super::merchant_token::{Covered, MerchantKey};

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
}

impl Notification {
    /// The fields in the order of NICEPAY's page, without the merchantToken.
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

    /// The body as NICEPAY documents it: a form, with the merchantToken.
    pub fn to_form(&self, i_mid: &str, key: &MerchantKey) -> String {
        let token = self.merchant_token(i_mid, key);
        let mut form = Serializer::new(String::new());
        form.extend_pairs(self.fields()).append_pair("merchantToken", &token).finish()
    }

    /// The body as JSON, which NICEPAY's own shop plugins read first.
    pub fn to_json(&self, i_mid: &str, key: &MerchantKey) -> String {
        let fields = self.fields().into_iter().map(|(name, text)| (name.to_owned(), Value::from(text)));
        let token = ("merchantToken".to_owned(), Value::from(self.merchant_token(i_mid, key)));
        Value::Object(fields.chain([token]).collect::<Map<_, _>>()).to_string()
    }

    fn merchant_token(&self, i_mid: &str, key: &MerchantKey) -> String {
        key.token(&Covered::TransactionV1 { i_mid, t_xid: &self.t_xid, amt: &self.amt })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snap::secret::Secret;

    /// The vector of the merchantToken has the key that NICEPAY publishes.
    const KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
    const TOKEN: &str = "c9d35e8439bb568c0ac2ca2115f2a56d3ee46136efddf1516343163f1c31295b";

    fn notification() -> Notification {
        let text = str::to_owned;
        Notification {
            t_xid: text("IONPAYTEST03202406191012345678"),
            reference_no: text("INV/2024&1"),
            amt: text("10000"),
            trans_dt: text("20240619"),
            trans_tm: text("101234"),
            currency: text("IDR"),
            goods_nm: text("Buku + pensil"),
            billing_nm: text("Siti Aisyah"),
            status: NotificationStatus::Reversal,
            mitra_cd: text("ALMA"),
            pay_no: text("011012345678"),
            pay_valid_dt: text("20240620"),
            pay_valid_tm: text("235959"),
            receipt_code: text("R1"),
            m_ref_no: text("M1"),
            deposit_dt: text("20240619"),
            deposit_tm: text("120000"),
        }
    }

    #[test]
    fn who_paid_is_not_printed() {
        assert_eq!(format!("{:?}", notification()), "Notification(IONPAYTEST03202406191012345678, Reversal)");
    }

    #[test]
    fn it_is_a_form_with_a_token() {
        let key = MerchantKey::new(Secret::new(KEY)).unwrap();
        let form = notification().to_form("IONPAYTEST", &key);
        assert!(
            form.starts_with("tXid=IONPAYTEST03202406191012345678&referenceNo=INV%2F2024%261&payMethod=03&amt=10000&")
        );
        assert!(form.contains("&goodsNm=Buku+%2B+pensil&billingNm=Siti+Aisyah&matchCl=1&status=1&mitraCd=ALMA&"));
        assert!(form.contains("&payNo=011012345678&"), "{form}");
        assert!(form.ends_with(&format!("&merchantToken={TOKEN}")), "{form}");
        let json: Value = serde_json::from_str(&notification().to_json("IONPAYTEST", &key)).unwrap();
        let pairs = form_urlencoded::parse(form.as_bytes());
        let same = pairs.map(|(name, text)| assert_eq!(json[&*name], *text, "{name}")).count();
        assert_eq!(Some(same), json.as_object().map(Map::len));
    }
}
