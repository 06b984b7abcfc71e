//! ★ Orders: what is to be paid for a number. **The file a merchant reads who brings a store of their own.**
//!
//! The contract of [`OrderRepository`]:
//!
//! - [`find_by_pay_no`](OrderRepository::find_by_pay_no) answers `Ok(None)` for a number it does not know and
//!   `Err` only when it could not find out. NICEPAY hears `4040012` for the one and `5000000` for the other.
//! - A number that was known stays known when it is paid, cancelled or expired: the [`Status`] and the expiry say so.
//! - It answers within the request's deadline (5 s by default); what takes longer is cut and answered `5040000`.
//! - It may be called from many requests at once, and it may be asked twice for one request.
//! - It **awaits**, and never blocks the thread: other requests are served on it, and a deadline cannot cut what does
//!   not await. A synchronous driver goes into `tokio::task::spawn_blocking`, as `examples/own_store.rs` has it.
//!
//! ```
//! use nico::{Amount, GoodsName, Order, OrderRepository, PartnerReferenceNo, PayNo, PayNoEmail, PayNoName, PayNoPhone};
//! use nico::{Status, StoreError};
//!
//! struct OneOrder;
//!
//! impl OrderRepository for OneOrder {
//!     async fn find_by_pay_no(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
//!         if pay_no.as_str() != "701589101110" {
//!             return Ok(None);
//!         }
//!         Ok(Some(Order {
//!             pay_no: pay_no.clone(),
//!             partner_reference_no: PartnerReferenceNo::parse("abcdefgh1234")?,
//!             pay_no_name: PayNoName::parse("John Test")?,
//!             pay_no_phone: PayNoPhone::parse("087771122333")?,
//!             pay_no_email: PayNoEmail::parse("jhon@test.com")?,
//!             goods_name: GoodsName::parse("Pembelian John Test")?,
//!             amount: Amount::parse("10000.00")?,
//!             expires_at: "2030-01-01T00:00:00+07:00".parse()?,
//!             status: Status::Unpaid,
//!             mitra_cd: None,
//!         }))
//!     }
//! }
//! # let _ = nico::conformance::stores::orders::<OneOrder>;
//! ```
//!
//! [`crate::conformance::stores::orders`] holds an implementation to the contract.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use chrono::{DateTime, FixedOffset, Utc};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::snap::amount::Amount;
use crate::snap::field::{FieldError, is_digits, is_readable, is_visible_ascii, text};
use crate::snap::json::{Object, Value};
use crate::snap::timestamp::{is_writable, jakarta_text};

text!(
    /// The number a customer tells the store: up to 4 digits of `partnerServiceId` and 8 of `customerNo`, at least
    /// one of each. Leading zeros count.
    PayNo, "payNo", 12, |text| is_digits(text) && text.len() >= 2, personal
);
text!(
    /// The merchant's own reference of the order.
    PartnerReferenceNo, "partnerReferenceNo", 40, is_visible_ascii
);
text!(
    /// The customer's name.
    PayNoName, "payNoName", 100, is_readable, personal
);
text!(
    /// The customer's telephone: digits, a leading zero kept.
    PayNoPhone, "payNoPhone", 15, is_digits, personal
);
text!(
    /// The customer's e-mail address.
    PayNoEmail, "payNoEmail", 100,
    |text| text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.chars().any(|c| c.is_control() || c.is_whitespace()),
    personal
);
text!(
    /// What is bought.
    GoodsName, "goodsName", 200, is_readable, personal
);
text!(
    /// The chain of stores: `ALMA` Alfamart, `INDO` Indomaret. Others exist, so none is refused for being unknown.
    MitraCd, "mitraCd", 4, |text| text.bytes().all(|b| b.is_ascii_alphanumeric())
);

impl PayNo {
    /// A number that no prefix of NICEPAY's begins: a store is asked for it to see whether it answers.
    pub fn nobodys() -> Self {
        Self("000000000000".to_owned())
    }

    /// The number as prefix and rest, where nobody said how it is made up: NICEPAY's prefixes have four digits.
    pub fn parts(&self) -> (&str, &str) {
        self.0.split_at((self.0.len() - 1).min(4))
    }

    /// The number for a log line: prefix and last two digits, the rest starred; a short one has nothing to show.
    pub fn masked(&self) -> String {
        let (digits, length) = (self.as_str(), self.0.len());
        if length < 9 {
            "*".repeat(length)
        } else {
            format!("{}{}{}", &digits[..4], "*".repeat(length - 6), &digits[length - 2..])
        }
    }
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Waiting for its money until it expires.
    Unpaid,
    /// Paid, by whatever way.
    Paid,
    /// Withdrawn: its number answers like one that never was.
    Cancelled,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Unpaid, Self::Paid, Self::Cancelled];

    /// The word for it in files and databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// An order as NICEPAY may learn of it. Every field of the wire's `payNoData` is here, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The number it is paid under.
    pub pay_no: PayNo,
    /// The merchant's reference.
    pub partner_reference_no: PartnerReferenceNo,
    /// The customer's name.
    pub pay_no_name: PayNoName,
    /// The customer's telephone.
    pub pay_no_phone: PayNoPhone,
    /// The customer's e-mail address.
    pub pay_no_email: PayNoEmail,
    /// What is bought.
    pub goods_name: GoodsName,
    /// What is to be paid, neither less nor more.
    pub amount: Amount,
    /// From this instant on it can no longer be paid.
    pub expires_at: DateTime<FixedOffset>,
    /// Where it stands.
    pub status: Status,
    /// The one chain that may take the money; `None` for any.
    pub mitra_cd: Option<MitraCd>,
}

