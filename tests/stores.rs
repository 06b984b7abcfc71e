//! Every store we ship, held to the public contract; and the contract's suites, held to their word by stores that
//! break it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "sql/payment_events.rs"]
mod payment_events;
#[path = "sql/whole.rs"]
mod whole;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use nico::adapters::memory::{MemoryExternalIds, MemoryOrders, MemoryPayments};
use nico::adapters::sqlite::{
    Database, SqliteEvents, SqliteExternalIds, SqliteOrders, SqlitePayments, SqliteRegistrations,
};
use nico::conformance::stores;
use nico::cvs::transaction::ReferenceNo;
use nico::event::{Fate, Kind, NewEvent, Outbox};
use nico::registration::RegistrationRepository;
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

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contracts_of_registrations_and_events() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| Database::open(folder.path().join(name)).unwrap();
    let database = open("registrations.db");
    let events = Arc::new(SqliteEvents::new(&database));
    stores::registrations(Arc::new(SqliteRegistrations::new(&database)), Arc::clone(&events)).await;
    let look = rusqlite::Connection::open(folder.path().join("registrations.db")).unwrap();
    let times = "SELECT group_concat(times) FROM (SELECT times FROM notifications ORDER BY times)";
    let times: String = look.query_row(times, (), |row| row.get(0)).unwrap();
    assert_eq!(times, "1,2,64", "each is kept once, and counted");
    stores::outbox(Arc::new(SqliteEvents::new(&open("events.db")))).await;
    let database = open("payments.db");
    let payments = Arc::new(SqlitePayments::new(&database));
    payment_events::what_is_recorded_is_told(payments, Arc::new(SqliteEvents::new(&database))).await;
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

/// A file as the first version left it, with a payment and its event.
fn of_version_1(path: &std::path::Path) {
    let file = rusqlite::Connection::open(path).unwrap();
    file.pragma_update(None, "journal_mode", "WAL").unwrap();
    file.execute_batch(include_str!("../src/adapters/sqlite/schema.sql")).unwrap();
    file.execute_batch(
        r#"INSERT INTO payments (payment_request_id, pay_no, partner_reference_no, bill, amount_sen, client_id,
                                 external_id, recorded_at, body)
           VALUES ('request-1', '701500000001', 'INV-1', '{"payNo":"701500000001","partnerReferenceNo":"INV-1",
                   "payNoName":"Siti","payNoPhone":"087771122333","payNoEmail":"siti@example.co.id","goodsName":"Buku",
                   "amount":"10000.00","expiresAt":"2030-01-01T00:00:00+07:00","status":"unpaid"}', 1000000,
                   'IONPAYTEST', '1', '2024-07-03T09:46:40+00:00', '{}');
           INSERT INTO events (kind, payment_request_id, created_at)
           VALUES ('payment.recorded', 'request-1', '2024-07-03T09:46:40+00:00');
           PRAGMA user_version = 1"#,
    )
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_takes_a_file_of_the_first_version_further_and_keeps_its_payments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nico.db");
    of_version_1(&path);
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || Database::open(path).unwrap())
        })
        .collect();
    let opened: Vec<Database> = opening.into_iter().map(|opening| opening.join().unwrap()).collect();
    let version = |path| -> u32 {
        let file = rusqlite::Connection::open(path).unwrap();
        file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    };
    assert_eq!(version(&path), 2);
    let mut references = Vec::new();
    SqlitePayments::new(&opened[0])
        .for_each(|payment| {
            references.push(payment.order.partner_reference_no.as_str().to_owned());
            Ok(())
        })
        .unwrap();
    assert_eq!(references, ["INV-1"], "what was paid is paid");
    assert_eq!(SqliteEvents::new(&opened[1]).after(0, false).await.unwrap(), [], "the outbox begins empty");
    let reference = ReferenceNo::parse("INV-1").unwrap();
    assert_eq!(SqliteRegistrations::new(&opened[2]).find(&reference).await.unwrap(), None);
    PaymentRepository::ready(&SqlitePayments::new(&opened[3])).await.unwrap();
    assert_eq!(version(&path), 2, "asking whether a file can be written changes nothing in it");
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_takes_no_step_by_half_and_none_in_a_file_of_the_other_kind() {
    let folder = tempfile::tempdir().unwrap();
    let (money, ids) = (folder.path().join("nico.db"), folder.path().join("ids.db"));
    of_version_1(&money);
    let look = rusqlite::Connection::open(&money).unwrap();
    look.execute_batch("CREATE TABLE notifications (id INTEGER)").unwrap();
    let refused = Database::open(&money).err().unwrap().to_string();
    assert!(refused.contains("notifications already exists"), "{refused}");
    let count = |sql: &str| look.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT COUNT(*) FROM events WHERE payment_request_id = 'request-1'"), 1);
    assert_eq!(count("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'registrations'"), 0);
    assert_eq!(count("PRAGMA user_version"), 1);
    drop(SqliteExternalIds::open(&ids).unwrap());
    let refused = Database::open(&ids).err().unwrap().to_string();
    assert!(refused.contains("a file of their own each"), "{refused}");
    let look = rusqlite::Connection::open(&ids).unwrap();
    let tables = "SELECT group_concat(name) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'";
    assert_eq!(look.query_row(tables, (), |row| row.get::<_, String>(0)).unwrap(), "external_ids");
    drop(Database::open(folder.path().join("other.db")).unwrap());
    let refused = SqliteExternalIds::open(folder.path().join("other.db")).err().unwrap().to_string();
    assert!(refused.contains("a file of their own each"), "the newer kind is no newer version: {refused}");
}

