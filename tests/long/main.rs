//! What takes long and is no part of every run: `tests/run --long`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../claims/mod.rs"]
mod claims;
mod engine;
#[path = "../services/mod.rs"]
mod services;
mod week;
