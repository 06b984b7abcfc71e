//! The merchant's own table, marked in the transaction that records the payment.

use std::sync::Arc;

use nico::adapters::sql::SqlPayments;
use nico::conformance::stores;

use crate::engine::{ENGINES, Fresh};

const MARK: &str = "UPDATE shop_orders SET state = 'PAID', paid = CAST(:amount AS DECIMAL(14, 2))
                    WHERE number = :partnerReferenceNo AND state <> 'PAID'";

async fn shop(engine: &'static str) -> Fresh {
    let fresh = Fresh::of(engine);
    fresh.run("CREATE TABLE shop_orders (number VARCHAR(40) PRIMARY KEY, state VARCHAR(9), paid DECIMAL(14, 2))").await;
    fresh.run("INSERT INTO shop_orders VALUES ('order-1', 'NEW', NULL), ('order-2', 'NEW', NULL)").await;
    fresh
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_marks_its_order() {
    for engine in ENGINES {
        let fresh = shop(engine).await;
        let payments = SqlPayments::open(&fresh.migrated().await).await.unwrap().mark_paid(MARK).await.unwrap();
        // The suite pays order-1, order-3, order-4 and order-9; two of them the shop does not know.
        stores::payments(Arc::new(payments)).await;
        assert_eq!(fresh.number("SELECT COUNT(*) FROM shop_orders WHERE state = 'PAID' AND paid = 10000.01").await, 1);
        assert_eq!(fresh.number("SELECT COUNT(*) FROM shop_orders WHERE state = 'NEW'").await, 1);
    }
}

/// What is not marked is not recorded either, so that NICEPAY comes again.
#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_fails_records_nothing() {
    for engine in ENGINES {
        let fresh = shop(engine).await;
        fresh.run("ALTER TABLE shop_orders ADD CONSTRAINT never CHECK (state <> 'PAID')").await;
        let payments = SqlPayments::open(&fresh.migrated().await).await.unwrap().mark_paid(MARK).await.unwrap();
        let payments = Arc::new(payments);
        let recording = Arc::clone(&payments);
        let failed = tokio::spawn(async move { stores::payments(recording).await }).await;
        assert!(failed.is_err(), "the suite stops at the first payment");
        assert_eq!(fresh.number("SELECT COUNT(*) FROM nico_payments").await, 0, "{engine}");
        assert_eq!(fresh.number("SELECT COUNT(*) FROM nico_events").await, 0, "{engine}");
        fresh.run("ALTER TABLE shop_orders DROP CONSTRAINT never").await;
        stores::payments(payments).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_marks_nothing_is_refused() {
    for engine in ENGINES {
        let fresh = shop(engine).await;
        let database = fresh.migrated().await;
        for (statement, said) in [
            ("", "empty"),
            ("SELECT 1", "must be an UPDATE"),
            ("UPDATE shop_orders SET nothing = 1", "nothing"),
            ("UPDATE shop_orders SET state = :paid", ":paid"),
            ("UPDATE shop_orders SET state = 'PAID'; DELETE FROM shop_orders", "more than one statement"),
        ] {
            let payments = SqlPayments::open(&database).await.unwrap();
            let refused = payments.mark_paid(statement).await.err().unwrap().to_string();
            assert!(refused.contains(said), "{engine}: {statement}: {refused}");
        }
    }
}
