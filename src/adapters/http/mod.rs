//! Orders from the merchant's own HTTP service: one signed POST for each number that NICEPAY asks for.
//!
//! `openapi/orders.yaml` is the contract, `examples/orders` has the other end in PHP, Node and Python.
//!
//! - **Trust.** The request is signed ([`crate::webhook`]), so the service knows that nico asks. The answer is trusted
//!   because of whom it comes from: use `https` beyond a machine or a network of your own.
//! - **Bounds.** One deadline over waiting, connecting and reading; 64 calls at once; 64 KiB of an answer. No redirect
//!   is followed, no proxy taken from the environment, no cookie kept.
//! - **Connections** are kept and used again. One that the service has closed meanwhile costs a second try, not a
//!   failure: the call only reads, so it does no harm twice.
//! - **A service that is down** is asked by a probe each half second, and nobody else waits for it.

mod breaker;
mod orders;
mod service;
mod trouble;

pub use orders::HttpOrders;
