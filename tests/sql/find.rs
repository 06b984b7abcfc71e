//! The merchant's statement: what is refused at the start, what at run time, and what every type of column comes to.

use nico::adapters::StatusWords;
use nico::adapters::sql::SqlShopOrders;
use nico::{Amount, Order, OrderRepository, PayNo, Status};

use crate::engine::{ENGINES, Fresh};

const COLUMNS: &str = "number AS \"partnerReferenceNo\", name AS \"payNoName\", phone AS \"payNoPhone\",
                       email AS \"payNoEmail\", title AS \"goodsName\", total AS \"amount\", until AS \"expiresAt\",
                       state AS \"status\"";
const PAY_NO: &str = "701500000001";

fn words() -> StatusWords {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    StatusWords { unpaid: words(&["NEW", "PENDING", "1"]), paid: words(&["PAID"]), cancelled: words(&["VOID"]) }
}

/// In MariaDB a name in double quotes is a text, as long as nobody says otherwise.
fn spelt(fresh: &Fresh, sql: &str) -> String {
    if fresh.is_postgres() { sql.to_owned() } else { sql.replace('"', "`") }
}

async fn shop(engine: &'static str, types: (&str, &str, &str)) -> Fresh {
    let fresh = Fresh::of(engine);
    let (total, until, state) = types;
    let table = format!(
        "CREATE TABLE shop (pay_no VARCHAR(12), number VARCHAR(60), name VARCHAR(300), phone VARCHAR(40),
                            email VARCHAR(100), title VARCHAR(300), total {total}, until {until}, state {state})"
    );
    fresh.run(&table).await;
    fresh
}

async fn put(fresh: &Fresh, total: &str, until: &str, state: &str) {
    let row = format!("'{PAY_NO}', 'INV-1', 'Siti', '0812', 's@x.id', 'Buku', {total}, {until}, {state}");
    fresh.run(&format!("INSERT INTO shop VALUES ({row})")).await;
}

async fn open(fresh: &Fresh, find: &str) -> Result<SqlShopOrders, String> {
    let database = fresh.read_only().await;
    SqlShopOrders::open(&database, &spelt(fresh, find), words()).await.map_err(|error| error.to_string())
}

