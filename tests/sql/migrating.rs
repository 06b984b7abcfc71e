//! Tables are made once, by whichever instance comes first, and recognised by all.

use std::borrow::Cow;

use nico::adapters::sql::{
    Database, Migrated, Part, SqlEvents, SqlExternalIds, SqlOrders, SqlPayments, SqlRegistrations, migrate,
};
use nico::event::Outbox;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType};

use crate::engine::{ENGINES, Fresh, LIMITS, PARTS};

#[tokio::test(flavor = "multi_thread")]
async fn eight_instances_migrate_at_once() {
    for engine in ENGINES {
        let fresh = Fresh::of(engine);
        let migrating: tokio::task::JoinSet<_> = (0..8)
            .map(|_| {
                let url = fresh.url.clone();
                async move {
                    let database = Database::connect(&url, None, LIMITS).await.unwrap();
                    for part in PARTS {
                        migrate(&database, part).await.unwrap();
                    }
                }
            })
            .collect();
        migrating.join_all().await;
        let database = fresh.connect().await;
        for part in PARTS {
            assert_eq!(migrate(&database, part).await.unwrap(), Migrated::Before, "{engine}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_makes_its_own_tables_only_and_beside_others() {
    for engine in ENGINES {
        let fresh = Fresh::of(engine);
        fresh.run("CREATE TABLE orders (id INTEGER)").await;
        let database = fresh.connect().await;
        assert_eq!(migrate(&database, Part::Payments).await.unwrap(), Migrated::Now);
        let schema = if fresh.is_postgres() { "current_schema()" } else { "DATABASE()" };
        let tables = format!("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = {schema}");
        assert_eq!(fresh.number(&tables).await, 7, "{engine}: orders, five of the payments' part, nico_migrations");
        SqlPayments::open(&database).await.unwrap();
        SqlRegistrations::open(&database).await.unwrap();
        SqlEvents::open(&database).await.unwrap();
        for refused in [
            SqlOrders::open(&database).await.err().unwrap().to_string(),
            SqlExternalIds::open(&database).await.err().unwrap().to_string(),
        ] {
            assert!(refused.contains("run nico migrate"), "{refused}");
        }
        assert_eq!(migrate(&database, Part::Orders).await.unwrap(), Migrated::Now, "later, beside the other");
        SqlOrders::open(&database).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_version_has_made_is_left_alone() {
    for engine in ENGINES {
        let fresh = Fresh::of(engine);
        let database = fresh.migrated().await;
        fresh.run("UPDATE nico_migrations SET version = 2999 WHERE version = 2002").await;
        let refused = migrate(&database, Part::Payments).await.unwrap_err().to_string();
        assert!(refused.contains("newer version"), "{refused}");
        for refused in [
            SqlPayments::open(&database).await.err().unwrap().to_string(),
            SqlRegistrations::open(&database).await.err().unwrap().to_string(),
            SqlEvents::open(&database).await.err().unwrap().to_string(),
        ] {
            assert!(refused.contains("newer version"), "{refused}");
        }
    }
}

/// A database as a version of nico left it that knew the first step alone, with a payment and its event.
async fn of_the_first_step(fresh: &Fresh) -> Database {
    let database = fresh.connect().await;
    // Another part's step makes the table of steps.
    migrate(&database, Part::Orders).await.unwrap();
    let text = if fresh.is_postgres() {
        include_str!("../../src/adapters/sql/schema/postgres/payments.sql")
    } else {
        include_str!("../../src/adapters/sql/schema/mysql/payments.sql")
    };
    fresh.run(text).await;
    let step = Migration::new(2001, Cow::Borrowed("Payments"), MigrationType::Simple, text.into_sql_str(), false);
    let checksum: String = step.checksum.iter().map(|byte| format!("{byte:02x}")).collect();
    let checksum = if fresh.is_postgres() { format!("'\\x{checksum}'") } else { format!("X'{checksum}'") };
    fresh
        .run(&format!(
            "INSERT INTO nico_migrations (version, description, success, checksum, execution_time)
             VALUES (2001, 'Payments', TRUE, {checksum}, 0)"
        ))
        .await;
    fresh
        .run(
            r#"INSERT INTO nico_payments (payment_request_id, pay_no, partner_reference_no, bill, amount_sen, client_id,
                                       external_id, recorded_at, body)
            VALUES ('request-1', '701500000001', 'INV-1', '{"payNo":"701500000001","partnerReferenceNo":"INV-1",
                    "payNoName":"Siti","payNoPhone":"087771122333","payNoEmail":"siti@example.co.id","goodsName":"Buku",
                    "amount":"10000.00","expiresAt":"2030-01-01T00:00:00+07:00","status":"unpaid"}', 1000000,
                    'IONPAYTEST', '1', '2024-07-03T09:46:40+00:00', '{}')"#,
        )
        .await;
    fresh
        .run(
            "INSERT INTO nico_events (kind, payment_request_id, created_at)
             VALUES ('payment.recorded', 'request-1', '2024-07-03T09:46:40+00:00')",
        )
        .await;
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_first_step_takes_the_second_and_keeps_its_payments() {
    for engine in ENGINES {
        let fresh = Fresh::of(engine);
        let database = of_the_first_step(&fresh).await;
        for refused in [
            SqlPayments::open(&database).await.err().unwrap().to_string(),
            SqlRegistrations::open(&database).await.err().unwrap().to_string(),
            SqlEvents::open(&database).await.err().unwrap().to_string(),
        ] {
            assert!(refused.contains("run nico migrate"), "{refused}");
        }
        let migrating: tokio::task::JoinSet<_> = (0..8)
            .map(|_| {
                let url = fresh.url.clone();
                async move {
                    let database = Database::connect(&url, None, LIMITS).await.unwrap();
                    migrate(&database, Part::Payments).await.unwrap()
                }
            })
            .collect();
        assert!(migrating.join_all().await.contains(&Migrated::Now));
        assert_eq!(migrate(&database, Part::Payments).await.unwrap(), Migrated::Before, "{engine}");
        let payments = SqlPayments::open(&database).await.unwrap().after(0).await.unwrap();
        assert_eq!(payments.len(), 1, "{engine}: what was paid is paid");
        assert_eq!(payments[0].1.order.partner_reference_no.as_str(), "INV-1");
        let events = SqlEvents::open(&database).await.unwrap();
        assert_eq!(events.after(0, false).await.unwrap(), [], "{engine}: the outbox begins empty");
        SqlRegistrations::open(&database).await.unwrap();
    }
}

/// MariaDB has made some of the tables, and the process that asked for them is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_was_left_half_way_is_taken_anew() {
    let fresh = Fresh::of("mariadb");
    let database = fresh.migrated().await;
    fresh.run("DROP TABLE nico_events; DROP TABLE nico_notifications").await;
    fresh.run("UPDATE nico_migrations SET success = FALSE WHERE version = 2002").await;
    let refused = SqlEvents::open(&database).await.err().unwrap().to_string();
    assert!(refused.contains("run nico migrate"), "{refused}");
    assert_eq!(migrate(&database, Part::Payments).await.unwrap(), Migrated::Now);
    let events = SqlEvents::open(&database).await.unwrap();
    assert_eq!(events.after(0, false).await.unwrap(), []);
    assert_eq!(fresh.number("SELECT COUNT(*) FROM nico_notifications").await, 0);
}
