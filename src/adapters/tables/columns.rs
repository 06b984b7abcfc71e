//! What stands in a column, as the value it was. What cannot be one is told by the column's name; what stands there is
//! no log's business.

use chrono::{DateTime, Utc};

use super::Bound;
use crate::adapters::own;
use crate::adapters::shop::Row;
use crate::order::StoreError;

/// A text that is a `T`.
pub(super) fn read<T>(row: &Row, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
    parse(&own::text(row, name)?).ok_or_else(|| invalid(name))
}

/// The same, or NULL.
pub(super) fn maybe<T>(row: &Row, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, StoreError> {
    own::maybe_text(row, name)?.map(|text| parse(&text).ok_or_else(|| invalid(name))).transpose()
}

/// A key as it may stand in a log: as much of it as a reference could be.
pub(super) fn shown(row: &Row, name: &str) -> String {
    let visible = |text: String| text.chars().filter(char::is_ascii_graphic).take(40).collect();
    own::text(row, name).map_or_else(|_| "a row without its key".to_owned(), visible)
}

/// How often something was done.
pub(super) fn count(row: &Row, name: &str) -> Result<u32, StoreError> {
    u32::try_from(own::integer(row, name)?).map_err(|_| invalid(name))
}

/// 0 or 1.
pub(super) fn flag(row: &Row, name: &str) -> Result<bool, StoreError> {
    match own::integer(row, name)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(invalid(name)),
    }
}

/// An instant.
pub(super) fn time(row: &Row, name: &str) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(own::integer(row, name)?).ok_or_else(|| invalid(name))
}

/// An instant, or NULL.
pub(super) fn maybe_time(row: &Row, name: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    let millis = own::maybe_integer(row, name)?;
    millis.map(|millis| DateTime::from_timestamp_millis(millis).ok_or_else(|| invalid(name))).transpose()
}

/// That a column holds what nobody has written there.
pub(super) fn invalid(name: &str) -> StoreError {
    StoreError::new(&format!("{name} in the database is not what it should be"))
}

/// An instant, to be bound.
pub(super) fn at(time: DateTime<Utc>) -> Bound {
    Bound::Integer(time.timestamp_millis())
}

/// An instant or NULL, to be bound.
pub(super) fn maybe_at(time: Option<DateTime<Utc>>) -> Bound {
    Bound::MaybeInteger(time.map(|time| time.timestamp_millis()))
}
