//! A cluster whose slots move and whose masters die.

use nico::Claimed;

use crate::claims::{connect, eventually, key, store, take, tell, until_claimed};
use crate::services::Service;

const MASTERS: [&str; 3] = ["master-1", "master-2", "master-3"];

/// The place of a key's slot among the masters.
fn slot(service: &Service, id: &str) -> u16 {
    tell(service.port("master-1"), &["CLUSTER", "KEYSLOT", &key(id)])
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_are_spread_over_the_masters() {
    let service = Service::start("redis-cluster", &[]);
    let store = store(service.url()).await;
    for id in 0..100 {
        assert_eq!(take(&store, &id.to_string()).await.unwrap(), Claimed::First);
    }
    for master in MASTERS {
        let keys: Vec<String> = tell(service.port(master), &["KEYS", "nico:2024-07-03:*"]);
        assert!(keys.len() > 10, "{master} has {}", keys.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_master_is_replaced_and_the_others_go_on() {
    let service = Service::start("redis-cluster", &[]);
    let store = store(service.url()).await;
    let ids: Vec<_> = (0..60).map(|id: u32| id.to_string()).collect();
    for id in &ids {
        assert_eq!(take(&store, id).await.unwrap(), Claimed::First);
    }
    let size = |node| tell::<u32>(service.port(node), &["DBSIZE"]);
    eventually("the replica to follow", async || size("master-1") == size("replica-1")).await;
    service.tell("kill master-1");
    for id in &ids {
        let (_, claimed) = until_claimed(&store, id).await;
        assert_eq!(claimed, Claimed::Reused, "{id}");
    }
    service.tell("start master-1");
    for id in &ids {
        let (_, claimed) = until_claimed(&store, id).await;
        assert_eq!(claimed, Claimed::Reused, "{id}");
    }
}

/// A slot on its way from one master to another: what is there is found there, what is new goes where it is going.
#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_moves_is_followed() {
    let service = Service::start("redis-cluster", &[]);
    let store = store(service.url()).await;
    let id = (0..).map(|id: u32| id.to_string()).find(|id| slot(&service, id) <= 5460).unwrap();
    let slot = slot(&service, &id).to_string();
    let name = |node| tell::<String>(service.port(node), &["CLUSTER", "MYID"]);
    let (from, to) = (service.port("master-1"), service.port("master-2"));
    let () = tell(to, &["CLUSTER", "SETSLOT", &slot, "IMPORTING", &name("master-1")]);
    let () = tell(from, &["CLUSTER", "SETSLOT", &slot, "MIGRATING", &name("master-2")]);
    assert_eq!(take(&store, &id).await.unwrap(), Claimed::First);
    assert_eq!(take(&store, &id).await.unwrap(), Claimed::Reused);
    for port in [to, from, service.port("master-3")] {
        let () = tell(port, &["CLUSTER", "SETSLOT", &slot, "NODE", &name("master-2")]);
    }
    assert_eq!(take(&store, &id).await.unwrap(), Claimed::Reused);
    let keys: Vec<String> = tell(to, &["KEYS", &key(&id)]);
    assert_eq!(keys, [key(&id)]);
}

/// A new master is sent its first slot's claims before it rules any.
#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_followed_to() {
    let (service, new) = (Service::start("redis-cluster", &[]), Service::start("redis-cluster", &[]));
    let store = store(service.url()).await;
    // One that has been taken out of its own cluster and has met this one.
    let guest = new.port("replica-1");
    let () = tell(guest, &["CLUSTER", "RESET", "HARD"]);
    let () = tell(guest, &["CLUSTER", "SET-CONFIG-EPOCH", "99"]);
    let bus = new.json()["buses"]["replica-1"].to_string();
    let () = tell(service.port("master-1"), &["CLUSTER", "MEET", "127.0.0.1", &guest.to_string(), &bus]);
    eventually("the new one to be met", async || {
        let info: String = tell(guest, &["CLUSTER", "INFO"]);
        info.contains("cluster_known_nodes:7") && info.contains("cluster_state:ok")
    })
    .await;
    let id = (0..).map(|id: u32| id.to_string()).find(|id| slot(&service, id) <= 5460).unwrap();
    let slot = slot(&service, &id).to_string();
    let name = |port| tell::<String>(port, &["CLUSTER", "MYID"]);
    let () = tell(guest, &["CLUSTER", "SETSLOT", &slot, "IMPORTING", &name(service.port("master-1"))]);
    let () = tell(service.port("master-1"), &["CLUSTER", "SETSLOT", &slot, "MIGRATING", &name(guest)]);
    assert_eq!(take(&store, &id).await.unwrap(), Claimed::First);
    assert_eq!(take(&store, &id).await.unwrap(), Claimed::Reused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_a_cluster_is_no_single_server() {
    let service = Service::start("redis-cluster", &[]);
    // The proof of a single server falls into a slot that not every master has.
    let mut told = Vec::new();
    for master in MASTERS {
        told.extend(connect(&format!("redis://127.0.0.1:{}", service.port(master)), None).await.err());
    }
    assert!(told.iter().any(|told| told.to_string().contains("belongs to a cluster")), "{told:?}");
}
