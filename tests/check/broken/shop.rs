//! Bills, payments, and what is answered.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use nico::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use super::defect::Defect;
use super::gate::{Client, RACE, digest, jakarta};
use super::http::{Answer, Manner, Request};
use super::message::Message;
use super::{CLIENT, EXPIRED, Keys, OTHER_CLIENT, PAID, PAID_AND_EXPIRED, PAYABLE, SECRET, SYMMETRIC_CLIENT};

const TOKEN: &str = "/api/v1.0/access-token/b2b";
const INQUIRY: &str = "/api/v1.0/cvs/inquiry";
const PAYMENT: &str = "/api/v1.0/cvs/payment";
/// Every bill's.
const AMOUNT: &str = "10000.00";
const SEN: u64 = 1_000_000;

pub(super) struct Shop {
    pub(super) defect: Option<Defect>,
    pub(super) clients: [Client; 3],
    pub(super) claims: Mutex<HashSet<String>>,
    tokens: Mutex<HashMap<String, (&'static str, DateTime<Utc>)>>,
    issued: AtomicU64,
    bills: HashMap<&'static str, Bill>,
    asked: Mutex<HashSet<String>>,
    payments: Mutex<HashMap<String, Payment>>,
}

struct Bill {
    pay_no: &'static str,
    paid: bool,
    expired: bool,
}

#[derive(Clone)]
struct Payment {
    pay_no: String,
    sen: u64,
    currency: String,
}

/// Why not.
#[derive(Clone)]
pub(super) struct Refusal {
    status: u16,
    case: u16,
    message: String,
    page: Option<&'static str>,
}

pub(super) fn refuse(status: u16, case: u16, message: impl Into<String>) -> Refusal {
    Refusal { status, case, message: message.into(), page: None }
}

pub(super) fn missing(name: &str) -> Refusal {
    refuse(400, 2, format!("Invalid Mandatory Field {name}"))
}

pub(super) fn invalid(name: &str) -> Refusal {
    refuse(400, 1, format!("Invalid Field Format {name}"))
}

impl Refusal {
    /// Told as a page of HTML.
    pub(super) fn page(self, page: &'static str) -> Self {
        Self { page: Some(page), ..self }
    }
}

impl Shop {
    pub(super) fn new(defect: Option<Defect>, keys: &Keys) -> Self {
        let client = |id, key: &rsa::RsaPublicKey, secret| Client { id, key: key.clone(), secret };
        let clients = [
            client(CLIENT, &keys.nicepay, None),
            client(OTHER_CLIENT, &keys.other, None),
            client(SYMMETRIC_CLIENT, &keys.nicepay, Some(SECRET)),
        ];
        let payable = PAYABLE.into_iter().map(|pay_no| Bill { pay_no, paid: false, expired: false });
        let others = [
            Bill { pay_no: PAID, paid: true, expired: false },
            Bill { pay_no: EXPIRED, paid: false, expired: true },
            Bill { pay_no: PAID_AND_EXPIRED, paid: true, expired: true },
        ];
        Self {
            defect,
            clients,
            bills: payable.chain(others).map(|bill| (bill.pay_no, bill)).collect(),
            claims: Mutex::default(),
            tokens: Mutex::default(),
            issued: AtomicU64::default(),
            asked: Mutex::default(),
            payments: Mutex::default(),
        }
    }

    /// Whether this is what is wrong.
    pub(super) fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    pub(super) fn answer(&self, request: &Request) -> Answer {
        let path = request.target.split('?').next().unwrap_or_default();
        if self.has(Defect::PrivateKeyOverHttp) && path.starts_with("/api/v1.0/utilities/signature") {
            return Answer::new(200, "application/json", json!({ "signature": "c2lnbmVk" }).to_string());
        }
        let service = if path == TOKEN { 73 } else { 0 };
        let result = self.work(request, path);
        let mut answer = self.said(service, result);
        if path == TOKEN
            && let Some(client_id) = request.values("X-CLIENT-KEY").first().filter(|_| answer.status == 200)
        {
            answer.headers.push(("X-CLIENT-KEY", (*client_id).to_owned()));
        }
        if answer.status == 405 {
            answer.headers.push(("Allow", "POST".to_owned()));
        }
        if path == INQUIRY && request.verb == "POST" { self.mannered(answer) } else { answer }
    }

    fn work(&self, request: &Request, path: &str) -> Result<Value, Refusal> {
        let (known, post) = ([TOKEN, INQUIRY, PAYMENT].contains(&path), request.verb == "POST");
        if request.too_large {
            let text = self.has(Defect::LargeBodyIsText).then_some("<h1>Request Entity Too Large</h1>");
            return Err(Refusal { page: text, ..refuse(413, 0, "Payload Too Large") });
        }
        if !known {
            let page = self.has(Defect::UnknownPathIsHtml).then_some("<h1>Not Found</h1>");
            return Err(Refusal { page, ..refuse(404, 1, "Transaction Not Found") });
        }
        if !post {
            let page = self.has(Defect::WrongVerbIsEmpty).then_some("");
            return Err(Refusal { page, ..refuse(405, 0, "Requested Function Is Not Supported") });
        }
        match path {
            TOKEN => self.access_token(request),
            INQUIRY => self.inquiry(request),
            _ => self.payment(request),
        }
    }

