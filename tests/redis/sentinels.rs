//! A master that sentinels watch, and another in its place.

use std::time::Duration;

use nico::Claimed;

use crate::claims::{ask, connect, eventually, store, take, tell, until_claimed};
use crate::services::Service;

/// What a sentinel takes to notice, agree and promote, on a busy machine.
const FAILOVER: Duration = Duration::from_secs(15);

/// Waits until the replica has all that the master has: what it has not is lost with the master.
async fn replicated(service: &Service) {
    let size = |node| tell::<u32>(service.port(node), &["DBSIZE"]);
    eventually("the replica to follow", async || size("first") == size("second")).await;
}

/// Whether a server has this role. One that is just taking it breaks off what it is asked.
fn is(service: &Service, node: &str, role: &str) -> bool {
    let told: redis::RedisResult<Vec<redis::Value>> = ask(service.port(node), &["ROLE"]);
    told.is_ok_and(|told| told[0] == redis::Value::BulkString(role.into()))
}

async fn fails_over(down: &str, up: &str) {
    let service = Service::start("redis-sentinel", &[]);
    let store = store(service.url()).await;
    for id in 0..50 {
        assert_eq!(take(&store, &id.to_string()).await.unwrap(), Claimed::First);
    }
    replicated(&service).await;
    service.tell(&format!("{down} first"));
    let (after, claimed) = until_claimed(&store, "50").await;
    assert!(after < FAILOVER && claimed == Claimed::First, "{claimed:?} after {after:?}");
    for id in 0..=50 {
        assert_eq!(take(&store, &id.to_string()).await.unwrap(), Claimed::Reused, "{id}, after {down}");
    }
    service.tell(&format!("{up} first"));
    // It comes back as a master, and is told better.
    eventually("the old master to be a replica", async || {
        assert_eq!(take(&store, "50").await.unwrap(), Claimed::Reused);
        is(&service, "first", "slave")
    })
    .await;
    assert_eq!(take(&store, "51").await.unwrap(), Claimed::First);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_master_is_replaced() {
    fails_over("kill", "start").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_master_is_replaced() {
    fails_over("pause", "resume").await;
}

/// While both are up, and without anybody claiming meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_is_replaced_by_hand_is_left() {
    let service = Service::start("redis-sentinel", &[]);
    let store = store(service.url()).await;
    assert_eq!(take(&store, "1").await.unwrap(), Claimed::First);
    replicated(&service).await;
    let () = tell(service.port("sentinel-1"), &["SENTINEL", "FAILOVER", "nico"]);
    eventually("the replica to be the master", async || is(&service, "second", "master")).await;
    let (_, claimed) = until_claimed(&store, "1").await;
    assert_eq!(claimed, Claimed::Reused);
    eventually("claims to arrive at the new master", async || {
        let clients: String = tell(service.port("second"), &["CLIENT", "LIST", "TYPE", "NORMAL"]);
        clients.contains("cmd=set")
    })
    .await;
}

/// Those who know are gone, and the master is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_master_goes_on_without_its_sentinels() {
    let service = Service::start("redis-sentinel", &[]);
    let store = store(service.url()).await;
    service.tell("kill sentinel-1 sentinel-2");
    assert_eq!(take(&store, "1").await.unwrap(), Claimed::First);
    service.tell("kill sentinel-3");
    eventually("rounds to pass without a sentinel", async || {
        assert_eq!(take(&store, "1").await.unwrap(), Claimed::Reused);
        let info: String = tell(service.port("first"), &["INFO", "commandstats"]);
        let calls = info.split("cmdstat_set:calls=").nth(1).and_then(|rest| rest.split(',').next());
        calls.and_then(|calls| calls.parse::<u32>().ok()).is_some_and(|calls| calls > 500)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_no_sentinel_knows() {
    let service = Service::start("redis-sentinel", &[]);
    let told = connect(&service.url().replace("/nico", "/other"), None).await.err().unwrap().to_string();
    assert!(told.contains("knows no master named other"), "{told}");
}
