//! Registrations and events, in the tables of the payments.

use super::connection::{Connection, Value};
use super::{Database, Part};
use crate::adapters::shop::Row;
use crate::adapters::statement::{Dialect, Statement};
use crate::adapters::tables::{Bound, Events, Registrations, Tables, Write, events_in, registrations_in};
use crate::order::StoreError;

/// Registrations in `nico_registrations`, and what belongs to them.
pub type SqlRegistrations = Registrations<Database>;
/// Events in `nico_events`.
pub type SqlEvents = Events<Database>;

impl Registrations<Database> {
    /// The registrations in a database whose tables are there.
    ///
    /// # Errors
    /// [`StoreError`] when they are not, or a newer version of nico has made them.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        database.needs(Part::Payments).await?;
        Ok(registrations_in(database))
    }
}

impl Events<Database> {
    /// The events in a database whose tables are there.
    ///
    /// # Errors
    /// [`StoreError`] when they are not, or a newer version of nico has made them.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        database.needs(Part::Payments).await?;
        Ok(events_in(database))
    }
}

impl Tables for Database {
    fn dialect(&self) -> Dialect {
        self.server().dialect()
    }

    fn prefix(&self) -> &'static str {
        "nico_"
    }

    async fn fetch(&self, statement: &Statement, values: Vec<Bound>) -> Result<Vec<Row>, StoreError> {
        Self::fetch(self, statement, &bound(&values)).await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Option<Vec<bool>>, StoreError> {
        self.in_turn(|| transact(self, &writes)).await
    }
}

async fn transact(database: &Database, writes: &[Write]) -> Result<Option<Vec<bool>>, StoreError> {
    let mut lease = database.lease().await?;
    let connection = lease.connection();
    // One statement is a transaction of its own, and spares the engine two questions.
    let several = writes.len() > 1;
    if several {
        connection.run("BEGIN").await?;
    }
    let touched = touch_all(connection, writes).await?;
    if several {
        connection.run(if touched.is_some() { "COMMIT" } else { "ROLLBACK" }).await?;
    }
    lease.give_back();
    Ok(touched)
}

async fn touch_all(connection: &mut Connection, writes: &[Write]) -> Result<Option<Vec<bool>>, StoreError> {
    let mut all = Vec::with_capacity(writes.len());
    for write in writes {
        let touched = touch(connection, write).await?;
        if write.is_needed && !touched {
            return Ok(None);
        }
        all.push(touched);
    }
    Ok(Some(all))
}

/// Whether it touched a row, in whatever transaction is open.
pub(super) async fn touch(connection: &mut Connection, write: &Write) -> Result<bool, StoreError> {
    let values = bound(&write.values);
    if write.is_insert {
        return connection.insert(&write.statement, &values).await;
    }
    Ok(connection.execute(&write.statement, &values).await? > 0)
}

fn bound(values: &[Bound]) -> Vec<Value<'_>> {
    values.iter().map(value).collect()
}

fn value(bound: &Bound) -> Value<'_> {
    match bound {
        Bound::Text(text) => Value::Text(text),
        Bound::MaybeText(text) => Value::MaybeText(text.as_deref()),
        Bound::Integer(number) => Value::Integer(*number),
        Bound::MaybeInteger(number) => Value::MaybeInteger(*number),
    }
}
