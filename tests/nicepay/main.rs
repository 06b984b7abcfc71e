//! The client of NICEPAY's V1 and Checkout: against the simulator's gateway, and against hosts that answer badly.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[allow(dead_code, reason = "it is other crates' too")]
#[path = "../simulator/desk.rs"]
mod desk;
mod gateway;
mod host;
mod merchant;
mod troubles;
mod vectors;
