//! What NICEPAY knows of registrations: in memory, or in a file that is whole before an operation is answered.
//!
//! One process at a time keeps a file. Each operation writes all of it: what a desk registers in a day is a few hundred
//! kilobytes.

mod file;
mod registration;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

pub use file::FileError;
pub use registration::{Cancel, Receipt, Registration, State};

use crate::nicepay::registration::Product;
use crate::nicepay::time_stamp;

/// The books. Every operation is told the time.
#[derive(Debug, Default)]
pub struct Books {
    path: Option<PathBuf>,
    kept: Mutex<Vec<Registration>>,
}

/// What is to be registered. The fields were checked.
#[derive(Debug, Clone)]
pub struct ToRegister {
    /// By which interface.
    pub product: Product,
    /// Whose it is.
    pub i_mid: String,
    /// `03`, or `00` where the customer still has the choice.
    pub pay_method: String,
    /// The merchant's reference, unique.
    pub reference_no: String,
    /// Whole rupiah, digits alone.
    pub amt: String,
    /// `IDR`
    pub currency: String,
    /// What is bought.
    pub goods_nm: String,
    /// Who buys.
    pub billing_nm: String,
    /// What the merchant says of it.
    pub description: Option<String>,
    /// The chain of stores. Checkout leaves it to the customer.
    pub mitra_cd: Option<String>,
    /// Where the customer's browser goes back to.
    pub call_back_url: Option<String>,
    /// Where notifications go.
    pub db_process_url: String,
    /// Until when the number is good; by default seven days.
    pub valid_until: Option<DateTime<Utc>>,
    /// The number, where the merchant has issued it itself (NICO).
    pub number: Option<String>,
}

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// The referenceNo has been registered before.
    #[error("this referenceNo has been registered before")]
    ReferenceNoTaken,
    /// Nothing is registered under this tXid.
    #[error("nothing is registered under this tXid")]
    Unknown,
    /// Its state does not allow it.
    #[error("its number is {0}")]
    Not(State),
    /// The customer has not chosen a store yet, so there is no number.
    #[error("the customer has not chosen a store yet")]
    NoNumber,
    /// Ten thousand numbers in one second are all there are.
    #[error("there are no more numbers in this second")]
    PoolEmpty,
    /// It is not written down, and so not done.
    #[error("{0}")]
    Unwritten(#[from] FileError),
}

