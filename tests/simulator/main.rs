//! NICEPAY's side as the simulator plays it, as a merchant meets it: on a socket, with tokens made here and a clock that
//! is moved.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod counter;
mod desk;
mod doors;
mod file;
#[path = "../ledger/mod.rs"]
mod ledger;
mod page;
mod states;
mod tokens;
mod troubles;
