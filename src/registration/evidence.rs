//! What something is learned of a registration by. `Display` is the evidence as it is kept: it names codes, ids and our
//! own fields, and nothing of the customer's.

use std::fmt;

pub use crate::nicepay::issued::Issued;

use crate::cvs::transaction::TXid;
use crate::nicepay::standing::{Inquired, Standing};

/// Whether a notification says that money came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Money {
    /// `0`
    Came,
    /// `1`
    WasTakenBack,
}

/// A notification, held against the registration it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// NICEPAY's id in it.
    pub t_xid: TXid,
    /// Money came or went, or the field that is not as it was registered or not as it should be.
    pub says: Result<Money, &'static str>,
}

/// What was learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// NICEPAY has taken the registration.
    Issued(Issued),
    /// NICEPAY has refused the registration, by `resultCd` and `resultMsg`.
    Refused(String),
    /// NICEPAY says that the referenceNo exists (9009): it may be this very registration, sent before without an answer.
    Taken,
    /// The registration was sent, or was about to be, and nothing that could be relied on came back.
    Unanswered(String),
    /// A notification came.
    Notified(Notice),
    /// The customer's browser came back.
    CalledBack,
    /// NICEPAY was asked, and answered about this transaction.
    Inquired(Inquired),
    /// NICEPAY was asked, and nothing that could be relied on came back.
    Unusable(String),
    /// NICEPAY has cancelled the number, as it was told to.
    Cancelled,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issued(issued) => write!(f, "registered at NICEPAY as {}", issued.t_xid.as_str()),
            Self::Refused(said) => write!(f, "NICEPAY refused the registration: {said}"),
            Self::Taken => f.write_str("NICEPAY says that this referenceNo exists already (9009)"),
            Self::Unanswered(why) => write!(f, "the registration has no answer: {why}"),
            Self::Notified(Notice { t_xid, says }) => {
                let t_xid = t_xid.as_str();
                match says {
                    Ok(Money::Came) => write!(f, "notified of a payment, {t_xid}"),
                    Ok(Money::WasTakenBack) => write!(f, "notified of a reversal, {t_xid}"),
                    Err(field) => write!(f, "notified, {t_xid}, with a {field} that is not as it should be"),
                }
            }
            Self::CalledBack => f.write_str("the customer's browser came back"),
            Self::Inquired(Inquired { differs: Some(field), .. }) => {
                write!(f, "NICEPAY's status inquiry has another {field}")
            }
            Self::Inquired(inquired) => write!(f, "NICEPAY's status inquiry says {}", word(inquired.standing)),
            Self::Unusable(why) => write!(f, "NICEPAY's status inquiry came to nothing: {why}"),
            Self::Cancelled => f.write_str("cancelled at NICEPAY"),
        }
    }
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Paid => "paid (status 0)",
        Standing::Reversed => "reversed (status 1)",
        Standing::Unpaid => "unpaid (status 3)",
        Standing::Expired => "expired (status 4)",
        Standing::ReadyToCommit => "ready to commit (status 5)",
        Standing::Initiated => "initiated (status 9)",
        Standing::Unknown => "a status that is not known",
    }
}
