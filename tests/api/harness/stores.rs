//! Stores for tests: the ones in memory, shared with the test, and ones that fail as real ones do.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::backend;
use nico::{
    Amount, Claim, Claimed, ExternalIdStore, GoodsName, MitraCd, Order, OrderRepository, PartnerReferenceNo, PayNo,
    PayNoEmail, PayNoName, PayNoPhone, Payment, PaymentRepository, PaymentRequestId, Recorded, Status, StoreError,
};

/// The documented sample, as long as it is unpaid.
pub(crate) const SAMPLE: &str = "701589101110";
pub(crate) const PAID: &str = "701500000002";
pub(crate) const EXPIRED: &str = "701500000003";
pub(crate) const CANCELLED: &str = "701500000004";
/// Only Alfamart may collect for it.
pub(crate) const ALFAMART: &str = "701500000005";
pub(crate) const PAID_AND_EXPIRED: &str = "701500000006";
/// Nobody's number.
pub(crate) const UNKNOWN: &str = "701599999999";

/// What a leaky store says when it fails. None of it may reach a caller.
pub(crate) const LEAK: &str = "connection to postgres://nico:hunter2@10.0.0.7/shop refused";

pub(crate) fn demo_orders() -> Vec<Order> {
    let over = "2024-07-03T10:00:00+07:00".parse().expect("a time");
    vec![
        order(SAMPLE),
        Order { status: Status::Paid, ..order(PAID) },
        Order { expires_at: over, ..order(EXPIRED) },
        Order { status: Status::Cancelled, ..order(CANCELLED) },
        Order { mitra_cd: MitraCd::parse("ALMA").ok(), ..order(ALFAMART) },
        Order { status: Status::Paid, expires_at: over, ..order(PAID_AND_EXPIRED) },
    ]
}

/// NICEPAY's sample under any number.
pub(crate) fn order(pay_no: &str) -> Order {
    Order {
        pay_no: PayNo::parse(pay_no).expect("a number"),
        partner_reference_no: PartnerReferenceNo::parse("abcdefgh1234").expect("a reference"),
        pay_no_name: PayNoName::parse("John Test").expect("a name"),
        pay_no_phone: PayNoPhone::parse("087771122333").expect("a telephone"),
        pay_no_email: PayNoEmail::parse("jhon@test.com").expect("an address"),
        goods_name: GoodsName::parse("Pembelian John Test").expect("goods"),
        amount: Amount::parse("10000.00").expect("an amount"),
        expires_at: "2024-07-03T12:08:56+07:00".parse().expect("a time"),
        status: Status::Unpaid,
        mitra_cd: None,
    }
}

/// X-EXTERNAL-IDs, counted as they come.
#[derive(Clone, Default)]
pub(crate) struct Ids {
    inner: Arc<backend::Ids>,
    claims: Arc<AtomicUsize>,
}

impl Ids {
    /// How often a claim was asked for, good or not.
    pub(crate) fn claims(&self) -> usize {
        self.claims.load(Ordering::SeqCst)
    }
}

impl ExternalIdStore for Ids {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        self.claims.fetch_add(1, Ordering::SeqCst);
        self.inner.claim(claim).await
    }
}

/// How a store lets its server down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Fails,
    Hangs,
    Panics,
}

/// A store that lets its server down in one of its methods, and works in the others.
#[derive(Clone)]
pub(crate) struct Unreliable<S> {
    pub(crate) inner: S,
    pub(crate) mood: Mood,
    pub(crate) at: &'static str,
}

impl<S> Unreliable<S> {
    async fn reach(&self, method: &str) -> Result<(), StoreError> {
        match self.mood {
            _ if self.at != method => Ok(()),
            Mood::Fails => Err(StoreError::new(LEAK)),
            Mood::Hangs => pending().await,
            Mood::Panics => panic!("{LEAK} (a test's store panics, as it should)"),
        }
    }
}

impl<S: OrderRepository> OrderRepository for Unreliable<S> {
    async fn find_by_pay_no(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
        self.reach("find_by_pay_no").await?;
        self.inner.find_by_pay_no(pay_no).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.reach("ready").await
    }
}

impl<S: PaymentRepository> PaymentRepository for Unreliable<S> {
    async fn record(&self, payment: &Payment) -> Result<Recorded, StoreError> {
        self.reach("record").await?;
        self.inner.record(payment).await
    }

    async fn find_by_request_id(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        self.reach("find_by_request_id").await?;
        self.inner.find_by_request_id(id).await
    }

    async fn is_paid(&self, pay_no: &PayNo, reference: &PartnerReferenceNo) -> Result<bool, StoreError> {
        self.reach("is_paid").await?;
        self.inner.is_paid(pay_no, reference).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.reach("ready").await
    }
}

impl<S: ExternalIdStore> ExternalIdStore for Unreliable<S> {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        self.reach("claim").await?;
        self.inner.claim(claim).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.reach("ready").await
    }
}
