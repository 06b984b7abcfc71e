//! Payments and lookups.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use nico::adapters::memory::{MemoryOrders, MemoryPayments};
use nico::adapters::sql::{Part, SqlOrders, SqlPayments};
use nico::adapters::sqlite::{Database, SqliteOrders, SqlitePayments};
use nico::payment::ReceivedBody;
use nico::{
    Amount, ClientId, ExternalId, GoodsName, Order, OrderRepository, PartnerReferenceNo, PayNo, PayNoEmail, PayNoName,
    PayNoPhone, Payment, PaymentRepository, PaymentRequestId, Recorded, Status, StoreError,
};
use tokio::task::JoinSet;

use crate::{Engines, Figures, ROUNDS};

/// As nico serve has by default.
const CONNECTIONS: usize = 10;
const AT_ONCE: usize = 64;
const ORDERS: u64 = 10_000;
/// The payments and the lookups of a round.
const PAYMENTS: u64 = 2_000;
const LOOKUPS: u64 = 20_000;

enum Payments {
    Memory(MemoryPayments),
    Sqlite(SqlitePayments),
    Sql(SqlPayments),
}

impl Payments {
    async fn record(&self, payment: &Payment) -> Result<Recorded, StoreError> {
        match self {
            Self::Memory(payments) => payments.record(payment).await,
            Self::Sqlite(payments) => payments.record(payment).await,
            Self::Sql(payments) => payments.record(payment).await,
        }
    }
}

enum Orders {
    Memory(MemoryOrders),
    Sqlite(SqliteOrders),
    Sql(SqlOrders),
}

impl Orders {
    async fn find(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
        match self {
            Self::Memory(orders) => orders.find_by_pay_no(pay_no).await,
            Self::Sqlite(orders) => orders.find_by_pay_no(pay_no).await,
            Self::Sql(orders) => orders.find_by_pay_no(pay_no).await,
        }
    }
}

pub(crate) async fn payments_a_second(engines: &Engines) {
    let file = Database::open(engines.new_file()).unwrap();
    let mut ledgers = vec![
        ("memory", Payments::Memory(MemoryPayments::default())),
        ("sqlite", Payments::Sqlite(SqlitePayments::new(&file))),
    ];
    for (kind, database) in engines.databases(&[Part::Payments], CONNECTIONS).await {
        ledgers.push((kind, Payments::Sql(SqlPayments::open(&database).await.unwrap())));
    }
    let ledgers: Vec<_> = ledgers.into_iter().map(|(name, ledger)| (name, Arc::new(ledger))).collect();
    let mut figures = Figures::of(&format!("payments recorded a second, {AT_ONCE} at once"), "memory");
    for round in 0..ROUNDS as u64 {
        for (name, ledger) in &ledgers {
            let ledger = Arc::clone(ledger);
            let rate = a_second(PAYMENTS, move |number| {
                let (ledger, payment) = (Arc::clone(&ledger), payment(round * PAYMENTS + number));
                async move { assert_eq!(ledger.record(&payment).await.unwrap(), Recorded::First) }
            });
            figures.add(name, rate.await);
        }
    }
    figures.tell();
}

pub(crate) async fn lookups_a_second(engines: &Engines) {
    let all: Vec<Order> = (0..ORDERS).map(order).collect();
    let sqlite = SqliteOrders::new(&Database::open(engines.new_file()).unwrap());
    sqlite.put(all.clone()).await.unwrap();
    let mut tables =
        vec![("memory", Orders::Memory(all.iter().cloned().collect())), ("sqlite", Orders::Sqlite(sqlite))];
    for (kind, database) in engines.databases(&[Part::Orders], CONNECTIONS).await {
        let orders = SqlOrders::open(&database).await.unwrap();
        orders.put(all.clone()).await.unwrap();
        tables.push((kind, Orders::Sql(orders)));
    }
    let tables: Vec<_> = tables.into_iter().map(|(name, orders)| (name, Arc::new(orders))).collect();
    let mut figures = Figures::of(&format!("lookups a second, {AT_ONCE} at once, of {ORDERS} orders"), "memory");
    for _ in 0..ROUNDS {
        for (name, orders) in &tables {
            let orders = Arc::clone(orders);
            let rate = a_second(LOOKUPS, move |number| {
                let (orders, pay_no) = (Arc::clone(&orders), pay_no(number % ORDERS));
                async move { assert!(orders.find(&pay_no).await.unwrap().is_some()) }
            });
            figures.add(name, rate.await);
        }
    }
    figures.tell();
}

/// Does something so many times, many at once; how often a second.
async fn a_second<W: Future<Output = ()> + Send + 'static>(
    times: u64,
    work: impl Fn(u64) -> W + Send + Sync + 'static,
) -> f64 {
    let (next, work, begun) = (Arc::new(AtomicU64::new(0)), Arc::new(work), Instant::now());
    let callers: JoinSet<()> = (0..AT_ONCE)
        .map(|_| {
            let (next, work) = (Arc::clone(&next), Arc::clone(&work));
            async move {
                loop {
                    match next.fetch_add(1, Ordering::Relaxed) {
                        number if number < times => work(number).await,
                        _ => return,
                    }
                }
            }
        })
        .collect();
    callers.join_all().await;
    times as f64 / begun.elapsed().as_secs_f64()
}

fn pay_no(number: u64) -> PayNo {
    PayNo::parse(&format!("7015{number:08}")).unwrap()
}

fn order(number: u64) -> Order {
    Order {
        pay_no: pay_no(number),
        partner_reference_no: PartnerReferenceNo::parse(&format!("INV-{number}")).unwrap(),
        pay_no_name: PayNoName::parse("Siti Aisyah").unwrap(),
        pay_no_phone: PayNoPhone::parse("081234567890").unwrap(),
        pay_no_email: PayNoEmail::parse("siti@example.com").unwrap(),
        goods_name: GoodsName::parse("Buku tulis, 12 buah").unwrap(),
        amount: Amount::parse("10000.00").unwrap(),
        expires_at: "2036-01-31T12:00:00+07:00".parse().unwrap(),
        status: Status::Unpaid,
        mitra_cd: None,
    }
}

fn payment(number: u64) -> Payment {
    let (order, id) = (order(number), format!("payment-{number}"));
    let body = format!(
        r#"{{"payNo":"{}","paymentRequestId":"{id}","paidAmount":{{"value":"10000.00"}}}}"#,
        order.pay_no.as_str()
    );
    Payment {
        payment_request_id: PaymentRequestId::parse(&id).unwrap(),
        amount: order.amount.clone(),
        order,
        client_id: ClientId::parse("IONPAYTEST").unwrap(),
        external_id: ExternalId::parse(&number.to_string()).unwrap(),
        mitra_cd: None,
        trx_date_time: None,
        recorded_at: "2024-07-03T03:00:00Z".parse().unwrap(),
        body: ReceivedBody::parse(&body).unwrap(),
    }
}
