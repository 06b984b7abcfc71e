//! One thread writes to a file. Whatever waits when it comes round goes into one transaction, so that the price of
//! a commit (an fsync where the file is synced) is shared; each job is answered only after that commit.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

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

pub(super) struct Writer(SyncSender<Job>);

impl Writer {
    /// Starts the thread. It ends when the writer is dropped and all that waits is written.
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, queue) = sync_channel(QUEUE);
        thread::Builder::new().name("nico-sqlite".to_owned()).spawn(move || run(&connection, &queue))?;
        Ok(Self(jobs))
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
        self.0.try_send(job).map_err(|_| StoreError::new("the writer's queue is full"))?;
        answered.await?
    }
}

fn run(connection: &Connection, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let batch = std::iter::once(first).chain(queue.try_iter()).take(BATCH);
        if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
            let why = error.to_string();
            batch.for_each(|job| job(Err(&why))(Ok(())));
            continue;
        }
        let answers: Vec<Answer> = batch.map(|job| job(Ok(connection))).collect();
        let failed = connection.execute_batch("COMMIT").err().map(|error| {
            // A failed COMMIT may leave the transaction open, and then nothing could ever begin again.
            let _ = connection.execute_batch("ROLLBACK");
            error.to_string()
        });
        for answer in answers {
            answer(failed.as_deref().map_or(Ok(()), Err));
        }
    }
}

/// A job that fails undoes its own changes and no other's.
fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.execute_batch("SAVEPOINT job")?;
    let result = work(connection);
    let end = if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    connection.execute_batch(end)?;
    result
}
