//! One registration, and the ways it may go.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{BooksError, ToRegister, VALIDITY};
use crate::cvs::callback::Callback;
use crate::cvs::notification::{Notification, NotificationStatus};
use crate::nicepay::registration::Product;
use crate::nicepay::time_stamp;

/// A registration as NICEPAY keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// By which interface it was registered.
    pub product: Product,
    /// NICEPAY's id, thirty characters.
    pub t_xid: String,
    /// Whose it is.
    pub i_mid: String,
    /// `03`, or `00` where the customer has the choice.
    pub pay_method: String,
    /// The merchant's reference.
    pub reference_no: String,
    /// Whole rupiah, digits alone, as they were sent.
    pub amt: String,
    /// `IDR`
    pub currency: String,
    /// What is bought.
    pub goods_nm: String,
    /// Who buys.
    pub billing_nm: String,
    /// What the merchant says of it.
    pub description: Option<String>,
    /// The chain of stores, once it is chosen.
    pub mitra_cd: Option<String>,
    /// The number, once there is one: twelve digits, of which the first may be zeros.
    pub pay_no: Option<String>,
    /// Whether the merchant issued the number itself: then its own server says what is to be paid for it.
    pub is_nico: bool,
    /// Where the customer's browser goes back to.
    pub call_back_url: Option<String>,
    /// Where notifications go.
    pub db_process_url: String,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// From this instant on the number cannot be paid.
    pub valid_until: DateTime<Utc>,
    /// Where it stands.
    pub state: State,
}

/// Where a registration stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Waiting for its money.
    Unpaid,
    /// A store has the money.
    Paid(Receipt),
    /// Its time is over.
    Expired,
    /// A store had the money and gave it back.
    Reversed(Receipt),
    /// The merchant has withdrawn it.
    Cancelled(Cancel),
}

/// What a store says of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// What stands on the customer's receipt, `receiptCode`.
    pub receipt_code: String,
    /// The store's reference, `mRefNo`.
    pub m_ref_no: String,
    /// When it was paid.
    pub at: DateTime<Utc>,
}

/// A withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// NICEPAY's id of it, `canceltXid`.
    pub t_xid: String,
    /// When it was withdrawn.
    pub at: DateTime<Utc>,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unpaid => "unpaid",
            Self::Paid(_) => "paid",
            Self::Expired => "expired",
            Self::Reversed(_) => "reversed",
            Self::Cancelled(_) => "cancelled",
        })
    }
}

impl Registration {
    pub(super) fn new(order: ToRegister, t_xid: String, now: DateTime<Utc>) -> Self {
        let is_nico = order.number.is_some();
        let pay_no = order.number.or_else(|| order.mitra_cd.as_ref().map(|_| number_in(&t_xid)));
        Self {
            product: order.product,
            t_xid,
            i_mid: order.i_mid,
            pay_method: order.pay_method,
            reference_no: order.reference_no,
            amt: order.amt,
            currency: order.currency,
            goods_nm: order.goods_nm,
            billing_nm: order.billing_nm,
            description: order.description,
            mitra_cd: order.mitra_cd,
            pay_no,
            is_nico,
            call_back_url: order.call_back_url,
            db_process_url: order.db_process_url,
            registered_at: now,
            valid_until: order.valid_until.unwrap_or(now + VALIDITY),
            state: State::Unpaid,
        }
    }

    /// `status` and `resultMsg`, as a status inquiry tells them. Convenience stores have `0`, `3` and `4` in NICEPAY's
    /// table. Of a payment that was taken back it says nothing there, so that is told as for virtual accounts; and a
    /// number that was withdrawn is told as one that can no longer be paid.
    pub fn status(&self) -> (&'static str, &'static str) {
        match self.state {
            State::Unpaid if self.pay_no.is_none() => ("9", "init"),
            State::Unpaid => ("3", "unpaid"),
            State::Paid(_) => ("0", "paid"),
            State::Expired => ("4", "expired"),
            State::Reversed(_) => ("1", "reversal"),
            State::Cancelled(_) => ("4", "canceled"),
        }
    }

