//! The contract, kept in each shape of Redis: plain, with a password, with TLS.

use std::process::Command;

use nico::conformance::stores;
use nico::{Claim, Claimed};

use crate::claims::{claim, connect, key, store, take, tell};
use crate::services::{Service, fresh_database};

async fn keeps_the_contract(url: &str, password: Option<&str>) {
    stores::external_ids(std::sync::Arc::new(connect(url, password).await.unwrap())).await;
}

/// Runs the test once more, in a process that trusts the authority of a service's certificate.
fn once_more_trusting(test: &str, service: &Service) {
    let ca = service.json()["ca"].as_str().unwrap();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", test]).env("SSL_CERT_FILE", ca).env_remove("SSL_CERT_DIR").env(TRUSTED, service.url());
    let ran = again.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}

/// Names the service whose certificate this process trusts.
const TRUSTED: &str = "NICO_TEST_TRUSTED_REDIS";

#[tokio::test(flavor = "multi_thread")]
async fn one_server_keeps_the_contract() {
    keeps_the_contract(&fresh_database("redis"), None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_in_the_url_or_apart_keeps_the_contract() {
    let service = Service::start("redis", &["--password", "s3cret"]);
    keeps_the_contract(service.url(), None).await;
    keeps_the_contract(&format!("redis://default@127.0.0.1:{}/3", service.port("redis")), Some("s3cret")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_keep_the_contract() {
    let service = Service::start("redis-sentinel", &["--password", "s3cret"]);
    keeps_the_contract(service.url(), None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_keeps_the_contract() {
    let service = Service::start("redis-cluster", &["--password", "s3cret"]);
    keeps_the_contract(service.url(), None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_keeps_the_contract() {
    let Ok(url) = std::env::var(TRUSTED) else {
        let service = Service::start("redis", &["--tls", "--password", "s3cret"]);
        return once_more_trusting("contract::tls_keeps_the_contract", &service);
    };
    keeps_the_contract(&url, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_and_sentinels_keep_the_contract() {
    let Ok(url) = std::env::var(TRUSTED) else {
        let service = Service::start("redis-sentinel", &["--tls"]);
        return once_more_trusting("contract::tls_and_sentinels_keep_the_contract", &service);
    };
    keeps_the_contract(&url, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_and_a_cluster_keep_the_contract() {
    let Ok(url) = std::env::var(TRUSTED) else {
        let service = Service::start("redis-cluster", &["--tls"]);
        return once_more_trusting("contract::tls_and_a_cluster_keep_the_contract", &service);
    };
    keeps_the_contract(&url, None).await;
}

/// Two instances, one Redis; and no day but that of the claim is spent.
#[tokio::test(flavor = "multi_thread")]
async fn instances_share_what_is_claimed() {
    let url = fresh_database("redis");
    let (here, there) = (store(&url).await, store(&url).await);
    assert_eq!(take(&here, "1").await.unwrap(), Claimed::First);
    assert_eq!(take(&there, "1").await.unwrap(), Claimed::Reused);
    let tomorrow = Claim { date: "2024-07-04".parse().unwrap(), ..claim("1") };
    assert_eq!(nico::ExternalIdStore::claim(&*there, &tomorrow).await.unwrap(), Claimed::First);
}

/// The window on both sides of a day, and a day more; and nothing is kept for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_kept_for_two_days_and_the_window() {
    let service = Service::start("redis", &[]);
    take(&*store(service.url()).await, "1").await.unwrap();
    let left: i64 = tell(service.port("redis"), &["PTTL", &key("1")]);
    let kept = 50 * 3600 * 1000;
    assert!((kept - 60_000..=kept).contains(&left), "{left}");
    let proof: i64 = tell(service.port("redis"), &["PTTL", "nico:ready:0"]);
    assert!((1..=60_000).contains(&proof), "{proof}");
}
