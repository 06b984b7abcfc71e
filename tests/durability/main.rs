//! What was answered stays answered: the server as a process of its own, on SQLite files, with callers that sign as
//! NICEPAY does, through restarts, `kill -9`, resets and crowds.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crowds;
mod ids;
mod kills;
#[path = "../cli/process.rs"]
mod process;
mod resets;
mod resources;
#[path = "../cli/wire.rs"]
mod wire;

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use process::{Folder, Server};
use serde_json::Value;
use wire::{Answer, Connection, Nicepay};

/// One test at a time: some measure how long something takes, and all load the machine.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number of a bill: they are counted from 0.
fn pay_no(bill: usize) -> String {
    format!("7015{bill:08}")
}

impl Folder {
    /// A folder with keys, and a database with unpaid bills of 10000.00.
    fn with_bills(count: usize) -> Self {
        let folder = Self::with_keys();
        folder.import_bills(0, count);
        folder
    }

    fn import_bills(&self, first: usize, count: usize) {
        let line = |mut lines: String, bill: usize| {
            let pay_no = pay_no(bill);
            writeln!(
                lines,
                r#"{{"payNo":"{pay_no}","partnerReferenceNo":"INV-{bill}","payNoName":"Siti Aisyah","payNoPhone":"081234567890","payNoEmail":"siti@example.com","goodsName":"Buku","amount":"10000.00","expiresAt":"2036-01-31T12:00:00+07:00","status":"unpaid"}}"#
            )
            .unwrap();
            lines
        };
        self.write("bills.jsonl", (first..first + count).fold(String::new(), line));
        let said = self.nico(&["order", "import", "bills.jsonl"]).good();
        assert_eq!(said, format!("{count} orders written, 0 left as they stand because they are paid\n"));
    }

    /// payNo and paymentRequestId of every payment, as `nico payment list` shows them.
    fn payments(&self) -> Vec<(String, String)> {
        let list = self.nico(&["payment", "list", "--json"]).good();
        let payment = |line: &str| {
            let payment: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| payment[name].as_str().unwrap().to_owned();
            (text("payNo"), text("paymentRequestId"))
        };
        list.lines().map(payment).collect()
    }

    fn nicepay(&self, server: &Server) -> Nicepay {
        Nicepay::at(&server.address, &self.path("keys"))
    }
}

/// One request over a connection of its own.
fn ask(server: &Server, request: &str) -> Answer {
    Connection::open(&server.address).unwrap().send(request).unwrap()
}
