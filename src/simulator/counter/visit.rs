//! Customers at the till, one after the other: what each asked, paid, and what was said meanwhile.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::order::PayNo;
use crate::simulator::desk::{Bill, Desk, Receipt, Refusal};
use crate::simulator::exchange::Exchange;
use crate::simulator::fault::Fault;
use crate::simulator::journal::Journal;
use crate::simulator::plan::Payment;

/// The last visits, numbered from 1.
#[derive(Debug, Default)]
pub(super) struct Visits(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    visits: VecDeque<Visit>,
    last: u64,
}

/// One customer with one number.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) id: u64,
    pub(super) pay_no: PayNo,
    pub(super) mitra_cd: String,
    /// `None` while the merchant is being asked.
    pub(super) bill: Option<Result<Bill, Refusal>>,
    /// Made when the customer first pays, and told again as often as one likes.
    pub(super) payment: Option<Payment>,
    pub(super) receipt: Option<Receipt>,
    /// What came of the last telling, where it was no success.
    pub(super) not_taken: Option<Refusal>,
    /// Whether the last call was made so that it should be refused.
    pub(super) spoiled: bool,
    /// How often the merchant has taken note of the payment.
    pub(super) taken: u32,
    acts: Vec<Act>,
}

/// A stretch of the journal: all that was said after `from`, up to `until`.
#[derive(Debug, Clone, Copy)]
struct Act {
    from: u64,
    until: Option<u64>,
    at_work: bool,
}

impl Visits {
    /// A customer comes and asks; yields the number of the visit.
    pub(super) async fn ask(&self, desk: &Desk, (pay_no, mitra_cd): (PayNo, String), faults: &[Fault]) -> u64 {
        let id = self.begin(desk.journal(), pay_no.clone(), mitra_cd.clone());
        let bill = desk.ask_bill(&pay_no, &mitra_cd, faults).await;
        self.change(id, |visit| {
            visit.bill = Some(bill);
            visit.spoiled = is_spoiled(faults);
            visit.rest(0);
        });
        id
    }

    /// The customer of that visit pays; once more, the same payment is told again. Nothing happens without a bill.
    pub(super) async fn pay(&self, desk: &Desk, id: u64, faults: &[Fault]) {
        let Some((act, bill, payment)) = self.begin_payment(desk, id) else { return };
        let paid = desk.pay(&bill, &payment, faults).await;
        self.change(id, |visit| {
            visit.rest(act);
            visit.spoiled = is_spoiled(faults);
            visit.taken += u32::from(paid.refusal.is_none());
            visit.not_taken = paid.refusal;
            visit.receipt = visit.receipt.take().or(paid.receipt);
        });
    }

    pub(super) fn find(&self, id: u64) -> Option<Visit> {
        self.kept().visits.iter().find(|visit| visit.id == id).cloned()
    }

    fn begin(&self, journal: &Journal, pay_no: PayNo, mitra_cd: String) -> u64 {
        let mut kept = self.kept();
        let act = kept.new_act(journal);
        kept.last += 1;
        let id = kept.last;
        kept.visits.push_back(Visit {
            id,
            pay_no,
            mitra_cd,
            bill: None,
            payment: None,
            receipt: None,
            not_taken: None,
            spoiled: false,
            taken: 0,
            acts: vec![act],
        });
        if kept.visits.len() > KEPT {
            kept.visits.pop_front();
        }
        id
    }

    fn begin_payment(&self, desk: &Desk, id: u64) -> Option<(usize, Bill, Payment)> {
        let mut kept = self.kept();
        let act = kept.new_act(desk.journal());
        let visit = kept.visits.iter_mut().find(|visit| visit.id == id)?;
        let bill = visit.bill.clone()?.ok()?;
        visit.acts.push(act);
        let payment = visit.payment.get_or_insert_with(|| desk.payment_of(&bill)).clone();
        Some((visit.acts.len() - 1, bill, payment))
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Visit)) {
        if let Some(visit) = self.kept().visits.iter_mut().find(|visit| visit.id == id) {
            change(visit);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// What was said after the last act belongs to it until another begins: a merchant may call NICEPAY a while after
    /// it was called.
    fn new_act(&mut self, journal: &Journal) -> Act {
        let from = journal.last();
        let resting = self.visits.iter_mut().flat_map(|visit| &mut visit.acts).filter(|act| !act.at_work);
        resting.for_each(|act| act.until = act.until.or(Some(from)));
        Act { from, until: None, at_work: true }
    }
}

impl Visit {
    /// What was said during this visit, after the exchange of that number.
    pub(super) fn story(&self, journal: &Journal, since: u64) -> Vec<(u64, Exchange)> {
        let during = |number: u64| {
            self.acts.iter().any(|act| number > act.from && act.until.is_none_or(|until| number <= until))
        };
        let first = self.acts.first().map_or(since, |act| act.from.max(since));
        journal.since(first).into_iter().filter(|(number, _)| during(*number)).collect()
    }

    fn rest(&mut self, act: usize) {
        self.acts[act].at_work = false;
    }
}

fn is_spoiled(faults: &[Fault]) -> bool {
    faults.iter().any(Fault::is_due_to_be_refused)
}

/// More customers than a desk sees in a day.
const KEPT: usize = 200;
