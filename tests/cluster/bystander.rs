//! One who talks to a database beside nico: holds it up, looks who waits, and ends what is at work.

use sqlx::{AssertSqlSafe, Connection as _, Executor, MySqlConnection, PgConnection};
use tokio::runtime::Runtime;

use crate::process::{MARKER, wait_for};

pub(crate) struct Bystander {
    runtime: Runtime,
    connection: Connection,
}

enum Connection {
    Postgres(PgConnection),
    MariaDb(MySqlConnection),
}

impl Bystander {
    pub(crate) fn at(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let connection = if url.starts_with("mysql:") {
            Connection::MariaDb(runtime.block_on(MySqlConnection::connect(url)).unwrap())
        } else {
            Connection::Postgres(runtime.block_on(PgConnection::connect(url)).unwrap())
        };
        Self { runtime, connection }
    }

    fn is_postgres(&self) -> bool {
        matches!(self.connection, Connection::Postgres(_))
    }

    pub(crate) fn run(&mut self, sql: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match &mut self.connection {
            Connection::Postgres(connection) => drop(self.runtime.block_on(connection.execute(sql)).unwrap()),
            Connection::MariaDb(connection) => drop(self.runtime.block_on(connection.execute(sql)).unwrap()),
        }
    }

    /// The one number that a query yields.
    pub(crate) fn number(&mut self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match &mut self.connection {
            Connection::Postgres(connection) => {
                self.runtime.block_on(sqlx::query_scalar(sql).fetch_one(connection)).unwrap()
            }
            Connection::MariaDb(connection) => {
                self.runtime.block_on(sqlx::query_scalar(sql).fetch_one(connection)).unwrap()
            }
        }
    }

    /// Lets the user `guarded` in with a password that nobody may ever read.
    pub(crate) fn guard(&mut self) {
        let sql = if self.is_postgres() {
            format!("ALTER ROLE guarded PASSWORD '{MARKER}'")
        } else {
            let who = "guarded@'127.0.0.1'";
            format!("CREATE USER {who} IDENTIFIED BY '{MARKER}'; GRANT ALL ON nico.* TO {who}")
        };
        self.run(&sql);
    }

    /// Keeps others from tables: from all of them, or from writing.
    pub(crate) fn lock(&mut self, tables: &[&str], all: bool) {
        let sql = if self.is_postgres() {
            let mode = if all { "ACCESS EXCLUSIVE" } else { "SHARE" };
            format!("BEGIN; LOCK TABLE {} IN {mode} MODE", tables.join(", "))
        } else {
            let mode = if all { "WRITE" } else { "READ" };
            let tables: Vec<_> = tables.iter().map(|table| format!("{table} {mode}")).collect();
            format!("LOCK TABLES {}", tables.join(", "))
        };
        self.run(&sql);
    }

    pub(crate) fn unlock(&mut self) {
        self.run(if self.is_postgres() { "ROLLBACK" } else { "UNLOCK TABLES" });
    }

    /// Waits until a connection that serves a request waits for a lock; which one. That which forgets the ids of days
    /// gone by serves none.
    pub(crate) fn waiting(&mut self) -> i64 {
        let sql = if self.is_postgres() {
            "SELECT COALESCE(MAX(pid), 0)::bigint FROM pg_stat_activity
             WHERE usename = 'guarded' AND wait_event_type = 'Lock' AND query NOT LIKE '%MAX(day)%'"
        } else {
            "SELECT CAST(COALESCE(MAX(ID), 0) AS SIGNED) FROM information_schema.PROCESSLIST
             WHERE USER = 'guarded' AND STATE LIKE 'Waiting for table%' AND INFO NOT LIKE '%MAX(day)%'"
        };
        wait_for("a connection to wait", || Some(self.number(sql)).filter(|waiting| *waiting != 0))
    }

    /// Ends a connection.
    pub(crate) fn end(&mut self, connection: i64) {
        let sql = if self.is_postgres() { "SELECT pg_terminate_backend" } else { "KILL " };
        self.run(&format!("{sql}({connection})"));
    }
}
