//! X-EXTERNAL-IDs, claimed many at once.
//!
//! One claim costs the engine a commit, and so do five hundred. Whoever waits when the last batch is answered goes into
//! the next; the unique index decides, and the engine's own reply is each claim's answer.
//!
//! There are four tables, and a day has the one of its number modulo four. Yesterday's, today's and (a clock may be
//! ahead) tomorrow's claims lie in three of them; the fourth holds a day that is over, and is emptied as a whole, which
//! takes no lock that a claim would wait for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use rsa::rand_core::{OsRng, RngCore};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use super::connection::{Connection, Value};
use super::engine::Server;
use super::{Database, Part};
use crate::adapters::own;
use crate::adapters::shop::Cell;
use crate::adapters::statement::Statement;
use crate::external_id::{Claim, Claimed, ExternalIdStore};
use crate::order::StoreError;

/// How many claims may wait; far above the requests that are ever at work at once.
const QUEUE: usize = 8192;
/// How many claims go into one statement.
const BATCH: usize = 512;
const TABLES: i64 = 4;

type Id = Vec<u8>;
type Answer = oneshot::Sender<Result<Claimed, StoreError>>;

struct Waiting {
    day: NaiveDate,
    oldest: NaiveDate,
    id: Id,
    answer: Answer,
}

/// X-EXTERNAL-IDs in `nico_external_ids_0` to `_3`, 16 bytes an id.
pub struct SqlExternalIds {
    database: Database,
    claims: mpsc::Sender<Waiting>,
}

impl SqlExternalIds {
    /// The X-EXTERNAL-IDs in a database whose tables are there. Two connections are enough for any number of claims.
    ///
    /// # Errors
    /// [`StoreError`] when they are not, or a newer version of nico has made them.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        database.needs(Part::ExternalIds).await?;
        let (claims, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(Claims::new(database).run(waiting));
        Ok(Self { database: database.clone(), claims })
    }
}

impl ExternalIdStore for SqlExternalIds {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        let (answer, answered) = oneshot::channel();
        let (day, oldest, id) = (claim.date, claim.oldest_day_kept(), claim.key().to_vec());
        let waiting = Waiting { day, oldest, id, answer };
        self.claims.try_send(waiting).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::new("too many claims of X-EXTERNAL-IDs wait"),
            TrySendError::Closed(_) => StoreError::new("the task that claims X-EXTERNAL-IDs has ended"),
        })?;
        self.database.within(async { answered.await? }).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.database.needs(Part::ExternalIds).await
    }
}

/// Whoever makes the claims, one batch after the other.
struct Claims {
    database: Database,
    statements: Arc<Vec<Statements>>,
    newest: Option<NaiveDate>,
}

impl Claims {
    fn new(database: &Database) -> Self {
        let statements = (0..TABLES).map(|table| Statements::new(database, table)).collect();
        Self { database: database.clone(), statements: Arc::new(statements), newest: None }
    }

    async fn run(mut self, mut waiting: mpsc::Receiver<Waiting>) {
        let mut batch = Vec::new();
        while waiting.recv_many(&mut batch, BATCH).await > 0 {
            // Whoever was cut at the deadline has answered his caller already.
            batch.retain(|waiting: &Waiting| !waiting.answer.is_closed());
            for (day, waiting) in by_day(batch.drain(..)) {
                self.forget(day, waiting[0].oldest);
                self.claim(day, waiting).await;
            }
        }
    }

    async fn claim(&self, day: NaiveDate, waiting: Vec<Waiting>) {
        // In order, so that two instances that claim the same ids wait for one another and not for each other.
        let mut ids: Vec<Id> = waiting.iter().map(|waiting| waiting.id.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut free = self.database.in_turn(|| self.insert(day, &ids)).await.map(HashSet::<Id>::from_iter);
        for Waiting { id, answer, .. } in waiting {
            let claimed = match &mut free {
                // Of two equal claims in one batch the earlier has come first.
                Ok(free) => Ok(if free.remove(&id) { Claimed::First } else { Claimed::Reused }),
                Err(error) => Err(again(error)),
            };
            // Nobody listening means that the caller has given up; the claim stands all the same.
            let _ = answer.send(claimed);
        }
    }

    /// Which of the ids were free.
    async fn insert(&self, day: NaiveDate, ids: &[Id]) -> Result<Vec<Id>, StoreError> {
        let statements = self.of(day);
        let mut lease = self.database.lease().await?;
        let first = match self.database.server() {
            Server::Postgres => statements.insert_returning(lease.connection(), day, ids).await?,
            Server::MySql => statements.insert_and_look(lease.connection(), &self.database, day, ids).await?,
        };
        lease.give_back();
        Ok(first)
    }

    fn of(&self, day: NaiveDate) -> &Statements {
        let table = usize::try_from(number(day).rem_euclid(TABLES)).expect("BUG: a remainder is not negative");
        &self.statements[table]
    }

    /// On a new day's first claim, the days that are over go; beside the claims, and not in their way.
    fn forget(&mut self, day: NaiveDate, oldest: NaiveDate) {
        if self.newest.is_some_and(|newest| newest >= day) {
            return;
        }
        self.newest = Some(day);
        let (database, statements) = (self.database.clone(), Arc::clone(&self.statements));
        tokio::spawn(async move {
            for statements in statements.iter() {
                if let Err(error) = statements.forget_before(&database, oldest).await {
                    // They lie there until the next day begins, or the next instance starts.
                    tracing::warn!(%error, "X-EXTERNAL-IDs of days gone by are not forgotten");
                }
            }
        });
    }
}

/// What is said to one of the four tables.
struct Statements {
    insert: String,
    look: String,
    returning: Statement,
    newest: Statement,
    empty: String,
}

impl Statements {
    fn new(database: &Database, number: i64) -> Self {
        let table = format!("nico_external_ids_{number}");
        let returning =
            format!("INSERT INTO {table} (day, id) SELECT :day, unnest(:ids) ON CONFLICT DO NOTHING RETURNING id");
        Self {
            insert: format!("INSERT IGNORE INTO {table} (day, id, claimant) VALUES "),
            look: format!("SELECT id FROM {table} WHERE day = :day AND claimant = :claimant AND id IN "),
            returning: database.statement(&returning, &["day", "ids"]),
            newest: database.statement(&format!("SELECT MAX(day) AS day FROM {table}"), &[]),
            empty: format!("TRUNCATE TABLE {table}"),
        }
    }

