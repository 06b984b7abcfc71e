//! The public contracts, over either engine.

use std::sync::Arc;

use nico::adapters::sql::{SqlEvents, SqlExternalIds, SqlOrders, SqlPayments, SqlRegistrations};
use nico::conformance::stores;
use nico::{Order, PayNo, Status};

use crate::engine::{ENGINES, Fresh, order, orders};
use crate::payment_events::what_is_recorded_is_told;
use crate::whole::a_change_that_fails_leaves_nothing;

#[tokio::test(flavor = "multi_thread")]
async fn each_engine_keeps_the_contracts() {
    for engine in ENGINES {
        let fresh = Fresh::of(engine);
        let database = fresh.migrated().await;
        let store = SqlOrders::open(&database).await.unwrap();
        store.put(orders()).await.unwrap();
        stores::orders(Arc::new(store), &orders(), &PayNo::nobodys()).await;
        stores::payments(Arc::new(SqlPayments::open(&database).await.unwrap())).await;
        stores::external_ids(Arc::new(SqlExternalIds::open(&database).await.unwrap())).await;
        let told = "SELECT COUNT(*) FROM nico_events WHERE kind = 'payment.recorded'";
        assert_eq!(fresh.number(told).await, 4, "{engine}: each payment has the event that tells of it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_engine_keeps_the_contracts_of_registrations_and_events() {
    for engine in ENGINES {
        let fresh = Fresh::of(engine);
        let database = fresh.migrated().await;
        let events = Arc::new(SqlEvents::open(&database).await.unwrap());
        let registrations = SqlRegistrations::open(&database).await.unwrap();
        stores::registrations(Arc::new(registrations), Arc::clone(&events)).await;
        let kept = "SELECT COUNT(*) FROM nico_notifications WHERE times IN (1, 2, 64)";
        assert_eq!(fresh.number(kept).await, 3, "{engine}: three, once, twice and 64 times");
        assert_eq!(fresh.number("SELECT COUNT(*) FROM nico_notifications").await, 3, "{engine}");
        stores::outbox(Arc::new(SqlEvents::open(&Fresh::of(engine).migrated().await).await.unwrap())).await;
        let database = Fresh::of(engine).migrated().await;
        let payments = Arc::new(SqlPayments::open(&database).await.unwrap());
        what_is_recorded_is_told(payments, Arc::new(SqlEvents::open(&database).await.unwrap())).await;
    }
}

/// Two handles are two instances as far as the engine is concerned.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_instance_takes_another_finds_taken() {
    for engine in ENGINES {
        let fresh = Fresh::of(engine);
        let (here, there) = (fresh.migrated().await, fresh.connect().await);
        let one = Arc::new(SqlExternalIds::open(&here).await.unwrap());
        let two = Arc::new(SqlExternalIds::open(&there).await.unwrap());
        stores::external_ids(Arc::clone(&one)).await;
        let claim = nico::Claim {
            client_id: nico::ClientId::parse("IONPAYTEST").unwrap(),
            endpoint: "cvs/inquiry",
            external_id: nico::ExternalId::parse("11245542345212").unwrap(),
            date: "2024-07-03".parse().unwrap(),
        };
        assert_eq!(nico::ExternalIdStore::claim(&*two, &claim).await.unwrap(), nico::Claimed::Reused);
        stores::payments(Arc::new(SqlPayments::open(&here).await.unwrap())).await;
        let seen = SqlPayments::open(&there).await.unwrap().after(0).await.unwrap();
        assert_eq!(seen.len(), 4, "{engine}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_put_updated_and_listed_and_what_is_paid_is_left() {
    for engine in ENGINES {
        let database = Fresh::of(engine).migrated().await;
        let store = SqlOrders::open(&database).await.unwrap();
        let imported = store.put(orders()).await.unwrap();
        assert_eq!((imported.written, imported.paid), (3, 0));
        let changed: Vec<Order> = orders().into_iter().map(|known| Order { mitra_cd: None, ..known }).collect();
        let imported = store.put(changed.clone()).await.unwrap();
        assert_eq!((imported.written, imported.paid), (2, 1), "{engine}");
        let mut listed = store.after(None).await.unwrap();
        assert_eq!(listed, [&changed[..1], &orders()[1..2], &changed[2..]].concat());
        assert_eq!(store.after(Some(&listed[1].pay_no)).await.unwrap(), listed.split_off(2));
    }
}

/// A page is a thousand.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_read_page_by_page() {
    for engine in ENGINES {
        let database = Fresh::of(engine).migrated().await;
        let store = SqlOrders::open(&database).await.unwrap();
        let all: Vec<Order> = (0..1_500).map(|n| order(&format!("7015{n:08}"), Status::Unpaid, None)).collect();
        store.put(all.clone()).await.unwrap();
        let mut listed = store.after(None).await.unwrap();
        assert_eq!(listed.len(), 1_000);
        listed.extend(store.after(listed.last().map(|order| &order.pay_no)).await.unwrap());
        assert!(listed == all, "{engine}");
    }
}

/// Whoever cannot tell says so: nothing is claimed and nothing recorded in doubt.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_found_out_is_an_error() {
    for engine in ENGINES {
        let fresh = Fresh::of(engine);
        let database = fresh.migrated().await;
        let ids = SqlExternalIds::open(&database).await.unwrap();
        let payments = Arc::new(SqlPayments::open(&database).await.unwrap());
        let tables: Vec<_> = (0..4).map(|table| format!("nico_external_ids_{table}")).collect();
        fresh.run(&format!("DROP TABLE {}; DROP TABLE nico_events", tables.join(", "))).await;
        let claim = nico::Claim {
            client_id: nico::ClientId::parse("IONPAYTEST").unwrap(),
            endpoint: "cvs/inquiry",
            external_id: nico::ExternalId::parse("1").unwrap(),
            date: "2024-07-03".parse().unwrap(),
        };
        let refused = nico::ExternalIdStore::claim(&ids, &claim).await.unwrap_err().to_string();
        assert!(refused.contains("nico_external_ids_"), "{engine}: {refused}");
        let recording = tokio::spawn(async move { stores::payments(payments).await });
        assert!(recording.await.is_err(), "the suite stops at the first payment");
        assert_eq!(fresh.number("SELECT COUNT(*) FROM nico_payments").await, 0, "{engine}: without its event");
        a_change_that_fails_leaves_nothing(SqlRegistrations::open(&database).await.unwrap()).await;
    }
}
