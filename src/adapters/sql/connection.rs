//! A connection to either engine: what is said to it, and what it answers.

use sqlx::migrate::Migrator;
use sqlx::mysql::{MySqlArguments, MySqlConnection};
use sqlx::postgres::{PgArguments, PgConnection, PgTypeInfo};
use sqlx::{Arguments, AssertSqlSafe, Column, Connection as _, Executor, SqlSafeStr, Statement as _};

use super::columns::{mysql_kind, mysql_row, postgres_kind, postgres_row};
use super::told::told;
use crate::adapters::shop::{Kind, Row};
use crate::adapters::statement::Statement;
use crate::order::StoreError;

/// What is bound to a placeholder.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'v> {
    Text(&'v str),
    MaybeText(Option<&'v str>),
    Integer(i64),
    MaybeInteger(Option<i64>),
    Bytes(&'v [u8]),
    /// PostgreSQL's alone.
    ManyBytes(&'v [Vec<u8>]),
}

pub(super) enum Connection {
    Postgres(PgConnection),
    MySql(MySqlConnection),
}

impl Connection {
    pub(super) async fn ping(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::Postgres(connection) => connection.ping().await,
            Self::MySql(connection) => connection.ping().await,
        }
    }

    /// Runs a statement without parameters.
    pub(super) async fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let done = match self {
            Self::Postgres(connection) => connection.execute(sql).await.map(drop),
            Self::MySql(connection) => connection.execute(sql).await.map(drop),
        };
        done.map_err(told)
    }

    /// How many rows were changed, or would have been had they differed.
    pub(super) async fn execute(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.try_execute(statement, values).await.map_err(told)
    }

    /// Whether a row was inserted; `false` where a unique index has one like it already.
    pub(super) async fn insert(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<bool, StoreError> {
        match self.try_execute(statement, values).await {
            Ok(rows) => Ok(rows == 1),
            // MySQL has no ON CONFLICT DO NOTHING, and its INSERT IGNORE would ignore more than this.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
            Err(error) => Err(told(error)),
        }
    }

    async fn try_execute(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<u64, sqlx::Error> {
        let sql = AssertSqlSafe(statement.sql().clone());
        Ok(match self {
            Self::Postgres(connection) => {
                let bound = postgres_arguments(statement, values)?;
                sqlx::query_with(sql, bound).execute(connection).await?.rows_affected()
            }
            Self::MySql(connection) => {
                let bound = mysql_arguments(statement, values)?;
                sqlx::query_with(sql, bound).execute(connection).await?.rows_affected()
            }
        })
    }

    pub(super) async fn fetch(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.try_fetch(statement, values).await.map_err(told)
    }

    async fn try_fetch(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<Vec<Row>, sqlx::Error> {
        let sql = AssertSqlSafe(statement.sql().clone());
        match self {
            Self::Postgres(connection) => {
                let bound = postgres_arguments(statement, values)?;
                let rows = sqlx::query_with(sql, bound).fetch_all(connection).await?;
                Ok(rows.iter().map(postgres_row).collect())
            }
            Self::MySql(connection) => {
                let bound = mysql_arguments(statement, values)?;
                let rows = sqlx::query_with(sql, bound).fetch_all(connection).await?;
                Ok(rows.iter().map(mysql_row).collect())
            }
        }
    }

    /// The columns that a statement yields, by name and kind. Its parameters are text.
    pub(super) async fn describe(&mut self, statement: &Statement) -> Result<Vec<(String, Kind)>, sqlx::Error> {
        let sql = AssertSqlSafe(statement.sql().clone()).into_sql_str();
        Ok(match self {
            Self::Postgres(connection) => {
                let texts = vec![PgTypeInfo::with_name("TEXT"); statement.parameters().len()];
                let prepared = connection.prepare_with(sql, &texts).await?;
                let kind = |column: &sqlx::postgres::PgColumn| postgres_kind(column.type_info());
                prepared.columns().iter().map(|column| (column.name().to_owned(), kind(column))).collect()
            }
            Self::MySql(connection) => {
                let prepared = connection.prepare(sql).await?;
                let kind = |column: &sqlx::mysql::MySqlColumn| mysql_kind(column.type_info());
                prepared.columns().iter().map(|column| (column.name().to_owned(), kind(column))).collect()
            }
        })
    }

    /// Lifts the limit of time off this session.
    pub(super) async fn wait_for_ever(&mut self) -> Result<(), StoreError> {
        self.run(match self {
            Self::Postgres(_) => "SET statement_timeout = 0",
            // MariaDB reads what MySQL, which limits no statement that changes a table, takes for a comment.
            Self::MySql(_) => "SET @nico = 0 /*M!, SESSION max_statement_time = 0 */",
        })
        .await
    }

    /// Waits until nobody else changes nico's tables in this database, and keeps others from it while it lasts.
    pub(super) async fn lock(&mut self) -> Result<(), StoreError> {
        let taken: Option<i64> = match self {
            // "nico", as a number: the lock's name within this database.
            Self::Postgres(connection) => {
                let lock = "SELECT 1::bigint FROM pg_advisory_lock(1852400495)";
                sqlx::query_scalar(lock).fetch_one(connection).await.map_err(told)?
            }
            // A year: longer than anyone waits.
            Self::MySql(connection) => {
                let lock = "SELECT CAST(GET_LOCK(CONCAT('nico ', LEFT(MD5(DATABASE()), 32)), 31536000) AS SIGNED)";
                sqlx::query_scalar(lock).fetch_one(connection).await.map_err(told)?
            }
        };
        if taken == Some(1) { Ok(()) } else { Err(StoreError::new("the lock on nico's tables cannot be had")) }
    }

    pub(super) async fn migrate(&mut self, migrator: &Migrator) -> Result<(), sqlx::migrate::MigrateError> {
        match self {
            Self::Postgres(connection) => migrator.run_direct(None, connection, false).await,
            Self::MySql(connection) => migrator.run_direct(None, connection, false).await,
        }
    }
}

fn postgres_arguments(statement: &Statement, values: &[Value<'_>]) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for index in statement.parameters() {
        match values[*index] {
            Value::Text(text) => arguments.add(text),
            Value::MaybeText(text) => arguments.add(text),
            Value::Integer(number) => arguments.add(number),
            Value::MaybeInteger(number) => arguments.add(number),
            Value::Bytes(bytes) => arguments.add(bytes),
            Value::ManyBytes(many) => arguments.add(many),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

fn mysql_arguments(statement: &Statement, values: &[Value<'_>]) -> Result<MySqlArguments, sqlx::Error> {
    let mut arguments = MySqlArguments::default();
    for index in statement.parameters() {
        match values[*index] {
            Value::Text(text) => arguments.add(text),
            Value::MaybeText(text) => arguments.add(text),
            Value::Integer(number) => arguments.add(number),
            Value::MaybeInteger(number) => arguments.add(number),
            Value::Bytes(bytes) => arguments.add(bytes),
            Value::ManyBytes(_) => unreachable!("BUG: MySQL has no arrays"),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
