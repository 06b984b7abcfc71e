//! What stands behind the stores of these tests: memory, unless `NICO_TEST_ORDERS` and `NICO_TEST_IDS` name an engine.
//! tests/run runs the whole suite over each pair of them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use nico::adapters::http::HttpOrders;
use nico::adapters::memory::{MemoryExternalIds, MemoryOrders, MemoryPayments};
use nico::adapters::redis::RedisExternalIds;
use nico::adapters::sql::{self, Limits, Part, SqlExternalIds, SqlOrders, SqlPayments};
use nico::adapters::sqlite::{self, SqliteExternalIds, SqliteOrders, SqlitePayments};
use nico::clock::SystemClock;
use nico::webhook::SigningSecret;
use nico::{
    Claim, Claimed, ExternalIdStore, Order, OrderRepository, PartnerReferenceNo, PayNo, Payment, PaymentRepository,
    PaymentRequestId, Recorded, Secret, StoreError,
};
use sqlx::{AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::services::fresh_database;

/// Longer than any deadline here: a store is to be late by the provider's clock alone.
const LIMITS: Limits = Limits { connections: 8, patience: Duration::from_secs(20) };

/// Where connections live that outlast the server they were made for.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime starts"))
}

/// Waits for a store, on whatever thread.
fn wait<T: Send>(work: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| scope.spawn(|| runtime().block_on(work)).join().expect("the store works"))
}

/// A deadline that is soon over, and long enough for what is not to meet it: an engine may have to be connected to first.
pub(crate) fn soon_over() -> Duration {
    let in_memory = named("NICO_TEST_ORDERS") == "memory" && named("NICO_TEST_IDS") == "memory";
    Duration::from_millis(if in_memory { 250 } else { 1_500 })
}

fn named(variable: &str) -> String {
    std::env::var(variable).ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "memory".to_owned())
}

/// A database on a server, with nico's tables for one part.
fn server(engine: &str, part: Part) -> (String, sql::Database) {
    let url = fresh_database(engine);
    let database = wait(async {
        let database = sql::Database::connect(&url, None, LIMITS).await.expect("the engine answers");
        sql::migrate(&database, part).await.expect("the tables can be made");
        database
    });
    (url, database)
}

/// Orders that a test can change while they are served.
#[derive(Clone)]
pub(crate) enum Orders {
    Memory(Arc<MemoryOrders>),
    Sqlite(Arc<TempDir>, SqliteOrders),
    Sql(String, SqlOrders),
    /// A service of the merchant's, in a thread of this process.
    Http(Arc<MemoryOrders>, Arc<HttpOrders>),
}

impl Orders {
    pub(crate) fn of(orders: impl IntoIterator<Item = Order>) -> Self {
        let empty = match named("NICO_TEST_ORDERS").as_str() {
            "memory" => Self::Memory(Arc::default()),
            "sqlite" => {
                let folder = tempfile::tempdir().expect("a folder");
                let database = sqlite::Database::open(folder.path().join("nico.db")).expect("a file");
                Self::Sqlite(Arc::new(folder), SqliteOrders::new(&database))
            }
            "http" => service(),
            engine => {
                let (url, database) = server(engine, Part::Orders);
                Self::Sql(url, wait(SqlOrders::open(&database)).expect("its tables are there"))
            }
        };
        orders.into_iter().for_each(|order| empty.put(order));
        empty
    }

    /// Orders that no engine's table could hold.
    pub(crate) fn in_memory(orders: impl IntoIterator<Item = Order>) -> Self {
        Self::Memory(Arc::new(orders.into_iter().collect()))
    }

    /// Adds an order, or replaces the one under its number, as a shop does that asks nobody.
    pub(crate) fn put(&self, order: Order) {
        let gone = format!("DELETE FROM {{}} WHERE pay_no = '{}'", order.pay_no.as_str());
        match self {
            Self::Memory(orders) | Self::Http(orders, _) => orders.put(order),
            Self::Sqlite(folder, orders) => {
                let file = rusqlite::Connection::open(folder.path().join("nico.db")).expect("the file is there");
                file.busy_timeout(Duration::from_secs(5)).expect("a timeout can be set");
                file.execute(&gone.replace("{}", "orders"), ()).expect("the table is there");
                wait(orders.put(vec![order])).expect("the order can be put");
            }
            Self::Sql(url, orders) => wait(async {
                let gone = sqlx::raw_sql(AssertSqlSafe(gone.replace("{}", "nico_orders")));
                if url.starts_with("mysql:") {
                    sqlx::MySqlConnection::connect(url).await.expect("it answers").execute(gone).await.map(drop)
                } else {
                    sqlx::PgConnection::connect(url).await.expect("it answers").execute(gone).await.map(drop)
                }
                .expect("the table is there");
                orders.put(vec![order]).await.expect("the order can be put");
            }),
        }
    }
}

