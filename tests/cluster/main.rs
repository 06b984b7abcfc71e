//! Many instances, and stores that fail: what was answered stays true whichever instance has answered it, and whatever
//! becomes of an instance, of Redis, of PostgreSQL and of MariaDB.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../durability/bills.rs"]
mod bills;
mod bystander;
mod dying;
mod faults;
mod line;
mod load;
#[allow(dead_code, reason = "it is other crates' too")]
#[path = "../cli/process.rs"]
mod process;
#[path = "../services/mod.rs"]
mod services;
mod three_instances;
#[path = "../cli/wire.rs"]
mod wire;

use std::sync::{Mutex, MutexGuard, PoisonError};

use process::{Folder, MARKER};

/// One test at a time: they load the machine, and measure how long something takes.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Neither a password nor what stands in a row.
fn holds_no_secret(log: &str) {
    for secret in [MARKER, "Siti", "081234567890", "siti@example.com"] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}

impl Folder {
    /// A folder with keys and a configuration, its tables made and filled with unpaid bills of 10000.00.
    fn configured(money: &str, external_ids: &str, bills: usize) -> Self {
        let folder = Self::with_keys();
        let settings = format!(
            "[[clients]]\nid = \"IONPAYTEST\"\npublic_keys = [\"keys/sandbox-public.pem\"]\n\
             [orders]\nsource = \"{money}\"\n[payments]\nstore = \"{money}\"\n[external_ids]\nstore = \"{external_ids}\"\n"
        );
        folder.write("nico.toml", settings);
        folder.nico(&["migrate"]).good();
        folder.import_bills(0, bills);
        folder
    }
}