    fn said(&self, service: u16, result: Result<Value, Refusal>) -> Answer {
        let refused = result.is_err();
        let (refusal, mut body) = match result {
            Ok(body) => (refuse(200, 0, "Successful"), body),
            Err(refusal) => (refusal, json!({})),
        };
        let status = if self.has(Defect::StatusAlways200) { 200 } else { refusal.status };
        if let Some(page) = refusal.page {
            return Answer::new(status, "text/html", page);
        }
        if refused && self.has(Defect::RefusalsAreText) {
            return Answer::new(status, "text/plain", refusal.message);
        }
        if !self.has(Defect::NoMessage) {
            body["responseMessage"] = json!(refusal.message);
        }
        if refused && self.has(Defect::StackTrace) {
            body["exception"] = json!("at com.shop.Gate.admit(Gate.java:42)");
        }
        body["responseCode"] = self.code(refusal.status, service, refusal.case);
        let media_type = if self.has(Defect::JsonDeclaredAsHtml) { "text/html" } else { "application/json" };
        let mut answer = Answer::new(status, media_type, body.to_string());
        if !self.has(Defect::NoTimestampAnswered) {
            let now = SystemClock.now().with_timezone(&jakarta()).to_rfc3339_opts(SecondsFormat::Secs, false);
            answer.headers.push(("X-TIMESTAMP", now));
        }
        answer
    }

    fn code(&self, status: u16, service: u16, case: u16) -> Value {
        let service = match service {
            0 if self.has(Defect::VirtualAccountCodes) => 24,
            73 if self.has(Defect::TokenWithoutService) => 0,
            service => service,
        };
        let mut code = format!("{status}{service:02}{case:02}");
        if self.has(Defect::FiveDigitCode) {
            code.truncate(5);
        }
        if self.has(Defect::CodeAsNumber) { json!(code.parse::<u32>().unwrap()) } else { json!(code) }
    }

    fn mannered(&self, mut answer: Answer) -> Answer {
        answer.manner = match self.defect {
            Some(Defect::InquiryHangs) => Manner::Never,
            Some(Defect::EndlessBody) => Manner::Endless,
            Some(Defect::AnswerCut) => Manner::Cut,
            _ => Manner::Whole,
        };
        if self.has(Defect::InquiryRedirected) {
            answer.status = 302;
            answer.headers.push(("Location", "/login".to_owned()));
        }
        answer
    }

    fn access_token(&self, request: &Request) -> Result<Value, Refusal> {
        let client = self.admit_token_request(request)?;
        let seed = format!("{} {}", self.issued.fetch_add(1, Ordering::SeqCst), SystemClock.now());
        let token = digest(seed.as_bytes()).repeat(if self.has(Defect::TokenTooLong) { 3 } else { 1 });
        self.tokens.lock().unwrap().insert(token.clone(), (client.id, SystemClock.now()));
        let expires_in = match self.defect {
            Some(Defect::ExpiresInNumber) => json!(900),
            Some(Defect::ExpiresInAnHour) => json!("3600"),
            _ => json!("900"),
        };
        Ok(json!({ "accessToken": token, "tokenType": "Bearer", "expiresIn": expires_in, "additionalInfo": {} }))
    }

    /// Whose token it is, while it lives.
    pub(super) fn holder(&self, token: &str) -> Option<&'static str> {
        let (client_id, issued) = *self.tokens.lock().unwrap().get(token)?;
        (SystemClock.now() - issued < TimeDelta::seconds(900)).then_some(client_id)
    }

    fn inquiry(&self, request: &Request) -> Result<Value, Refusal> {
        let admitted = self.admit(request, "cvs/inquiry", Self::read_inquiry)?;
        if !admitted.first {
            return Err(refuse(409, 0, "Conflict"));
        }
        let mut message = admitted.message;
        let bill = self.bill(&message.pay_no)?;
        self.unpaid(bill, &self.payments.lock().unwrap())?;
        if let Some(Value::String(id)) = message.echo.get("inquiryRequestId") {
            self.asked.lock().unwrap().insert(id.clone());
        }
        if self.has(Defect::InquiryIdNotEchoed) {
            message.echo.insert("inquiryRequestId".to_owned(), json!("1"));
        }
        Ok(self.described(&message))
    }

    fn payment(&self, request: &Request) -> Result<Value, Refusal> {
        let admitted = self.admit(request, "cvs/payment", Self::read_payment)?;
        let (message, claim) = (admitted.message, admitted.claim);
        let id = message.request_id.clone().unwrap_or(format!("{}/{}", claim.client_id, claim.external_id));
        let mut payments = self.payments.lock().unwrap();
        if let Some(known) = payments.get(&id) {
            return self.retried(&message, known, admitted.first);
        }
        if !admitted.first {
            return Err(refuse(409, 0, "Conflict"));
        }
        self.not_asked_before(&id)?;
        self.due(&message, &payments)?;
        if self.has(Defect::RacingPayment) {
            drop(payments);
            thread::sleep(RACE);
            payments = self.payments.lock().unwrap();
        }
        let Message { pay_no, sen, currency, .. } = &message;
        if !self.has(Defect::PaymentForgotten) {
            payments.insert(id, Payment { pay_no: pay_no.clone(), sen: *sen, currency: currency.clone() });
        }
        Ok(self.described(&message))
    }

