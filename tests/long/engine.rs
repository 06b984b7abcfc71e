//! Engines of the test's own, each with stores in it whose size can be looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nico::adapters::memory::MemoryExternalIds;
use nico::adapters::sql::{Database, Limits, Part, SqlExternalIds, migrate};
use nico::adapters::sqlite::SqliteExternalIds;
use sqlx::{AssertSqlSafe, Connection};
use tempfile::TempDir;

use crate::claims::Ids;
use crate::services::{Service, fresh_database_in};

/// As nico serve has them; but a claim that is held up for long is to be measured, not refused.
const LIMITS: Limits = Limits { connections: 2, patience: Duration::from_secs(60) };
/// What an engine may keep in memory, in megabytes: somewhat more than two days of a million take.
const MEMORY: &str = "512";

pub(crate) enum Engine {
    Memory,
    Sqlite(TempDir),
    Postgres(Service),
    MariaDb(Service),
    Redis(Service),
}

/// What an engine keeps of a store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) ids: u64,
    pub(crate) bytes: u64,
}

/// A store, and the place in its engine that is its alone.
pub(crate) struct Store {
    pub(crate) ids: Arc<Ids>,
    place: String,
}

impl Engine {
    pub(crate) fn start(name: &str) -> Self {
        match name {
            "memory" => Self::Memory,
            "sqlite" => Self::Sqlite(tempfile::tempdir().unwrap()),
            "postgres" => Self::Postgres(Service::start(name, &["--memory", MEMORY])),
            "mariadb" => Self::MariaDb(Service::start(name, &["--memory", MEMORY])),
            "redis" => Self::Redis(Service::start(name, &["--faketime"])),
            _ => panic!("{name} is no engine of ours"),
        }
    }

    /// A store with nothing in it.
    pub(crate) async fn empty_store(&self) -> Store {
        let (ids, place) = match self {
            Self::Memory => (Ids::Memory(MemoryExternalIds::default()), String::new()),
            Self::Sqlite(folder) => {
                let file = (0..).map(|number| file(folder.path(), number)).find(|file| !file.exists()).unwrap();
                (Ids::Sqlite(SqliteExternalIds::open(&file).unwrap()), file.to_str().unwrap().to_owned())
            }
            Self::Postgres(service) => sql(fresh_database_in("postgres", service.url())).await,
            Self::MariaDb(service) => sql(fresh_database_in("mariadb", service.url())).await,
            Self::Redis(service) => redis(service.url()).await,
        };
        Store { ids: Arc::new(ids), place }
    }

    /// Has the engine's own clock show so many hours more than at its start. Only Redis looks at its own: the others
    /// forget by the days of the claims.
    pub(crate) fn set_clock(&self, hours: u64) {
        if let Self::Redis(service) = self {
            service.tell(&format!("clock {}", hours * 3600));
        }
    }

    pub(crate) async fn size(&self, store: &Store) -> Size {
        match (self, &*store.ids) {
            (Self::Memory, Ids::Memory(ids)) => Size { ids: ids.len() as u64, bytes: resident() },
            (Self::Sqlite(_), _) => sqlite_size(&store.place),
            (Self::Postgres(_), _) => postgres_size(&store.place).await,
            (Self::MariaDb(_), _) => mariadb_size(&store.place).await,
            (Self::Redis(_), _) => redis_size(&store.place),
            (Self::Memory, _) => panic!("another engine's store"),
        }
    }
}

fn file(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number}.db"))
}

async fn sql(url: String) -> (Ids, String) {
    let database = Database::connect(&url, None, LIMITS).await.unwrap();
    migrate(&database, Part::ExternalIds).await.unwrap();
    (Ids::Sql(SqlExternalIds::open(&database).await.unwrap()), url)
}

async fn redis(url: &str) -> (Ids, String) {
    let _: () = ask_redis(url, &["FLUSHALL", "SYNC"]);
    let ids = nico::adapters::redis::RedisExternalIds::connect(url, None, LIMITS.patience).await.unwrap();
    (Ids::Redis(ids), url.to_owned())
}

/// What this process holds of the machine's memory.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// The file without what its log holds twice.
fn sqlite_size(file: &str) -> Size {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.busy_timeout(LIMITS.patience).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
    let ids: i64 = connection.query_row("SELECT COUNT(*) FROM external_ids", (), |row| row.get(0)).unwrap();
    Size { ids: ids.unsigned_abs(), bytes: fs::metadata(file).unwrap().len() }
}

/// The sum of `what` over the four tables.
fn each_table(what: impl Fn(String) -> String) -> String {
    let terms: Vec<_> = (0..4).map(|number| what(format!("nico_external_ids_{number}"))).collect();
    format!("CAST({} AS SIGNED)", terms.join(" + "))
}

async fn postgres_size(url: &str) -> Size {
    let rows = each_table(|table| format!("(SELECT COUNT(*) FROM {table})"));
    let bytes = each_table(|table| format!("pg_total_relation_size('{table}')"));
    let sql = format!("SELECT {rows}, {bytes}").replace("SIGNED", "bigint");
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let (ids, bytes): (i64, i64) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
    Size { ids: ids.unsigned_abs(), bytes: bytes.unsigned_abs() }
}

/// The files of the tables, not what of them is in use.
async fn mariadb_size(url: &str) -> Size {
    let rows = each_table(|table| format!("(SELECT COUNT(*) FROM {table})"));
    let bytes = "(SELECT CAST(SUM(FILE_SIZE) AS SIGNED) FROM information_schema.INNODB_SYS_TABLESPACES
                  WHERE NAME LIKE CONCAT(DATABASE(), '/nico_external_ids%'))";
    let sql = format!("SELECT {rows}, {bytes}");
    let mut connection = sqlx::MySqlConnection::connect(url).await.unwrap();
    let (ids, bytes): (i64, i64) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
    Size { ids: ids.unsigned_abs(), bytes: bytes.unsigned_abs() }
}

fn redis_size(url: &str) -> Size {
    let memory: String = ask_redis(url, &["INFO", "memory"]);
    let used = memory.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
    Size { ids: ask_redis(url, &["DBSIZE"]), bytes: used.trim().parse().unwrap() }
}

fn ask_redis<T: redis::FromRedisValue>(url: &str, words: &[&str]) -> T {
    let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
    redis::cmd(words[0]).arg(&words[1..]).query(&mut connection).unwrap()
}
