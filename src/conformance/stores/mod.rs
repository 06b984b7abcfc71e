//! Acceptance suites for the stores a merchant may bring. Call them from your own tests:
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use nico::{Order, OrderRepository, PayNo};
//! # async fn test(shop: impl OrderRepository, known: Vec<Order>) -> Result<(), Box<dyn std::error::Error>> {
//! nico::conformance::stores::orders(Arc::new(shop), &known, &PayNo::parse("701500000000")?).await;
//! # Ok(())
//! # }
//! ```
//!
//! They panic, as tests do, with a sentence that names the clause of the contract that was broken. Run them on a
//! runtime with several threads (`#[tokio::test(flavor = "multi_thread")]`): half of a contract is what happens at
//! once.

mod outbox;
mod registrations;

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use tokio::task::JoinSet;

pub use outbox::outbox;
pub use registrations::registrations;

use crate::external_id::{Claim, Claimed, ExternalIdStore};
use crate::order::{
    GoodsName, Order, OrderRepository, PartnerReferenceNo, PayNo, PayNoEmail, PayNoName, PayNoPhone, Status,
};
use crate::payment::{Payment, PaymentRepository, PaymentRequestId, ReceivedBody, Recorded};
use crate::snap::amount::Amount;
use crate::snap::field::{ClientId, ExternalId};

/// How many callers meet at once.
const AT_ONCE: usize = 64;

/// Holds a store to the contract of [`crate::order`]. `known` are orders it holds, in any state; `unknown` is a number
/// it does not.
///
/// # Panics
/// With the clause that was broken.
pub async fn orders<R: OrderRepository>(store: Arc<R>, known: &[Order], unknown: &PayNo) {
    assert!(!known.is_empty(), "give the suite at least one order that the store holds");
    OrderRepository::ready(&*store).await.expect("a store that is up says that it is ready");
    for order in known {
        let found = store.find_by_pay_no(&order.pay_no).await.expect("a known number is answered");
        assert_eq!(found.as_ref(), Some(order), "a known number yields its order, field for field, in whatever state");
    }
    let found = store.find_by_pay_no(unknown).await.expect("an unknown number is no error");
    assert_eq!(found, None, "an unknown number yields nothing");
    let (shared, asked) = (Arc::clone(&store), known[0].pay_no.clone());
    let found = at_once(move |_| {
        let (store, pay_no) = (Arc::clone(&shared), asked.clone());
        async move { store.find_by_pay_no(&pay_no).await.expect("a store answers many at once") }
    });
    for found in found.await {
        assert_eq!(found.as_ref(), Some(&known[0]), "many who ask at once hear the same");
    }
}

/// Holds a store to the contract of [`crate::payment`]. It must be empty, and is not afterwards.
///
/// # Panics
/// With the clause that was broken.
pub async fn payments<R: PaymentRepository>(store: Arc<R>) {
    PaymentRepository::ready(&*store).await.expect("a store that is up says that it is ready");
    records_once(&store).await;
    one_of_many_pays_a_bill(&store).await;
    one_of_many_takes_a_request_id(&store).await;
}

async fn records_once<R: PaymentRepository>(store: &Arc<R>) {
    let first = payment("request-1", "701500000001", "order-1");
    let record = async |payment: &Payment| store.record(payment).await.expect("a payment can be recorded");
    let is_paid = async |payment: &Payment| {
        let (pay_no, reference) = payment.bill();
        store.is_paid(pay_no, reference).await.expect("a bill can be asked for")
    };
    assert!(!is_paid(&first).await, "an empty ledger has nothing paid");
    assert_eq!(record(&first).await, Recorded::First, "the first payment of a bill is recorded");
    assert!(is_paid(&first).await, "a recorded payment pays its bill");
    let found = store.find_by_request_id(&first.payment_request_id).await.expect("a request id can be asked for");
    assert_eq!(found.as_ref(), Some(&first), "what was recorded is found again, field for field");
    let retry = Payment { external_id: external_id("another"), ..first.clone() };
    let replay = Recorded::Replay(Box::new(first.clone()));
    assert_eq!(record(&retry).await, replay, "a known request id replays what was recorded, not what was sent");
    let elsewhere = payment("request-1", "701500000002", "order-2");
    assert_eq!(record(&elsewhere).await, replay, "a request id is known whatever it is said to pay");
    assert!(!is_paid(&elsewhere).await, "a replay records nothing");
    let second = payment("request-2", "701500000001", "order-1");
    assert_eq!(record(&second).await, Recorded::AlreadyPaid, "a bill is paid once");
    let found = store.find_by_request_id(&second.payment_request_id).await.expect("a request id can be asked for");
    assert_eq!(found, None, "what was not recorded is not found");
    let reused = payment("request-3", "701500000001", "order-9");
    assert_eq!(record(&reused).await, Recorded::First, "a number may be used again for another order");
}

