//! NICEPAY on your own desk. **This is not NICEPAY**, and it says so in every answer and on every page.
//!
//! It plays both sides of NICEPAY's convenience-store flow: the one that calls a merchant (token, inquiry, payment,
//! notification, the browser's callback), with any fault on request, and the one that merchants call (registration,
//! status, cancel). It is meant for a merchant's desk, whatever the merchant's server is written in, and for tests.
//!
//! What goes over the wire either way is one [`exchange::Exchange`], written into one [`journal::Journal`].
//!
//! | who | where |
//! |---|---|
//! | the way of a call | [`step`] (what is expected) → [`caller`] → [`fault`] on a [`plan`] → `writing` (signed) → [`wire`] |
//! | the same call for a shell | [`reproduce`] |
//! | what merchants call | [`gateway`], over the [`books`] |
//! | NICEPAY's two sides together | [`office`] |
//! | the till | [`desk`], shown by [`counter`] |
//! | whole conversations | [`scenario`] |
//! | what goes wrong by chance | [`weather`] |

pub mod books;
pub mod caller;
pub mod counter;
pub mod desk;
pub mod exchange;
pub mod fault;
pub mod gateway;
pub mod journal;
pub mod merchant;
pub mod office;
pub mod plan;
pub mod reproduce;
mod same_origin;
pub mod scenario;
pub mod step;
pub mod weather;
pub mod wire;
mod writing;

/// The header of every answer of the simulator.
pub const NOT_NICEPAY: (&str, &str) = ("X-Simulator", "nico: this is not NICEPAY");
