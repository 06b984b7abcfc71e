//! Delivers events to the merchant's shop: signed the Standard Webhooks way, at least once, the events of one order in
//! their order, and again with growing pauses for days.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};

use crate::clock::Clock;
use crate::event::{AnyOutbox, Event, Fate, Outbox};
use crate::order::StoreError;
use crate::outgoing;
use crate::webhook::SigningSecret;

/// Carries events from the outbox to the shop.
pub struct Courier {
    url: Url,
    secret: SigningSecret,
    http: Client,
    outbox: Arc<dyn AnyOutbox>,
    clock: Arc<dyn Clock>,
}

/// Why there is no courier.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// What is wrong with the address of where to deliver.
    #[error("{0}")]
    Address(&'static str),
    /// TLS cannot be had.
    #[error("no HTTP client can be made: {0}")]
    NoClient(reqwest::Error),
}

impl Courier {
    /// Delivers what waits in `outbox` to the shop at `url`. The process must have a TLS provider installed.
    ///
    /// # Errors
    /// [`CourierError`]
    pub fn new(
        url: &str,
        secret: SigningSecret,
        outbox: impl Outbox,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CourierError> {
        let url = Self::destination(url)?;
        let http = outgoing::client(url.scheme() == "http").pool_idle_timeout(outgoing::KEPT_FOR).build();
        let http = http.map_err(|error| CourierError::NoClient(error.without_url()))?;
        Ok(Self { url, secret, http, outbox: Arc::new(outbox), clock })
    }

    /// Where a text says to deliver, held to what it must be.
    ///
    /// # Errors
    /// [`CourierError::Address`]
    pub fn destination(url: &str) -> Result<Url, CourierError> {
        outgoing::address(url).map_err(CourierError::Address)
    }

    /// Delivers for ever.
    pub async fn keep_delivering(&self) {
        loop {
            match self.round().await {
                Ok(AT_ONCE..) => {}
                Ok(_) => tokio::time::sleep(BETWEEN_ROUNDS).await,
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read");
                    tokio::time::sleep(BETWEEN_ROUNDS).await;
                }
            }
        }
    }

    /// Delivers what is due now, as far as it is delivered at once; yields how many events that were.
    ///
    /// # Errors
    /// [`StoreError`] when the outbox cannot be read.
    pub async fn round(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let limit = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        let due = self.outbox.take(now, now + LEASE, limit).await?;
        let taken = due.len();
        stream::iter(due).for_each_concurrent(AT_ONCE, |event| self.deliver(event)).await;
        Ok(taken)
    }

    async fn deliver(&self, event: Event) {
        let (attempts, kind) = (event.attempts.saturating_add(1), event.event.kind.as_str());
        let (number, reference_no) = (event.number, event.event.reference_no.as_str());
        let sent = tokio::time::timeout(PATIENCE, self.send(&event)).await;
        let trouble = sent.unwrap_or_else(|_| Some(format!("no answer within {PATIENCE:?}")));
        let fate = fate(trouble.is_none(), attempts, self.clock.now());
        match (&trouble, &fate) {
            (None, _) => tracing::info!(number, kind, reference_no, attempts, "the shop has taken an event"),
            (Some(trouble), Fate::GivenUp) => {
                tracing::error!(
                    number,
                    kind,
                    reference_no,
                    attempts,
                    trouble,
                    "an event is given up: nico events resend {number}"
                );
            }
            (Some(trouble), Fate::Due(_) | Fate::Delivered(_)) => {
                tracing::warn!(number, kind, reference_no, attempts, trouble, "the shop has not taken an event");
            }
        }
        if let Err(error) = self.outbox.settle(number, attempts, &fate).await {
            // Its lease ends, and it is delivered again: at least once.
            tracing::error!(number, %error, "what became of an event cannot be written down");
        }
    }

    /// Sends an event; yields why the shop has not taken it.
    async fn send(&self, event: &Event) -> Option<String> {
        let body = event.event.body.clone().into_bytes();
        let headers = self.secret.headers(&event.event.message_id, self.clock.now(), &body);
        let request = self.http.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        match request.send().await {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answers {}", answer.status().as_u16())),
            Err(error) => Some(outgoing::words(error).to_owned()),
        }
    }
}

fn fate(taken: bool, attempts: u32, now: DateTime<Utc>) -> Fate {
    if taken {
        Fate::Delivered(now)
    } else if attempts >= ATTEMPTS {
        Fate::GivenUp
    } else {
        Fate::Due(now + TimeDelta::seconds(1 << (attempts - 1).min(15)).min(LONGEST_PAUSE))
    }
}

/// How many events are delivered at once.
const AT_ONCE: usize = 16;
/// How often one looks what is due.
const BETWEEN_ROUNDS: Duration = Duration::from_secs(1);
/// How long the shop may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long an event is kept from other instances: longer than a delivery takes.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// The pauses are 1, 2, 4 s and so on, up to this.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(6);
/// With those pauses, four days.
const ATTEMPTS: u32 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_tried_for_four_days() {
        let (mut now, begun) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        let mut attempts = 1;
        while let Fate::Due(again) = fate(false, attempts, now) {
            assert!(again > now);
            (now, attempts) = (again, attempts + 1);
        }
        assert_eq!(fate(false, attempts, now), Fate::GivenUp);
        assert!((TimeDelta::hours(90)..TimeDelta::hours(102)).contains(&(now - begun)), "{}", now - begun);
        assert_eq!(fate(true, attempts, now), Fate::Delivered(now));
    }
}
