//! NICEPAY's office: its books and its caller together. What a store tells it changes the books, and what the books say
//! is told to the merchant.

use std::sync::Arc;

use serde_json::{Value, json};

use super::books::{Books, BooksError, Registration, State, ToRegister};
use super::caller::Caller;
use super::exchange::{Answer, Direction, Exchange, Sent};
use super::journal::Journal;
use super::plan::{Ask, Told, unique_digits};
use super::wire::Wire;
use crate::clock::Clock;
use crate::nicepay::time_stamp;

/// Books, caller, journal and clock.
pub struct Office {
    /// What NICEPAY knows.
    pub books: Arc<Books>,
    /// Calls the merchant.
    pub caller: Arc<Caller>,
    /// What was said.
    pub journal: Arc<Journal>,
    /// Where the merchant is notified of payments of the numbers that it issued itself, where it wants that: NICEPAY's
    /// pages leave open whether it is.
    pub notification_url: Option<String>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Carries what neither NICEPAY nor the merchant says: the customer's browser.
    pub wire: Wire,
}

impl Office {
    /// The notification of what the books say of a number.
    ///
    /// # Errors
    /// A sentence, where there is nothing to tell.
    pub fn notification_of(&self, pay_no: &str) -> Result<Ask, String> {
        told(&self.registration(pay_no)?)
    }

    /// The notification that a number of the merchant's own was paid. It is written into the books first, so that the
    /// merchant can ask for its status.
    ///
    /// # Errors
    /// A sentence, where it cannot be written down.
    pub fn notification_of_bill(&self, bill: ToRegister) -> Result<Ask, String> {
        let (reference_no, now) = (bill.reference_no.clone(), self.clock.now());
        let registered = self.books.register(bill, now);
        match registered.and_then(|registered| self.books.pay(&registered.t_xid, &unique_digits(), now)) {
            Ok(paid) => told(&paid),
            // Told once more: it is the same payment.
            Err(BooksError::ReferenceNoTaken) => {
                let paid = self.books.find_by_reference_no(&reference_no, now);
                told(&paid.ok_or("the merchant's reference is in use")?)
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// The customer's way back from the page where the number was issued.
    ///
    /// # Errors
    /// A sentence, where there is no way back.
    pub fn callback_of(&self, pay_no: &str) -> Result<Ask, String> {
        let registration = self.registration(pay_no)?;
        let callback = registration.callback().ok_or("the number is not issued yet")?;
        let url = registration.call_back_url.ok_or("the merchant has named no callBackUrl")?;
        Ok(Ask::Callback(Told::new(url, &callback.fields())))
    }

    /// A store asks about a number that NICEPAY issued.
    pub fn store_asks(&self, pay_no: &str) -> Exchange {
        let found = self.books.find_by_pay_no(pay_no, self.clock.now()).ok_or(BooksError::Unknown);
        self.at_the_store("store-asks", pay_no, found)
    }

    /// A store tells that such a number was paid.
    pub fn store_pays(&self, pay_no: &str) -> Exchange {
        let now = self.clock.now();
        let found = self.books.find_by_pay_no(pay_no, now).ok_or(BooksError::Unknown);
        let paid = found.and_then(|found| self.books.pay(&found.t_xid, &unique_digits(), now));
        self.at_the_store("store-pays", pay_no, paid)
    }

    /// A store takes such a payment back.
    pub fn store_reverses(&self, pay_no: &str) -> Exchange {
        let now = self.clock.now();
        let found = self.books.find_by_pay_no(pay_no, now).ok_or(BooksError::Unknown);
        let reversed = found.and_then(|found| self.books.reverse(&found.t_xid, now));
        self.at_the_store("store-reverses", pay_no, reversed)
    }

    /// The customer's browser at the merchant's shop.
    pub async fn customer(&self, request: Sent) -> Exchange {
        let at = self.clock.now();
        let (answer, elapsed_ms) = self.wire.send(&request).await;
        let exchange = Exchange {
            direction: Direction::ToMerchant,
            name: "shop".to_owned(),
            at,
            request,
            string_to_sign: None,
            faults: Vec::new(),
            answer,
            elapsed_ms,
            verdict: None,
        };
        self.journal.record(exchange.clone());
        exchange
    }

    fn registration(&self, pay_no: &str) -> Result<Registration, String> {
        let found = self.books.find_by_pay_no(pay_no, self.clock.now());
        found.ok_or_else(|| "NICEPAY has not issued this number".to_owned())
    }

    /// Stores speak to NICEPAY in a way that is not published. It is written down as JSON, for whoever reads along.
    fn at_the_store(&self, name: &str, pay_no: &str, said: Result<Registration, BooksError>) -> Exchange {
        let body = match said {
            Ok(registration) => as_json(&registration),
            Err(error) => json!({ "resultCd": NOT_DONE, "resultMsg": error.to_string(), "payNo": pay_no }),
        };
        let exchange = Exchange {
            direction: Direction::FromStore,
            name: name.to_owned(),
            at: self.clock.now(),
            request: Sent {
                method: "STORE".to_owned(),
                url: format!("store://{name}/{pay_no}"),
                headers: Vec::new(),
                body: String::new(),
            },
            string_to_sign: None,
            faults: Vec::new(),
            answer: Ok(Answer { status: 200, headers: Vec::new(), body: body.to_string() }),
            elapsed_ms: 0,
            verdict: None,
        };
        self.journal.record(exchange.clone());
        exchange
    }
}

fn told(registration: &Registration) -> Result<Ask, String> {
    let notification = registration.notification().ok_or("the number is not paid, so there is nothing to notify of")?;
    Ok(Ask::Notification(Told::new(registration.db_process_url.clone(), &notification.fields())))
}

fn as_json(registration: &Registration) -> Value {
    let mut told = json!({
        "resultCd": "0000",
        "resultMsg": registration.state.to_string(),
        "tXid": registration.t_xid,
        "referenceNo": registration.reference_no,
        "payNo": registration.pay_no,
        "amt": registration.amt,
        "currency": registration.currency,
        "goodsNm": registration.goods_nm,
        "billingNm": registration.billing_nm,
        "status": registration.status().0,
    });
    if let State::Paid(receipt) | State::Reversed(receipt) = &registration.state {
        let (deposit_dt, deposit_tm) = time_stamp::write_parts(receipt.at);
        told["receiptCode"] = json!(receipt.receipt_code);
        told["depositDt"] = json!(deposit_dt);
        told["depositTm"] = json!(deposit_tm);
    }
    told
}

/// NICEPAY's common code of a transaction that is not allowed.
const NOT_DONE: &str = "9502";