/// A payment without its event is none, and no more is a change.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_records_nothing_that_it_cannot_tell_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nico.db");
    let database = Database::open(&path).unwrap();
    let payments = Arc::new(SqlitePayments::new(&database));
    let look = rusqlite::Connection::open(&path).unwrap();
    look.execute_batch("DROP TABLE events").unwrap();
    let recording = tokio::spawn(async move { stores::payments(payments).await });
    assert!(recording.await.is_err(), "the suite stops at the first payment");
    assert_eq!(look.query_row("SELECT COUNT(*) FROM payments", (), |row| row.get::<_, i64>(0)).unwrap(), 0);
    whole::a_change_that_fails_leaves_nothing(SqliteRegistrations::new(&database)).await;
}

/// An instance that took too long comes after another, which has delivered what it had.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_leaves_delivered_what_was_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let events = SqliteEvents::new(&Database::open(folder.path().join("nico.db")).unwrap());
    let at = |second| chrono::DateTime::from_timestamp(second, 0).unwrap();
    events.put(&NewEvent::new(Kind::OrderPaid, "INV-1", "1", at(0), "…".into())).await.unwrap();
    let number = events.after(0, false).await.unwrap()[0].number;
    events.settle(number, 1, &Fate::Delivered(at(2))).await.unwrap();
    events.settle(number, 9, &Fate::Due(at(5))).await.unwrap();
    events.settle(number, 9, &Fate::GivenUp).await.unwrap();
    let event = events.after(0, false).await.unwrap().remove(0);
    assert_eq!((event.attempts, event.fate), (1, Fate::Delivered(at(2))));
}

/// A row of each.
const RIGHT: &str = "DELETE FROM registrations; DELETE FROM events;
    INSERT INTO registrations (reference_no, product, i_mid, amt, fields, valid_until, state, disputed, sent, asked,
                               registered_at, revision)
    VALUES ('INV-1', 'v2', 'IONPAYTEST', '10000', '{}', 0, 'issued', 0, 0, 0, 0, 0);
    INSERT INTO events (message_id, kind, reference_no, body, at, attempts, due_at, given_up)
    VALUES ('msg_00000000000000000000000000000000', 'order.paid', 'INV-1', '{}', 0, 0, 0, 0)";
/// A text that is none, a time and a count out of range.
const WRONG: [&str; 4] = ["'S E C R E T'", "9223372036854775807", "-4242424242", "NULL"];

/// What somebody else has written there is told by its column, and by nothing that stands in it.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_tells_a_wrong_column_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nico.db");
    let database = Database::open(&path).unwrap();
    let (registrations, events) = (SqliteRegistrations::new(&database), SqliteEvents::new(&database));
    let look = rusqlite::Connection::open(&path).unwrap();
    let reference = ReferenceNo::parse("INV-1").unwrap();
    for (table, column, wrong) in [
        ("registrations", "product", 0),
        ("registrations", "i_mid", 0),
        ("registrations", "amt", 0),
        ("registrations", "mitra_cd", 0),
        ("registrations", "t_xid", 0),
        ("registrations", "pay_no", 0),
        ("registrations", "valid_until", 1),
        ("registrations", "state", 0),
        ("registrations", "sent", 2),
        ("registrations", "asked", 1),
        ("registrations", "due_at", 1),
        ("registrations", "registered_at", 1),
        ("events", "message_id", 0),
        ("events", "kind", 0),
        ("events", "at", 1),
        ("events", "attempts", 2),
        ("events", "due_at", 3),
    ] {
        look.execute_batch(&format!("{RIGHT}; UPDATE {table} SET {column} = {}", WRONG[wrong])).unwrap();
        let told = match table {
            "events" => events.after(0, false).await.map(drop),
            _ => registrations.find(&reference).await.map(drop),
        };
        assert_eq!(told.unwrap_err().to_string(), format!("{column} in the database is not what it should be"));
    }
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
