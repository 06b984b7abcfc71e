//! What the customer's browser brings back to a merchant's `callBackUrl`, once a number was issued. It says nothing of a
//! payment, and anybody can write it: a hint, and no more.
//!
//! Source: NICEPAY's page on Checkout, whose sample is a GET query and has `amount` where its table has `amt`.

/// The way back. All is text as it stands on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
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
    /// The number, leading zeros and all.
    pub pay_no: String,
    /// The chain of stores.
    pub mitra_cd: String,
}

impl Callback {
    /// The fields in the order of NICEPAY's sample.
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("tXid", &self.t_xid),
            ("referenceNo", &self.reference_no),
            ("amount", &self.amt),
            ("transDt", &self.trans_dt),
            ("transTm", &self.trans_tm),
            ("payNo", &self.pay_no),
            ("mitraCd", &self.mitra_cd),
            ("resultCd", ISSUED),
            ("resultMsg", "SUCCESS"),
        ]
    }
}

/// The number was issued. It does not mean that it was paid.
const ISSUED: &str = "0000";
