//! What NICEPAY posts to a merchant's `dbProcessUrl` when a number was paid, or when the money was taken back.
//!
//! Source: NICEPAY's pages on the notification, V1, V2 and Checkout. Its iMid is not among the fields.

use std::fmt;

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