async fn found(fresh: &Fresh) -> Result<Option<Order>, String> {
    let find = format!("SELECT {COLUMNS} FROM shop WHERE pay_no = :payNo");
    let orders = open(fresh, &find).await.unwrap();
    orders.find_by_pay_no(&PayNo::parse(PAY_NO).unwrap()).await.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_money_and_time_is_read_exactly() {
    let both = [
        ("BIGINT", "25000", "25000.00"),
        ("NUMERIC(14,2)", "25000.01", "25000.01"),
        ("NUMERIC(14,4)", "25000.1000", "25000.10"),
        ("NUMERIC(14,0)", "25000", "25000.00"),
        ("VARCHAR(20)", "'25000'", "25000.00"),
        ("VARCHAR(20)", "'25000.50'", "25000.50"),
        ("SMALLINT", "250", "250.00"),
    ];
    for engine in ENGINES {
        for (total, value, amount) in both {
            let fresh = shop(engine, (total, "VARCHAR(40)", "VARCHAR(9)")).await;
            put(&fresh, value, "'2030-01-31T12:00:00+07:00'", "'NEW'").await;
            let order = found(&fresh).await.unwrap().unwrap();
            assert_eq!(order.amount, Amount::parse(amount).unwrap(), "{engine} {total}");
        }
        let times: &[(&str, &str)] = if engine == "postgres" {
            &[
                ("timestamptz", "'2030-01-31 05:00:00+00'"),
                ("timestamp", "'2030-01-31 12:00:00'"),
                ("text", "'2030-01-31T05:00:00Z'"),
                ("text", "'2030-01-31 12:00:00'"),
            ]
        } else {
            // The text of a TIMESTAMP is in the zone of who writes it; this test writes in UTC.
            &[
                ("TIMESTAMP", "'2030-01-31 05:00:00'"),
                ("DATETIME", "'2030-01-31 12:00:00'"),
                ("TEXT", "'2030-01-31 12:00:00'"),
            ]
        };
        for (until, value) in times {
            let fresh = shop(engine, ("BIGINT", until, "VARCHAR(9)")).await;
            put(&fresh, "1", value, "'NEW'").await;
            let order = found(&fresh).await.unwrap().unwrap();
            assert_eq!(order.expires_at.to_rfc3339(), "2030-01-31T12:00:00+07:00", "{engine} {until} {value}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_the_shops_are_statuses() {
    for engine in ENGINES {
        for (state, value, status) in [
            ("VARCHAR(9)", "'PENDING'", Status::Unpaid),
            ("VARCHAR(9)", "'PAID'", Status::Paid),
            ("VARCHAR(9)", "'VOID'", Status::Cancelled),
            ("INTEGER", "1", Status::Unpaid),
        ] {
            let fresh = shop(engine, ("BIGINT", "VARCHAR(40)", state)).await;
            put(&fresh, "1", "'2030-01-31 12:00:00'", value).await;
            assert_eq!(found(&fresh).await.unwrap().unwrap().status, status, "{engine} {state}");
        }
    }
    let fresh = shop("postgres", ("BIGINT", "VARCHAR(40)", "VARCHAR(9)")).await;
    fresh.run("CREATE TYPE state AS ENUM ('NEW', 'PAID'); ALTER TABLE shop ALTER state TYPE state USING 'PAID'").await;
    put(&fresh, "1", "'2030-01-31 12:00:00'", "'PAID'").await;
    assert_eq!(found(&fresh).await.unwrap().unwrap().status, Status::Paid);
    let fresh = shop("mariadb", ("BIGINT", "VARCHAR(40)", "ENUM('NEW', 'PAID')")).await;
    put(&fresh, "1", "'2030-01-31 12:00:00'", "'PAID'").await;
    assert_eq!(found(&fresh).await.unwrap().unwrap().status, Status::Paid);
}

/// Two numbers differ in a leading zero; parts of a number find it as well; and nothing is ever spliced.
#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_bound() {
    for engine in ENGINES {
        let fresh = shop(engine, ("BIGINT", "VARCHAR(40)", "VARCHAR(9)")).await;
        put(&fresh, "1", "'2030-01-31 12:00:00'", "'NEW'").await;
        let find = format!(
            "SELECT {COLUMNS} /* :nobody? */ FROM shop
             WHERE CONCAT(:partnerServiceId, :customerNo) = pay_no AND ':payNo' <> pay_no; "
        );
        let orders = open(&fresh, &find).await.unwrap();
        assert!(orders.find_by_pay_no(&PayNo::parse(PAY_NO).unwrap()).await.unwrap().is_some(), "{engine}");
        assert!(orders.find_by_pay_no(&PayNo::parse("01500000001").unwrap()).await.unwrap().is_none());
        orders.ready().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_statement_is_refused_at_the_start() {
    for engine in ENGINES {
        let fresh = shop(engine, ("BIGINT", "VARCHAR(40)", "VARCHAR(9)")).await;
        let select = |columns: &str| format!("SELECT {columns} FROM shop WHERE pay_no = :payNo");
        let cases = [
            (select(COLUMNS).replace("SELECT", "SELEKT"), "syntax"),
            (select("nothing"), "nothing"),
            (select(&COLUMNS.replace("total AS \"amount\", ", "")), "no column amount"),
            (select(&COLUMNS.replace("\"payNoName\"", "\"payNoNam\"")), "a column payNoNam, which is none"),
            (select(&format!("{COLUMNS}, phone AS \"payNoPhone\"")), "payNoPhone twice"),
            (
                select(
                    &COLUMNS
                        .replace("total AS", "CAST(total AS DOUBLE PRECISION) AS")
                        .replace("DOUBLE PRECISION", if engine == "postgres" { "DOUBLE PRECISION" } else { "DOUBLE" }),
                ),
                "amount cannot be read",
            ),
            (select(&COLUMNS.replace("until AS", "CAST('2030-01-01' AS DATE) AS")), "expiresAt cannot be read"),
            (format!("SELECT {COLUMNS} FROM shop"), "must ask for :payNo"),
            (format!("SELECT {COLUMNS} FROM shop WHERE pay_no = :pay_no"), ":pay_no"),
            (format!("SELECT {COLUMNS} FROM shop WHERE pay_no = :payNo; DELETE FROM shop"), "more than one"),
            (String::new(), "empty"),
        ];
        for (find, said) in cases {
            let refused = open(&fresh, &find).await.err().unwrap_or_else(|| panic!("{engine} takes {find}"));
            assert!(refused.to_lowercase().contains(&said.to_lowercase()), "{engine}: {find}: {refused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_writes_is_refused_at_the_start_and_writes_nothing() {
    let writes = [
        ("postgres", "UPDATE shop SET state = 'PAID' WHERE pay_no = :payNo RETURNING {}"),
        ("postgres", "WITH gone AS (DELETE FROM shop WHERE pay_no = :payNo RETURNING *) SELECT {} FROM gone"),
        ("postgres", "SELECT {} FROM shop WHERE pay_no = :payNo FOR UPDATE"),
        ("mariadb", "DELETE FROM shop WHERE pay_no = :payNo RETURNING {}"),
        ("mariadb", "UPDATE shop SET state = 'PAID' WHERE pay_no = :payNo"),
    ];
    for (engine, find) in writes {
        let fresh = shop(engine, ("BIGINT", "VARCHAR(40)", "VARCHAR(9)")).await;
        fresh.run("INSERT INTO shop (pay_no, state) VALUES ('000000000000', 'NEW')").await;
        let refused = open(&fresh, &find.replace("{}", COLUMNS)).await.err().unwrap_or_default();
        assert!(refused.contains("it writes"), "{engine}: {find}: {refused}");
        assert_eq!(fresh.number("SELECT COUNT(*) FROM shop WHERE state = 'NEW'").await, 1, "{engine}: {find}");
    }
}

/// At run time, what is wrong is named, and what stands there is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_row_is_an_error_that_gives_nobody_away() {
    let good = ("'INV-1'", "'Siti'", "'0812'", "'25000'", "'2030-01-31 12:00:00'", "'NEW'");
    let cases = [
        (("'INV-1'", "NULL", good.2, good.3, good.4, good.5), "payNoName is NULL"),
        (("NULL", good.1, good.2, good.3, good.4, good.5), "partnerReferenceNo is NULL"),
        ((good.0, "REPEAT('Siti', 60)", good.2, good.3, good.4, good.5), "payNoName holds what it must not"),
        ((good.0, good.1, "'+62 Siti'", good.3, good.4, good.5), "payNoPhone holds"),
        ((good.0, good.1, good.2, "'25000.015'", good.4, good.5), "fractions of a sen"),
        ((good.0, good.1, good.2, "'Siti'", good.4, good.5), "amount holds"),
        ((good.0, good.1, good.2, "'-1'", good.4, good.5), "amount holds"),
        ((good.0, good.1, good.2, good.3, "'Siti'", good.5), "expiresAt holds"),
        ((good.0, good.1, good.2, good.3, good.4, "'Siti'"), "orders.status"),
        ((good.0, good.1, good.2, good.3, good.4, "NULL"), "status is NULL"),
    ];
    for engine in ENGINES {
        for ((number, name, phone, total, until, state), said) in cases {
            let fresh = shop(engine, ("VARCHAR(20)", "VARCHAR(40)", "VARCHAR(9)")).await;
            let row = format!("'{PAY_NO}', {number}, {name}, {phone}, 's@x.id', 'Buku', {total}, {until}, {state}");
            fresh.run(&format!("INSERT INTO shop VALUES ({row})")).await;
            let error = found(&fresh).await.unwrap_err();
            assert!(error.contains(said) && !error.contains("Siti"), "{engine}: {error}");
        }
        let fresh = shop(engine, ("VARCHAR(20)", "VARCHAR(40)", "VARCHAR(9)")).await;
        put(&fresh, "'1'", "'2030-01-31 12:00:00'", "'NEW'").await;
        put(&fresh, "'1'", "'2030-01-31 12:00:00'", "'NEW'").await;
        assert!(found(&fresh).await.unwrap_err().contains("more than one row"), "{engine}");
    }
    // An error of the engine's own about what it has read there.
    let fresh = shop("postgres", ("VARCHAR(20)", "VARCHAR(40)", "VARCHAR(9)")).await;
    let columns = COLUMNS.replace("total AS", "CAST(total AS bigint) AS");
    let orders = open(&fresh, &format!("SELECT {columns} FROM shop WHERE pay_no = :payNo")).await.unwrap();
    put(&fresh, "'Siti'", "'2030-01-31 12:00:00'", "'NEW'").await;
    let error = orders.find_by_pay_no(&PayNo::parse(PAY_NO).unwrap()).await.unwrap_err().to_string();
    assert!(error.contains("22P02") && !error.contains("Siti"), "{error}");
}

/// The engine ends what takes too long, whoever has given up on it.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_statement_is_ended() {
    use std::time::Duration;

    use nico::adapters::sql::{Database, Limits};
    for engine in ENGINES {
        let fresh = shop(engine, ("VARCHAR(20)", "VARCHAR(40)", "VARCHAR(9)")).await;
        let slow = if engine == "postgres" { "(SELECT '' FROM pg_sleep(30))" } else { "LEFT(SLEEP(30), 0)" };
        let columns = COLUMNS.replace("name AS", &format!("CONCAT(name, {slow}) AS"));
        let limits = Limits { connections: 1, patience: Duration::from_millis(700) };
        let database = Database::connect_read_only(&fresh.url, None, limits).await.unwrap();
        let find = spelt(&fresh, &format!("SELECT {columns} FROM shop WHERE pay_no = :payNo"));
        let orders = SqlShopOrders::open(&database, &find, words()).await.unwrap();
        put(&fresh, "'1'", "'2030-01-31 12:00:00'", "'NEW'").await;
        let error = orders.find_by_pay_no(&PayNo::parse(PAY_NO).unwrap()).await.unwrap_err();
        assert!(error.is_timeout(), "{engine}: {error}");
        orders.ready().await.unwrap_or_else(|error| panic!("{engine}: its one connection is free again: {error}"));
        let at_work = if engine == "postgres" {
            "SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND state = 'active' AND pid <> pg_backend_pid()"
        } else {
            "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(30)%' AND id <> CONNECTION_ID()"
        };
        for look in 0.. {
            if fresh.number(at_work).await == 0 {
                break;
            }
            assert!(look < 1_000, "{engine} is still at it");
        }
    }
}