impl Order {
    /// The fields of an order as a JSON object; all but the last are mandatory.
    pub const FIELDS: [&str; 10] = [
        PayNo::FIELD,
        PartnerReferenceNo::FIELD,
        PayNoName::FIELD,
        PayNoPhone::FIELD,
        PayNoEmail::FIELD,
        GoodsName::FIELD,
        "amount",
        "expiresAt",
        "status",
        MitraCd::FIELD,
    ];

    /// Reads an order from a JSON object: the wire's names, `amount` as `"10000.00"`, `expiresAt` in RFC 3339,
    /// `status` as `unpaid`, `paid` or `cancelled`.
    ///
    /// # Errors
    /// [`FieldError`] of the first field that is missing or malformed.
    pub fn read(object: &Object) -> Result<Self, FieldError> {
        let text = |name: &'static str| match object.get(name) {
            Some(Value::Text(text)) => Ok(text.as_str()),
            Some(Value::Number(digits)) if name == "amount" => Ok(digits.as_str()),
            Some(_) => Err(FieldError::Invalid(name)),
            None => Err(FieldError::Missing(name)),
        };
        // "For ever" is often written as the last second of 9999 in UTC, which is the year 10000 in Jakarta.
        let expires_at = DateTime::parse_from_rfc3339(text("expiresAt")?).ok().filter(|at| is_writable(at.to_utc()));
        let mitra_cd = object.get(MitraCd::FIELD).map(|_| text(MitraCd::FIELD)).transpose()?;
        Ok(Self {
            pay_no: PayNo::parse(text(PayNo::FIELD)?)?,
            partner_reference_no: PartnerReferenceNo::parse(text(PartnerReferenceNo::FIELD)?)?,
            pay_no_name: PayNoName::parse(text(PayNoName::FIELD)?)?,
            pay_no_phone: PayNoPhone::parse(text(PayNoPhone::FIELD)?)?,
            pay_no_email: PayNoEmail::parse(text(PayNoEmail::FIELD)?)?,
            goods_name: GoodsName::parse(text(GoodsName::FIELD)?)?,
            amount: Amount::parse(text("amount")?).map_err(|error| error.of("amount"))?,
            expires_at: expires_at.ok_or(FieldError::Invalid("expiresAt"))?,
            status: Status::parse(text("status")?).ok_or(FieldError::Invalid("status"))?,
            mitra_cd: mitra_cd.map(MitraCd::parse).transpose()?,
        })
    }

    /// Whether its time is over: the instant of expiry itself is too late.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        now >= self.expires_at
    }
}

impl Serialize for Order {
    /// What [`Order::read`] reads.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Order", Self::FIELDS.len())?;
        object.serialize_field(PayNo::FIELD, &self.pay_no)?;
        object.serialize_field(PartnerReferenceNo::FIELD, &self.partner_reference_no)?;
        object.serialize_field(PayNoName::FIELD, &self.pay_no_name)?;
        object.serialize_field(PayNoPhone::FIELD, &self.pay_no_phone)?;
        object.serialize_field(PayNoEmail::FIELD, &self.pay_no_email)?;
        object.serialize_field(GoodsName::FIELD, &self.goods_name)?;
        object.serialize_field("amount", &self.amount.value())?;
        object.serialize_field("expiresAt", &jakarta_text(self.expires_at.to_utc()))?;
        object.serialize_field("status", self.status.as_str())?;
        match &self.mitra_cd {
            Some(mitra_cd) => object.serialize_field(MitraCd::FIELD, mitra_cd)?,
            None => object.skip_field(MitraCd::FIELD)?,
        }
        object.end()
    }
}

/// A store failed. Holds any error, so `?` works on any driver's; it is logged and never shown to the caller.
pub struct StoreError {
    cause: Box<dyn Error + Send + Sync>,
    late: bool,
}

impl StoreError {
    /// A failure told in words.
    pub fn new(message: &str) -> Self {
        Self { cause: message.into(), late: false }
    }

    /// It did not answer in time, or is known not to be answering: NICEPAY hears `5040000`, as at our own deadline.
    pub fn timed_out(message: &str) -> Self {
        Self { late: true, ..Self::new(message) }
    }

    /// Whether it was time that ran out.
    pub fn is_timeout(&self) -> bool {
        self.late
    }

    /// Whether this was the cause.
    #[cfg(any(feature = "sql", feature = "sqlite"))]
    pub(crate) fn is<E: Error + 'static>(&self) -> bool {
        self.cause.is::<E>()
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self { cause: Box::new(error), late: false }
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for StoreError {
    /// The error and its causes, for the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cause)?;
        let mut cause = self.cause.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// Where orders come from.
pub trait OrderRepository: Send + Sync + 'static {
    /// The order behind a number, in whatever state; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when that could not be found out.
    fn find_by_pay_no(&self, pay_no: &PayNo) -> impl Future<Output = Result<Option<Order>, StoreError>> + Send;

    /// Whether it could answer now: asked by `GET /health/ready`.
    ///
    /// # Errors
    /// [`StoreError`] when not.
    fn ready(&self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }
}

/// What a store's method answers once its type is erased.
pub(crate) type Erased<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`OrderRepository`] behind a pointer, so that no type parameter spreads through the provider.
pub(crate) trait AnyOrders: Send + Sync {
    fn find_by_pay_no<'a>(&'a self, pay_no: &'a PayNo) -> Erased<'a, Option<Order>>;
    fn ready(&self) -> Erased<'_, ()>;
}

impl<R: OrderRepository> AnyOrders for R {
    fn find_by_pay_no<'a>(&'a self, pay_no: &'a PayNo) -> Erased<'a, Option<Order>> {
        Box::pin(OrderRepository::find_by_pay_no(self, pay_no))
    }

    fn ready(&self) -> Erased<'_, ()> {
        Box::pin(OrderRepository::ready(self))
    }
}
