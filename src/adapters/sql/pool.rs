//! Few connections for many requests.
//!
//! A connection is given back by whoever is done with it and left it in order. One that is not (the request was cut,
//! the statement failed, time ran out) is closed: what is half said on it, and what was begun, ends with it. So no
//! request ever meets another's remains, and none waits for a connection that hangs.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::connection::Connection;
use super::engine::Engine;
use super::told::told;
use crate::order::StoreError;

/// A connection that has rested for longer is asked whether it is still there: the engine may have been restarted, and
/// then each of them would fail one request.
const FRESH: Duration = Duration::from_millis(500);

pub(super) struct Pool {
    engine: Engine,
    places: Semaphore,
    /// The last one used is the first one taken, so that those too many rest and stay unused.
    idle: Mutex<Vec<(Connection, Instant)>>,
}

/// A connection of the pool's, until it is given back or dropped.
pub(super) struct Lease<'p> {
    pool: &'p Pool,
    connection: Connection,
    _place: SemaphorePermit<'p>,
}

impl Pool {
    pub(super) fn new(engine: Engine, connections: usize) -> Self {
        Self { engine, places: Semaphore::new(connections), idle: Mutex::default() }
    }

    pub(super) async fn lease(&self) -> Result<Lease<'_>, StoreError> {
        let place = self.places.acquire().await?;
        let connection = match self.rested().await {
            Some(connection) => connection,
            None => self.engine.connect().await.map_err(told)?,
        };
        Ok(Lease { pool: self, connection, _place: place })
    }

    /// One that is still there. The first that is not takes all the others with it: they are older.
    async fn rested(&self) -> Option<Connection> {
        let (mut connection, since) = self.idle().pop()?;
        if since.elapsed() > FRESH && connection.ping().await.is_err() {
            self.idle().clear();
            return None;
        }
        Some(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease<'_> {
    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// All was well.
    pub(super) fn give_back(self) {
        let Self { pool, connection, _place } = self;
        pool.idle().push((connection, Instant::now()));
    }
}
