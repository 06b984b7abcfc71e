//! `nico_…`: the tables, made and brought up to date, forward only.
//!
//! Each part of nico that keeps something in a database has steps of its own, so that a shop's database in which only
//! payments are recorded gets no other tables. A lock of the engine's keeps two instances from making them at once.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::Database;
use super::connection::{Connection, Value};
use super::engine::Server;
use crate::adapters::own;
use crate::adapters::statement::Statement;
use crate::order::StoreError;

/// Where it is written down which steps were taken.
const TABLE: &str = "nico_migrations";
/// The numbers of a part's steps begin at a multiple of this.
const STEPS: i64 = 1_000;

/// What nico may keep in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `nico_orders`
    Orders,
    /// `nico_payments` and `nico_events`; `nico_registrations`, its steps, and the notifications
    Payments,
    /// `nico_external_ids_0` to `_3`
    ExternalIds,
}

/// What became of a part's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrated {
    /// They were made, or changed.
    Now,
    /// They were up to date.
    Before,
}

impl Part {
    /// Its steps, in their order. One that was ever released is never changed: another comes behind it.
    fn steps(self, server: Server) -> &'static [&'static str] {
        match (self, server) {
            (Self::Orders, Server::Postgres) => &[include_str!("schema/postgres/orders.sql")],
            (Self::Orders, Server::MySql) => &[include_str!("schema/mysql/orders.sql")],
            (Self::Payments, Server::Postgres) => {
                &[include_str!("schema/postgres/payments.sql"), include_str!("schema/postgres/registrations.sql")]
            }
            (Self::Payments, Server::MySql) => {
                &[include_str!("schema/mysql/payments.sql"), include_str!("schema/mysql/registrations.sql")]
            }
            (Self::ExternalIds, Server::Postgres) => &[include_str!("schema/postgres/external_ids.sql")],
            (Self::ExternalIds, Server::MySql) => &[include_str!("schema/mysql/external_ids.sql")],
        }
    }

    /// The number before its first step's.
    fn base(self) -> i64 {
        match self {
            Self::Orders => STEPS,
            Self::Payments => 2 * STEPS,
            Self::ExternalIds => 3 * STEPS,
        }
    }

    fn newest(self, server: Server) -> i64 {
        self.base() + i64::try_from(self.steps(server).len()).expect("BUG: so many steps are never taken")
    }

    fn migrator(self, server: Server) -> Migrator {
        let step = |(sql, version): (&&'static str, i64)| {
            Migration::new(version, format!("{self:?}").into(), MigrationType::Simple, (*sql).into_sql_str(), false)
        };
        let steps = self.steps(server).iter().zip(self.base() + 1..).map(step).collect();
        let mut migrator = Migrator::with_migrations(steps);
        migrator.dangerous_set_table_name(TABLE);
        // The other parts' steps stand in the same table.
        migrator.set_ignore_missing(true);
        // sqlx's own waits for ever by a number that MariaDB takes for no time at all.
        migrator.set_locking(false);
        migrator
    }
}

/// Makes a part's tables, or brings them up to date. Any number of instances may do so at once.
///
/// # Errors
/// [`StoreError`] when the engine refuses, or a newer version of nico was here.
pub async fn migrate(database: &Database, part: Part) -> Result<Migrated, StoreError> {
    if database.newest(part).await?.is_some_and(|newest| newest >= part.newest(database.server())) {
        return database.needs(part).await.map(|()| Migrated::Before);
    }
    let mut lease = database.within(database.lease()).await?;
    // Without the patience of a request: a table of millions may have to be changed one day.
    lease.connection().wait_for_ever().await?;
    lease.connection().lock().await?;
    database.forget_half_taken(lease.connection()).await?;
    lease.connection().migrate(&part.migrator(database.server())).await?;
    // The connection is not given back: the lock ends with it.
    Ok(Migrated::Now)
}

impl Database {
    /// Whether a part's tables are there.
    pub(super) async fn has(&self, part: Part) -> Result<bool, StoreError> {
        Ok(self.newest(part).await?.is_some())
    }

    /// Refuses unless a part's tables are there, and of this version.
    pub(super) async fn needs(&self, part: Part) -> Result<(), StoreError> {
        let wanted = part.newest(self.server());
        match self.newest(part).await? {
            Some(newest) if newest == wanted => Ok(()),
            Some(newest) if newest > wanted => {
                Err(StoreError::new("its tables were made by a newer version of nico: run that one"))
            }
            Some(_) | None => Err(StoreError::new("it has not nico's tables, or old ones: run nico migrate")),
        }
    }

    /// What MySQL changes in a table is there at once, so a process that dies may leave a step half taken. Each of them
    /// can be taken anew, and with the lock in our hands nobody is at it.
    async fn forget_half_taken(&self, connection: &mut Connection) -> Result<(), StoreError> {
        if !connection.fetch(&self.table(), &[]).await?.is_empty() {
            connection.execute(&self.statement(&format!("DELETE FROM {TABLE} WHERE NOT success"), &[]), &[]).await?;
        }
        Ok(())
    }

    /// A part's last step that was taken.
    async fn newest(&self, part: Part) -> Result<Option<i64>, StoreError> {
        let (from, to) = (Value::Integer(part.base()), Value::Integer(part.base() + STEPS));
        if self.fetch(&self.table(), &[]).await?.is_empty() {
            return Ok(None);
        }
        let newest = format!(
            "SELECT version FROM {TABLE}
             WHERE version > :from AND version < :to AND success ORDER BY version DESC LIMIT 1"
        );
        let rows = self.fetch(&self.statement(&newest, &["from", "to"]), &[from, to]).await?;
        rows.first().map(|row| own::integer(row, "version")).transpose()
    }

    /// Yields a row where the table of steps is there.
    fn table(&self) -> Statement {
        let schema = match self.server() {
            Server::Postgres => "ANY (current_schemas(false))",
            Server::MySql => "DATABASE()",
        };
        let text = format!(
            "SELECT 1 AS one FROM information_schema.tables WHERE table_name = '{TABLE}' AND table_schema = {schema}"
        );
        self.statement(&text, &[])
    }
}
