//! The endpoint under check: what was given of it, and what is learnt of it on the way.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::need::Need;
use crate::order::PayNo;
use crate::simulator::caller::{Target, is_token};
use crate::simulator::exchange::Exchange;
use crate::simulator::fault::Fault;
use crate::simulator::plan::{Ask, Endpoint, Inquiry, Payment, text, unique_digits};
use crate::simulator::step::{Step, at};
use crate::snap::amount::Amount;

/// All that whoever has an endpoint checked knows of it.
#[derive(Debug)]
pub struct Given {
    /// Whom to call, and as whom.
    pub target: Target,
    /// The chain of stores that calls.
    pub mitra_cd: String,
    /// Numbers that wait for their money. The first is asked for over and over and paid in the end; a second and a third
    /// are paid as well.
    pub pay_nos: Vec<PayNo>,
    /// A number that is paid.
    pub paid_pay_no: Option<PayNo>,
    /// A number that has expired.
    pub expired_pay_no: Option<PayNo>,
    /// Where a shell finds what the target was made of.
    pub files: crate::simulator::reproduce::Files,
}

/// Numbers that cannot be in the states that they are said to be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "one number cannot be payable, paid and expired at once, nor be given twice: give a number of its own for each"
)]
pub struct Wanting;

/// The endpoint as the rows of the table see it.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) bills: Vec<Bill>,
    pub(super) paid_pay_no: Option<PayNo>,
    pub(super) expired_pay_no: Option<PayNo>,
    unknown_pay_no: PayNo,
    mitra_cd: String,
    has_other_client: bool,
    has_expired_token: bool,
    symmetric: bool,
    now: DateTime<Utc>,
    reached: bool,
    gave_token: bool,
    answered_inquiry: bool,
    took_payment: bool,
    used_up: bool,
}

/// A bill that waits for its money.
#[derive(Debug)]
pub(super) struct Bill {
    /// The inquiry whose id will be that of its payment.
    inquiry: Inquiry,
    amount: Option<Amount>,
}

impl Given {
    /// Whether each number can be in the state that it is said to be in.
    ///
    /// # Errors
    /// [`Wanting`]
    pub fn is_sound(&self) -> Result<(), Wanting> {
        let mut numbers: Vec<&PayNo> =
            self.pay_nos.iter().chain(&self.paid_pay_no).chain(&self.expired_pay_no).collect();
        let given = numbers.len();
        numbers.sort();
        numbers.dedup();
        if numbers.len() == given { Ok(()) } else { Err(Wanting) }
    }
}

impl Bill {
    pub(super) fn pay_no(&self) -> &PayNo {
        &self.inquiry.pay_no
    }
}

impl Subject {
    pub(super) fn new(given: &Given, now: DateTime<Utc>) -> Self {
        let bill = |pay_no| Bill { inquiry: Inquiry::new(pay_no, &given.mitra_cd), amount: None };
        Self {
            bills: given.pay_nos.iter().map(bill).collect(),
            paid_pay_no: given.paid_pay_no.clone(),
            expired_pay_no: given.expired_pay_no.clone(),
            unknown_pay_no: unknown_pay_no(given),
            mitra_cd: given.mitra_cd.clone(),
            has_other_client: given.target.other.is_some(),
            has_expired_token: given.target.expired_token.is_some(),
            symmetric: given.target.own.secret.is_some(),
            now,
            reached: false,
            gave_token: false,
            answered_inquiry: false,
            took_payment: false,
            used_up: false,
        }
    }

    // ---- what the rows ask ----------------------------------------------------------------------------------------

    /// An inquiry that has nothing wrong with it: of the number that waits for its money or, without one, of a number
    /// that there is not.
    pub(super) fn inquiry(&self) -> Step {
        Step::new(Ask::Inquiry(Inquiry::new(self.usual_pay_no(), &self.mitra_cd)))
    }

