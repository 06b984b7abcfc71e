//! What comes of a registration that NICEPAY takes.

use chrono::{DateTime, Utc};

use crate::cvs::transaction::{IssuedPayNo, TXid};

/// NICEPAY's answer to a registration that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Its id.
    pub t_xid: TXid,
    /// The number; in Checkout it comes later.
    pub pay_no: Option<IssuedPayNo>,
    /// Where the customer of Checkout is sent, tXid and all.
    pub payment_url: Option<String>,
    /// Until when it can be paid, where NICEPAY has said so.
    pub valid_until: Option<DateTime<Utc>>,
}