    /// PostgreSQL tells which rows it has inserted.
    async fn insert_returning(
        &self,
        connection: &mut Connection,
        day: NaiveDate,
        ids: &[Id],
    ) -> Result<Vec<Id>, StoreError> {
        let values = [Value::Integer(number(day)), Value::ManyBytes(ids)];
        let rows = connection.fetch(&self.returning, &values).await?;
        Ok(rows.iter().filter_map(|row| bytes(own::cell(row, "id"))).collect())
    }

    /// MySQL does not, so each batch signs its rows. An id that is there with another's sign was taken before.
    async fn insert_and_look(
        &self,
        connection: &mut Connection,
        database: &Database,
        day: NaiveDate,
        ids: &[Id],
    ) -> Result<Vec<Id>, StoreError> {
        // Few lengths make few statements to prepare; a row that comes twice is ignored like any other.
        let padded: Vec<&Id> =
            ids.iter().chain(std::iter::repeat(&ids[0])).take(ids.len().next_power_of_two()).collect();
        let names: Vec<String> = (0..padded.len()).map(|index| format!("id{index}")).collect();
        let claimant = OsRng.next_u64().cast_signed();
        let mut all: Vec<&str> = vec!["day", "claimant"];
        all.extend(names.iter().map(String::as_str));
        let mut values = vec![Value::Integer(number(day)), Value::Integer(claimant)];
        values.extend(padded.iter().map(|id| Value::Bytes(id)));
        let rows: Vec<_> = names.iter().map(|name| format!("(:day, :{name}, :claimant)")).collect();
        let insert = database.statement(&(self.insert.clone() + &rows.join(", ")), &all);
        connection.execute(&insert, &values).await?;
        let named: Vec<_> = names.iter().map(|name| format!(":{name}")).collect();
        let look = database.statement(&format!("{}({})", self.look, named.join(", ")), &all);
        let rows = connection.fetch(&look, &values).await?;
        Ok(rows.iter().filter_map(|row| bytes(own::cell(row, "id"))).collect())
    }

    /// Empties the table if no day in it is still kept.
    async fn forget_before(&self, database: &Database, oldest: NaiveDate) -> Result<(), StoreError> {
        let rows = database.fetch(&self.newest, &[]).await?;
        // NULL where the table is empty.
        let newest = rows.first().map_or(&Cell::Null, |row| own::cell(row, "day"));
        let is_over = matches!(newest, Cell::Integer(newest) if *newest < number(oldest));
        if !is_over {
            return Ok(());
        }
        let empty = database.statement(&self.empty, &[]);
        database
            .within(async {
                let mut lease = database.lease().await?;
                lease.connection().execute(&empty, &[]).await?;
                lease.give_back();
                Ok(())
            })
            .await
    }
}

fn by_day(waiting: impl Iterator<Item = Waiting>) -> HashMap<NaiveDate, Vec<Waiting>> {
    let mut days: HashMap<NaiveDate, Vec<Waiting>> = HashMap::new();
    for waiting in waiting {
        days.entry(waiting.day).or_default().push(waiting);
    }
    days
}

fn number(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce())
}

fn bytes(cell: &Cell) -> Option<Id> {
    if let Cell::Bytes(bytes) = cell { Some(bytes.clone()) } else { None }
}

/// The same failure for each that waited.
fn again(error: &StoreError) -> StoreError {
    let text = error.to_string();
    if error.is_timeout() { StoreError::timed_out(&text) } else { StoreError::new(&text) }
}
