//! X-EXTERNAL-IDs in Redis: in each of its shapes held to the contract, and in each way it can fail.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../services/mod.rs"]
mod services;

mod claims;
mod cluster;
mod contract;
mod faults;
mod refused;
mod sentinels;
mod stand_in;