    /// The same, and its answer is expected.
    pub(super) fn accepted(&self) -> Step {
        self.inquiry().code(self.good())
    }

    /// What a call with nothing wrong with it is answered.
    pub(super) fn good(&self) -> &'static [&'static str] {
        if self.bills.is_empty() { &["4040012"] } else { &["2000000"] }
    }

    /// One inquiry with this wrong with it, which is answered so.
    pub(super) fn refused(&self, fault: Fault, codes: &[&str]) -> Vec<Step> {
        vec![self.inquiry().with(fault).code(codes)]
    }

    /// One inquiry with this odd about it, which is answered like any other.
    pub(super) fn harmless(&self, fault: Fault) -> Vec<Step> {
        vec![self.accepted().with(fault)]
    }

    pub(super) fn inquiry_of(&self, pay_no: Option<&PayNo>) -> Step {
        let pay_no = pay_no.unwrap_or(&self.unknown_pay_no);
        Step::new(Ask::Inquiry(Inquiry::new(pay_no, &self.mitra_cd)))
    }

    /// The inquiry whose id its payment will have.
    pub(super) fn inquiry_before_payment(&self) -> Step {
        Step::new(Ask::Inquiry(self.bills[0].inquiry.clone()))
    }

    /// The payment of the bill of that place, always the same.
    pub(super) fn payment(&self, bill: usize) -> Payment {
        let Bill { inquiry, amount } = &self.bills[bill];
        let amount = amount.as_ref().map_or_else(|| "10000.00".to_owned(), Amount::value);
        Payment::first(inquiry.clone(), &amount, self.now)
    }

    /// Another payment of the first bill, or of a number of which no amount is known.
    pub(super) fn payment_of(&self, pay_no: Option<&PayNo>) -> Payment {
        let pay_no = pay_no.unwrap_or(&self.unknown_pay_no);
        let amount = if self.bills.is_empty() { "10000.00".to_owned() } else { self.payment(0).amount };
        Payment::first(Inquiry::new(pay_no, &self.mitra_cd), &amount, self.now)
    }

    /// A payment of the first bill that pays a rupiah too much, so that it does no harm whatever is made of it.
    pub(super) fn too_much(&self) -> Payment {
        let payment = self.payment_of(self.bills.first().map(|bill| &bill.inquiry.pay_no));
        let sen = Amount::parse(&payment.amount).map_or(0, |amount| amount.sen());
        let amount = Amount::from_sen(sen + 100).or_else(|| Amount::from_sen(sen.saturating_sub(100)));
        Payment { amount: amount.map_or(payment.amount, |amount| amount.value()), ..payment }
    }

    pub(super) fn minutes_later(&self, minutes: i64) -> DateTime<Utc> {
        self.now + chrono::TimeDelta::minutes(minutes)
    }

    fn usual_pay_no(&self) -> &PayNo {
        self.bills.first().map_or(&self.unknown_pay_no, |bill| &bill.inquiry.pay_no)
    }

    // ---- what is learnt -------------------------------------------------------------------------------------------

    /// Looks for what later rows rest on.
    pub(super) fn learn(&mut self, exchange: &Exchange) {
        let Some(answer) = exchange.answered().filter(|answer| !(300..400).contains(&answer.status)) else { return };
        self.reached = true;
        self.learn_of_payment(exchange, answer.status == 200);
        if !exchange.faults.is_empty() {
            return;
        }
        let body = answer.json().unwrap_or_default();
        let good = answer.status == 200;
        let asked: Value = serde_json::from_str(&exchange.request.body).unwrap_or_default();
        let usual = asked["payNo"] == self.usual_pay_no().as_str();
        if exchange.name == Endpoint::Token.name() {
            self.gave_token |= good && is_token(&body["accessToken"]);
        } else if exchange.name == Endpoint::Inquiry.name() {
            self.answered_inquiry |= usual && answer.status == if self.bills.is_empty() { 404 } else { 200 };
            if good
                && let Some(bill) = self.bills.iter_mut().find(|bill| asked["payNo"] == bill.inquiry.pay_no.as_str())
            {
                let due = at(&body, "payNoData.totalAmount.value").or_else(|| at(&body, "totalAmount.value"));
                bill.amount = due.and_then(|due| Amount::parse(&text(due)).ok()).or(bill.amount.take());
            }
        }
    }

    fn learn_of_payment(&mut self, exchange: &Exchange, good: bool) {
        let Some(bill) = self.bills.first().filter(|_| good && exchange.name == Endpoint::Payment.name()) else {
            return;
        };
        let asked: Value = serde_json::from_str(&exchange.request.body).unwrap_or_default();
        if asked["paymentRequestId"] == bill.inquiry.inquiry_request_id.as_str() && exchange.faults.is_empty() {
            self.took_payment = true;
        } else if asked["payNo"] == bill.pay_no().as_str() {
            self.used_up |= !self.took_payment;
        }
    }

    /// Why a row cannot be asked.
    pub(super) fn lacks(&self, needs: &[Need]) -> Option<&'static str> {
        needs.iter().find_map(|need| self.lacks_one(*need))
    }

    fn lacks_one(&self, need: Need) -> Option<&'static str> {
        let rests_on = |step: Need, there: bool, why| self.lacks_one(step).or((!there).then_some(why));
        let given = |there: bool, why| (!there).then_some(why);
        match need {
            Need::Reached => given(self.reached, "the endpoint was not reached: see endpoint.reachable"),
            Need::Token => rests_on(Need::Reached, self.gave_token, "it gave no token: see token.issued"),
            Need::Inquiry => rests_on(
                Need::Token,
                self.answered_inquiry,
                "a plain inquiry is not answered as due: see inquiry.payable",
            ),
            Need::FirstInquiry if self.bills.is_empty() => self.lacks_one(Need::Token),
            Need::FirstInquiry => self.lacks_one(Need::Inquiry),
            Need::PayNo => given(!self.bills.is_empty(), "no number that waits for its money was given: --pay-no"),
            Need::SecondPayNo => given(self.bills.len() > 1, "no second --pay-no was given"),
            Need::ThirdPayNo => given(self.bills.len() > 2, "no third --pay-no was given"),
            Need::PaidPayNo => given(self.paid_pay_no.is_some(), "no number that is paid was given: --paid-pay-no"),
            Need::ExpiredPayNo => {
                given(self.expired_pay_no.is_some(), "no number that has expired was given: --expired-pay-no")
            }
            Need::Amount => {
                let known = self.bills.iter().all(|bill| bill.amount.is_some());
                rests_on(Need::PayNo, known, "no inquiry said what is to be paid: see inquiry.amount")
            }
            Need::Unpaid => {
                given(!self.used_up, "a payment that should have been refused was accepted, and has used --pay-no up")
            }
            Need::Paid => rests_on(Need::Amount, self.took_payment, "no payment was accepted: see payment.first"),
            Need::OtherClient => {
                given(self.has_other_client, "no second client was given: --other-client-id and --other-private-key")
            }
            Need::ExpiredToken => given(self.has_expired_token, "no token that has expired was given: --expired-token"),
            Need::Symmetric => given(self.symmetric, "only for a client that signs with a secret: --client-secret"),
            Need::Asymmetric => given(!self.symmetric, "only for a client that signs with its key, without a secret"),
        }
    }
}

/// A number that nobody has, most likely: the prefix of one that was given, and eight digits at random.
fn unknown_pay_no(given: &Given) -> PayNo {
    let known = given.pay_nos.iter().chain(&given.paid_pay_no).chain(&given.expired_pay_no).next();
    let prefix = known.map_or("9999", |pay_no| pay_no.parts().0);
    let digits = unique_digits();
    PayNo::parse(&format!("{prefix}{}", &digits[digits.len() - 8..])).expect("BUG: digits are a number")
}