impl Books {
    /// Books kept in a file, which may not exist yet. Without a file, `Books::default()` is in memory.
    ///
    /// # Errors
    /// [`FileError`], which says what to do: a file that is not whole is never written over.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref().to_owned();
        Ok(Self { kept: Mutex::new(file::read(&path)?), path: Some(path) })
    }

    /// Registers, and issues a number if the store is chosen.
    ///
    /// # Errors
    /// [`BooksError::ReferenceNoTaken`], [`BooksError::PoolEmpty`], [`BooksError::Unwritten`]
    pub fn register(&self, order: ToRegister, now: DateTime<Utc>) -> Result<Registration, BooksError> {
        self.change(|kept| {
            if kept.iter().any(|registered| registered.reference_no == order.reference_no) {
                return Err(BooksError::ReferenceNoTaken);
            }
            let t_xid = new_t_xid(kept, (&order.i_mid, &order.pay_method), now)?;
            kept.push(Registration::new(order, t_xid, now));
            Ok(kept.len() - 1)
        })
    }

    /// The customer of Checkout has chosen a store: the number is issued. Choosing again changes nothing.
    ///
    /// # Errors
    /// [`BooksError::Unknown`], [`BooksError::Not`] unpaid, [`BooksError::Unwritten`]
    pub fn choose(&self, t_xid: &str, mitra_cd: &str, now: DateTime<Utc>) -> Result<Registration, BooksError> {
        self.change_one(t_xid, now, |registered| registered.choose(mitra_cd))
    }

    /// A store has taken the money, and gives the customer a receipt of at most twenty characters.
    ///
    /// # Errors
    /// [`BooksError::Unknown`], [`BooksError::NoNumber`], [`BooksError::Not`] unpaid, [`BooksError::Unwritten`]
    pub fn pay(&self, t_xid: &str, receipt_code: &str, now: DateTime<Utc>) -> Result<Registration, BooksError> {
        self.change_one(t_xid, now, |registered| registered.pay(receipt_code, now))
    }

    /// The store has taken a payment back.
    ///
    /// # Errors
    /// [`BooksError::Unknown`], [`BooksError::Not`] paid, [`BooksError::Unwritten`]
    pub fn reverse(&self, t_xid: &str, now: DateTime<Utc>) -> Result<Registration, BooksError> {
        self.change_one(t_xid, now, Registration::reverse)
    }

    /// The merchant has withdrawn the number.
    ///
    /// # Errors
    /// [`BooksError::Unknown`], [`BooksError::Not`] unpaid, [`BooksError::PoolEmpty`], [`BooksError::Unwritten`]
    pub fn cancel(&self, t_xid: &str, now: DateTime<Utc>) -> Result<Registration, BooksError> {
        self.change(|kept| {
            let place = place_of(kept, t_xid)?;
            let cancel_t_xid = new_t_xid(kept, (&kept[place].i_mid, &kept[place].pay_method), now)?;
            kept[place] = kept[place].as_of(now);
            kept[place].cancel(Cancel { t_xid: cancel_t_xid, at: now }).map(|()| place)
        })
    }

    /// The number's time is over now, whatever was agreed.
    ///
    /// # Errors
    /// [`BooksError::Unknown`], [`BooksError::Not`] unpaid, [`BooksError::Unwritten`]
    pub fn expire(&self, t_xid: &str, now: DateTime<Utc>) -> Result<Registration, BooksError> {
        self.change_one(t_xid, now, |registered| registered.expire(now))
    }

    /// What is registered under a tXid.
    pub fn find_by_t_xid(&self, t_xid: &str, now: DateTime<Utc>) -> Option<Registration> {
        self.find(now, |registered| registered.t_xid == t_xid)
    }

    /// What is registered under a number that NICEPAY issued.
    pub fn find_by_pay_no(&self, pay_no: &str, now: DateTime<Utc>) -> Option<Registration> {
        self.find(now, |registered| !registered.is_nico && registered.pay_no.as_deref() == Some(pay_no))
    }

    /// What is registered under a merchant's reference.
    pub fn find_by_reference_no(&self, reference_no: &str, now: DateTime<Utc>) -> Option<Registration> {
        self.find(now, |registered| registered.reference_no == reference_no)
    }

    /// All registrations, oldest first.
    pub fn list(&self, now: DateTime<Utc>) -> Vec<Registration> {
        self.kept().iter().map(|registered| registered.as_of(now)).collect()
    }

    fn find(&self, now: DateTime<Utc>, wanted: impl Fn(&Registration) -> bool) -> Option<Registration> {
        self.kept().iter().find(|registered| wanted(registered)).map(|registered| registered.as_of(now))
    }

    fn change_one(
        &self,
        t_xid: &str,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Registration) -> Result<(), BooksError>,
    ) -> Result<Registration, BooksError> {
        self.change(|kept| {
            let place = place_of(kept, t_xid)?;
            kept[place] = kept[place].as_of(now);
            change(&mut kept[place]).map(|()| place)
        })
    }

    /// Changes a copy, writes it down, and only then takes it for true. The change says which registration it was.
    fn change(
        &self,
        change: impl FnOnce(&mut Vec<Registration>) -> Result<usize, BooksError>,
    ) -> Result<Registration, BooksError> {
        let mut kept = self.kept();
        let mut changed = kept.clone();
        let place = change(&mut changed)?;
        if let Some(path) = &self.path {
            file::write(path, &changed)?;
        }
        *kept = changed;
        Ok(kept[place].clone())
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Registration>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place_of(kept: &[Registration], t_xid: &str) -> Result<usize, BooksError> {
    kept.iter().position(|registered| registered.t_xid == t_xid).ok_or(BooksError::Unknown)
}

/// iMid, payMethod, fourteen digits of time, and four more: thirty characters with an iMid of ten. The number is made of
/// its last twelve, as in NICEPAY's samples, so these must be new as well: they come again each month.
fn new_t_xid(
    kept: &[Registration],
    (i_mid, pay_method): (&str, &str),
    now: DateTime<Utc>,
) -> Result<String, BooksError> {
    let time = time_stamp::write(now);
    let ending = |serial: usize| format!("{}{:04}", &time[6..], serial % SERIALS);
    let used = |ending: &str| {
        kept.iter().any(|registered| registered.t_xid.ends_with(ending) || registered.cancel_t_xid_ends_with(ending))
    };
    let free = (kept.len()..kept.len() + SERIALS).map(ending).find(|ending| !used(ending));
    free.map(|ending| format!("{i_mid}{pay_method}{}{ending}", &time[..6])).ok_or(BooksError::PoolEmpty)
}

const SERIALS: usize = 10_000;
/// NICEPAY's default: the number is good until the seventh day.
const VALIDITY: TimeDelta = TimeDelta::days(7);
