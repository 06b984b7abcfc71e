//! A row of SQLite's, as what is made of it takes it.

use rusqlite::types::ValueRef;
use rusqlite::{Error, Row};

use crate::adapters::shop::{self, Cell};

/// Each column of a row, by name.
pub(super) fn read(row: &Row<'_>) -> Result<shop::Row, Error> {
    let names = row.as_ref().column_names();
    let cell = |(index, name): (usize, &str)| Ok((name.to_owned(), cell(row.get_ref(index)?)));
    Ok(shop::Row(names.into_iter().enumerate().map(cell).collect::<Result<_, Error>>()?))
}

/// A float is no money and no time, so it is not read.
fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Text(text) => std::str::from_utf8(text).map_or(Cell::Unreadable, |text| Cell::Text(text.to_owned())),
        ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Unreadable,
    }
}
