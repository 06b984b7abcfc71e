//! A connection to either engine: what is bound, what is read, and what an error may say.

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::Decimal;
use sqlx::error::DatabaseError;
use sqlx::migrate::Migrator;
use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlRow, MySqlTypeInfo};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow, PgTypeInfo, PgTypeKind};
use sqlx::{
    Arguments, AssertSqlSafe, Column, ConnectOptions, Connection as _, Executor, MySql, Row as _, SqlSafeStr,
    Statement as _, Type, TypeInfo, ValueRef,
};

use crate::adapters::shop::{Cell, Kind, Row, ShopError};
use crate::adapters::statement::{Dialect, Statement};
use crate::order::StoreError;

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

/// What is bound to a placeholder.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'v> {
    Text(&'v str),
    MaybeText(Option<&'v str>),
    Integer(i64),
    Bytes(&'v [u8]),
    /// PostgreSQL's alone.
    ManyBytes(&'v [Vec<u8>]),
}

pub(super) enum Connection {
    Postgres(PgConnection),
    MySql(MySqlConnection),
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

/// Two transactions waited for each other, and the engine has undone ours.
#[derive(Debug, thiserror::Error)]
#[error("the database has undone this for another's sake")]
pub(super) struct Deadlock;

/// An engine's error for the log. What it says of data may repeat the data, so of that the code alone is told.
pub(super) fn told(error: sqlx::Error) -> StoreError {
    if let sqlx::Error::Database(database) = &error {
        return told_by_engine(&**database);
    }
    if matches!(&error, sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. }) {
        return StoreError::new("a column cannot be read");
    }
    // The driver's errors repeat their cause, which StoreError would tell once more.
    StoreError::new(&error.to_string())
}

fn told_by_engine(error: &dyn DatabaseError) -> StoreError {
    let code = error.code().unwrap_or(Cow::Borrowed("HY000"));
    // MySQL and MariaDB have codes that say less than their numbers.
    let number = error.try_downcast_ref::<MySqlDatabaseError>().map_or(0, MySqlDatabaseError::number);
    let class = code.get(..2).unwrap_or_default();
    match &*code {
        "25006" => ShopError::Writes.into(),
        "40001" | "40P01" => Deadlock.into(),
        "57014" | "55P03" => StoreError::timed_out(ENDED),
        _ if TIMED_OUT.contains(&number) => StoreError::timed_out(ENDED),
        code if ABOUT_NO_DATA.contains(&class) => StoreError::new(&format!("{} (SQLSTATE {code})", error.message())),
        code => {
            StoreError::new(&format!("the database refused the data, in words that may repeat it (SQLSTATE {code})"))
        }
    }
}

const ENDED: &str = "the database ended a statement that took too long";

/// The numbers of MySQL and MariaDB for a lock that was waited for, and for a statement that ran, too long.
const TIMED_OUT: [u16; 3] = [1205, 1969, 3024];

/// The classes of errors that speak of the statement, the session and the server. The others (data, constraints, what a
/// trigger raises, HY000) may repeat a row.
const ABOUT_NO_DATA: [&str; 13] = ["08", "0A", "25", "28", "3D", "3F", "42", "53", "54", "55", "57", "58", "70"];

fn postgres_arguments(statement: &Statement, values: &[Value<'_>]) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for index in statement.parameters() {
        match values[*index] {
            Value::Text(text) => arguments.add(text),
            Value::MaybeText(text) => arguments.add(text),
            Value::Integer(number) => arguments.add(number),
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
            Value::Bytes(bytes) => arguments.add(bytes),
            Value::ManyBytes(_) => unreachable!("BUG: MySQL has no arrays"),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

fn postgres_kind(info: &PgTypeInfo) -> Kind {
    match info.kind() {
        PgTypeKind::Enum(_) => return Kind::Text,
        PgTypeKind::Domain(inner) => return postgres_kind(inner),
        PgTypeKind::Simple
        | PgTypeKind::Pseudo
        | PgTypeKind::Composite(_)
        | PgTypeKind::Array(_)
        | PgTypeKind::Range(_) => {}
    }
    match info.name() {
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" => Kind::Text,
        name if name.eq_ignore_ascii_case("citext") => Kind::Text,
        "INT2" | "INT4" | "INT8" => Kind::Integer,
        "NUMERIC" => Kind::Decimal,
        "FLOAT4" | "FLOAT8" => Kind::Float,
        "BOOL" => Kind::Bool,
        "TIMESTAMPTZ" => Kind::Instant,
        "TIMESTAMP" => Kind::Local,
        "DATE" => Kind::Date,
        "BYTEA" => Kind::Bytes,
        _ => Kind::Other,
    }
}

fn mysql_kind(info: &MySqlTypeInfo) -> Kind {
    // A collation like ascii_bin makes a text look binary, but for this.
    if <str as Type<MySql>>::compatible(info) {
        return Kind::Text;
    }
    match info.name() {
        "SET" => Kind::Text,
        "DECIMAL" => Kind::Decimal,
        "FLOAT" | "DOUBLE" => Kind::Float,
        // The session's zone is Jakarta's, in which MySQL hands out both.
        "TIMESTAMP" | "DATETIME" => Kind::Local,
        "DATE" => Kind::Date,
        // TINYINT(1) is how MySQL spells a boolean, and a number all the same.
        "BOOLEAN" => Kind::Integer,
        name if name.contains("INT") => Kind::Integer,
        name if name.contains("BINARY") || name.contains("BLOB") => Kind::Bytes,
        _ => Kind::Other,
    }
}

fn postgres_row(row: &PgRow) -> Row {
    Row(row.columns().iter().map(|column| (column.name().to_owned(), postgres_cell(row, column.ordinal()))).collect())
}

fn mysql_row(row: &MySqlRow) -> Row {
    Row(row.columns().iter().map(|column| (column.name().to_owned(), mysql_cell(row, column.ordinal()))).collect())
}

fn postgres_cell(row: &PgRow, index: usize) -> Cell {
    let Ok(raw) = row.try_get_raw(index) else { return Cell::Unreadable };
    if raw.is_null() {
        return Cell::Null;
    }
    let cell = match postgres_kind(&raw.type_info()) {
        // Enumerations and the like travel as the text they are.
        Kind::Text => raw.as_str().ok().map(|text| Cell::Text(text.to_owned())),
        Kind::Integer => postgres_integer(row, index).map(Cell::Integer),
        Kind::Decimal => row.try_get::<Decimal, _>(index).ok().map(|decimal| Cell::Text(decimal.to_string())),
        Kind::Bool => row.try_get(index).ok().map(Cell::Bool),
        Kind::Instant => row.try_get::<DateTime<Utc>, _>(index).ok().map(Cell::Instant),
        Kind::Local => row.try_get::<NaiveDateTime, _>(index).ok().map(Cell::Local),
        Kind::Bytes => row.try_get(index).ok().map(Cell::Bytes),
        Kind::Float | Kind::Date | Kind::Other => None,
    };
    cell.unwrap_or(Cell::Unreadable)
}

/// Whatever its width.
fn postgres_integer(row: &PgRow, index: usize) -> Option<i64> {
    let wide = || row.try_get::<i64, _>(index).ok();
    let middle = || row.try_get::<i32, _>(index).ok().map(i64::from);
    wide().or_else(middle).or_else(|| row.try_get::<i16, _>(index).ok().map(i64::from))
}

fn mysql_cell(row: &MySqlRow, index: usize) -> Cell {
    let Ok(raw) = row.try_get_raw(index) else { return Cell::Unreadable };
    if raw.is_null() {
        return Cell::Null;
    }
    let cell = match mysql_kind(&raw.type_info()) {
        Kind::Text => row.try_get_unchecked::<String, _>(index).ok().map(Cell::Text),
        Kind::Integer => mysql_integer(row, index).map(Cell::Integer),
        Kind::Decimal => row.try_get::<Decimal, _>(index).ok().map(|decimal| Cell::Text(decimal.to_string())),
        Kind::Local => row.try_get_unchecked::<NaiveDateTime, _>(index).ok().map(Cell::Local),
        Kind::Bytes => row.try_get_unchecked(index).ok().map(Cell::Bytes),
        Kind::Bool | Kind::Instant | Kind::Float | Kind::Date | Kind::Other => None,
    };
    cell.unwrap_or(Cell::Unreadable)
}

fn mysql_integer(row: &MySqlRow, index: usize) -> Option<i64> {
    let unsigned = || i64::try_from(row.try_get_unchecked::<u64, _>(index).ok()?).ok();
    row.try_get::<i64, _>(index).ok().or_else(unsigned)
}
