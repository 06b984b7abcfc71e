//! Claims, one by one and as a load, and looks at what is on its way.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use nico::adapters::redis::RedisExternalIds;
use nico::{Claim, Claimed, ClientId, ExternalId, ExternalIdStore, Secret, StoreError};
use tokio::task::JoinSet;

/// How long a claim may take in these tests.
pub(crate) const PATIENCE: Duration = Duration::from_millis(1500);
/// What a busy machine may add to it.
pub(crate) const GRACE: Duration = Duration::from_millis(500);
/// How soon a store is back after its engine is.
pub(crate) const BACK: Duration = Duration::from_secs(2);
/// A pause between two looks at something that is on its way, and how often we look before we call it lost.
const PAUSE: Duration = Duration::from_millis(5);
const LOOKS: u32 = 6_000;

pub(crate) async fn connect(url: &str, password: Option<&str>) -> Result<RedisExternalIds, StoreError> {
    static PROVIDER: OnceLock<()> = OnceLock::new();
    PROVIDER.get_or_init(|| rustls::crypto::ring::default_provider().install_default().unwrap());
    RedisExternalIds::connect(url, password.map(Secret::new), PATIENCE).await
}

/// A store that is up.
pub(crate) async fn store(url: &str) -> Arc<RedisExternalIds> {
    Arc::new(connect(url, None).await.unwrap())
}

pub(crate) fn claim(id: &str) -> Claim {
    Claim {
        client_id: ClientId::parse("IONPAYTEST").unwrap(),
        endpoint: "cvs/inquiry",
        external_id: ExternalId::parse(id).unwrap(),
        date: "2024-07-03".parse().unwrap(),
    }
}

/// Where a claim is in Redis.
pub(crate) fn key(id: &str) -> String {
    format!("nico:2024-07-03:{}", BASE64_URL_SAFE_NO_PAD.encode(claim(id).key()))
}

/// Claims an id; the answer comes in time, whatever it is.
pub(crate) async fn take(store: &RedisExternalIds, id: &str) -> Result<Claimed, StoreError> {
    let begun = Instant::now();
    let claimed = store.claim(&claim(id)).await;
    assert!(begun.elapsed() < PATIENCE + GRACE, "a claim took {:?}", begun.elapsed());
    claimed
}

/// Claims the id until that is answered, and says how long it took and what came of it.
pub(crate) async fn until_claimed(store: &RedisExternalIds, id: &str) -> (Duration, Claimed) {
    let begun = Instant::now();
    let mut claimed = None;
    eventually("a claim to be answered", async || {
        claimed = take(store, id).await.ok();
        claimed.is_some()
    })
    .await;
    (begun.elapsed(), claimed.unwrap())
}

/// Looks until it is so.
pub(crate) async fn eventually(what: &str, mut look: impl AsyncFnMut() -> bool) {
    for _ in 0..LOOKS {
        if look().await {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("waited in vain for {what}");
}

/// What one server is told directly, and what it answers.
pub(crate) fn tell<T: redis::FromRedisValue>(port: u16, words: &[&str]) -> T {
    ask(port, words).unwrap()
}

pub(crate) fn ask<T: redis::FromRedisValue>(port: u16, words: &[&str]) -> redis::RedisResult<T> {
    let mut connection = redis::Client::open(format!("redis://127.0.0.1:{port}"))?.get_connection()?;
    redis::cmd(words[0]).arg(&words[1..]).query(&mut connection)
}

/// Claims that never stop coming, each id by two callers at once.
pub(crate) struct Load {
    store: Arc<RedisExternalIds>,
    callers: JoinSet<()>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    ended: AtomicBool,
    next: AtomicU32,
    answered: AtomicU32,
    failed: AtomicU32,
    firsts: Mutex<BTreeMap<u32, u32>>,
}

impl Load {
    const CALLERS: usize = 16;

    pub(crate) fn start(store: &Arc<RedisExternalIds>) -> Self {
        let counts: Arc<Counts> = Arc::default();
        let call = |_| call(Arc::clone(store), Arc::clone(&counts));
        Self { store: Arc::clone(store), callers: (0..Self::CALLERS).map(call).collect(), counts }
    }

    /// Waits until so many more claims have been answered.
    pub(crate) async fn answered(&self, more: u32) {
        let goal = self.counts.answered.load(Ordering::Relaxed) + more;
        eventually("claims to be answered", async || self.counts.answered.load(Ordering::Relaxed) >= goal).await;
    }

    /// Waits until so many more claims have failed.
    pub(crate) async fn failed(&self, more: u32) {
        let goal = self.counts.failed.load(Ordering::Relaxed) + more;
        eventually("claims to fail", async || self.counts.failed.load(Ordering::Relaxed) >= goal).await;
    }

    /// Ends the load and claims every id of it once more: none is ever first twice.
    pub(crate) async fn end(mut self) {
        self.counts.ended.store(true, Ordering::Relaxed);
        while let Some(ended) = self.callers.join_next().await {
            ended.unwrap();
        }
        for id in 0..self.counts.next.load(Ordering::Relaxed) {
            let last = take(&self.store, &(id / 2).to_string()).await.unwrap();
            self.counts.note(id / 2, last);
        }
        let firsts = self.counts.firsts.lock().unwrap();
        assert!(firsts.len() > 100, "hardly anything was claimed");
        let twice: Vec<_> = firsts.iter().filter(|(_, count)| **count != 1).collect();
        assert!(twice.is_empty(), "ids and how often they were first: {twice:?}");
    }
}

impl Counts {
    fn note(&self, id: u32, claimed: Claimed) {
        if claimed == Claimed::First {
            *self.firsts.lock().unwrap().entry(id).or_default() += 1;
        }
    }
}

async fn call(store: Arc<RedisExternalIds>, counts: Arc<Counts>) {
    let mut beat = tokio::time::interval(Duration::from_millis(2));
    while !counts.ended.load(Ordering::Relaxed) {
        beat.tick().await;
        let id = counts.next.fetch_add(1, Ordering::Relaxed) / 2;
        match take(&store, &id.to_string()).await {
            Ok(claimed) => {
                counts.answered.fetch_add(1, Ordering::Relaxed);
                counts.note(id, claimed);
            }
            Err(_) => {
                counts.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
