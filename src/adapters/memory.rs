//! Stores in memory: for embedding, for tests, and for orders that a file holds. Bounded: what is full says so and
//! refuses, it forgets nothing to make room.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use dashmap::{DashMap, DashSet};

use crate::external_id::{Claim, Claimed, ExternalIdStore};
use crate::order::{Order, OrderRepository, PartnerReferenceNo, PayNo, StoreError};
use crate::payment::{Payment, PaymentRepository, PaymentRequestId, Recorded};

/// Orders in a map.
#[derive(Debug, Default)]
pub struct MemoryOrders(DashMap<PayNo, Order>);

impl MemoryOrders {
    /// Adds an order, or replaces the one under its number.
    pub fn put(&self, order: Order) {
        self.0.insert(order.pay_no.clone(), order);
    }
}

impl FromIterator<Order> for MemoryOrders {
    fn from_iter<I: IntoIterator<Item = Order>>(orders: I) -> Self {
        Self(orders.into_iter().map(|order| (order.pay_no.clone(), order)).collect())
    }
}

impl OrderRepository for MemoryOrders {
    async fn find_by_pay_no(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
        Ok(self.0.get(pay_no).map(|order| order.clone()))
    }
}

/// Payments in a map: gone when the process ends, so not for money. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryPayments(Arc<Mutex<Ledger>>);

#[derive(Debug, Default)]
struct Ledger {
    by_request_id: HashMap<PaymentRequestId, Payment>,
    paid: HashSet<(PayNo, PartnerReferenceNo)>,
}

impl MemoryPayments {
    /// How many payments it takes.
    pub const CAPACITY: usize = 1_000_000;
}

impl PaymentRepository for MemoryPayments {
    async fn record(&self, payment: &Payment) -> Result<Recorded, StoreError> {
        let mut ledger = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(recorded) = ledger.by_request_id.get(&payment.payment_request_id) {
            return Ok(Recorded::Replay(Box::new(recorded.clone())));
        }
        if ledger.by_request_id.len() >= Self::CAPACITY {
            return Err(StoreError::new("the payments in memory are full"));
        }
        let (pay_no, reference) = payment.bill();
        if !ledger.paid.insert((pay_no.clone(), reference.clone())) {
            return Ok(Recorded::AlreadyPaid);
        }
        ledger.by_request_id.insert(payment.payment_request_id.clone(), payment.clone());
        Ok(Recorded::First)
    }

    async fn find_by_request_id(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).by_request_id.get(id).cloned())
    }

    async fn is_paid(&self, pay_no: &PayNo, partner_reference_no: &PartnerReferenceNo) -> Result<bool, StoreError> {
        let ledger = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(ledger.paid.contains(&(pay_no.clone(), partner_reference_no.clone())))
    }
}

/// X-EXTERNAL-IDs in a set for each day, 16 bytes an id. Gone when the process ends.
#[derive(Debug)]
pub struct MemoryExternalIds {
    days: DashMap<NaiveDate, DashSet<[u8; 16]>>,
    capacity: usize,
}

impl Default for MemoryExternalIds {
    fn default() -> Self {
        Self::with_capacity(Self::CAPACITY)
    }
}

impl MemoryExternalIds {
    /// How many ids a day may have by default: about 160 MB for the two days that are kept.
    pub const CAPACITY: usize = 2_000_000;

    /// A store of at most `capacity` ids a day.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { days: DashMap::new(), capacity }
    }

    /// How many ids it remembers.
    pub fn len(&self) -> usize {
        self.days.iter().map(|day| day.len()).sum()
    }

    /// Whether it remembers none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn forget_before(&self, oldest: NaiveDate) {
        self.days.retain(|day, _| *day >= oldest);
    }
}

impl ExternalIdStore for MemoryExternalIds {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        if !self.days.contains_key(&claim.date) {
            self.forget_before(claim.oldest_day_kept());
        }
        let day = self.days.entry(claim.date).or_default().downgrade();
        if day.len() >= self.capacity {
            return Err(StoreError::new("the X-EXTERNAL-IDs in memory are full for this day"));
        }
        Ok(if day.insert(claim.key()) { Claimed::First } else { Claimed::Reused })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snap::field::{ClientId, ExternalId};

    fn claim(id: &str, day: u32) -> Claim {
        Claim {
            client_id: ClientId::parse("IONPAYTEST").unwrap(),
            endpoint: "cvs/inquiry",
            external_id: ExternalId::parse(id).unwrap(),
            date: NaiveDate::from_ymd_opt(2024, 7, day).unwrap(),
        }
    }

    #[actix_web::test]
    async fn a_full_store_refuses_and_forgets_nothing() {
        let ids = MemoryExternalIds::with_capacity(2);
        assert_eq!(ids.claim(&claim("a", 1)).await.unwrap(), Claimed::First);
        assert_eq!(ids.claim(&claim("b", 1)).await.unwrap(), Claimed::First);
        assert!(ids.claim(&claim("c", 1)).await.is_err());
        assert_eq!(ids.claim(&claim("a", 2)).await.unwrap(), Claimed::First, "another day has room of its own");
    }

    #[actix_web::test]
    async fn a_day_is_kept_through_the_next_and_then_forgotten() {
        let ids = MemoryExternalIds::default();
        ids.claim(&claim("a", 1)).await.unwrap();
        ids.claim(&claim("a", 2)).await.unwrap();
        assert_eq!(ids.claim(&claim("a", 1)).await.unwrap(), Claimed::Reused);
        ids.claim(&claim("a", 3)).await.unwrap();
        assert_eq!(ids.len(), 2);
    }
}
