//! The servers of SQL, PostgreSQL and MariaDB: the contracts, and what is these engines' own. In tables of nico's and in
//! those of shops that know nothing of nico.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod commands;
mod contracts;
mod engine;
mod file;
mod find;
mod forgetting;
mod mark_paid;
mod migrating;
mod payment_events;
#[allow(dead_code, reason = "it is other crates' too")]
#[path = "../cli/process.rs"]
mod process;
mod rows;
#[path = "../services/mod.rs"]
mod services;
mod shops;
mod tls;
mod whole;
#[path = "../cli/wire.rs"]
mod wire;
