//! The merchant's own tables: what is read from them, and what is told to them.
//!
//! An engine hands its rows over as [`Cell`]s; what an order is made of them is decided here, once for all engines.
//! What is wrong is told by the column's name. What stands in a row is never told, for a log is no place for it.

mod find;
mod mark_paid;

use chrono::{DateTime, NaiveDateTime, Utc};

use super::statement::StatementError;

pub(crate) use find::Find;
pub use find::StatusWords;
pub(crate) use mark_paid::MarkPaid;

/// What an engine says that a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Decimal,
    /// A binary fraction: no money.
    Float,
    Bool,
    /// A time with its zone.
    Instant,
    /// A time without zone, which is Jakarta's.
    Local,
    /// A day without a time.
    Date,
    Bytes,
    /// Whatever we do not read.
    Other,
}

/// What stands in a column of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Integer(i64),
    Bool(bool),
    Instant(DateTime<Utc>),
    Local(NaiveDateTime),
    Bytes(Vec<u8>),
    /// What is of no use here, or cannot be read.
    Unreadable,
}

/// A row of a statement: its columns by name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row(pub(crate) Vec<(String, Cell)>);

/// Why a statement or a row of it is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShopError {
    /// The text of the statement.
    #[error("{0}")]
    Statement(#[from] StatementError),
    /// No number would be asked for.
    #[error("it must ask for :payNo, or for :partnerServiceId and :customerNo")]
    AsksForNothing,
    /// It changes something.
    #[error("it writes: it must be a SELECT that only reads")]
    Writes,
    /// A column is not there.
    #[error("it yields no column {0}")]
    NoColumn(&'static str),
    /// A column is there twice.
    #[error("it yields the column {0} twice")]
    Twice(&'static str),
    /// A column that nobody knows: a misspelt mitraCd would open an order to every chain.
    #[error("it yields a column {0}, which is none of an order's: leave it out, or rename it with AS")]
    UnknownColumn(String),
    /// A column's type.
    #[error("its column {0} cannot be read: {1} is due there (cast it)")]
    Unmappable(&'static str, &'static str),
    /// It changes nothing.
    #[error("it yields rows: it must be an UPDATE")]
    MarksNothing,
    /// Two orders under one number.
    #[error("it yields more than one row for a number")]
    Several,
    /// NULL where something is due.
    #[error("its column {0} is NULL")]
    Null(&'static str),
    /// A fraction of a sen.
    #[error("its column amount has fractions of a sen")]
    Fraction,
    /// A word that stands for no status.
    #[error("its column status has a word that orders.status does not list")]
    UnknownStatus,
    /// Anything else that a field must not hold.
    #[error("its column {0} holds what it must not: {1} is due there, within the field's length")]
    Invalid(&'static str, &'static str),
}