impl OrderRepository for Orders {
    async fn find_by_pay_no(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
        match self {
            Self::Memory(orders) => orders.find_by_pay_no(pay_no).await,
            Self::Sqlite(_, orders) => orders.find_by_pay_no(pay_no).await,
            Self::Sql(_, orders) => orders.find_by_pay_no(pay_no).await,
            Self::Http(_, orders) => orders.find_by_pay_no(pay_no).await,
        }
    }
}

/// A service that answers from memory; who calls it is other tests' concern.
fn service() -> Orders {
    // Somebody else's test may have done so already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/orders", socket.local_addr().expect("it has an address"));
    let orders: Arc<MemoryOrders> = Arc::default();
    let served = Arc::clone(&orders);
    std::thread::spawn(move || {
        for stream in socket.incoming().map_while(Result::ok) {
            let orders = Arc::clone(&served);
            std::thread::spawn(move || while answer(&stream, &orders).is_some() {});
        }
    });
    let secret = SigningSecret::parse(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).expect("a secret");
    let client = HttpOrders::new(&url, secret, LIMITS.patience, Arc::new(SystemClock)).expect("a URL");
    Orders::Http(orders, Arc::new(client))
}

/// Answers one request; `None` where there is none any more.
fn answer(stream: &TcpStream, orders: &MemoryOrders) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let asked: serde_json::Value = serde_json::from_slice(&body).ok()?;
    let pay_no = PayNo::parse(asked["payNo"].as_str()?).ok()?;
    let found = orders.find_by_pay_no(&pay_no).now_or_never()?.ok()?;
    let (status, said) = match found {
        Some(order) => ("200 OK", serde_json::to_string(&order).ok()?),
        None => ("404 Not Found", "{}".to_owned()),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", said.len());
    (&*stream).write_all((head + &said).as_bytes()).ok()
}

/// Payments, in the engine of the orders; SQLite where that has none.
#[derive(Clone)]
pub(crate) enum Payments {
    Memory(MemoryPayments),
    Sqlite { payments: SqlitePayments, _folder: Arc<TempDir> },
    Sql(Box<SqlPayments>),
}

impl Default for Payments {
    fn default() -> Self {
        match named("NICO_TEST_ORDERS").as_str() {
            "memory" => Self::Memory(MemoryPayments::default()),
            "sqlite" | "http" => {
                let folder = tempfile::tempdir().expect("a folder");
                let database = sqlite::Database::open(folder.path().join("nico.db")).expect("a file");
                Self::Sqlite { payments: SqlitePayments::new(&database), _folder: Arc::new(folder) }
            }
            engine => Self::Sql(Box::new(
                wait(SqlPayments::open(&server(engine, Part::Payments).1)).expect("its tables are there"),
            )),
        }
    }
}

impl PaymentRepository for Payments {
    async fn record(&self, payment: &Payment) -> Result<Recorded, StoreError> {
        match self {
            Self::Memory(payments) => payments.record(payment).await,
            Self::Sqlite { payments, .. } => payments.record(payment).await,
            Self::Sql(payments) => payments.record(payment).await,
        }
    }

    async fn find_by_request_id(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        match self {
            Self::Memory(payments) => payments.find_by_request_id(id).await,
            Self::Sqlite { payments, .. } => payments.find_by_request_id(id).await,
            Self::Sql(payments) => payments.find_by_request_id(id).await,
        }
    }

    async fn is_paid(&self, pay_no: &PayNo, reference: &PartnerReferenceNo) -> Result<bool, StoreError> {
        match self {
            Self::Memory(payments) => payments.is_paid(pay_no, reference).await,
            Self::Sqlite { payments, .. } => payments.is_paid(pay_no, reference).await,
            Self::Sql(payments) => payments.is_paid(pay_no, reference).await,
        }
    }
}

/// X-EXTERNAL-IDs.
pub(crate) enum Ids {
    Memory(MemoryExternalIds),
    Sqlite { ids: SqliteExternalIds, _folder: TempDir },
    Sql(SqlExternalIds),
    Redis(RedisExternalIds),
}

impl Default for Ids {
    fn default() -> Self {
        match named("NICO_TEST_IDS").as_str() {
            "memory" => Self::Memory(MemoryExternalIds::default()),
            "sqlite" => {
                let folder = tempfile::tempdir().expect("a folder");
                let ids = SqliteExternalIds::open(folder.path().join("ids.db")).expect("a file");
                Self::Sqlite { ids, _folder: folder }
            }
            "redis" => {
                let url = fresh_database("redis");
                Self::Redis(wait(RedisExternalIds::connect(&url, None, LIMITS.patience)).expect("Redis answers"))
            }
            engine => Self::Sql(
                wait(SqlExternalIds::open(&server(engine, Part::ExternalIds).1)).expect("its tables are there"),
            ),
        }
    }
}

impl ExternalIdStore for Ids {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        match self {
            Self::Memory(ids) => ids.claim(claim).await,
            Self::Sqlite { ids, .. } => ids.claim(claim).await,
            Self::Sql(ids) => ids.claim(claim).await,
            Self::Redis(ids) => ids.claim(claim).await,
        }
    }
}
