//! Orders, payments, registrations, events and X-EXTERNAL-IDs in SQLite: compiled in, nothing to install, one file each
//! for money and ids.
//!
//! Two durabilities, so two files. The file of orders and payments is synced to disk before a payment is
//! acknowledged (`synchronous=FULL`): what was acknowledged outlives a loss of power. The file of X-EXTERNAL-IDs is
//! not (`NORMAL`): its claims outlive the process, also `kill -9`, but a loss of *power* may cost those of the last
//! moments. Within the window of a timestamp such an id could then be used a second time; a payment still cannot be
//! recorded twice, for the ledger has constraints of its own.
//!
//! One thread writes to each file and puts all that waits into one transaction; reads go beside it (WAL).

mod external_ids;
mod orders;
mod payments;
mod row;
mod shop;
mod tables;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

pub use external_ids::SqliteExternalIds;
pub use orders::SqliteOrders;
pub use payments::SqlitePayments;
pub use shop::SqliteShopOrders;
pub use tables::{SqliteEvents, SqliteRegistrations};

use crate::order::StoreError;
use writer::Writer;

/// How long a statement waits for another process's lock: well under a request's deadline.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// Where SQLite does not wait by itself, the pause between two tries.
const BUSY_PAUSE: Duration = Duration::from_millis(10);
/// What SQLite's log beside a file shrinks to after a great import.
const LOG_BYTES: u32 = 16 * 1024 * 1024;
/// How many connections for reading are kept open; a read takes microseconds, so a few serve many.
const IDLE_READERS: usize = 8;

/// What a file holds.
struct Kind {
    /// A table that tells it from a file of the other kind.
    table: &'static str,
    /// The steps that make its tables, in their order; `user_version` counts those that were taken. One that was ever
    /// released is never changed: another comes behind it.
    steps: &'static [&'static str],
}

const PAYMENTS: Kind =
    Kind { table: "payments", steps: &[include_str!("schema.sql"), include_str!("registrations.sql")] };

/// A file with orders and payments. Cheap to clone.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    writer: Writer,
}

impl Database {
    /// Opens a file, makes it where it is missing, and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError`] when the file is no database, cannot be written, or was made by a newer version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let connection = open(path, "FULL", &PAYMENTS)?;
        let writer = Writer::start(connection)?;
        Ok(Self(Arc::new(Inner { path: path.to_owned(), idle: Mutex::default(), writer })))
    }

    /// Runs `work` on a thread that may wait for the disk.
    async fn read<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let database = self.clone();
        tokio::task::spawn_blocking(move || database.read_here(work)).await?
    }

    fn read_here<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.0.path)?,
        };
        let result = work(&connection);
        let mut idle = self.idle();
        if idle.len() < IDLE_READERS {
            idle.push(connection);
        }
        result
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection with everything set, to a file whose tables are up to date.
fn open(path: &Path, synchronous: &str, kind: &Kind) -> Result<Connection, StoreError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    make_private(path)?;
    let connection = connect(path)?;
    use_wal(&connection)?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    migrate(&connection, kind)?;
    Ok(connection)
}

/// The file holds names and telephone numbers, so it is made for this user alone; SQLite's files beside it follow it.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?;
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// SQLite waits for every lock but the one that changes a new file's journal; a second process may want it too.
fn use_wal(connection: &Connection) -> Result<(), StoreError> {
    let begun = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && begun.elapsed() < BUSY_TIMEOUT =>
            {
                thread::sleep(BUSY_PAUSE);
            }
            result => return Ok(result?),
        }
    }
}

/// Takes the steps that are still to be taken, all of them or none. A database that is up to date is not locked: it may
/// be shown while another writes to it.
fn migrate(connection: &Connection, kind: &Kind) -> Result<(), StoreError> {
    let newest = u32::try_from(kind.steps.len()).expect("BUG: so many steps are never taken");
    if version(connection)? < newest {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        // Two processes may start at once: the second finds the work done.
        let taken = version(connection)?;
        if taken > 0 {
            is_of(connection, kind)?;
        }
        for (step, number) in kind.steps.iter().zip(1..).filter(|(_, number)| *number > taken) {
            connection.execute_batch(&format!("{step}; PRAGMA user_version = {number}"))?;
        }
        connection.execute_batch("COMMIT")?;
    }
    is_of(connection, kind)?;
    if version(connection)? > newest {
        return Err(StoreError::new("the database was made by a newer version of nico"));
    }
    Ok(())
}

/// A file that lacks the table is a database of ours, but of the other kind: it must not get this one's tables too.
fn is_of(connection: &Connection, kind: &Kind) -> Result<(), StoreError> {
    if connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?1")?.exists((kind.table,))? {
        return Ok(());
    }
    Err(StoreError::new("payments and X-EXTERNAL-IDs need a file of their own each, and it holds the others"))
}

/// How many steps were taken.
fn version(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loss of power cannot be had in a test; what SQLite is told about it can be asked.
    #[actix_web::test]
    async fn money_is_synced_at_each_commit() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path().join("nico.db")).unwrap();
        let pragma = |c: &Connection| Ok(c.pragma_query_value(None, "synchronous", |row| row.get::<_, u32>(0))?);
        assert_eq!(database.0.writer.write(pragma).await.unwrap(), 2, "FULL");
    }
}
