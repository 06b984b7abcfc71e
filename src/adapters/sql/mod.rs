//! Orders, payments, registrations, events and X-EXTERNAL-IDs in PostgreSQL, MySQL or MariaDB: in nico's own tables,
//! which begin with `nico_` and may stand beside others, or, for orders, in the merchant's.
//!
//! What holds across any number of instances is held by the engine, by unique indexes: nothing in this process needs
//! to be true for a payment to be recorded once or an id to be claimed once.
//!
//! # Connections
//!
//! A [`Database`] has at most as many as it was allowed. Ten answer some thousands of requests a second, since each
//! takes a millisecond or less of one; what counts is that all instances together stay below the engine's own limit
//! (PostgreSQL: `max_connections`, 100 by default). X-EXTERNAL-IDs need two, however many claims there are: those that
//! wait are claimed together.
//!
//! # Time
//!
//! Whatever is asked of a database is answered within its patience, or it is a failure: waiting for a connection,
//! connecting and the statement together. The engine is told the same limit, so that a statement nobody waits for any
//! more ends there too.

mod columns;
mod connection;
mod engine;
mod external_ids;
mod migrate;
mod orders;
mod payments;
mod pool;
mod shop;
mod tables;
mod told;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::adapters::own;
use crate::adapters::shop::{Kind, Row};
use crate::adapters::statement::Statement;
use crate::order::StoreError;
use crate::snap::secret::Secret;
use connection::Value;
use engine::{Engine, Server, Session};
use pool::{Lease, Pool};
use told::{Deadlock, told};

pub use external_ids::SqlExternalIds;
pub use migrate::{Migrated, Part, migrate};
pub use orders::SqlOrders;
pub use payments::SqlPayments;
pub use shop::SqlShopOrders;
pub use tables::{SqlEvents, SqlRegistrations};

/// A database on a server. Cheap to clone.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    pool: Pool,
    server: Server,
    patience: Duration,
}

/// How a database is used.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most connections it may have at once.
    pub connections: usize,
    /// The longest that anything asked of it may take.
    pub patience: Duration,
}

impl Database {
    /// Connects to `postgres://user@host/database` or `mysql://user@host/database`; what these URLs may say besides is
    /// the driver's to tell (`sslmode`, `sslrootcert`, `ssl-mode`, `ssl-ca`). A password may stand in the URL, or comes
    /// apart from it.
    ///
    /// # Errors
    /// [`StoreError`] when the URL is none, or the server cannot be reached, is not trusted, or refuses us.
    pub async fn connect(url: &str, password: Option<&Secret>, limits: Limits) -> Result<Self, StoreError> {
        Self::open(url, password, limits, false).await
    }

    /// The same for a database in which nothing may be written: each statement is a read-only transaction of its own.
    ///
    /// # Errors
    /// The same.
    pub async fn connect_read_only(url: &str, password: Option<&Secret>, limits: Limits) -> Result<Self, StoreError> {
        Self::open(url, password, limits, true).await
    }

    async fn open(
        url: &str,
        password: Option<&Secret>,
        Limits { connections, patience }: Limits,
        read_only: bool,
    ) -> Result<Self, StoreError> {
        let engine = engine(url, password, Session { patience, read_only })?;
        let server = engine.server();
        let database = Self(Arc::new(Inner { pool: Pool::new(engine, connections), server, patience }));
        database.ready().await?;
        Ok(database)
    }

    /// Whether it answers now.
    async fn ready(&self) -> Result<(), StoreError> {
        self.within(async {
            let mut lease = self.lease().await?;
            lease.connection().ping().await.map_err(told)?;
            lease.give_back();
            Ok(())
        })
        .await
    }

    /// The rows of a statement that only reads.
    async fn fetch(&self, statement: &Statement, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.within(async {
            let mut lease = self.lease().await?;
            let rows = lease.connection().fetch(statement, values).await?;
            lease.give_back();
            Ok(rows)
        })
        .await
    }

    /// What a statement of the merchant's yields, by name and kind.
    async fn describe(&self, statement: &Statement) -> Result<Vec<(String, Kind)>, StoreError> {
        self.within(async {
            let mut lease = self.lease().await?;
            let columns = lease.connection().describe(statement).await.map_err(told)?;
            lease.give_back();
            Ok(columns)
        })
        .await
    }

    async fn lease(&self) -> Result<Lease<'_>, StoreError> {
        self.0.pool.lease().await
    }

    /// `work`, within the database's patience.
    async fn within<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let in_time = tokio::time::timeout(self.0.patience, work).await;
        in_time.unwrap_or_else(|_| Err(StoreError::timed_out("the database does not answer in time")))
    }

    /// The same for what the engine may end in favour of another's: nothing of it is done then, and it is done anew.
    async fn in_turn<T, F>(&self, work: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        self.within(async {
            loop {
                match work().await {
                    Err(error) if error.is::<Deadlock>() => {}
                    done => return done,
                }
            }
        })
        .await
    }

    fn server(&self) -> Server {
        self.0.server
    }

    fn statement(&self, text: &str, names: &[&str]) -> Statement {
        Statement::own(self.0.server.dialect(), text, names)
    }

    /// An INSERT for [`connection::Connection::insert`].
    fn insert(&self, table: &str, columns: &[&str]) -> Statement {
        own::insert(self.0.server.dialect(), table, columns)
    }
}

fn engine(url: &str, password: Option<&Secret>, session: Session) -> Result<Engine, StoreError> {
    // The driver's own words could repeat a part of the URL.
    let invalid = |_: sqlx::Error| StoreError::new("it is no URL of a database, as postgres://user@host/database is");
    let password = password.map(|password| std::str::from_utf8(password.expose())).transpose();
    let password = password.map_err(|_| StoreError::new("its password is no text"))?;
    if url.starts_with("mysql:") {
        let options: MySqlConnectOptions = url.parse().map_err(invalid)?;
        return Ok(Engine::mysql(password.iter().fold(options, |options, text| options.password(text)), session));
    }
    let options: PgConnectOptions = url.parse().map_err(invalid)?;
    Ok(Engine::postgres(password.iter().fold(options, |options, text| options.password(text)), session))
}
