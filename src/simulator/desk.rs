//! The store's till, without its page: asks what is to be paid for a number, and tells that it was paid.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::books::{Registration, State, ToRegister};
use super::caller::CannotCall;
use super::exchange::{Exchange, Trouble};
use super::fault::Fault;
use super::journal::Journal;
use super::office::Office;
use super::plan::{Ask, Inquiry, Payment};
use crate::nicepay::registration::Product;
use crate::order::PayNo;
use crate::snap::amount::Amount;
use crate::snap::json::{Object, Value};
use crate::snap::response_code::{Case, Service};

/// The till, with NICEPAY's office behind it.
pub struct Desk {
    office: Arc<Office>,
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
    /// Who issued the number.
    pub issuer: Issuer,
}

/// Who issued a number, and is therefore asked what is to be paid for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuer {
    /// The merchant (NICO).
    Merchant,
    /// NICEPAY, when the merchant registered an order.
    Nicepay,
}

/// What came of paying.
#[derive(Debug, Clone)]
pub struct Paid {
    /// What the customer gets, if the money was taken.
    pub receipt: Option<Receipt>,
    /// Why the merchant has not taken note of it, if it has not.
    pub refusal: Option<Refusal>,
}

/// That the till has taken the money.
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
    /// NICEPAY issued the number, and it can no longer be paid.
    Over(State),
    /// The merchant was notified, and did not say 2xx.
    NotAcknowledged(Option<Trouble>),
    /// NICEPAY could not write it into its books.
    NotWritten,
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
    /// A till before this office.
    pub fn new(office: Arc<Office>) -> Self {
        Self { office }
    }

    /// What is to be paid for this number at a store of this chain. Whoever issued the number is asked: NICEPAY's books
    /// first, then the merchant.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn ask_bill(&self, pay_no: &PayNo, mitra_cd: &str, faults: &[Fault]) -> Result<Bill, Refusal> {
        let inquiry = Inquiry::new(pay_no, mitra_cd);
        if let Some(registration) = self.office.books.find_by_pay_no(pay_no.as_str(), self.now()) {
            self.office.store_asks(pay_no.as_str());
            return bill_of(inquiry, &registration);
        }
        let exchange = self.told(&Ask::Inquiry(inquiry.clone()), faults).await?;
        read_bill(inquiry, &exchange).map_err(Refusal::Lacks)
    }

    /// The payment of a bill, made now. It has one id for good: told again, it is the same payment.
    pub fn payment_of(&self, bill: &Bill) -> Payment {
        Payment::first(bill.inquiry.clone(), &bill.amount.value(), self.now())
    }

    /// Takes the money, and tells the merchant.
    pub async fn pay(&self, bill: &Bill, payment: &Payment, faults: &[Fault]) -> Paid {
        let receipt = Receipt { bill: bill.clone(), payment: payment.clone(), at: self.now() };
        match bill.issuer {
            // The store gives the money back if the merchant does not take note of it.
            Issuer::Merchant => match self.told(&Ask::Payment(payment.clone()), faults).await {
                Ok(_) => Paid { refusal: self.notify_of(bill).await, receipt: Some(receipt) },
                Err(refusal) => Paid { receipt: None, refusal: Some(refusal) },
            },
            Issuer::Nicepay => self.pay_nicepay(receipt, faults).await,
        }
    }

    /// Whom it calls.
    pub fn merchant(&self) -> &str {
        self.office.caller.url()
    }

    /// What was said.
    pub fn journal(&self) -> &Journal {
        &self.office.journal
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.office.clock.now()
    }

    /// The money of a number that NICEPAY issued is NICEPAY's to take; the merchant is notified, and notified again
    /// where it is told again.
    async fn pay_nicepay(&self, receipt: Receipt, faults: &[Fault]) -> Paid {
        let pay_no = receipt.bill.inquiry.pay_no.as_str();
        let standing = self.office.books.find_by_pay_no(pay_no, self.now()).map(|registration| registration.state);
        if !matches!(standing, Some(State::Paid(_))) {
            self.office.store_pays(pay_no);
        }
        let Ok(notification) = self.office.notification_of(pay_no) else {
            let over = standing.filter(|state| *state != State::Unpaid).map(Refusal::Over);
            return Paid { receipt: None, refusal: Some(over.unwrap_or(Refusal::NotWritten)) };
        };
        let refusal = self.notify(&notification, faults).await;
        Paid { receipt: Some(receipt), refusal }
    }

    /// Notifies the merchant of the payment of its own number, where it is to be.
    async fn notify_of(&self, bill: &Bill) -> Option<Refusal> {
        let db_process_url = self.office.notification_url.clone()?;
        let paid = ToRegister {
            product: Product::V1,
            i_mid: self.office.caller.merchant().i_mid.clone(),
            pay_method: "03".to_owned(),
            reference_no: bill.reference.clone(),
            // NICEPAY's older interfaces have whole rupiah alone.
            amt: bill.amount.value().split('.').next().unwrap_or_default().to_owned(),
            currency: "IDR".to_owned(),
            goods_nm: bill.goods.clone(),
            billing_nm: bill.name.clone(),
            description: None,
            mitra_cd: Some(bill.inquiry.mitra_cd.clone()),
            call_back_url: None,
            db_process_url,
            valid_until: bill.valid_until,
            number: Some(bill.inquiry.pay_no.as_str().to_owned()),
        };
        match self.office.notification_of_bill(paid) {
            Ok(notification) => self.notify(&notification, &[]).await,
            Err(_) => Some(Refusal::NotWritten),
        }
    }

    /// Notifies, and yields why the merchant has not acknowledged it, if it has not.
    async fn notify(&self, notification: &Ask, faults: &[Fault]) -> Option<Refusal> {
        let told = self.office.caller.ask(notification, faults).await;
        match told.map(|exchanges| exchanges.last().map(|exchange| exchange.answer.clone())) {
            Ok(Some(Ok(answer))) if (200..300).contains(&answer.status) => None,
            Ok(Some(Ok(_)) | None) => Some(Refusal::NotAcknowledged(None)),
            Ok(Some(Err(trouble))) => Some(Refusal::NotAcknowledged(Some(trouble))),
            Err(error) => Some(Refusal::NotMade(error)),
        }
    }

    /// Calls, and yields the last exchange where it is a success.
    async fn told(&self, ask: &Ask, faults: &[Fault]) -> Result<Exchange, Refusal> {
        let exchanges = self.office.caller.ask(ask, faults).await.map_err(Refusal::NotMade)?;
        let exchange = exchanges.into_iter().next_back().expect("BUG: a call is sent at least once");
        let heard = Heard::of(&exchange);
        if heard == Heard::Success { Ok(exchange) } else { Err(Refusal::Heard(heard)) }
    }
}

/// What NICEPAY's books say is to be paid.
fn bill_of(inquiry: Inquiry, registration: &Registration) -> Result<Bill, Refusal> {
    if registration.state != State::Unpaid {
        return Err(Refusal::Over(registration.state.clone()));
    }
    Ok(Bill {
        inquiry,
        amount: Amount::parse(&registration.amt).map_err(|_| Refusal::Lacks("amt"))?,
        name: registration.billing_nm.clone(),
        goods: registration.goods_nm.clone(),
        reference: registration.reference_no.clone(),
        valid_until: Some(registration.valid_until),
        issuer: Issuer::Nicepay,
    })
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
        issuer: Issuer::Merchant,
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
