//! Registrations and events, in the file of the payments.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::{Database, row};
use crate::adapters::shop::Row;
use crate::adapters::statement::{Dialect, Statement};
use crate::adapters::tables::{Bound, Events, Registrations, Tables, Write, events_in, registrations_in};
use crate::order::StoreError;

/// Registrations in SQLite.
pub type SqliteRegistrations = Registrations<Database>;
/// Events in SQLite.
pub type SqliteEvents = Events<Database>;

impl Registrations<Database> {
    /// The registrations in a database.
    pub fn new(database: &Database) -> Self {
        registrations_in(database)
    }
}

impl Events<Database> {
    /// The events in a database.
    pub fn new(database: &Database) -> Self {
        events_in(database)
    }
}

/// A write that was needed touched nothing: what was written before it is undone.
#[derive(Debug, thiserror::Error)]
#[error("a row is not as it was")]
struct Changed;

impl Tables for Database {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn prefix(&self) -> &'static str {
        ""
    }

    async fn fetch(&self, statement: &Statement, values: Vec<Bound>) -> Result<Vec<Row>, StoreError> {
        let statement = statement.clone();
        self.read(move |connection| {
            let mut prepared = connection.prepare_cached(statement.sql())?;
            let rows = prepared.query_map(bound(&statement, &values), row::read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Option<Vec<bool>>, StoreError> {
        let work = move |connection: &Connection| writes.iter().map(|write| needed(connection, write)).collect();
        match self.0.writer.write(work).await {
            Ok(touched) => Ok(Some(touched)),
            Err(error) if error.is::<Changed>() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether it touched a row, in whatever transaction is open.
pub(super) fn touch(connection: &Connection, write: &Write) -> Result<bool, StoreError> {
    let mut prepared = connection.prepare_cached(write.statement.sql())?;
    Ok(prepared.execute(bound(&write.statement, &write.values))? > 0)
}

fn needed(connection: &Connection, write: &Write) -> Result<bool, StoreError> {
    let touched = touch(connection, write)?;
    if write.is_needed && !touched { Err(Changed.into()) } else { Ok(touched) }
}

fn bound(statement: &Statement, values: &[Bound]) -> impl rusqlite::Params {
    params_from_iter(statement.parameters().iter().map(|index| value(&values[*index])))
}

fn value(bound: &Bound) -> ToSqlOutput<'_> {
    match bound {
        Bound::Text(text) | Bound::MaybeText(Some(text)) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        Bound::Integer(number) | Bound::MaybeInteger(Some(number)) => ToSqlOutput::Owned(Value::Integer(*number)),
        Bound::MaybeText(None) | Bound::MaybeInteger(None) => ToSqlOutput::Owned(Value::Null),
    }
}
