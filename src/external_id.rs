//! ★ X-EXTERNAL-IDs: one request, served once.
//!
//! SNAP wants an X-EXTERNAL-ID unique in a day; NICEPAY's signature covers nothing else of a request, so this claim
//! is what keeps a captured request from being played again. The contract of [`ExternalIdStore`]:
//!
//! - [`claim`](ExternalIdStore::claim) is **atomic**: of any number of calls at once with equal claims, exactly one
//!   answers [`Claimed::First`]. In one step, with the database's own reply as the answer.
//! - A claim is never given back, not even when the request then fails.
//! - **Remember longer than you accept.** The day of a claim is the Jakarta date of the *signed* timestamp, and a
//!   request verifies until that timestamp is `skew` old; so a day is kept for at least 24 h + 2 × skew after it
//!   began to be claimed. The stores here keep a day until two days later have begun: the window may be at
//!   most [`MAX_SKEW_SECONDS`].
//! - When it cannot tell, it answers `Err`, and the request is refused.
//!
//! ```
//! use std::collections::HashSet;
//! use std::sync::Mutex;
//! use nico::{Claim, Claimed, ExternalIdStore, StoreError};
//!
//! #[derive(Default)]
//! struct Ids(Mutex<HashSet<Claim>>);
//!
//! impl ExternalIdStore for Ids {
//!     async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
//!         let mut ids = self.0.lock().map_err(|_| StoreError::new("the set is poisoned"))?;
//!         Ok(if ids.insert(claim.clone()) { Claimed::First } else { Claimed::Reused })
//!     }
//! }
//! # let _ = nico::conformance::stores::external_ids::<Ids>;
//! ```
//!
//! [`crate::conformance::stores::external_ids`] holds an implementation to the contract.

use std::future::Future;

use chrono::{Days, NaiveDate};
use sha2::{Digest, Sha256};

use crate::order::{Erased, StoreError};
use crate::snap::field::{ClientId, ExternalId};

/// The widest window a timestamp may have, so that a day's claims outlive it (see the module's text).
pub const MAX_SKEW_SECONDS: i64 = 3600;

/// What is claimed: an id, by a client, at an endpoint, on a day.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The caller.
    pub client_id: ClientId,
    /// The endpoint's name, e.g. `cvs/inquiry`: inquiry and payment of one transaction may share an id.
    pub endpoint: &'static str,
    /// The id.
    pub external_id: ExternalId,
    /// The Jakarta date of the signed `X-TIMESTAMP`.
    pub date: NaiveDate,
}

impl Claim {
    /// All but the day in 16 bytes, so that ten million claims fit in memory: half of a SHA-256 over parts that
    /// cannot contain the zero byte between them.
    pub fn key(&self) -> [u8; 16] {
        let mut hash = Sha256::new();
        for part in [self.client_id.as_str(), "\0", self.endpoint, "\0", self.external_id.as_str()] {
            hash.update(part);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        key
    }

    /// The first day that a store must still remember once this claim has come.
    pub fn oldest_day_kept(&self) -> NaiveDate {
        self.date.checked_sub_days(Days::new(1)).unwrap_or(self.date)
    }
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// It was free and is taken now.
    First,
    /// It was taken before.
    Reused,
}

/// Where X-EXTERNAL-IDs are claimed.
pub trait ExternalIdStore: Send + Sync + 'static {
    /// Takes an id if it is free.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be told whether it was.
    fn claim(&self, claim: &Claim) -> impl Future<Output = Result<Claimed, StoreError>> + Send;

    /// Whether it could answer now: asked by `GET /health/ready`.
    ///
    /// # Errors
    /// [`StoreError`] when not.
    fn ready(&self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }
}

/// [`ExternalIdStore`] behind a pointer.
pub(crate) trait AnyExternalIds: Send + Sync {
    fn claim<'a>(&'a self, claim: &'a Claim) -> Erased<'a, Claimed>;
    fn ready(&self) -> Erased<'_, ()>;
}

impl<S: ExternalIdStore> AnyExternalIds for S {
    fn claim<'a>(&'a self, claim: &'a Claim) -> Erased<'a, Claimed> {
        Box::pin(ExternalIdStore::claim(self, claim))
    }

    fn ready(&self) -> Erased<'_, ()> {
        Box::pin(ExternalIdStore::ready(self))
    }
}
