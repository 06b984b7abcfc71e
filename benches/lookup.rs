//! What looking an order up among ten million costs, as a ratio to what it costs among ten thousand, in one run:
//! `cargo bench --bench lookup`, or with `-- --rows 100000` for a quick try.
//!
//! Two tables per engine, filled by the engine itself, asked through nico's own adapters for numbers that exist, one
//! after the other, in rounds that take turns. What counts is the median of the rounds' means. The small table is asked
//! through a second handle as well: where these two differ, the machine is too restless to tell anything.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

#[path = "../tests/services/mod.rs"]
mod services;

use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use nico::adapters::StatusWords;
use nico::adapters::sql::{Database, Limits, Part, SqlOrders, SqlShopOrders, migrate};
use nico::adapters::sqlite::{Database as File, SqliteOrders, SqliteShopOrders};
use nico::{Order, OrderRepository, PayNo, StoreError};
use services::{Service, fresh_database_in};
use sqlx::{AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;

/// The engines, and what many rows may cost at most in each.
const ENGINES: [(&str, f64); 3] = [("sqlite", 2.5), ("postgres", 1.6), ("mariadb", 1.6)];
const FEW: u64 = 10_000;
const MANY: u64 = 10_000_000;
/// The rounds that count, and those before them that bring into the caches what belongs there.
const ROUNDS: usize = 300;
const WARMING: usize = 100;
/// The lookups of a round.
const LOOKUPS: u32 = 400;
/// What the two handles of one table may differ by, and how often it is measured anew when they do.
const EQUAL: RangeInclusive<f64> = 0.95..=1.05;
const TRIES: usize = 3;
/// What a server may keep in memory, in megabytes: all of the large table, as for a shop of that size.
const MEMORY: &str = "4096";
const LIMITS: Limits = Limits { connections: 1, patience: Duration::from_secs(60) };
/// Rows that are made at once.
const CHUNK: u64 = 1_000_000;
/// What is the same in all of them.
const REST: &str = "'Siti Aisyah', '081234567890', 'siti@example.com', 'Buku tulis, 12 buah', 2500000,
                    '2036-01-31T12:00:00+07:00', 'unpaid', NULL";

/// An order as a merchant's own statement finds it, though in a table of nico's.
const FIND: &str = "SELECT partner_reference_no AS `partnerReferenceNo`, pay_no_name AS `payNoName`,
    pay_no_phone AS `payNoPhone`, pay_no_email AS `payNoEmail`, goods_name AS `goodsName`, amount_sen AS `amount`,
    expires_at AS `expiresAt`, status AS `status` FROM TABLE WHERE pay_no = :payNo";

#[tokio::main]
async fn main() -> ExitCode {
    let many = rows_asked_for().unwrap_or(MANY);
    println!("µs per lookup, one after the other: median of {ROUNDS} rounds of {LOOKUPS}");
    let mut well = true;
    for (name, limit) in ENGINES {
        let (engine, begun) = (Engine::start(name), Instant::now());
        let places = [engine.filled(FEW).await, engine.filled(many).await];
        println!("\n{name}, filled in {:.0} s", begun.elapsed().as_secs_f64());
        for shop in [false, true] {
            let tables = [(&*places[0], FEW), (&*places[0], FEW), (&*places[1], many)];
            well &= judged(&engine, tables, shop, limit).await;
        }
    }
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn rows_asked_for() -> Option<u64> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--rows");
    arguments.nth(1).map(|rows| rows.parse().expect("--rows is followed by a number"))
}

/// Measures until the pair of equals is one; says what came of it, and whether it is well.
async fn judged(engine: &Engine, tables: [(&str, u64); 3], shop: bool, limit: f64) -> bool {
    let what = if shop { "a find of the merchant's" } else { "nico's own table" };
    let mut trusted = false;
    for _ in 0..TRIES {
        let mut opened = Vec::new();
        for (place, rows) in tables {
            opened.push(Table { orders: engine.orders(place, shop).await, rows, random: Random(1) });
        }
        let [few, again, many] = measured(&mut opened).await;
        let (equal, ratio) = (again / few, many / few);
        trusted = EQUAL.contains(&equal);
        let verdict = match (trusted, ratio <= limit) {
            (false, _) => "NOT TO BE TRUSTED: the equal pair is not equal",
            (true, true) => "holds",
            (true, false) => "DOES NOT HOLD",
        };
        println!(
            "  {what}: {FEW} rows {few:.1}, again {again:.1} ({equal:.3}), {} rows {many:.1}: \
             {ratio:.2} times, limit {limit}: {verdict}",
            tables[2].1
        );
        if trusted {
            return ratio <= limit;
        }
    }
    trusted
}

/// Each table's median, in microseconds.
async fn measured(tables: &mut [Table]) -> [f64; 3] {
    let mut means = [const { Vec::new() }; 3];
    for round in 0..WARMING + ROUNDS {
        for turn in 0..means.len() {
            let place = (round + turn) % means.len();
            let mean = tables[place].round().await;
            if round >= WARMING {
                means[place].push(mean);
            }
        }
    }
    means.map(|mut means| {
        means.sort_by(f64::total_cmp);
        means[means.len() / 2]
    })
}

/// A table of orders, and how it is asked.
struct Table {
    orders: Orders,
    rows: u64,
    random: Random,
}

impl Table {
    /// The mean of a round, in microseconds.
    async fn round(&mut self) -> f64 {
        let numbers: Vec<_> = (0..LOOKUPS).map(|_| pay_no(self.random.next() % self.rows)).collect();
        let begun = Instant::now();
        for number in &numbers {
            assert!(self.orders.find(number).await.unwrap().is_some(), "{number:?}");
        }
        begun.elapsed().as_secs_f64() * 1e6 / f64::from(LOOKUPS)
    }
}

fn pay_no(row: u64) -> PayNo {
    PayNo::parse(&format!("7015{row:08}")).unwrap()
}

/// SplitMix64: the same numbers for each table, and none that its engine could foresee.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Whichever adapter is asked.
enum Orders {
    Sqlite(SqliteOrders),
    SqliteShop(SqliteShopOrders),
    Sql(SqlOrders),
    SqlShop(SqlShopOrders),
}

impl Orders {
    async fn find(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
        match self {
            Self::Sqlite(orders) => orders.find_by_pay_no(pay_no).await,
            Self::SqliteShop(orders) => orders.find_by_pay_no(pay_no).await,
            Self::Sql(orders) => orders.find_by_pay_no(pay_no).await,
            Self::SqlShop(orders) => orders.find_by_pay_no(pay_no).await,
        }
    }
}

enum Engine {
    Sqlite(TempDir),
    Postgres(Service),
    MariaDb(Service),
}

impl Engine {
    fn start(name: &str) -> Self {
        // Nothing is written while it is measured, so what is written need not be safe.
        let server = || Service::start(name, &["--fast", "--memory", MEMORY]);
        match name {
            "sqlite" => Self::Sqlite(tempfile::tempdir().unwrap()),
            "postgres" => Self::Postgres(server()),
            _ => Self::MariaDb(server()),
        }
    }

    /// A database with so many orders, and where it is.
    async fn filled(&self, rows: u64) -> String {
        match self {
            Self::Sqlite(folder) => {
                let file = folder.path().join(format!("{rows}.db")).to_str().unwrap().to_owned();
                fill_sqlite(&file, rows);
                file
            }
            Self::Postgres(service) => {
                let url = fresh_database_in("postgres", service.url());
                fill_postgres(&url, rows).await;
                url
            }
            Self::MariaDb(service) => {
                let url = fresh_database_in("mariadb", service.url());
                fill_mariadb(&url, rows).await;
                url
            }
        }
    }

    /// The orders in a database, as nico's own or as those of a shop.
    async fn orders(&self, place: &str, shop: bool) -> Orders {
        let words = StatusWords::default();
        match (self, shop) {
            (Self::Sqlite(_), false) => Orders::Sqlite(SqliteOrders::new(&File::open(place).unwrap())),
            (Self::Sqlite(_), true) => {
                let find = FIND.replace("TABLE", "orders");
                Orders::SqliteShop(SqliteShopOrders::open(place, &find, words, LIMITS.patience).unwrap())
            }
            (Self::Postgres(_) | Self::MariaDb(_), false) => {
                Orders::Sql(SqlOrders::open(&connect(place).await).await.unwrap())
            }
            (Self::Postgres(_) | Self::MariaDb(_), true) => {
                let quote = if matches!(self, Self::Postgres(_)) { "\"" } else { "`" };
                let find = FIND.replace("TABLE", "nico_orders").replace('`', quote);
                let database = Database::connect_read_only(place, None, LIMITS).await.unwrap();
                Orders::SqlShop(SqlShopOrders::open(&database, &find, words).await.unwrap())
            }
        }
    }
}

async fn connect(place: &str) -> Database {
    Database::connect(place, None, LIMITS).await.unwrap()
}

/// The first row of each chunk and its last.
fn chunks(rows: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..rows.div_ceil(CHUNK)).map(move |chunk| (chunk * CHUNK, rows.min((chunk + 1) * CHUNK) - 1))
}

