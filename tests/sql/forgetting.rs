//! A week of claims leaves two days of them.

use std::sync::Arc;

use nico::adapters::sql::SqlExternalIds;
use nico::{Claim, Claimed, ClientId, ExternalId, ExternalIdStore};
use tokio::task::JoinSet;

use crate::engine::{ENGINES, Fresh};

fn claim(day: u32, id: u32) -> Claim {
    Claim {
        client_id: ClientId::parse("IONPAYTEST").unwrap(),
        endpoint: "cvs/inquiry",
        external_id: ExternalId::parse(&id.to_string()).unwrap(),
        date: chrono::NaiveDate::from_ymd_opt(2024, 7, day).unwrap(),
    }
}

/// Looks until the days that are over are gone: they go beside the claims.
async fn count_comes_to(fresh: &Fresh, wanted: i64) {
    let count = |table: u32| format!("SELECT COUNT(*) FROM nico_external_ids_{table}");
    for _ in 0..10_000 {
        let mut ids = 0;
        for table in 0..4 {
            ids += fresh.number(&count(table)).await;
        }
        if ids == wanted {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("waited in vain for {wanted} ids");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_days_are_kept() {
    for engine in ENGINES {
        let fresh = Fresh::of(engine);
        let ids = Arc::new(SqlExternalIds::open(&fresh.migrated().await).await.unwrap());
        for day in 1..=7 {
            let claims: JoinSet<_> = (0..600)
                .map(|id| {
                    let ids = Arc::clone(&ids);
                    async move { ids.claim(&claim(day, id)).await.unwrap() }
                })
                .collect();
            assert!(claims.join_all().await.into_iter().all(|claimed| claimed == Claimed::First), "{engine}");
            count_comes_to(&fresh, 600 * i64::from(day.min(2))).await;
            assert_eq!(ids.claim(&claim(day, 1)).await.unwrap(), Claimed::Reused);
            if day > 1 {
                assert_eq!(ids.claim(&claim(day - 1, 1)).await.unwrap(), Claimed::Reused, "yesterday is remembered");
            }
        }
    }
}
