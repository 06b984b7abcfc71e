//! **nico** is the server an Indonesian merchant runs so that NICEPAY (nicepay.co.id, not nicepay.co.kr) can ask it,
//! while a customer stands at an Alfamart or Indomaret counter, what is to be paid for a number. NICEPAY calls the
//! product NICO; the merchant is the SNAP provider, NICEPAY the caller.
//!
//! A merchant who embeds it brings an [`OrderRepository`] and starts a [`Provider`]; the command `nico` does the
//! same from a configuration file, with orders in SQLite.
//!
//! # The map
//!
//! A module may use only modules of a smaller layer, and a test holds it to that.
//!
//! | layer | module | what it is |
//! |---|---|---|
//! | 0 | [`clock`] | the only source of time |
//! | 0 | [`snap`] | the SNAP standard as values and pure functions |
//! | 1 | [`order`] | ★ what is to be paid for a number |
//! | 1 | [`outgoing`] | what nico calls, it calls in one way (of the crate alone) |
//! | 1 | [`webhook`] | the signature by which a merchant's own service trusts nico |
//! | 2 | [`payment`] | ★ money that a store has taken, recorded once |
//! | 2 | [`external_id`] | ★ one request, served once |
//! | 3 | [`cvs`] | NICEPAY's convenience-store messages |
//! | 3 | [`event`] | ★ what the merchant's shop is still to be told |
//! | 4 | [`nicepay`] | NICEPAY as merchants call it: registration, status, cancel |
//! | 5 | [`registration`] | ★ orders for which NICEPAY issues the number, and what each is believed to be |
//! | 6 | [`adapters`] | ready-made stores |
//! | 6 | [`back_office`] | the merchant's side of it: registers, hears, asks, tells the shop (feature `nicepay`) |
//! | 7 | [`provider`] | NICEPAY calls us |
//! | 8 | [`merchant_api`] | the merchant's shop calls us (feature `nicepay`) |
//! | 8 | [`simulator`] | NICEPAY on your own desk, both its sides |
//! | 9 | [`conformance`] | does a store keep its contract? |
//! | 10 | [`manual`] | what the code cannot say: threats, decisions, operating |
//!
//! ★ is what a merchant may bring: one file each, with the contract, an example, and a suite that holds anyone's
//! implementation to it.
//!
//! [`outgoing`]: #the-map

pub mod adapters;
#[cfg(feature = "nicepay")]
pub mod back_office;
pub mod clock;
pub mod conformance;
pub mod cvs;
pub mod event;
pub mod external_id;
#[cfg(doc)]
pub mod manual;
#[cfg(feature = "nicepay")]
pub mod merchant_api;
pub mod nicepay;
pub mod order;
#[cfg(any(feature = "http", feature = "nicepay"))]
mod outgoing;
pub mod payment;
pub mod provider;
pub mod registration;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod snap;
pub mod webhook;

pub use external_id::{Claim, Claimed, ExternalIdStore};
pub use order::{
    GoodsName, MitraCd, Order, OrderRepository, PartnerReferenceNo, PayNo, PayNoEmail, PayNoName, PayNoPhone, Status,
    StoreError,
};
pub use payment::{Payment, PaymentRepository, PaymentRequestId, Recorded};
pub use provider::{Client, Credentials, Provider};
pub use snap::access_token::{TokenKey, TokenKeys};
pub use snap::amount::Amount;
pub use snap::field::{ClientId, ExternalId};
pub use snap::key::PublicKey;
pub use snap::secret::Secret;
