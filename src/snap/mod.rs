//! The SNAP standard as values and pure functions: no I/O beyond reading a key file, no HTTP framework, no clock.
//!
//! SNAP asks of a provider, in the order in which a request meets it:
//!
//! | step | where |
//! |---|---|
//! | a token made here, not older than 15 minutes, bound to its client | [`access_token`] |
//! | headers present once, well formed | [`header`], [`field`] |
//! | a timestamp that is fresh | [`timestamp`] |
//! | a signature over what the standard says is signed | [`signature`], [`key`] |
//! | a body that is one JSON object without tricks | [`json`], [`amount`] |
//! | an answer out of one table of codes | [`response_code`] |
//! | and for the log, why a signature was refused | [`diagnosis`] |
//!
//! Sources: ASPI, *Standar Teknis dan Keamanan* v1.0.2 (September 2024), and NICEPAY's pages on NICO.

pub mod access_token;
pub mod amount;
pub mod diagnosis;
pub mod encoding;
pub mod field;
pub mod header;
pub mod json;
pub mod key;
pub mod response_code;
pub mod secret;
pub mod signature;
pub mod timestamp;
