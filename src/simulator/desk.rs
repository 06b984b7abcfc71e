//! The store's till, without its page: asks what is to be paid for a number, and tells that it was paid.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::caller::{Caller, CannotCall};
use super::exchange::{Exchange, Trouble};
use super::fault::Fault;
use super::journal::Journal;
use super::plan::{Ask, Inquiry, Payment};
use crate::clock::Clock;
use crate::order::PayNo;
use crate::snap::amount::Amount;
use crate::snap::json::{Object, Value};
use crate::snap::response_code::{Case, Service};

/// The till: NICEPAY's calling side, a journal of what was said, and a clock.
pub struct Desk {
    caller: Arc<Caller>,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
}

/// What is to be paid for a number, as the merchant's server told it.
#[derive(Debug, Clone)]
pub struct Bill {
    /// The inquiry it answers; number and chain of stores stand in it.
    pub inquiry: Inquiry,
    /// What is to be paid.
    pub amount: Amount,
    /// The customer's name; empty where it was not told.
    pub name: String,
    /// What is bought; empty where it was not told.
    pub goods: String,
    /// The merchant's reference; empty where it was not told.
    pub reference: String,
    /// Until when it can be paid, where a time was told.
    pub valid_until: Option<DateTime<Utc>>,
}

/// That the merchant's server has taken note of a payment.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// What was paid for.
    pub bill: Bill,
    /// The payment as it was told.
    pub payment: Payment,
    /// When the till took the money.
    pub at: DateTime<Utc>,
}

/// Why the till shows no bill, or gives no receipt.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// The call could not be made.
    NotMade(CannotCall),
    /// The call was made, and this came back.
    Heard(Heard),
    /// It is called a success, and lacks what a till needs: the path of the field.
    Lacks(&'static str),
}

/// What came back of a call to the merchant, as NICEPAY reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A code of success.
    Success,
    /// A code of the catalogue that is none of success.
    Refused(Case),
    /// A code that the catalogue does not have.
    OtherCode(String),
    /// JSON without a `responseCode`.
    NoCode,
    /// No JSON: a page, a text, nothing.
    NoJson,
    /// Sent elsewhere, where NICEPAY does not go.
    Redirect,
    /// No answer.
    Nothing(Trouble),
}

impl Desk {
    /// A till that calls with `caller`, whose exchanges stand in `journal`.
    pub fn new(caller: Arc<Caller>, journal: Arc<Journal>, clock: Arc<dyn Clock>) -> Self {
        Self { caller, journal, clock }
    }

    /// What is to be paid for this number at a store of this chain.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn ask_bill(&self, pay_no: &PayNo, mitra_cd: &str, faults: &[Fault]) -> Result<Bill, Refusal> {
        self.bill_of(Inquiry::new(pay_no, mitra_cd), faults).await
    }

    /// The payment of a bill, made now. It has one id for good: told again, it is the same payment.
    pub fn payment_of(&self, bill: &Bill) -> Payment {
        Payment::first(bill.inquiry.clone(), &bill.amount.value(), self.clock.now())
    }

    /// Tells the merchant that the bill was paid.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn pay(&self, bill: &Bill, payment: &Payment, faults: &[Fault]) -> Result<Receipt, Refusal> {
        let at = self.clock.now();
        self.told(&Ask::Payment(payment.clone()), faults).await?;
        Ok(Receipt { bill: bill.clone(), payment: payment.clone(), at })
    }

    /// Whom it calls.
    pub fn merchant(&self) -> &str {
        self.caller.url()
    }

    /// What was said.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The one place that says where the bill of a number comes from.
    async fn bill_of(&self, inquiry: Inquiry, faults: &[Fault]) -> Result<Bill, Refusal> {
        let exchange = self.told(&Ask::Inquiry(inquiry.clone()), faults).await?;
        read_bill(inquiry, &exchange).map_err(Refusal::Lacks)
    }

    /// Calls, and yields the last exchange where it is a success.
    async fn told(&self, ask: &Ask, faults: &[Fault]) -> Result<Exchange, Refusal> {
        let exchanges = self.caller.ask(ask, faults).await.map_err(Refusal::NotMade)?;
        let exchange = exchanges.into_iter().next_back().expect("BUG: a call is sent at least once");
        let heard = Heard::of(&exchange);
        if heard == Heard::Success { Ok(exchange) } else { Err(Refusal::Heard(heard)) }
    }
}

impl Heard {
    /// Reads an answer of the merchant's.
    pub fn of(exchange: &Exchange) -> Self {
        let answer = match &exchange.answer {
            Ok(answer) => answer,
            Err(trouble) => return Self::Nothing(*trouble),
        };
        if (300..400).contains(&answer.status) {
            return Self::Redirect;
        }
        if answer.json().is_none() {
            return Self::NoJson;
        }
        let Some(code) = exchange.code() else { return Self::NoCode };
        match case(&code) {
            Some(Case::Successful) => Self::Success,
            Some(case) => Self::Refused(case),
            None => Self::OtherCode(code),
        }
    }
}

/// The row that a code means, whatever service it names: `4042412` is a number that is not known, too.
fn case(code: &str) -> Option<Case> {
    let means = |case: &&Case| {
        let row = case.code(Service::Cvs).to_string();
        code.len() == row.len() && code.get(..3) == row.get(..3) && code.get(5..) == row.get(5..)
    };
    Case::ALL.iter().find(means).copied()
}

/// NICEPAY's page came to us in lower case, so the names are read whatever their case.
fn read_bill(inquiry: Inquiry, exchange: &Exchange) -> Result<Bill, &'static str> {
    let body = exchange.answered().map_or("", |answer| answer.body.as_str());
    let body = Object::parse(body.as_bytes()).map_err(|_| "payNoData")?;
    let Some(Value::Object(data)) = body.get("payNoData") else { return Err("payNoData") };
    if text_of(data, "payNo") != inquiry.pay_no.as_str() {
        return Err("payNoData.payNo");
    }
    let Some(Value::Object(total)) = data.get("totalAmount") else { return Err("payNoData.totalAmount") };
    let amount = Amount::parse(&text_of(total, "value")).map_err(|_| "payNoData.totalAmount.value")?;
    if text_of(total, "currency") != amount.currency().as_str() {
        return Err("payNoData.totalAmount.currency");
    }
    let valid_until = DateTime::parse_from_rfc3339(&text_of(data, "payNoExpiredDateTime")).ok();
    Ok(Bill {
        inquiry,
        amount,
        name: text_of(data, "payNoName"),
        goods: text_of(data, "goodsName"),
        reference: text_of(data, "partnerReferenceNo"),
        valid_until: valid_until.map(|at| at.to_utc()),
    })
}

fn text_of(object: &Object, name: &str) -> String {
    match object.get(name) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => {
            String::new()
        }
    }
}
