//! The merchant's own SQLite file, which nothing is written to.

use std::sync::Arc;
use std::time::Duration;

use nico::adapters::StatusWords;
use nico::adapters::sqlite::{Database, SqlitePayments, SqliteShopOrders};
use nico::conformance::stores;
use nico::{OrderRepository, PayNo};
use tempfile::TempDir;

use crate::engine::orders;

const FIND: &str = "SELECT number AS partnerReferenceNo, name AS payNoName, phone AS payNoPhone, email AS payNoEmail,
                           title AS goodsName, total AS amount, until AS expiresAt, state AS status, chain AS mitraCd
                    FROM shop WHERE pay_no = :payNo";
const PATIENCE: Duration = Duration::from_secs(20);

fn shop() -> (TempDir, rusqlite::Connection) {
    let folder = tempfile::tempdir().unwrap();
    let file = rusqlite::Connection::open(folder.path().join("shop.db")).unwrap();
    file.execute_batch("CREATE TABLE shop (pay_no, number, name, phone, email, title, total, until, state, chain)")
        .unwrap();
    for order in orders() {
        file.execute(
            "INSERT INTO shop VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '9999-12-31 23:59:59', ?8, ?9)",
            (
                order.pay_no.as_str(),
                order.partner_reference_no.as_str(),
                order.pay_no_name.as_str(),
                order.pay_no_phone.as_str(),
                order.pay_no_email.as_str(),
                order.goods_name.as_str(),
                order.amount.value(),
                order.status.as_str(),
                order.mitra_cd.as_ref().map(nico::MitraCd::as_str),
            ),
        )
        .unwrap();
    }
    (folder, file)
}

fn open(folder: &TempDir, find: &str) -> Result<SqliteShopOrders, String> {
    let path = folder.path().join("shop.db");
    SqliteShopOrders::open(path, find, StatusWords::default(), PATIENCE).map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_merchants_keeps_the_contract() {
    let (folder, _file) = shop();
    stores::orders(Arc::new(open(&folder, FIND).unwrap()), &orders(), &PayNo::nobodys()).await;
}

#[test]
fn a_wrong_statement_is_refused_at_the_start() {
    let (folder, file) = shop();
    for (find, said) in [
        (FIND.replace("SELECT", "SELEKT"), "syntax"),
        (FIND.replace("total AS amount, ", ""), "no column amount"),
        (FIND.replace("AS payNoName", "AS name"), "a column name, which is none"),
        (
            format!("DELETE FROM shop WHERE pay_no = :payNo RETURNING {}", &FIND[7..FIND.find("FROM").unwrap()]),
            "it writes",
        ),
        (FIND.replace(":payNo", "'1'"), "must ask for :payNo"),
        (FIND.replace("FROM shop", "FROM nowhere"), "nowhere"),
    ] {
        let refused = open(&folder, &find).err().unwrap_or_else(|| panic!("{find} is taken"));
        assert!(refused.contains(said), "{find}: {refused}");
    }
    assert_eq!(file.query_row("SELECT COUNT(*) FROM shop", (), |row| row.get::<_, i64>(0)).unwrap(), 3);
    let missing = SqliteShopOrders::open(folder.path().join("no.db"), FIND, StatusWords::default(), PATIENCE);
    assert!(missing.is_err());
    assert!(!folder.path().join("no.db").exists(), "a file that is missing is not made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_row_is_an_error_that_gives_nobody_away() {
    let (folder, file) = shop();
    let orders = open(&folder, FIND).unwrap();
    let pay_no = PayNo::parse("701500000003").unwrap();
    for (change, said) in [
        ("total = 10000.5", "amount holds"),
        ("total = '10000.015'", "fractions of a sen"),
        ("total = 10000, name = NULL", "payNoName is NULL"),
        ("name = 'Siti', until = 1896066000", "expiresAt holds"),
        ("until = '2030-01-31 12:00:00', state = 'Siti'", "orders.status"),
        ("state = 'unpaid', pay_no = '701500000002'", ""),
    ] {
        file.execute(&format!("UPDATE shop SET {change} WHERE pay_no = '701500000003'"), ()).unwrap();
        let found = orders.find_by_pay_no(&pay_no).await;
        if said.is_empty() {
            assert!(found.unwrap().is_none());
            let twice = orders.find_by_pay_no(&PayNo::parse("701500000002").unwrap()).await.unwrap_err().to_string();
            assert!(twice.contains("more than one row"), "{twice}");
        } else {
            let error = found.unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("Siti"), "{change}: {error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_without_end_is_interrupted() {
    let (folder, _file) = shop();
    let endless = "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n)";
    let find = FIND.replace("name AS", &format!("name || {endless} AS"));
    let path = folder.path().join("shop.db");
    let patience = Duration::from_millis(200);
    let orders = SqliteShopOrders::open(path, &find, StatusWords::default(), patience).unwrap();
    let error = orders.find_by_pay_no(&PayNo::parse("701500000002").unwrap()).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(orders.find_by_pay_no(&PayNo::nobodys()).await.unwrap().is_none());
}

/// Money and shop in one file, as a small merchant has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_marks_its_order_in_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path().join("nico.db")).unwrap();
    let file = rusqlite::Connection::open(folder.path().join("nico.db")).unwrap();
    file.execute_batch("CREATE TABLE shop (number, state, paid); INSERT INTO shop VALUES ('order-1', 'NEW', NULL)")
        .unwrap();
    let mark = "UPDATE shop SET state = 'PAID', paid = :amount WHERE number = :partnerReferenceNo";
    let payments = SqlitePayments::new(&database).mark_paid(mark).unwrap();
    stores::payments(Arc::new(payments)).await;
    let paid: String = file.query_row("SELECT state || paid FROM shop", (), |row| row.get(0)).unwrap();
    assert_eq!(paid, "PAID10000.01");
    for (statement, said) in [
        ("SELECT 1", "must be an UPDATE"),
        ("UPDATE nowhere SET a = 1", "nowhere"),
        ("UPDATE shop SET state = :paid", ":paid"),
    ] {
        let refused = SqlitePayments::new(&database).mark_paid(statement).err().unwrap().to_string();
        assert!(refused.contains(said), "{statement}: {refused}");
    }
}

/// What a trigger of the merchant's says stays where it was said; and a payment that cannot be marked is not recorded.
#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_is_refused_undoes_the_payment_and_tells_nothing_of_the_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nico.db");
    let database = Database::open(&path).unwrap();
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(
        "CREATE TABLE shop (number, state); INSERT INTO shop VALUES ('order-1', 'NEW');
         CREATE TRIGGER never BEFORE UPDATE ON shop BEGIN SELECT RAISE(ABORT, 'Siti'); END",
    )
    .unwrap();
    let mark = "UPDATE shop SET state = 'PAID' WHERE number = :partnerReferenceNo";
    let payments = Arc::new(SqlitePayments::new(&database).mark_paid(mark).unwrap());
    let recording = tokio::spawn(async move { stores::payments(payments).await });
    let said = recording.await.unwrap_err().into_panic().downcast::<String>().unwrap();
    assert!(said.contains("payments.mark_paid was refused") && !said.contains("Siti"), "{said}");
    assert_eq!(file.query_row("SELECT COUNT(*) FROM payments", (), |row| row.get::<_, i64>(0)).unwrap(), 0);
}