async fn one_of_many_pays_a_bill<R: PaymentRepository>(store: &Arc<R>) {
    let shared = Arc::clone(store);
    let outcomes = at_once(move |index| {
        let store = Arc::clone(&shared);
        let payment = payment(&format!("rival-{index}"), "701500000003", "order-3");
        async move { store.record(&payment).await.expect("a payment can be recorded") }
    });
    let outcomes = outcomes.await;
    let count = |wanted: &Recorded| outcomes.iter().filter(|outcome| *outcome == wanted).count();
    assert_eq!(count(&Recorded::First), 1, "of many payments of one bill at once, exactly one is recorded");
    assert_eq!(count(&Recorded::AlreadyPaid), AT_ONCE - 1, "and the others hear that it is paid");
}

async fn one_of_many_takes_a_request_id<R: PaymentRepository>(store: &Arc<R>) {
    let shared = Arc::clone(store);
    let outcomes = at_once(move |_| {
        let (store, payment) = (Arc::clone(&shared), payment("echo", "701500000004", "order-4"));
        async move { store.record(&payment).await.expect("a payment can be recorded") }
    });
    let firsts = outcomes.await.into_iter().filter(|outcome| *outcome == Recorded::First).count();
    assert_eq!(firsts, 1, "of many equal payments at once, exactly one is the first");
}

/// Holds a store to the contract of [`crate::external_id`]. It must be empty, and is not afterwards.
///
/// # Panics
/// With the clause that was broken.
pub async fn external_ids<S: ExternalIdStore>(store: Arc<S>) {
    ExternalIdStore::ready(&*store).await.expect("a store that is up says that it is ready");
    let first = claim("11245542345212");
    let take = async |claim: &Claim| store.claim(claim).await.expect("an id can be claimed");
    assert_eq!(take(&first).await, Claimed::First, "a free id is taken");
    assert_eq!(take(&first).await, Claimed::Reused, "a taken id stays taken");
    let other_endpoint = Claim { endpoint: "cvs/payment", ..first.clone() };
    assert_eq!(take(&other_endpoint).await, Claimed::First, "an id is taken at one endpoint alone");
    let other_client = Claim { client_id: client_id("OTHERCLIENT"), ..first.clone() };
    assert_eq!(take(&other_client).await, Claimed::First, "an id is taken by one client alone");
    let tomorrow = Claim { date: first.date + Days::new(1), ..first.clone() };
    assert_eq!(take(&tomorrow).await, Claimed::First, "an id is taken on one day alone");
    assert_eq!(take(&first).await, Claimed::Reused, "a day is remembered when the next has begun");
    assert_eq!(take(&claim("11245542345213")).await, Claimed::First, "another id is free");
    for round in 0..20 {
        let shared = Arc::clone(&store);
        let outcomes = at_once(move |_| {
            let (store, claim) = (Arc::clone(&shared), claim(&format!("race-{round}")));
            async move { store.claim(&claim).await.expect("an id can be claimed") }
        });
        let firsts = outcomes.await.into_iter().filter(|outcome| *outcome == Claimed::First).count();
        assert_eq!(firsts, 1, "of many claims of one id at once, exactly one is the first");
    }
}

async fn at_once<T, F>(work: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: JoinSet<T> = (0..AT_ONCE).map(work).collect();
    tasks.join_all().await
}

fn client_id(id: &str) -> ClientId {
    ClientId::parse(id).expect("BUG: the suite's client id is one")
}

fn external_id(id: &str) -> ExternalId {
    ExternalId::parse(id).expect("BUG: the suite's external id is one")
}

fn claim(id: &str) -> Claim {
    let date = NaiveDate::from_ymd_opt(2024, 7, 3).expect("BUG: a day");
    Claim { client_id: client_id("IONPAYTEST"), endpoint: "cvs/inquiry", external_id: external_id(id), date }
}

fn payment(request_id: &str, pay_no: &str, reference: &str) -> Payment {
    let at: DateTime<Utc> = DateTime::from_timestamp(1_720_000_000, 0).expect("BUG: an instant");
    let order = || {
        Some(Order {
            pay_no: PayNo::parse(pay_no).ok()?,
            partner_reference_no: PartnerReferenceNo::parse(reference).ok()?,
            pay_no_name: PayNoName::parse("Siti \"Ani\" Nurhaliza").ok()?,
            pay_no_phone: PayNoPhone::parse("087771122333").ok()?,
            pay_no_email: PayNoEmail::parse("siti@example.co.id").ok()?,
            goods_name: GoodsName::parse("Buku – édisi 2, 100 %").ok()?,
            amount: Amount::parse("10000.01").ok()?,
            expires_at: DateTime::parse_from_rfc3339("2030-01-01T00:00:00+07:00").ok()?,
            status: Status::Unpaid,
            mitra_cd: None,
        })
    };
    let order = order().expect("BUG: the suite's order is one");
    Payment {
        payment_request_id: PaymentRequestId::parse(request_id).expect("BUG: the suite's request id is one"),
        amount: order.amount.clone(),
        order,
        client_id: client_id("IONPAYTEST"),
        external_id: external_id("41807553358950093184"),
        mitra_cd: None,
        trx_date_time: None,
        recorded_at: at,
        body: ReceivedBody::parse("{\"payNo\":\"…\"}").expect("BUG: the suite's body is one"),
    }
}
