//! A store fails under load: no wrong answer, none late, and all is well soon after it is back. nico is never restarted.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bills::pay_no;
use crate::load::{DEADLINE, Load};
use crate::process::{Folder, MARKER, Server, wait_for};
use crate::services::{Service, fresh_database};
use crate::wire::Connection;
use crate::{alone, holds_no_secret};

/// More than are paid while a store fails.
const BILLS: usize = 4_000;
/// Good answers before the store fails, and after it was back for long enough.
const WARM: usize = 500;
const LONG: Duration = Duration::from_secs(10);

/// How a store fails and comes back.
struct Outage<'a> {
    what: &'a str,
    engine: &'a Service,
    begin: fn(&Service),
    end: fn(&Service),
    lasts: Duration,
    /// The parts that `/health/ready` calls down.
    down: &'a [&'a str],
}

impl Outage<'_> {
    fn under_load(&self, folder: &Folder, server: &Server, first: usize) {
        let load = Load::new(server, folder.nicepay(server), first..first + BILLS);
        let before = server.log().len();
        let mut ready = Duration::ZERO;
        let answers = load.beside(|| {
            load.wait_for_good(WARM);
            (self.begin)(self.engine);
            let begun = Instant::now();
            wait_for("the part that is down to be named", || self.is_named(server));
            thread::sleep(self.lasts.saturating_sub(begun.elapsed()));
            assert_eq!(self.is_named(server), Some(()), "{}: it is still down", self.what);
            (self.end)(self.engine);
            let back = Instant::now();
            wait_for("nico to be ready", || server.is_ready().then_some(()));
            ready = back.elapsed();
            load.is_back(back, WARM);
        });
        println!("{}: {}, ready {ready:.2?} after", self.what, answers.judge());
        load.settle(folder, &answers);
        let log = server.log();
        let log = &log[before..];
        // Parts fail and come back one by one, so any one line may name fewer.
        let not_ready: Vec<_> = log.lines().filter(|line| line.contains("not ready: ")).collect();
        for part in self.down.iter().map(|part| format!("{part}: ")) {
            assert!(not_ready.iter().any(|line| line.contains(&part)), "{part}{not_ready:#?}");
        }
        assert!(log.contains(" failed: "), "no store is named");
        holds_no_secret(log);
    }

    /// Whether `/health/ready` says what it should while the store is down.
    fn is_named(&self, server: &Server) -> Option<()> {
        let request = "GET /health/ready HTTP/1.1\r\nHost: nico\r\n\r\n";
        let asked = Instant::now();
        let answer = Connection::open(&server.address).unwrap().send(request).unwrap();
        assert!(asked.elapsed() <= DEADLINE, "{answer:?} after {:?}", asked.elapsed());
        let standing = |part: &str| if self.down.contains(&part) { "down" } else { "ready" };
        let parts = ["external_ids", "orders", "payments"].map(|part| (part.to_owned(), json!(standing(part))));
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        (answer.code() == "5030000" && body["parts"] == Value::Object(parts.into_iter().collect())).then_some(())
    }
}

fn serve(folder: &Folder) -> Server {
    folder.serve(&[("NICO__LIMITS__DEADLINE_SECONDS", &DEADLINE.as_secs().to_string())], &[])
}

/// What it knew before it stopped it must know again: so it writes its claims down.
#[test]
fn redis_is_stopped_for_ten_seconds() {
    let _alone = alone();
    let redis = Service::start("redis", &["--save", "--password", MARKER]);
    let folder = Folder::configured(&fresh_database("postgres"), redis.url(), BILLS + 1);
    let server = serve(&folder);
    let stopped = Outage {
        what: "Redis stopped for 10 s",
        engine: &redis,
        begin: Service::stop,
        end: Service::start_again,
        lasts: LONG,
        down: &["external_ids"],
    };
    stopped.under_load(&folder, &server, 0);
}

/// Orderly and not, with all that is written synced to disk.
#[test]
fn postgresql_is_restarted_killed_and_paused() {
    let _alone = alone();
    let postgres = Service::start("postgres", &[]);
    let folder = Folder::configured(postgres.url(), &fresh_database("redis"), 3 * BILLS + 1);
    let server = serve(&folder);
    let restarted = Outage {
        what: "PostgreSQL restarted",
        engine: &postgres,
        begin: Service::stop,
        end: Service::start_again,
        lasts: Duration::ZERO,
        down: &["orders", "payments"],
    };
    restarted.under_load(&folder, &server, 0);
    let killed = Outage { what: "PostgreSQL killed and started", begin: kill, ..restarted };
    killed.under_load(&folder, &server, BILLS);
    let paused = Outage {
        what: "PostgreSQL paused for 10 s",
        begin: Service::pause,
        end: Service::resume,
        lasts: LONG,
        ..killed
    };
    paused.under_load(&folder, &server, 2 * BILLS);
}

#[test]
fn mariadb_is_paused_and_killed() {
    let _alone = alone();
    let mariadb = Service::start("mariadb", &[]);
    let folder = Folder::configured(mariadb.url(), mariadb.url(), 2 * BILLS + 1);
    let server = serve(&folder);
    let paused = Outage {
        what: "MariaDB paused for 10 s",
        engine: &mariadb,
        begin: Service::pause,
        end: Service::resume,
        lasts: LONG,
        down: &["external_ids", "orders", "payments"],
    };
    paused.under_load(&folder, &server, 0);
    let killed = Outage {
        what: "MariaDB killed and started",
        begin: kill,
        end: Service::start_again,
        lasts: Duration::ZERO,
        ..paused
    };
    killed.under_load(&folder, &server, BILLS);
}

/// Connections that rest when their server is restarted are gone when they are next needed, and nobody notices.
#[test]
fn a_restart_at_rest_fails_no_request() {
    let _alone = alone();
    for kind in ["postgres", "mariadb"] {
        let engine = Service::start(kind, &["--fast"]);
        let folder = Folder::configured(engine.url(), engine.url(), 1);
        let server = serve(&folder);
        let nicepay = folder.nicepay(&server);
        let inquire = |id: usize| {
            let mut connection = Connection::open(&server.address).unwrap();
            connection.send(&nicepay.inquiry(&id.to_string(), &pay_no(0))).unwrap().code()
        };
        let at_once = |round: usize| {
            thread::scope(|scope| {
                let callers: Vec<_> = (0..32).map(|caller| scope.spawn(move || inquire(round * 32 + caller))).collect();
                callers.into_iter().map(|caller| caller.join().unwrap()).collect::<Vec<_>>()
            })
        };
        assert_eq!(at_once(0), ["2000000"; 32], "{kind}");
        engine.stop();
        thread::sleep(Duration::from_secs(1));
        engine.start_again();
        assert_eq!(at_once(1), ["2000000"; 32], "{kind}");
    }
}

fn kill(engine: &Service) {
    engine.tell("kill");
}
