//! Engines for tests: one shared by all tests of a process, or one of a test's own that it may stop, pause and start
//! again. service.py runs them, and ends them when the pipe to it closes: none outlives the process of the tests.
#![allow(dead_code, reason = "each crate that takes this in uses a part of it")]

use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

const SERVICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/services/service.py");

/// An engine of a test's own.
pub(crate) struct Service {
    child: Child,
    pipes: Option<Mutex<(ChildStdin, BufReader<ChildStdout>)>>,
    told: Value,
}

impl Service {
    /// Starts an engine and waits until it accepts connections; service.py lists the kinds and their options.
    pub(crate) fn start(kind: &str, options: &[&str]) -> Self {
        let mut command = Command::new("python3");
        command.args([SERVICE, kind]).args(options).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3 is not installed: run tests/run");
        let pipe = child.stdin.take().expect("its input is a pipe");
        let mut answers = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let mut line = String::new();
        answers.read_line(&mut line).expect("its output can be read");
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("service.py {kind} said {line:?}"));
        if let Some(error) = told["error"].as_str() {
            let hint =
                if error.ends_with("not installed") { format!(": run tests/run{}", or_set(kind)) } else { "".into() };
            panic!("{error}{hint}");
        }
        Self { child, pipes: Some(Mutex::new((pipe, answers))), told }
    }

    /// Where it is, with who may come in.
    pub(crate) fn url(&self) -> &str {
        self.told["url"].as_str().expect("an engine tells its URL")
    }

    /// All that service.py says of it.
    pub(crate) fn json(&self) -> &Value {
        &self.told
    }

    /// The port of one of its nodes.
    pub(crate) fn port(&self, node: &str) -> u16 {
        self.told["nodes"][node].as_u64().and_then(|port| u16::try_from(port).ok()).expect("it has such a node")
    }

    /// An orderly end.
    pub(crate) fn stop(&self) {
        self.tell("stop");
    }

    /// Starts again, on the same ports and data, and waits until it accepts connections.
    pub(crate) fn start_again(&self) {
        self.tell("start");
    }

    /// Stops the clock for it: its connections stay open and nobody answers.
    pub(crate) fn pause(&self) {
        self.tell("pause");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.tell("resume");
    }

    /// One of service.py's orders, with the nodes it is about; back when it is done.
    pub(crate) fn tell(&self, order: &str) {
        let pipes = self.pipes.as_ref().expect("it lives until it is dropped");
        let (pipe, answers) = &mut *pipes.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(pipe, "{order}").expect("service.py listens");
        let mut line = String::new();
        answers.read_line(&mut line).expect("its output can be read");
        assert_eq!(line, "done\n", "service.py, told to {order}");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The end of its input is the end of the engine.
        self.pipes = None;
        let _ = self.child.wait();
    }
}

fn variable(kind: &str) -> String {
    format!("NICO_TEST_{}", kind.to_uppercase())
}

fn or_set(kind: &str) -> String {
    if ["postgres", "mariadb", "redis"].contains(&kind) {
        format!(", or set {}", variable(kind))
    } else {
        String::new()
    }
}

/// The URL of an engine that all tests share: the one that `NICO_TEST_POSTGRES`, `NICO_TEST_MARIADB` or
/// `NICO_TEST_REDIS` names, otherwise one that lives as long as this process.
pub(crate) fn shared(kind: &str) -> String {
    static POSTGRES: OnceLock<Service> = OnceLock::new();
    static MARIADB: OnceLock<Service> = OnceLock::new();
    static REDIS: OnceLock<Service> = OnceLock::new();
    if let Some(url) = std::env::var(variable(kind)).ok().filter(|url| !url.is_empty()) {
        return url;
    }
    let service = match kind {
        "postgres" => &POSTGRES,
        "mariadb" => &MARIADB,
        "redis" => &REDIS,
        _ => panic!("{kind} is none of those that are shared"),
    };
    service.get_or_init(|| Service::start(kind, &["--fast"])).url().to_owned()
}

/// The URL of a new, empty database on a shared engine: a schema of its own in PostgreSQL, a database in MariaDB, a
/// number in Redis.
pub(crate) fn fresh_database(kind: &str) -> String {
    fresh_database_in(kind, &shared(kind))
}

/// The same on an engine that runs at a URL.
pub(crate) fn fresh_database_in(kind: &str, url: &str) -> String {
    match kind {
        "postgres" => fresh_schema(url),
        "mariadb" => fresh_mariadb(url),
        "redis" => fresh_number(url),
        _ => panic!("{kind} has no databases that could be new"),
    }
}

/// A name that no other process has either: a developer's engine may be shared by several.
fn fresh_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    static PROCESS: OnceLock<u64> = OnceLock::new();
    let process = PROCESS.get_or_init(|| RandomState::new().hash_one(std::process::id()));
    format!("test_{process:016x}_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn fresh_schema(url: &str) -> String {
    let name = fresh_name();
    run("psql", &["-X", "-q", "-v", "ON_ERROR_STOP=1", url, "-c", &format!("CREATE SCHEMA {name}")]);
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-c%20search_path%3D{name}")
}

fn fresh_mariadb(url: &str) -> String {
    let name = fresh_name();
    let (before, _) = split_path(url);
    let (_, authority) = before.split_once("://").expect("a URL has a scheme");
    let (who, place) = authority.rsplit_once('@').unwrap_or(("root", authority));
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    let (host, port) = place.rsplit_once(':').unwrap_or((place, "3306"));
    let create = format!("CREATE DATABASE {name}");
    let password = format!("--password={password}");
    run("mariadb", &["--no-defaults", "-h", host, "-P", port, "-u", user, &password, "-e", &create]);
    format!("{before}/{name}")
}

fn fresh_number(url: &str) -> String {
    let (before, _) = split_path(url);
    // Database 0 counts them. A Redis that is not ours may have sixteen only.
    let databases = run("redis-cli", &["-u", before, "CONFIG", "GET", "databases"]);
    let databases: u64 = databases.lines().last().and_then(|line| line.parse().ok()).unwrap_or(16);
    let count: u64 = run("redis-cli", &["-u", before, "INCR", "nico-test-databases"]).trim().parse().expect("a count");
    let fresh = format!("{before}/{}", 1 + count % (databases - 1));
    run("redis-cli", &["-u", &fresh, "FLUSHDB"]);
    fresh
}

/// What stands before the path of a URL, and the path.
fn split_path(url: &str) -> (&str, &str) {
    let authority = url.find("://").expect("a URL has a scheme") + 3;
    let path = url[authority..].find('/').map_or(url.len(), |slash| authority + slash);
    url.split_at(path)
}

/// What a client of an engine printed, which must have gone well.
fn run(client: &str, arguments: &[&str]) -> String {
    let ran = Command::new(client).args(arguments).stdin(Stdio::null()).output();
    let ran = ran.unwrap_or_else(|_| panic!("{client} is not installed: run tests/run"));
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && !out.starts_with("ERR"), "{client}: {out}{err}");
    out.into_owned()
}
