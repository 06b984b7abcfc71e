//! Every store we ship, held to the public contract; and the contract's suites, held to their word by stores that
//! break it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use nico::adapters::memory::{MemoryExternalIds, MemoryOrders, MemoryPayments};
use nico::adapters::sqlite::{Database, SqliteExternalIds, SqliteOrders, SqlitePayments};
use nico::conformance::stores;
use nico::{
    Amount, Claim, Claimed, ExternalIdStore, GoodsName, MitraCd, Order, PartnerReferenceNo, PayNo, PayNoEmail,
    PayNoName, PayNoPhone, Payment, PaymentRepository, PaymentRequestId, Recorded, Status, StoreError,
};

fn order(pay_no: &str, status: Status, mitra_cd: Option<&str>) -> Order {
    Order {
        pay_no: PayNo::parse(pay_no).unwrap(),
        partner_reference_no: PartnerReferenceNo::parse("abcdefgh1234").unwrap(),
        pay_no_name: PayNoName::parse("O'Brien; DROP TABLE orders").unwrap(),
        pay_no_phone: PayNoPhone::parse("087771122333").unwrap(),
        pay_no_email: PayNoEmail::parse("jhon@test.com").unwrap(),
        goods_name: GoodsName::parse("Pembelian \"John\" – 1").unwrap(),
        amount: Amount::parse("999999999.99").unwrap(),
        expires_at: "2030-01-01T00:00:00+07:00".parse().unwrap(),
        status,
        mitra_cd: mitra_cd.map(|mitra_cd| MitraCd::parse(mitra_cd).unwrap()),
    }
}

fn orders() -> Vec<Order> {
    vec![
        order("070000000001", Status::Unpaid, None),
        order("701500000002", Status::Paid, Some("ALMA")),
        order("701500000003", Status::Cancelled, None),
    ]
}

