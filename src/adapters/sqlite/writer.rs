//! One thread writes to a file. Whatever waits when it comes round goes into one transaction, so that the price of
//! a commit (an fsync where the file is synced) is shared; each job is answered only after that commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::order::StoreError;

/// How many jobs may wait; far above the requests that are ever at work at once.
const QUEUE: usize = 8192;
/// How many jobs go into one transaction: the first does not wait for ever on the last.
const BATCH: usize = 512;

/// Does a job's work inside the open transaction, or is told why there is none; yields what answers it afterwards.
type Job = Box<dyn FnOnce(Result<&Connection, &str>) -> Answer + Send>;
/// Is told whether the transaction was committed.
type Answer = Box<dyn FnOnce(Result<(), &str>)>;

pub(super) struct Writer {
    /// `None` only while it is dropped.
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, queue) = sync_channel(QUEUE);
        let thread = thread::Builder::new().name("nico-sqlite".to_owned()).spawn(move || run(&connection, &queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs `work` in the next transaction. When this answers `Ok`, it is committed.
    ///
    /// Who drops the future does not undo the work: it is in the queue.
    pub(super) async fn write<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            let result = transaction.map_err(StoreError::new).and_then(|connection| in_savepoint(connection, work));
            Box::new(move |committed| {
                // Nobody listening means that the caller has given up; the work is done all the same.
                let _ = answer.send(committed.map_err(StoreError::new).and(result));
            })
        });
        let jobs = self.jobs.as_ref().expect("BUG: a writer has its queue until it is dropped");
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::new("the writer's queue is full"),
            TrySendError::Disconnected(_) => StoreError::new("the writer's thread has ended"),
        })?;
        answered.await?
    }

    /// Whether a transaction can be written now: one is, that changes nothing but is no less real.
    pub(super) async fn ready(&self) -> Result<(), StoreError> {
        self.write(|connection| Ok(connection.pragma_update(None, "user_version", super::version(connection)?)?)).await
    }
}

impl Drop for Writer {
    /// Writes what waits and closes the file, which tidies up its log.
    fn drop(&mut self) {
        drop(self.jobs.take());
        // A thread that has panicked has nothing left to write.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn run(connection: &Connection, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut failed = run_sql(connection, "BEGIN IMMEDIATE").err();
        let mut answers: Vec<Answer> = Vec::new();
        for job in std::iter::once(first).chain(queue.try_iter()).take(BATCH) {
            answers.push(job(failed.as_deref().map_or(Ok(connection), Err)));
            // A full disk makes SQLite roll back by itself; the next job would then commit alone and unasked.
            if failed.is_none() && connection.is_autocommit() {
                failed = Some("the transaction was rolled back".to_owned());
            }
        }
        if failed.is_none() {
            failed = run_sql(connection, "COMMIT").err();
        }
        if !connection.is_autocommit() {
            // A failed COMMIT may leave the transaction open, and then nothing could ever begin again.
            let _ = run_sql(connection, "ROLLBACK");
        }
        for answer in answers {
            answer(failed.as_deref().map_or(Ok(()), Err));
        }
    }
}

fn run_sql(connection: &Connection, sql: &str) -> Result<(), String> {
    connection.execute_batch(sql).map_err(|error| error.to_string())
}

/// A job that fails undoes its own changes and no other's. One that panics has failed.
fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.execute_batch("SAVEPOINT job")?;
    let worked = catch_unwind(AssertUnwindSafe(|| work(connection)));
    let result = worked.unwrap_or_else(|_| Err(StoreError::new("the work on the database panicked")));
    let ended = connection.execute_batch(if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" });
    let done = result?;
    ended?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE numbers (n INTEGER NOT NULL)").unwrap();
        Writer::start(connection).unwrap()
    }

    async fn insert(writer: &Writer, n: i64) -> Result<usize, StoreError> {
        writer.write(move |connection| Ok(connection.execute("INSERT INTO numbers VALUES (?1)", (n,))?)).await
    }

    async fn all(writer: &Writer) -> Vec<i64> {
        let all = |connection: &Connection| -> Result<Vec<i64>, StoreError> {
            let mut statement = connection.prepare("SELECT n FROM numbers ORDER BY n")?;
            let numbers = statement.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(numbers)
        };
        writer.write(all).await.unwrap()
    }

    #[actix_web::test]
    async fn a_job_that_fails_or_panics_takes_no_other_with_it() {
        let writer = writer();
        let fails = writer.write(|connection| {
            connection.execute("INSERT INTO numbers VALUES (2)", ())?;
            Err::<(), _>(StoreError::new("not so"))
        });
        let panics = writer.write(|connection| -> Result<(), StoreError> {
            connection.execute("INSERT INTO numbers VALUES (3)", ())?;
            panic!("on purpose")
        });
        let (first, failed, panicked, last) = tokio::join!(insert(&writer, 1), fails, panics, insert(&writer, 4));
        assert!(first.is_ok() && last.is_ok());
        assert_eq!(failed.unwrap_err().to_string(), "not so");
        assert_eq!(panicked.unwrap_err().to_string(), "the work on the database panicked");
        assert_eq!(all(&writer).await, [1, 4]);
    }

    #[actix_web::test]
    async fn what_follows_a_rollback_of_sqlites_own_is_not_written() {
        let writer = writer();
        let rolls_back = writer.write(|connection| Ok(connection.execute_batch("ROLLBACK")?));
        let (before, rolled, after) = tokio::join!(insert(&writer, 1), rolls_back, insert(&writer, 2));
        assert!(rolled.is_err());
        let mut told: Vec<i64> =
            [(before, 1), (after, 2)].iter().filter(|(told, _)| told.is_ok()).map(|(_, n)| *n).collect();
        told.sort_unstable();
        assert_eq!(all(&writer).await, told, "what was told to be written is written, and nothing else");
    }
}
