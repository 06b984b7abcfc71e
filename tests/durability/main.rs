//! What was answered stays answered: the server as a process of its own, on SQLite files, with callers that sign as
//! NICEPAY does, through restarts, `kill -9`, resets and crowds.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bills;
mod crowds;
mod ids;
mod kills;
#[path = "../cli/process.rs"]
mod process;
mod resets;
mod resources;
#[path = "../cli/wire.rs"]
mod wire;

use std::sync::{Mutex, MutexGuard, PoisonError};

use bills::pay_no;
use process::{Folder, Server};
use wire::{Answer, Connection};

/// One test at a time: some measure how long something takes, and all load the machine.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Folder {
    /// A folder with keys, and a database with unpaid bills of 10000.00.
    fn with_bills(count: usize) -> Self {
        let folder = Self::with_keys();
        folder.import_bills(0, count);
        folder
    }
}

/// One request over a connection of its own.
fn ask(server: &Server, request: &str) -> Answer {
    Connection::open(&server.address).unwrap().send(request).unwrap()
}
