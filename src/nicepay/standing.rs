//! What NICEPAY says of a transaction when it is asked: the one thing that may change what an order is believed to be.

use crate::cvs::transaction::IssuedPayNo;
use crate::order::MitraCd;

/// `status` of a status inquiry, for a convenience store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// `0`
    Paid,
    /// `1`, as for virtual accounts: the pages on convenience stores have no word for money taken back.
    Reversed,
    /// `3`
    Unpaid,
    /// `4`. A number that was cancelled is told so, too.
    Expired,
    /// `5`, "Ready to Commit": the store has begun a payment, and it is not paid.
    ReadyToCommit,
    /// `9`: the customer of Checkout has not chosen a store yet.
    Initiated,
    /// Any other, or none: it says nothing that could be relied on.
    Unknown,
}

impl Standing {
    /// Reads the digit.
    pub fn parse(status: &str) -> Self {
        match status {
            "0" => Self::Paid,
            "1" => Self::Reversed,
            "3" => Self::Unpaid,
            "4" => Self::Expired,
            "5" => Self::ReadyToCommit,
            "9" => Self::Initiated,
            _ => Self::Unknown,
        }
    }
}

/// The answer of a status inquiry, once it is about the transaction that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquired {
    /// How it stands.
    pub standing: Standing,
    /// What in it is not as it was registered (`amt`, `currency`, `payMethod`): whatever it says then, it is not to be
    /// followed.
    pub differs: Option<&'static str>,
    /// The number, where it is issued.
    pub pay_no: Option<IssuedPayNo>,
    /// The chain of stores, where the customer has chosen one.
    pub mitra_cd: Option<MitraCd>,
}

impl Inquired {
    /// Whether nobody has paid yet, and nobody is about to, as far as this says anything of what was registered.
    pub fn is_unpaid(&self) -> bool {
        self.differs.is_none() && matches!(self.standing, Standing::Unpaid | Standing::Initiated)
    }
}
