//! A database that dies, or hangs, in the middle of a request: the caller hears `5000000` or `5040000`, the log says
//! which store it was and why, and what was half done is undone.

use std::process::Command;

use crate::bills::pay_no;
use crate::bystander::Bystander;
use crate::process::{Folder, MARKER, Server, wait_for};
use crate::services::Service;
use crate::wire::{Answer, Connection, Nicepay};
use crate::{alone, holds_no_secret};

/// Where a request is held up, and whose failure it is then.
struct Hold {
    tables: &'static [&'static str],
    /// From reading as well as from writing.
    all: bool,
    is_payment: bool,
    store: &'static str,
}

const HOLDS: [Hold; 4] = [
    Hold {
        tables: &["nico_external_ids_0", "nico_external_ids_1", "nico_external_ids_2", "nico_external_ids_3"],
        all: true,
        is_payment: false,
        store: "the X-EXTERNAL-ID store failed: ",
    },
    Hold { tables: &["nico_orders"], all: true, is_payment: false, store: "the order store failed: " },
    Hold { tables: &["nico_payments"], all: false, is_payment: true, store: "the payment ledger failed: " },
    // The payment is written by then, and not yet committed.
    Hold { tables: &["nico_events"], all: false, is_payment: true, store: "the payment ledger failed: " },
];

/// A server on a database, and two who stand beside it: one holds things up, the other watches.
struct Scene {
    server: Server,
    folder: Folder,
    nicepay: Nicepay,
    holder: Bystander,
    watcher: Bystander,
}

impl Scene {
    fn on(engine: &Service) -> Self {
        let (mut holder, watcher) = (Bystander::at(engine.url()), Bystander::at(engine.url()));
        holder.guard();
        let guarded = engine.url().replace("nico:nico@", &format!("guarded:{MARKER}@"));
        let folder = Folder::configured(&guarded, &guarded, 2 * HOLDS.len());
        let server = folder.serve(&[("NICO__LIMITS__DEADLINE_SECONDS", "3")], &[]);
        let nicepay = folder.nicepay(&server);
        Self { server, folder, nicepay, holder, watcher }
    }

    fn request(&self, hold: &Hold, bill: usize, id: &str) -> String {
        let id = format!("{bill}-{id}");
        if hold.is_payment {
            self.nicepay.payment(&id, &pay_no(bill), &format!("P-{bill}"))
        } else {
            self.nicepay.inquiry(&id, &pay_no(bill))
        }
    }

    fn ask(&self, request: &str) -> Answer {
        Connection::open(&self.server.address).unwrap().send(request).unwrap()
    }

    /// Sends a request into a hold and, where it is to die there, ends the connection that does its work. Its answer,
    /// and what the log says of it.
    fn fails(&mut self, hold: &Hold, bill: usize, dies: bool) -> (String, String) {
        self.holder.lock(hold.tables, hold.all);
        let mut connection = Connection::open(&self.server.address).unwrap();
        connection.write(&self.request(hold, bill, "held")).unwrap();
        let waiting = self.watcher.waiting();
        if dies {
            self.watcher.end(waiting);
        }
        let code = connection.read().unwrap().code();
        self.holder.unlock();
        let log = self.server.log();
        let line = log.lines().rfind(|line| line.contains(&format!("{bill}-held"))).unwrap();
        (code, line.to_owned())
    }
}

fn is_told_and_undone(kind: &str) {
    let _alone = alone();
    let engine = Service::start(kind, &["--fast"]);
    let mut scene = Scene::on(&engine);
    for (bill, (hold, dies)) in HOLDS.iter().flat_map(|hold| [(hold, true), (hold, false)]).enumerate() {
        let (code, line) = scene.fails(hold, bill, dies);
        assert_eq!(code, if dies { "5000000" } else { "5040000" }, "{line}");
        let (_, cause) = line.split_once(hold.store).unwrap_or_else(|| panic!("{} is not named: {line}", hold.store));
        println!("{kind} {}: {code}, {}{cause}", if dies { "died" } else { "hung" }, hold.store);
        assert_eq!(["in time", "too long"].iter().any(|late| cause.contains(late)), !dies, "{line}");
        let half_done = format!("SELECT COUNT(*) FROM nico_payments WHERE pay_no = '{}'", pay_no(bill));
        assert_eq!(scene.watcher.number(&half_done), 0);
        assert_eq!(scene.ask(&scene.request(hold, bill, "again")).code(), "2000000");
    }
    let payments = scene.folder.payments();
    assert_eq!(payments, (4..8).map(|bill| (pay_no(bill), format!("P-{bill}"))).collect::<Vec<_>>());
    let told = scene.watcher.number("SELECT COUNT(*) FROM nico_events");
    assert_eq!(told, 4, "each payment is to be told once");
    holds_no_secret(&scene.server.log());
}

#[test]
fn a_connection_of_postgresql_dies_or_hangs() {
    is_told_and_undone("postgres");
}

#[test]
fn a_connection_of_mariadb_dies_or_hangs() {
    is_told_and_undone("mariadb");
}

/// When one of PostgreSQL's processes is killed, all others end as well, and it recovers from its log.
#[test]
fn postgresql_crashes() {
    let _alone = alone();
    let engine = Service::start("postgres", &[]);
    let mut scene = Scene::on(&engine);
    let hold = &HOLDS[3];
    assert_eq!(scene.ask(&scene.request(hold, 1, "before")).code(), "2000000");
    scene.holder.lock(hold.tables, hold.all);
    let mut connection = Connection::open(&scene.server.address).unwrap();
    connection.write(&scene.request(hold, 0, "held")).unwrap();
    let process = scene.watcher.waiting();
    assert!(Command::new("sh").args(["-c", "kill -9 $0", &process.to_string()]).status().unwrap().success());
    assert_eq!(connection.read().unwrap().code(), "5000000");
    wait_for("nico to be ready", || scene.server.is_ready().then_some(()));
    assert_eq!(scene.folder.payments(), [(pay_no(1), "P-1".to_owned())]);
    for bill in [0, 1] {
        assert_eq!(scene.ask(&scene.request(hold, bill, "again")).code(), "2000000");
    }
    let mut payments = scene.folder.payments();
    payments.sort();
    assert_eq!(payments, [0, 1].map(|bill| (pay_no(bill), format!("P-{bill}"))));
    let log = scene.server.log();
    assert!(log.contains("the payment ledger failed: "), "{log}");
    holds_no_secret(&log);
}
