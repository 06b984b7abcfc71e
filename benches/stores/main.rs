//! What one instance carries over each store: claims, payments and lookups a second through the adapters, and whole
//! requests a second through `nico serve`. Each figure stands beside a control of the same run, for this machine's own
//! are worth little elsewhere: `cargo bench --bench stores`.
//!
//! Everything shares the machine, the engines and whoever asks them. They write as they do where there is money: synced
//! to disk before they answer, but for Redis.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

#[path = "../../tests/claims/mod.rs"]
mod claims;
mod money;
#[allow(dead_code, reason = "it is other crates' too")]
#[path = "../../tests/cli/process.rs"]
mod process;
mod requests;
#[path = "../../tests/services/mod.rs"]
mod services;
#[path = "../../tests/cli/wire.rs"]
mod wire;

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use claims::{Ids, claim_all};
use nico::adapters::memory::MemoryExternalIds;
use nico::adapters::redis::RedisExternalIds;
use nico::adapters::sql::{Database, Limits, Part, SqlExternalIds, migrate};
use nico::adapters::sqlite::SqliteExternalIds;
use services::{Service, fresh_database_in};
use tempfile::TempDir;

/// How often everything is measured; the median counts.
const ROUNDS: usize = 7;
/// The claims of a round.
const CLAIMS: u64 = 20_000;
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let engines = Engines::start();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        claims_a_second(&engines, 64).await;
        claims_a_second(&engines, 256).await;
        money::payments_a_second(&engines).await;
        money::lookups_a_second(&engines).await;
    });
    drop(runtime);
    requests::a_second(&engines);
}

/// One of each, for the whole run.
struct Engines {
    folder: TempDir,
    postgres: Service,
    mariadb: Service,
    redis: Service,
}

impl Engines {
    fn start() -> Self {
        let server = |kind| Service::start(kind, &["--memory", "1024"]);
        Self {
            folder: tempfile::tempdir().unwrap(),
            postgres: server("postgres"),
            mariadb: server("mariadb"),
            redis: Service::start("redis", &[]),
        }
    }

    /// A path that nothing lies at.
    fn new_file(&self) -> String {
        let files = (0..).map(|number| self.folder.path().join(format!("{number}.db")));
        files.into_iter().find(|file| !file.exists()).unwrap().to_str().unwrap().to_owned()
    }

    /// The URLs of a new database on either server.
    fn new_databases(&self) -> [(&'static str, String); 2] {
        [("postgres", &self.postgres), ("mariadb", &self.mariadb)]
            .map(|(kind, service)| (kind, fresh_database_in(kind, service.url())))
    }

    /// A new database on each server, with nico's tables, as `nico serve` connects to it.
    async fn databases(&self, parts: &[Part], connections: usize) -> Vec<(&'static str, Database)> {
        let mut databases = Vec::new();
        for (kind, url) in self.new_databases() {
            let database = Database::connect(&url, None, Limits { connections, patience: PATIENCE }).await.unwrap();
            for part in parts {
                migrate(&database, *part).await.unwrap();
            }
            databases.push((kind, database));
        }
        databases
    }
}

async fn claims_a_second(engines: &Engines, at_once: usize) {
    let redis = RedisExternalIds::connect(engines.redis.url(), None, PATIENCE).await.unwrap();
    let mut stores = vec![
        ("memory", Ids::Memory(MemoryExternalIds::default())),
        ("sqlite", Ids::Sqlite(SqliteExternalIds::open(engines.new_file()).unwrap())),
        ("redis", Ids::Redis(redis)),
    ];
    for (kind, database) in engines.databases(&[Part::ExternalIds], 2).await {
        stores.push((kind, Ids::Sql(SqlExternalIds::open(&database).await.unwrap())));
    }
    let mut figures = Figures::of(&format!("claims a second, {at_once} at once"), "memory");
    // Redis has but one for all: the other crowd's ids must not be claimed a second time.
    let first = at_once as u64 * 1_000_000;
    let stores: Vec<_> = stores.into_iter().map(|(name, ids)| (name, Arc::new(ids))).collect();
    for round in 0..ROUNDS as u64 {
        for (name, ids) in &stores {
            let range = first + round * CLAIMS..first + (round + 1) * CLAIMS;
            let took = claim_all(ids, NaiveDate::default(), range, at_once).await;
            figures.add(name, CLAIMS as f64 / took.all.as_secs_f64());
        }
    }
    figures.tell();
}

/// What was measured of each, round by round.
struct Figures {
    what: String,
    control: &'static str,
    of: Vec<(String, Vec<f64>)>,
}

impl Figures {
    fn of(what: &str, control: &'static str) -> Self {
        Self { what: what.to_owned(), control, of: Vec::new() }
    }

    fn add(&mut self, name: &str, figure: f64) {
        match self.of.iter_mut().find(|(known, _)| known == name) {
            Some((_, figures)) => figures.push(figure),
            None => self.of.push((name.to_owned(), vec![figure])),
        }
    }

    /// The medians, and what they are to the control's.
    fn tell(&self) {
        println!("\n{}", self.what);
        let control = self.of.iter().find(|(name, _)| name == self.control).map(|(_, figures)| median(figures));
        for (name, figures) in &self.of {
            let (figure, control) = (median(figures), control.unwrap_or(f64::NAN));
            println!("  {name:34} {figure:11.1}   {:7.4} of {}", figure / control, self.control);
        }
    }
}

fn median(figures: &[f64]) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
