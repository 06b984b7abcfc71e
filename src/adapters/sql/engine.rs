//! Which server it is, and how a session with it is begun.

use std::time::Duration;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

use super::connection::Connection;
use crate::adapters::statement::Dialect;

/// How a connection is begun: everything about a session is settled here, so that no statement needs to.
#[derive(Clone)]
pub(super) enum Engine {
    Postgres(PgConnectOptions),
    MySql { options: MySqlConnectOptions, session: Session },
}

/// Which server it is. MySql is MariaDB too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Server {
    Postgres,
    MySql,
}

impl Server {
    pub(super) fn dialect(self) -> Dialect {
        match self {
            Self::Postgres => Dialect::Postgres,
            Self::MySql => Dialect::MySql,
        }
    }
}

/// What a session is told before anything else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    /// How long one statement may take, the wait for a lock included.
    pub(super) patience: Duration,
    pub(super) read_only: bool,
}

impl Engine {
    pub(super) fn postgres(options: PgConnectOptions, session: Session) -> Self {
        let millis = session.patience.as_millis().to_string();
        let read_only = if session.read_only { "on" } else { "off" };
        Self::Postgres(options.application_name("nico").disable_statement_logging().options([
            ("statement_timeout", millis.as_str()),
            // A process that is gone without a word must not keep its locks.
            ("idle_in_transaction_session_timeout", &millis),
            ("default_transaction_read_only", read_only),
            ("TimeZone", "Asia/Jakarta"),
        ]))
    }

    pub(super) fn mysql(options: MySqlConnectOptions, session: Session) -> Self {
        // A statement of the merchant's means what it means in their shell; and what has no zone is Jakarta's.
        let options = options.pipes_as_concat(false).no_engine_substitution(false).timezone("+07:00".to_owned());
        Self::MySql { options: options.disable_statement_logging(), session }
    }

    pub(super) fn server(&self) -> Server {
        match self {
            Self::Postgres(_) => Server::Postgres,
            Self::MySql { .. } => Server::MySql,
        }
    }

    pub(super) async fn connect(&self) -> Result<Connection, sqlx::Error> {
        match self {
            Self::Postgres(options) => Ok(Connection::Postgres(options.connect().await?)),
            Self::MySql { options, session } => {
                let mut connection = options.connect().await?;
                let version: String = sqlx::query_scalar("SELECT VERSION()").fetch_one(&mut connection).await?;
                connection.execute(AssertSqlSafe(session.mysql(&version))).await?;
                Ok(Connection::MySql(connection))
            }
        }
    }
}

impl Session {
    fn mysql(self, version: &str) -> String {
        let (millis, seconds) = (self.patience.as_millis(), self.patience.as_secs().max(1));
        let timeout = if version.contains("MariaDB") {
            format!("max_statement_time = {}", self.patience.as_secs_f64())
        } else {
            format!("max_execution_time = {millis}")
        };
        let access = if self.read_only { "READ ONLY" } else { "READ WRITE" };
        format!(
            "SET SESSION {timeout}, SESSION innodb_lock_wait_timeout = {seconds}; \
             SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, {access}"
        )
    }
}