fn fill_sqlite(file: &str, rows: u64) {
    File::open(file).unwrap();
    let connection = rusqlite::Connection::open(file).unwrap();
    for (first, last) in chunks(rows) {
        let insert = format!(
            "INSERT INTO orders
             WITH RECURSIVE made (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM made WHERE n < {last})
             SELECT printf('7015%08d', n), 'INV-' || n, {REST} FROM made"
        );
        connection.execute_batch(&insert).unwrap();
    }
}

async fn fill_postgres(url: &str, rows: u64) {
    migrate(&connect(url).await, Part::Orders).await.unwrap();
    let mut server = sqlx::PgConnection::connect(url).await.unwrap();
    for (first, last) in chunks(rows) {
        let insert = format!(
            "INSERT INTO nico_orders SELECT '7015' || lpad(n::text, 8, '0'), 'INV-' || n, {REST}
             FROM generate_series({first}, {last}) AS made (n)"
        );
        server.execute(AssertSqlSafe(insert)).await.unwrap();
    }
    server.execute("VACUUM (FREEZE, ANALYZE) nico_orders").await.unwrap();
}

async fn fill_mariadb(url: &str, rows: u64) {
    migrate(&connect(url).await, Part::Orders).await.unwrap();
    let mut server = sqlx::MySqlConnection::connect(url).await.unwrap();
    for (first, last) in chunks(rows) {
        let insert = format!(
            "INSERT INTO nico_orders SELECT CONCAT('7015', LPAD(seq, 8, '0')), CONCAT('INV-', seq), {REST}
             FROM seq_{first}_to_{last}"
        );
        server.execute(AssertSqlSafe(insert)).await.unwrap();
    }
    server.execute("ANALYZE TABLE nico_orders").await.unwrap();
}
