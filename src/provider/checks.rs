//! What the gate found: each check's verdict, good or refused, in the order in which they were made.
//!
//! The log prints it. Whoever keeps a journal or counts refusals reads the same record.

use std::fmt;

use crate::order::PayNo;
use crate::snap::field::{ClientId, ExternalId};

/// A check of the gate, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The bearer token is ours and in time.
    Token,
    /// The headers are there, once, well formed.
    Headers,
    /// The client is known, and the token is its own.
    Client,
    /// The timestamp is fresh.
    Freshness,
    /// The signature is the client's.
    Signature,
    /// The body is one JSON object with the fields that are due.
    Body,
    /// The X-EXTERNAL-ID was free.
    ExternalId,
}

/// The record of one request.
#[derive(Debug, Clone, Default)]
pub struct Checks {
    client_id: Option<ClientId>,
    external_id: Option<ExternalId>,
    pay_no: Option<PayNo>,
    unread: Vec<String>,
    verdicts: Vec<(Check, bool)>,
}

impl Checks {
    /// The verdicts in order: `true` for good. A check that was not reached is not there.
    pub fn verdicts(&self) -> &[(Check, bool)] {
        &self.verdicts
    }

    /// The client, once it was found to be known.
    pub fn client_id(&self) -> Option<&ClientId> {
        self.client_id.as_ref()
    }

    /// The X-EXTERNAL-ID, once it was found to be well formed.
    pub fn external_id(&self) -> Option<&ExternalId> {
        self.external_id.as_ref()
    }

    /// The number it is about, once the body was found to be well formed.
    pub fn pay_no(&self) -> Option<&PayNo> {
        self.pay_no.as_ref()
    }

    /// The names of fields in the body that nobody reads: a field of NICEPAY's that is new to us shows up here.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    pub(super) fn note<T, E>(&mut self, check: Check, result: Result<T, E>) -> Result<T, E> {
        self.verdicts.push((check, result.is_ok()));
        result
    }

    pub(super) fn identify(&mut self, client_id: &ClientId, external_id: Option<&ExternalId>) {
        self.client_id = Some(client_id.clone());
        self.external_id = external_id.cloned();
    }

    pub(super) fn concerns(&mut self, pay_no: Option<&PayNo>, unread: &[String]) {
        self.pay_no = pay_no.cloned();
        self.unread = unread.to_vec();
    }
}

impl fmt::Display for Checks {
    /// `token ok, headers ok, client REFUSED`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (check, good)) in self.verdicts.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{check:?} {}", if *good { "ok" } else { "REFUSED" })?;
        }
        Ok(())
    }
}