    /// What the merchant is told of it: of a payment, or of its reversal. `None` while there is nothing to tell.
    pub fn notification(&self) -> Option<Notification> {
        let (status, receipt) = match &self.state {
            State::Paid(receipt) => (NotificationStatus::Deposit, receipt),
            State::Reversed(receipt) => (NotificationStatus::Reversal, receipt),
            State::Unpaid | State::Expired | State::Cancelled(_) => return None,
        };
        let (trans_dt, trans_tm) = time_stamp::write_parts(self.registered_at);
        let (pay_valid_dt, pay_valid_tm) = time_stamp::write_parts(self.valid_until);
        let (deposit_dt, deposit_tm) = time_stamp::write_parts(receipt.at);
        Some(Notification {
            t_xid: self.t_xid.clone(),
            reference_no: self.reference_no.clone(),
            amt: self.amt.clone(),
            trans_dt,
            trans_tm,
            currency: self.currency.clone(),
            goods_nm: self.goods_nm.clone(),
            billing_nm: self.billing_nm.clone(),
            status,
            mitra_cd: self.mitra_cd.clone()?,
            pay_no: self.pay_no.clone()?,
            pay_valid_dt,
            pay_valid_tm,
            receipt_code: receipt.receipt_code.clone(),
            m_ref_no: receipt.m_ref_no.clone(),
            deposit_dt,
            deposit_tm,
        })
    }

    /// What the customer's browser brings back to `callBackUrl`: the number is issued, and nothing is paid. `None`
    /// while there is no number.
    pub fn callback(&self) -> Option<Callback> {
        let (trans_dt, trans_tm) = time_stamp::write_parts(self.registered_at);
        Some(Callback {
            t_xid: self.t_xid.clone(),
            reference_no: self.reference_no.clone(),
            amt: self.amt.clone(),
            trans_dt,
            trans_tm,
            pay_no: self.pay_no.clone()?,
            mitra_cd: self.mitra_cd.clone()?,
        })
    }

    /// The registration as it stands then: what is unpaid when its time is over has expired.
    pub(super) fn as_of(&self, now: DateTime<Utc>) -> Self {
        let mut registration = self.clone();
        if self.state == State::Unpaid && now >= self.valid_until {
            registration.state = State::Expired;
        }
        registration
    }

    pub(super) fn cancel_t_xid_ends_with(&self, ending: &str) -> bool {
        matches!(&self.state, State::Cancelled(cancel) if cancel.t_xid.ends_with(ending))
    }

    pub(super) fn choose(&mut self, mitra_cd: &str) -> Result<(), BooksError> {
        self.unpaid()?;
        if self.pay_no.is_none() {
            self.mitra_cd = Some(mitra_cd.to_owned());
            self.pay_no = Some(number_in(&self.t_xid));
        }
        Ok(())
    }

    pub(super) fn pay(&mut self, receipt_code: &str, now: DateTime<Utc>) -> Result<(), BooksError> {
        self.unpaid()?;
        let pay_no = self.pay_no.as_deref().ok_or(BooksError::NoNumber)?;
        let receipt = Receipt { receipt_code: receipt_code.to_owned(), m_ref_no: format!("REF{pay_no}"), at: now };
        self.state = State::Paid(receipt);
        Ok(())
    }

    pub(super) fn reverse(&mut self) -> Result<(), BooksError> {
        match &self.state {
            State::Paid(receipt) => self.state = State::Reversed(receipt.clone()),
            State::Unpaid | State::Expired | State::Reversed(_) | State::Cancelled(_) => {
                return Err(BooksError::Not(self.state.clone()));
            }
        }
        Ok(())
    }

    pub(super) fn cancel(&mut self, cancel: Cancel) -> Result<(), BooksError> {
        self.unpaid()?;
        self.state = State::Cancelled(cancel);
        Ok(())
    }

    pub(super) fn expire(&mut self, now: DateTime<Utc>) -> Result<(), BooksError> {
        self.unpaid()?;
        self.valid_until = now;
        self.state = State::Expired;
        Ok(())
    }

    fn unpaid(&self) -> Result<(), BooksError> {
        if self.state == State::Unpaid { Ok(()) } else { Err(BooksError::Not(self.state.clone())) }
    }
}

/// As in NICEPAY's samples: the last twelve characters of the tXid, which begin with the day of the month.
fn number_in(t_xid: &str) -> String {
    t_xid.get(t_xid.len().saturating_sub(12)..).unwrap_or(t_xid).to_owned()
}
