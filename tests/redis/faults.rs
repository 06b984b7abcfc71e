//! The engine stopped, killed, frozen, made a replica: no wrong acceptance, no late answer, and back by itself.

use nico::{Claimed, ExternalIdStore};

use crate::claims::{BACK, Load, eventually, store, take, tell, until_claimed};
use crate::services::Service;

#[tokio::test(flavor = "multi_thread")]
async fn stopped_and_started_again_under_load() {
    let service = Service::start("redis", &["--save"]);
    let store = store(service.url()).await;
    let load = Load::start(&store);
    for (down, reason) in [("stop", "cannot be reached"), ("kill", "cannot be reached")] {
        load.answered(200).await;
        service.tell(down);
        load.failed(200).await;
        let told = take(&store, "down").await.unwrap_err();
        assert!(told.to_string().contains(reason) && !told.is_timeout(), "{down}: {told}");
        assert!(store.ready().await.is_err());
        service.start_again();
        let (after, _) = until_claimed(&store, down).await;
        assert!(after < BACK, "{down}: back after {after:?}");
        store.ready().await.unwrap();
    }
    load.answered(200).await;
    load.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frozen_and_thawed_under_load() {
    let service = Service::start("redis", &[]);
    let store = store(service.url()).await;
    let load = Load::start(&store);
    load.answered(200).await;
    service.pause();
    load.failed(200).await;
    let told = take(&store, "frozen").await.unwrap_err();
    assert!(told.is_timeout(), "{told}");
    assert!(store.ready().await.unwrap_err().is_timeout());
    service.resume();
    let (after, _) = until_claimed(&store, "thawed").await;
    assert!(after < BACK, "back after {after:?}");
    load.answered(200).await;
    load.end().await;
}

/// A claim that was given up may still be waiting in the engine. Whoever comes next hears of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_was_given_up_is_first_for_one_at_most() {
    let service = Service::start("redis", &[]);
    let store = store(service.url()).await;
    service.pause();
    assert!(take(&store, "1").await.unwrap_err().is_timeout());
    service.resume();
    let (_, first) = until_claimed(&store, "1").await;
    println!("what was given up was {}", if first == Claimed::First { "lost" } else { "done" });
    assert_eq!(take(&store, "1").await.unwrap(), Claimed::Reused);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_claims_for_a_while_and_the_engine_is_another() {
    let service = Service::start("redis", &["--save"]);
    let store = store(service.url()).await;
    assert_eq!(take(&store, "1").await.unwrap(), Claimed::First);
    service.stop();
    service.start_again();
    eventually("the store to be back, unasked", async || {
        let clients: String = tell(service.port("redis"), &["CLIENT", "LIST"]);
        clients.lines().count() > 1
    })
    .await;
    let (after, claimed) = until_claimed(&store, "1").await;
    assert!(after < BACK && claimed == Claimed::Reused, "{claimed:?} after {after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_became_a_replica_is_not_written_to() {
    let (service, other) = (Service::start("redis", &[]), Service::start("redis", &[]));
    let port = service.port("redis");
    let store = store(service.url()).await;
    assert_eq!(take(&store, "1").await.unwrap(), Claimed::First);
    let () = tell(port, &["REPLICAOF", "127.0.0.1", &other.port("redis").to_string()]);
    assert!(take(&store, "2").await.is_err());
    assert!(store.ready().await.is_err());
    eventually("the reason to be known", async || {
        take(&store, "2").await.unwrap_err().to_string().contains("is a replica and takes no writes")
    })
    .await;
    let () = tell(port, &["REPLICAOF", "NO", "ONE"]);
    let (after, claimed) = until_claimed(&store, "2").await;
    assert!(after < BACK && claimed == Claimed::First, "{claimed:?} after {after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_engine_refuses_and_is_not_ready() {
    let service = Service::start("redis", &[]);
    let port = service.port("redis");
    let store = store(service.url()).await;
    assert_eq!(take(&store, "1").await.unwrap(), Claimed::First);
    let () = tell(port, &["CONFIG", "SET", "maxmemory", "1"]);
    let told = take(&store, "2").await.unwrap_err();
    assert!(told.to_string().contains("OOM"), "{told}");
    assert!(store.ready().await.is_err());
    let () = tell(port, &["CONFIG", "SET", "maxmemory", "0"]);
    let (after, claimed) = until_claimed(&store, "2").await;
    assert!(after < BACK && claimed == Claimed::First, "{claimed:?} after {after:?}");
    assert_eq!(take(&store, "1").await.unwrap(), Claimed::Reused);
}

/// Its thread and its connections end with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_dropped_leaves_nobody_behind() {
    let service = Service::start("redis", &[]);
    drop(store(service.url()).await);
    eventually("the connections to be closed", async || {
        let clients: String = tell(service.port("redis"), &["CLIENT", "LIST"]);
        clients.lines().count() == 1
    })
    .await;
}