fn unknown() -> PayNo {
    PayNo::parse("700000000001").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_keeps_the_contracts() {
    stores::orders(Arc::new(orders().into_iter().collect::<MemoryOrders>()), &orders(), &unknown()).await;
    stores::payments(Arc::new(MemoryPayments::default())).await;
    stores::external_ids(Arc::new(MemoryExternalIds::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contracts() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path().join("new/nico.db")).unwrap();
    let store = SqliteOrders::new(&database);
    store.put(orders()).await.unwrap();
    stores::orders(Arc::new(store), &orders(), &unknown()).await;
    stores::payments(Arc::new(SqlitePayments::new(&database))).await;
    stores::external_ids(Arc::new(SqliteExternalIds::open(folder.path().join("ids.db")).unwrap())).await;
}

/// Two openings of one file are two processes as far as SQLite is concerned.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_remembers_and_shares() {
    let folder = tempfile::tempdir().unwrap();
    let (money, ids) = (folder.path().join("nico.db"), folder.path().join("ids.db"));
    let (one, two) = (Database::open(&money).unwrap(), Database::open(&money).unwrap());
    let (here, there) = (SqliteOrders::new(&one), SqliteOrders::new(&two));
    let imported = here.put(orders()).await.unwrap();
    assert_eq!((imported.written, imported.paid), (3, 0));
    let again = there.put(orders()).await.unwrap();
    assert_eq!((again.written, again.paid), (2, 1), "what is paid is left as it stands");
    stores::payments(Arc::new(SqlitePayments::new(&one))).await;
    let mut seen = 0;
    SqlitePayments::new(&two)
        .for_each(|_| {
            seen += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, 4, "another process sees every payment");
    stores::external_ids(Arc::new(SqliteExternalIds::open(&ids).unwrap())).await;
    let reopened = SqliteExternalIds::open(&ids).unwrap();
    let claim = Claim {
        client_id: nico::ClientId::parse("IONPAYTEST").unwrap(),
        endpoint: "cvs/inquiry",
        external_id: nico::ExternalId::parse("11245542345212").unwrap(),
        date: "2024-07-03".parse().unwrap(),
    };
    assert_eq!(reopened.claim(&claim).await.unwrap(), Claimed::Reused);
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_writes_the_payment_its_event_and_the_orders_state_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nico.db");
    let database = Database::open(&path).unwrap();
    stores::payments(Arc::new(SqlitePayments::new(&database))).await;
    let look = rusqlite::Connection::open(&path).unwrap();
    let count = |sql: &str| look.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT COUNT(*) FROM payments"), 4);
    assert_eq!(count("SELECT COUNT(DISTINCT message_id) FROM events WHERE kind = 'payment.recorded'"), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_forgets_days_gone_by_a_few_with_each_claim() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ids.db");
    let ids = SqliteExternalIds::open(&path).unwrap();
    let claim = |day: u32, id: u32| Claim {
        client_id: nico::ClientId::parse("IONPAYTEST").unwrap(),
        endpoint: "cvs/inquiry",
        external_id: nico::ExternalId::parse(&id.to_string()).unwrap(),
        date: chrono::NaiveDate::from_ymd_opt(2024, 7, day).unwrap(),
    };
    for day in 1..=7 {
        for id in 0..40 {
            assert_eq!(ids.claim(&claim(day, id)).await.unwrap(), Claimed::First);
        }
    }
    let look = rusqlite::Connection::open(&path).unwrap();
    let days: Vec<(String, i64)> = look
        .prepare("SELECT day, COUNT(*) FROM external_ids GROUP BY day")
        .unwrap()
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(days, [("2024-07-06".to_owned(), 40), ("2024-07-07".to_owned(), 40)]);
}

/// Looks, then writes: what the contract forbids.
#[derive(Default)]
struct CheckThenSet(Mutex<HashSet<Claim>>);

impl ExternalIdStore for CheckThenSet {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        let known = self.0.lock().unwrap().contains(claim);
        tokio::task::yield_now().await;
        self.0.lock().unwrap().insert(claim.clone());
        Ok(if known { Claimed::Reused } else { Claimed::First })
    }
}

/// Remembers ids, but not whose.
#[derive(Default)]
struct IdOnly(Mutex<HashSet<String>>);

impl ExternalIdStore for IdOnly {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        let new = self.0.lock().unwrap().insert(claim.external_id.as_str().to_owned());
        Ok(if new { Claimed::First } else { Claimed::Reused })
    }
}

/// A ledger that looks at the bill before the request id, and keeps what it refuses.
#[derive(Default)]
struct Muddled(Mutex<Vec<Payment>>);

impl PaymentRepository for Muddled {
    async fn record(&self, payment: &Payment) -> Result<Recorded, StoreError> {
        let mut ledger = self.0.lock().unwrap();
        let paid = ledger.iter().any(|known| known.bill() == payment.bill());
        ledger.push(payment.clone());
        Ok(if paid { Recorded::AlreadyPaid } else { Recorded::First })
    }

    async fn find_by_request_id(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        Ok(self.0.lock().unwrap().iter().find(|known| known.payment_request_id == *id).cloned())
    }

    async fn is_paid(&self, pay_no: &PayNo, reference: &PartnerReferenceNo) -> Result<bool, StoreError> {
        Ok(self.0.lock().unwrap().iter().any(|known| known.bill() == (pay_no, reference)))
    }
}

/// The sentence with which a suite refused a store.
async fn refused(suite: impl Future<Output = ()> + Send + 'static) -> String {
    let error = tokio::spawn(suite).await.expect_err("the suite passed a store that breaks the contract");
    let panic = error.into_panic();
    let literal = panic.downcast_ref::<&str>().map(ToString::to_string);
    panic.downcast_ref::<String>().cloned().or(literal).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_suites_find_what_breaks_the_contracts() {
    let found = refused(stores::external_ids(Arc::new(CheckThenSet::default()))).await;
    assert!(found.contains("exactly one is the first"), "{found}");
    let found = refused(stores::external_ids(Arc::new(IdOnly::default()))).await;
    assert!(found.contains("at one endpoint alone"), "{found}");
    let found = refused(stores::payments(Arc::new(Muddled::default()))).await;
    assert!(found.contains("replays what was recorded"), "{found}");
    let some = Arc::new(orders().into_iter().take(1).collect::<MemoryOrders>());
    let found = refused(async move { stores::orders(some, &orders(), &unknown()).await }).await;
    assert!(found.contains("field for field"), "{found}");
}
