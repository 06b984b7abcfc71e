//! Registrations and events in nico's own tables, written once for every engine.
//!
//! An engine brings [`Tables`]: it reads rows, and it writes all of several things or none of them. Everything else is
//! here, in SQL that SQLite, PostgreSQL, MySQL and MariaDB understand alike. Times are milliseconds since 1970; what is
//! finer is not kept.

mod columns;
mod events;
mod registrations;

use std::future::Future;

use chrono::{DateTime, Utc};

pub(super) use events::{Events, PutEvent, events_in};
pub(super) use registrations::{Registrations, registrations_in};

use super::own;
use super::shop::Row;
use super::statement::{Dialect, Statement};
use crate::order::StoreError;

/// A database with nico's tables.
pub(super) trait Tables: Clone + Send + Sync + 'static {
    /// Whose SQL it understands.
    fn dialect(&self) -> Dialect;

    /// What stands before the name of each table.
    fn prefix(&self) -> &'static str;

    /// The rows of a statement that only reads.
    fn fetch(
        &self,
        statement: &Statement,
        values: Vec<Bound>,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;

    /// Does all of it in one transaction, which is durable when this answers: for each whether it touched a row. `None`
    /// where one that was needed did not, and then nothing is written.
    fn write(&self, writes: Vec<Write>) -> impl Future<Output = Result<Option<Vec<bool>>, StoreError>> + Send;

    /// One of our statements.
    fn statement(&self, text: &str, names: &[&str]) -> Statement {
        Statement::own(self.dialect(), text, names)
    }

    /// An INSERT of one row, for [`Write::insert`].
    fn insert(&self, table: &str, columns: &[&str]) -> Statement {
        own::insert(self.dialect(), &format!("{}{table}", self.prefix()), columns)
    }
}

/// What is bound to a name of a statement.
#[derive(Clone)]
pub(super) enum Bound {
    Text(String),
    MaybeText(Option<String>),
    Integer(i64),
    MaybeInteger(Option<i64>),
}

/// A statement that writes, with what is bound to its names, in their order.
#[derive(Clone)]
pub(super) struct Write {
    pub(super) statement: Statement,
    pub(super) values: Vec<Bound>,
    /// Whether a unique index may have a row like it: then it touches none.
    pub(super) is_insert: bool,
    /// Whether all that is written with it depends on its touching a row.
    pub(super) is_needed: bool,
}

impl Write {
    fn insert(statement: &Statement, values: Vec<Bound>) -> Self {
        Self { statement: statement.clone(), values, is_insert: true, is_needed: false }
    }

    fn update(statement: &Statement, values: Vec<Bound>) -> Self {
        Self { is_insert: false, ..Self::insert(statement, values) }
    }

    fn needed(self) -> Self {
        Self { is_needed: true, ..self }
    }
}

/// What is due at `now`, up to `limit` of it. A row that cannot be read (somebody has written to the table, or a newer
/// nico has) is told of in the log, and keeps nothing else from being done, however many there are of its kind.
async fn due<T: Tables, R>(
    tables: &T,
    statement: &Statement,
    (now, limit): (DateTime<Utc>, u32),
    key: &'static str,
    read: impl Fn(&Row) -> Result<R, StoreError>,
) -> Result<Vec<R>, StoreError> {
    let (wanted, mut fetched) = (usize::try_from(limit).unwrap_or(usize::MAX), limit);
    loop {
        let rows = tables.fetch(statement, vec![columns::at(now), Bound::Integer(fetched.into())]).await?;
        let mut readable = Vec::new();
        for row in &rows {
            match read(row) {
                Ok(it) if readable.len() < wanted => readable.push(it),
                Ok(_) => {}
                Err(error) => {
                    let which = columns::shown(row, key);
                    tracing::error!(which, %error, "a row in the database cannot be read, and what it is about waits");
                }
            }
        }
        if readable.len() == wanted || rows.len() < usize::try_from(fetched).unwrap_or(usize::MAX) {
            return Ok(readable);
        }
        fetched = fetched.saturating_mul(2);
    }
}

impl Bound {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    fn maybe_text(text: Option<&str>) -> Self {
        Self::MaybeText(text.map(str::to_owned))
    }
}
