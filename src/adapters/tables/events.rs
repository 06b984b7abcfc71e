//! The outbox. An event is settled when `due_at` is NULL, and its order's line is what is not.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::columns::{self, at, maybe_at};
use super::{Bound, Tables, Write, due};
use crate::adapters::own;
use crate::adapters::shop::Row;
use crate::adapters::statement::Statement;
use crate::event::{Event, Fate, Kind, NewEvent, Outbox};
use crate::order::StoreError;
use crate::webhook::MessageId;

/// How many events are read at once by whoever reads them all.
const PAGE: usize = 1_000;

/// The columns of the table of events, but for the number of the row.
const COLUMNS: [&str; 9] =
    ["message_id", "kind", "reference_no", "body", "at", "attempts", "due_at", "delivered_at", "given_up"];

/// The INSERT of an event, in whatever transaction.
#[derive(Clone)]
pub(in crate::adapters) struct PutEvent(Statement);

impl PutEvent {
    /// Into a database's table of events.
    pub(in crate::adapters) fn into<T: Tables>(tables: &T) -> Self {
        Self(tables.insert("events", &COLUMNS))
    }

    /// Writes the event, due at once; where it is already there, nothing.
    pub(in crate::adapters) fn write(&self, event: &NewEvent) -> Write {
        let values = vec![
            Bound::text(event.message_id.as_str()),
            Bound::text(event.kind.as_str()),
            Bound::text(&event.reference_no),
            Bound::text(&event.body),
            at(event.at),
            Bound::Integer(0),
            maybe_at(Some(event.at)),
            maybe_at(None),
            Bound::Integer(0),
        ];
        Write::insert(&self.0, values)
    }
}

/// Events in a table of nico's own.
#[derive(Clone)]
pub struct Events<T> {
    tables: T,
    statements: Arc<Statements>,
}

struct Statements {
    put: PutEvent,
    heads: Statement,
    lease: Statement,
    settle: Statement,
    resend: Statement,
    all: Statement,
    given_up: Statement,
}

/// The events in a database.
pub(in crate::adapters) fn events_in<T: Tables>(tables: &T) -> Events<T> {
    Events { tables: tables.clone(), statements: Arc::new(Statements::new(tables)) }
}

impl Statements {
    fn new<T: Tables>(tables: &T) -> Self {
        let (events, columns) = (format!("{}events", tables.prefix()), COLUMNS.join(", "));
        let from = format!("SELECT number, {columns} FROM {events} WHERE");
        Self {
            put: PutEvent::into(tables),
            heads: tables.statement(
                &format!(
                    "{from} due_at <= :now AND NOT EXISTS
                         (SELECT 1 FROM {events} earlier WHERE earlier.reference_no = {events}.reference_no
                          AND earlier.number < {events}.number AND earlier.due_at IS NOT NULL)
                     ORDER BY due_at, number LIMIT :limit"
                ),
                &["now", "limit"],
            ),
            lease: tables.statement(
                &format!("UPDATE {events} SET due_at = :leased_until WHERE number = :number AND due_at = :due_at"),
                &["leased_until", "number", "due_at"],
            ),
            // Whoever took too long may come after another has delivered it: then it stays delivered.
            settle: tables.statement(
                &format!(
                    "UPDATE {events} SET attempts = :attempts, due_at = :due_at, delivered_at = :delivered_at,
                     given_up = :given_up WHERE number = :number AND delivered_at IS NULL"
                ),
                &["attempts", "due_at", "delivered_at", "given_up", "number"],
            ),
            resend: tables.statement(
                &format!(
                    "UPDATE {events} SET attempts = 0, due_at = :now, delivered_at = NULL, given_up = 0
                     WHERE number = :number"
                ),
                &["now", "number"],
            ),
            all: tables.statement(&format!("{from} number > :last ORDER BY number LIMIT {PAGE}"), &["last"]),
            given_up: tables
                .statement(&format!("{from} number > :last AND given_up = 1 ORDER BY number LIMIT {PAGE}"), &["last"]),
        }
    }

    /// Puts an event's next time off, if nobody else has since it was read.
    fn lease(&self, event: &Event, leased_until: DateTime<Utc>) -> Write {
        let due_at = match event.fate {
            Fate::Due(due_at) => Some(due_at),
            Fate::Delivered(_) | Fate::GivenUp => None,
        };
        Write::update(&self.lease, vec![at(leased_until), Bound::Integer(event.number), maybe_at(due_at)])
    }
}

impl<T: Tables> Outbox for Events<T> {
    async fn put(&self, event: &NewEvent) -> Result<(), StoreError> {
        self.tables.write(vec![self.statements.put.write(event)]).await.map(drop)
    }

    /// Reads, then takes what is still as it was read: of two who read the same, one finds it changed.
    async fn take(
        &self,
        now: DateTime<Utc>,
        leased_until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let due = due(&self.tables, &self.statements.heads, (now, limit), "reference_no", event_from).await?;
        if due.is_empty() {
            return Ok(due);
        }
        let leases = due.iter().map(|event| self.statements.lease(event, leased_until)).collect();
        let leased = self.tables.write(leases).await?.unwrap_or_default();
        let ours = due.into_iter().zip(leased).filter(|(_, leased)| *leased);
        Ok(ours.map(|(event, _)| Event { fate: Fate::Due(leased_until), ..event }).collect())
    }

    async fn settle(&self, number: i64, attempts: u32, fate: &Fate) -> Result<(), StoreError> {
        let (due_at, delivered_at, given_up) = match fate {
            Fate::Due(due_at) => (Some(*due_at), None, 0),
            Fate::Delivered(delivered_at) => (None, Some(*delivered_at), 0),
            Fate::GivenUp => (None, None, 1),
        };
        let values = vec![
            Bound::Integer(attempts.into()),
            maybe_at(due_at),
            maybe_at(delivered_at),
            Bound::Integer(given_up),
            Bound::Integer(number),
        ];
        self.tables.write(vec![Write::update(&self.statements.settle, values)]).await.map(drop)
    }

    async fn after(&self, last: i64, given_up: bool) -> Result<Vec<Event>, StoreError> {
        let statement = if given_up { &self.statements.given_up } else { &self.statements.all };
        read(&self.tables, statement, vec![Bound::Integer(last)]).await
    }

    async fn resend(&self, number: i64, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let resend = Write::update(&self.statements.resend, vec![at(now), Bound::Integer(number)]);
        Ok(self.tables.write(vec![resend.needed()]).await?.is_some())
    }
}

async fn read<T: Tables>(tables: &T, statement: &Statement, values: Vec<Bound>) -> Result<Vec<Event>, StoreError> {
    tables.fetch(statement, values).await?.iter().map(event_from).collect()
}

fn event_from(row: &Row) -> Result<Event, StoreError> {
    let fate = match (columns::maybe_time(row, "due_at")?, columns::maybe_time(row, "delivered_at")?) {
        (Some(due_at), None) => Fate::Due(due_at),
        (None, Some(delivered_at)) => Fate::Delivered(delivered_at),
        (None, None) if columns::flag(row, "given_up")? => Fate::GivenUp,
        (None, None) | (Some(_), Some(_)) => return Err(columns::invalid("due_at")),
    };
    let event = NewEvent {
        message_id: columns::read(row, "message_id", MessageId::parse)?,
        kind: columns::read(row, "kind", Kind::parse)?,
        reference_no: own::text(row, "reference_no")?,
        body: own::text(row, "body")?,
        at: columns::time(row, "at")?,
    };
    Ok(Event { number: own::integer(row, "number")?, event, attempts: columns::count(row, "attempts")?, fate })
}
