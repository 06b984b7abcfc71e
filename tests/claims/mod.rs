//! Claims of X-EXTERNAL-IDs by the million, over any store of ours.
#![allow(dead_code, reason = "each crate that takes this in uses a part of it")]

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use nico::adapters::memory::MemoryExternalIds;
use nico::adapters::redis::RedisExternalIds;
use nico::adapters::sql::SqlExternalIds;
use nico::adapters::sqlite::SqliteExternalIds;
use nico::{Claim, Claimed, ClientId, ExternalId, ExternalIdStore, StoreError};
use tokio::task::JoinSet;

/// Whichever store is at work.
pub(crate) enum Ids {
    Memory(MemoryExternalIds),
    Sqlite(SqliteExternalIds),
    Sql(SqlExternalIds),
    Redis(RedisExternalIds),
}

impl ExternalIdStore for Ids {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        match self {
            Self::Memory(ids) => ids.claim(claim).await,
            Self::Sqlite(ids) => ids.claim(claim).await,
            Self::Sql(ids) => ids.claim(claim).await,
            Self::Redis(ids) => ids.claim(claim).await,
        }
    }
}

pub(crate) fn claim(date: NaiveDate, id: u64) -> Claim {
    Claim {
        client_id: ClientId::parse("IONPAYTEST").expect("a client id"),
        endpoint: "cvs/inquiry",
        external_id: ExternalId::parse(&id.to_string()).expect("an id"),
        date,
    }
}

/// How long many claims took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Took {
    pub(crate) all: Duration,
    /// The one that waited longest.
    pub(crate) longest: Duration,
}

impl Took {
    /// This, and then that.
    pub(crate) fn and(self, then: Self) -> Self {
        Self { all: self.all + then.all, longest: self.longest.max(then.longest) }
    }
}

/// Claims ids that nobody has claimed yet, so many at once.
pub(crate) async fn claim_all(ids: &Arc<Ids>, date: NaiveDate, range: Range<u64>, at_once: usize) -> Took {
    let (begun, next) = (Instant::now(), Arc::new(AtomicU64::new(range.start)));
    let callers: JoinSet<_> = (0..at_once)
        .map(|_| {
            let (ids, next) = (Arc::clone(ids), Arc::clone(&next));
            async move { claim_until(&ids, date, &next, range.end).await }
        })
        .collect();
    let longest = callers.join_all().await.into_iter().max().unwrap_or_default();
    Took { all: begun.elapsed(), longest }
}

/// One caller of many, each of whom takes the next id; the longest of its claims.
async fn claim_until(ids: &Ids, date: NaiveDate, next: &AtomicU64, end: u64) -> Duration {
    let mut longest = Duration::ZERO;
    loop {
        let id = next.fetch_add(1, Ordering::Relaxed);
        if id >= end {
            return longest;
        }
        let (claim, asked) = (claim(date, id), Instant::now());
        let claimed = ids.claim(&claim).await;
        longest = longest.max(asked.elapsed());
        assert!(matches!(claimed, Ok(Claimed::First)), "{id} on {date}: {claimed:?}");
    }
}
