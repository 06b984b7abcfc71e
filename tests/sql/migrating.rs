//! Tables are made once, by whichever instance comes first, and recognised by all.

use nico::adapters::sql::{Database, Migrated, Part, SqlExternalIds, SqlOrders, SqlPayments, migrate};

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
        let refused = SqlPayments::open(&database).await.err().unwrap().to_string();
        assert!(refused.contains("newer version"), "{refused}");
    }
}
