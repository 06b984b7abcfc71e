//! The whole of NICEPAY's flow: numbers registered, paid at a store, notified, asked after, and the merchant's shop told;
//! nico as a process of its own, NICEPAY played by the simulator, the shop by a small server that verifies signatures.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod chaos;
mod contract;
mod languages;
mod line;
mod nicepay;
mod office;
#[allow(dead_code, reason = "it is other crates' too")]
#[path = "../cli/process.rs"]
mod process;
mod refused;
#[path = "../services/mod.rs"]
mod services;
mod shop;
mod stage;
mod stand_in;
mod steps;
#[allow(dead_code, reason = "it is other crates' too")]
#[path = "../cli/wire.rs"]
mod wire;
