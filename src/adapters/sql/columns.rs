//! What the columns of either engine hold.

use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::Decimal;
use sqlx::mysql::{MySqlRow, MySqlTypeInfo};
use sqlx::postgres::{PgRow, PgTypeInfo, PgTypeKind};
use sqlx::{Column, MySql, Row as _, Type, TypeInfo, ValueRef};

use crate::adapters::shop::{Cell, Kind, Row};

pub(super) fn postgres_kind(info: &PgTypeInfo) -> Kind {
    match info.kind() {
        PgTypeKind::Enum(_) => return Kind::Text,
        PgTypeKind::Domain(inner) => return postgres_kind(inner),
        PgTypeKind::Simple
        | PgTypeKind::Pseudo
        | PgTypeKind::Composite(_)
        | PgTypeKind::Array(_)
        | PgTypeKind::Range(_) => {}
    }
    match info.name() {
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" => Kind::Text,
        name if name.eq_ignore_ascii_case("citext") => Kind::Text,
        "INT2" | "INT4" | "INT8" => Kind::Integer,
        "NUMERIC" => Kind::Decimal,
        "FLOAT4" | "FLOAT8" => Kind::Float,
        "BOOL" => Kind::Bool,
        "TIMESTAMPTZ" => Kind::Instant,
        "TIMESTAMP" => Kind::Local,
        "DATE" => Kind::Date,
        "BYTEA" => Kind::Bytes,
        _ => Kind::Other,
    }
}

pub(super) fn mysql_kind(info: &MySqlTypeInfo) -> Kind {
    // A collation like ascii_bin makes a text look binary, but for this.
    if <str as Type<MySql>>::compatible(info) {
        return Kind::Text;
    }
    match info.name() {
        "SET" => Kind::Text,
        "DECIMAL" => Kind::Decimal,
        "FLOAT" | "DOUBLE" => Kind::Float,
        // The session's zone is Jakarta's, in which MySQL hands out both.
        "TIMESTAMP" | "DATETIME" => Kind::Local,
        "DATE" => Kind::Date,
        // TINYINT(1) is how MySQL spells a boolean, and a number all the same.
        "BOOLEAN" => Kind::Integer,
        name if name.contains("INT") => Kind::Integer,
        name if name.contains("BINARY") || name.contains("BLOB") => Kind::Bytes,
        _ => Kind::Other,
    }
}

pub(super) fn postgres_row(row: &PgRow) -> Row {
    Row(row.columns().iter().map(|column| (column.name().to_owned(), postgres_cell(row, column.ordinal()))).collect())
}

pub(super) fn mysql_row(row: &MySqlRow) -> Row {
    Row(row.columns().iter().map(|column| (column.name().to_owned(), mysql_cell(row, column.ordinal()))).collect())
}

fn postgres_cell(row: &PgRow, index: usize) -> Cell {
    let Ok(raw) = row.try_get_raw(index) else { return Cell::Unreadable };
    if raw.is_null() {
        return Cell::Null;
    }
    let cell = match postgres_kind(&raw.type_info()) {
        // Enumerations and the like travel as the text they are.
        Kind::Text => raw.as_str().ok().map(|text| Cell::Text(text.to_owned())),
        Kind::Integer => postgres_integer(row, index).map(Cell::Integer),
        Kind::Decimal => row.try_get::<Decimal, _>(index).ok().map(|decimal| Cell::Text(decimal.to_string())),
        Kind::Bool => row.try_get(index).ok().map(Cell::Bool),
        Kind::Instant => row.try_get::<DateTime<Utc>, _>(index).ok().map(Cell::Instant),
        Kind::Local => row.try_get::<NaiveDateTime, _>(index).ok().map(Cell::Local),
        Kind::Bytes => row.try_get(index).ok().map(Cell::Bytes),
        Kind::Float | Kind::Date | Kind::Other => None,
    };
    cell.unwrap_or(Cell::Unreadable)
}

/// Whatever its width.
fn postgres_integer(row: &PgRow, index: usize) -> Option<i64> {
    let wide = || row.try_get::<i64, _>(index).ok();
    let middle = || row.try_get::<i32, _>(index).ok().map(i64::from);
    wide().or_else(middle).or_else(|| row.try_get::<i16, _>(index).ok().map(i64::from))
}

fn mysql_cell(row: &MySqlRow, index: usize) -> Cell {
    let Ok(raw) = row.try_get_raw(index) else { return Cell::Unreadable };
    if raw.is_null() {
        return Cell::Null;
    }
    let cell = match mysql_kind(&raw.type_info()) {
        Kind::Text => row.try_get_unchecked::<String, _>(index).ok().map(Cell::Text),
        Kind::Integer => mysql_integer(row, index).map(Cell::Integer),
        Kind::Decimal => row.try_get::<Decimal, _>(index).ok().map(|decimal| Cell::Text(decimal.to_string())),
        Kind::Local => row.try_get_unchecked::<NaiveDateTime, _>(index).ok().map(Cell::Local),
        Kind::Bytes => row.try_get_unchecked(index).ok().map(Cell::Bytes),
        Kind::Bool | Kind::Instant | Kind::Float | Kind::Date | Kind::Other => None,
    };
    cell.unwrap_or(Cell::Unreadable)
}

fn mysql_integer(row: &MySqlRow, index: usize) -> Option<i64> {
    let unsigned = || i64::try_from(row.try_get_unchecked::<u64, _>(index).ok()?).ok();
    row.try_get::<i64, _>(index).ok().or_else(unsigned)
}
