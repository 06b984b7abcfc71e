//! Whole requests, over connections that are kept, signed beforehand: what a server does is measured, not its caller.

use std::fmt::Write as _;
use std::fs;
use std::thread;
use std::time::Instant;

use crate::process::{Folder, Server};
use crate::wire::{Connection, Nicepay};
use crate::{Engines, Figures, ROUNDS};

/// How many connections ask at once, each for the next as soon as it has its answer.
const CONNECTIONS: usize = 64;
/// What each of them asks in a round; payments take longer, and use bills up.
const REQUESTS: usize = 200;
const PAYMENTS: usize = 40;
/// The bills that are asked for, and not paid.
const OPEN: usize = 1_000;
/// The control: what the framework does with a request that has nothing to it.
const BARE: &str = "GET /health/live HTTP/1.1\r\nHost: nico\r\n\r\n";

/// A server over its stores.
struct Subject {
    name: &'static str,
    server: Server,
    folder: Folder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bare,
    Inquiry,
    Payment,
}

pub(crate) fn a_second(engines: &Engines) {
    let [(_, postgres), (_, mariadb)] = engines.new_databases();
    let (money, ids) = (format!("sqlite:{}", engines.new_file()), "sqlite:ids.db");
    let subjects = [
        Subject::start("SQLite, ids in SQLite", &money, ids),
        Subject::start("PostgreSQL, ids in Redis", &postgres, engines.redis.url()),
        Subject::start("MariaDB, ids in MariaDB", &mariadb, &mariadb),
    ];
    let mut rates = Figures::of(&format!("requests a second, {CONNECTIONS} connections"), "bare");
    let mut costs = Figures::of("CPU of nico per request, in microseconds", "bare");
    for round in 0..ROUNDS {
        for subject in &subjects {
            for kind in [Kind::Bare, Kind::Inquiry, Kind::Payment] {
                let (rate, cost) = subject.round(kind, round);
                let name = match kind {
                    Kind::Bare => "bare".to_owned(),
                    Kind::Inquiry => format!("inquiry: {}", subject.name),
                    Kind::Payment => format!("payment: {}", subject.name),
                };
                rates.add(&name, rate);
                costs.add(&name, cost);
            }
        }
    }
    rates.tell();
    costs.tell();
}

impl Subject {
    fn start(name: &'static str, money: &str, ids: &str) -> Self {
        let folder = Folder::with_keys();
        folder.write(
            "nico.toml",
            format!(
                "[[clients]]\nid = \"IONPAYTEST\"\npublic_keys = [\"keys/sandbox-public.pem\"]\n[orders]\nsource = \
                 \"{money}\"\n[payments]\nstore = \"{money}\"\n[external_ids]\nstore = \"{ids}\"\n"
            ),
        );
        folder.nico(&["migrate"]).good();
        folder.write("bills.jsonl", (0..OPEN + ROUNDS * CONNECTIONS * PAYMENTS).fold(String::new(), bill));
        folder.nico(&["order", "import", "bills.jsonl"]).good();
        let server = folder.serve(&[], &[]);
        Self { name, server, folder }
    }

    /// Requests a second, and what one of them costs the server in microseconds of CPU.
    fn round(&self, kind: Kind, round: usize) -> (f64, f64) {
        let nicepay = Nicepay::at(&self.server.address, &self.folder.path("keys"));
        let each = if kind == Kind::Payment { PAYMENTS } else { REQUESTS };
        let mut callers: Vec<(Connection, Vec<String>)> = (0..CONNECTIONS)
            .map(|caller| {
                let first = (round * CONNECTIONS + caller) * each;
                let requests = (first..first + each).map(|number| request(&nicepay, kind, number)).collect();
                (Connection::open(&self.server.address).unwrap(), requests)
            })
            .collect();
        let (begun, before) = (Instant::now(), self.cpu());
        thread::scope(|scope| {
            for (connection, requests) in &mut callers {
                scope.spawn(move || {
                    for request in requests {
                        let answer = connection.send(request).unwrap();
                        assert_eq!(answer.status, 200, "{answer:?}");
                    }
                });
            }
        });
        let (took, count) = (begun.elapsed().as_secs_f64(), (CONNECTIONS * each) as f64);
        (count / took, (self.cpu() - before) * 1e6 / count)
    }

    /// The seconds of CPU that the server has had: its user's and the system's, in hundredths.
    fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.server.pid())).unwrap();
        let (_, after_name) = stat.rsplit_once(") ").unwrap();
        let ticks: Vec<f64> = after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse().unwrap()).collect();
        ticks.iter().sum::<f64>() / 100.0
    }
}

/// The request of a number that it alone has among those of its kind.
fn request(nicepay: &Nicepay, kind: Kind, number: usize) -> String {
    let id = number.to_string();
    match kind {
        Kind::Bare => BARE.to_owned(),
        Kind::Inquiry => nicepay.inquiry(&id, &pay_no(number % OPEN)),
        Kind::Payment => nicepay.payment(&id, &pay_no(OPEN + number), &format!("payment-{number}")),
    }
}

fn pay_no(bill: usize) -> String {
    format!("7015{bill:08}")
}

/// One more line of a file for `nico order import`.
fn bill(mut lines: String, bill: usize) -> String {
    let pay_no = pay_no(bill);
    writeln!(
        lines,
        r#"{{"payNo":"{pay_no}","partnerReferenceNo":"INV-{bill}","payNoName":"Siti Aisyah","payNoPhone":"081234567890","payNoEmail":"siti@example.com","goodsName":"Buku","amount":"10000.00","expiresAt":"2036-01-31T12:00:00+07:00","status":"unpaid"}}"#
    )
    .unwrap();
    lines
}
