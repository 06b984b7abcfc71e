//! The provider as a stranger meets it: a real port, real signatures, bytes on a socket.
//!
//! Nothing here knows how the provider is built, only what spec and contract say it answers. The harness holds every
//! answer against `openapi/provider.yaml` and every log line against what must never be logged, before a test's own
//! assertion sees either.

mod access_token;
mod aspi;
mod bad_bodies;
mod bad_headers;
mod bad_tokens;
mod broken_stores;
mod callback;
mod diagnosis;
mod explanation;
mod foreign_ledger;
mod framework_voice;
mod harness;
mod inquiry;
mod keys;
#[path = "../ledger/mod.rs"]
mod ledger;
mod log;
#[path = "../misses/mod.rs"]
mod misses;
mod notification;
mod payment;
mod replay;
mod reset;
#[path = "../services/mod.rs"]
mod services;
mod symmetric;
mod vectors;