    /// An id that is known: acknowledged again if it tells of the same payment.
    fn retried(&self, message: &Message, known: &Payment, first: bool) -> Result<Value, Refusal> {
        let other = message.reference.as_ref().is_some_and(|sent| *sent != reference(&known.pay_no));
        let paid = (&message.pay_no, message.sen, &message.currency);
        let same = !other && paid == (&known.pay_no, known.sen, &known.currency);
        if same && self.has(Defect::RetryRefused) {
            return Err(refuse(404, 14, "Paid Bill"));
        }
        let again = first || !self.has(Defect::RetryConflicts);
        if same && again || self.has(Defect::InconsistentPaymentAccepted) {
            return Ok(self.described(message));
        }
        Err(if first { refuse(404, 18, "Inconsistent Request") } else { refuse(409, 0, "Conflict") })
    }

    fn not_asked_before(&self, id: &str) -> Result<(), Refusal> {
        let asked = self.asked.lock().unwrap().contains(id);
        match self.defect {
            Some(Defect::FirstPaymentInconsistent) if asked => Err(refuse(404, 18, "Inconsistent Request")),
            Some(Defect::FirstPaymentConflicts) if asked => Err(refuse(409, 0, "Conflict")),
            _ => Ok(()),
        }
    }

    /// Whether this is what the bill waits for.
    fn due(&self, message: &Message, payments: &MutexGuard<'_, HashMap<String, Payment>>) -> Result<(), Refusal> {
        let bill = self.bill(&message.pay_no)?;
        if message.reference.as_ref().is_some_and(|sent| *sent != reference(bill.pay_no)) {
            return Err(self.unknown(&message.pay_no));
        }
        if !self.has(Defect::SecondPaymentAccepted) {
            self.unpaid(bill, payments)?;
        }
        let amount = match self.defect {
            Some(Defect::AmountUncompared) => true,
            Some(Defect::AmountComparedAsText) => message.amount == AMOUNT,
            _ => message.sen == SEN,
        };
        let currency = message.currency == "IDR" || self.has(Defect::CurrencyUncompared);
        if amount && currency { Ok(()) } else { Err(refuse(404, 13, "Invalid Amount")) }
    }

    fn bill(&self, pay_no: &str) -> Result<&Bill, Refusal> {
        self.bills.get(pay_no).ok_or_else(|| self.unknown(pay_no))
    }

    fn unknown(&self, pay_no: &str) -> Refusal {
        let case = if self.has(Defect::UnknownAs11) { 11 } else { 12 };
        let reason = if self.has(Defect::PayNoEchoed) { pay_no } else { "Not Found" };
        refuse(404, case, format!("Invalid Bill/Virtual Account [{reason}]"))
    }

    fn unpaid(&self, bill: &Bill, payments: &HashMap<String, Payment>) -> Result<(), Refusal> {
        let paid = bill.paid || payments.values().any(|payment| payment.pay_no == bill.pay_no);
        let expired = bill.expired && (!paid || self.has(Defect::ExpiredBeforePaid));
        if expired && self.has(Defect::ExpiredAs12) {
            return Err(self.unknown(bill.pay_no));
        }
        if expired {
            return Err(refuse(404, 19, "Invalid Bill/Virtual Account"));
        }
        let case = if self.has(Defect::PaidAs13) { 13 } else { 14 };
        if paid && !self.has(Defect::PaidIsPayable) { Err(refuse(404, case, "Paid Bill")) } else { Ok(()) }
    }

    fn described(&self, message: &Message) -> Value {
        let mut expires = "2099-12-31T23:59:59+07:00".to_owned();
        if self.has(Defect::ExpiryWithoutOffset) {
            expires.truncate(19);
        }
        let value = match self.defect {
            Some(Defect::AmountAsNumber) => json!(10000),
            Some(Defect::AmountAsFloat) => json!("10000.0"),
            _ => json!(AMOUNT),
        };
        let mut data = json!({
            "partnerServiceId": &message.pay_no[..4.min(message.pay_no.len())],
            "customerNo": &message.pay_no[4.min(message.pay_no.len())..],
            "payNo": message.pay_no,
            "payNoName": "Siti Aisyah",
            "goodsName": "Buku",
            "payNoPhone": "081234567890",
            "payNoEmail": "siti@example.com",
            "totalAmount": { "value": value, "currency": "IDR" },
            "partnerReferenceNo": reference(&message.pay_no),
            "payNoExpiredDateTime": expires,
        });
        data.as_object_mut().unwrap().extend(message.echo.clone());
        if self.has(Defect::NoPayNoData) { data } else { json!({ "payNoData": data }) }
    }
}

fn reference(pay_no: &str) -> String {
    format!("INV-{pay_no}")
}
