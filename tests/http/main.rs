//! Orders from a merchant's HTTP service: services that are good, in four languages, and services that are bad.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod connections;
mod contract;
mod down;
mod languages;
#[allow(dead_code, reason = "it is other crates' too")]
#[path = "../cli/process.rs"]
mod process;
mod service;
mod whole;
#[path = "../cli/wire.rs"]
mod wire;
