//! What an inquiry or a payment says.

use chrono::{DateTime, NaiveDateTime};
use serde_json::{Map, Value};

use super::defect::Defect;
use super::gate::field;
use super::shop::{Refusal, Shop, invalid, missing};

/// A number, and what is paid for it.
pub(super) struct Message {
    pub(super) pay_no: String,
    pub(super) request_id: Option<String>,
    pub(super) amount: String,
    pub(super) sen: u64,
    pub(super) currency: String,
    pub(super) reference: Option<String>,
    /// What is given back as it came.
    pub(super) echo: Map<String, Value>,
}

/// Its name, its length, and what it is made of.
type Field = (&'static str, usize, fn(&u8) -> bool);

const PARTNER_SERVICE_ID: Field = ("partnerServiceId", 4, u8::is_ascii_digit);
const CUSTOMER_NO: Field = ("customerNo", 8, u8::is_ascii_digit);
const PAY_NO: Field = ("payNo", 12, u8::is_ascii_digit);
const INQUIRY_REQUEST_ID: Field = ("inquiryRequestId", 40, u8::is_ascii_graphic);
const MITRA_CD: Field = ("mitraCd", 4, u8::is_ascii_alphanumeric);
const REQUEST_IDS: [Field; 4] = [
    ("paymentRequestId", 128, u8::is_ascii_graphic),
    INQUIRY_REQUEST_ID,
    ("tXid", 128, u8::is_ascii_graphic),
    ("referenceNo", 128, u8::is_ascii_graphic),
];
const REFERENCES: [Field; 2] = [("partnerReferenceNo", 40, u8::is_ascii_graphic), ("trxId", 40, u8::is_ascii_graphic)];
const AMOUNTS: [&str; 4] = ["paidAmount", "totalAmount", "amount", "amt"];
const ECHOED: [&str; 5] = ["inquiryRequestId", "mitraCd", "paymentRequestId", "paidAmount", "trxDateTime"];

impl Shop {
    pub(super) fn read_inquiry(&self, body: &Value) -> Result<Message, Refusal> {
        let fields = [PARTNER_SERVICE_ID, CUSTOMER_NO, PAY_NO, INQUIRY_REQUEST_ID, MITRA_CD];
        let mut malformed = None;
        for wanted in fields {
            match self.text(body, wanted) {
                Ok(None) if self.has(Defect::MissingFieldAccepted) => (),
                Ok(None) => return Err(self.missing(wanted.0)),
                Ok(Some(_)) => (),
                Err(refusal) => malformed = malformed.or(Some(refusal)),
            }
        }
        malformed.map_or(Ok(()), Err)?;
        Ok(Message {
            pay_no: self.number(body)?,
            request_id: None,
            amount: String::new(),
            sen: 0,
            currency: String::new(),
            reference: None,
            echo: echo(body),
        })
    }

    pub(super) fn read_payment(&self, body: &Value) -> Result<Message, Refusal> {
        let sent = |name: &str| !is_empty(field(body, name));
        let in_parts = sent("partnerServiceId") && sent("customerNo");
        if !(sent("payNo") || sent("virtualAccountNo") || in_parts) {
            return Err(self.missing("payNo"));
        }
        let amount_name = AMOUNTS.into_iter().find(|name| sent(name)).ok_or(self.missing("paidAmount"))?;
        let (amount, currency) = self.amount(body, amount_name)?;
        let pay_no = self.number(body)?;
        is_time(field(body, "trxDateTime")).then_some(()).ok_or(invalid("trxDateTime"))?;
        self.text(body, MITRA_CD)?;
        Ok(Message {
            pay_no,
            request_id: self.first(body, &REQUEST_IDS)?,
            sen: self.sen(&amount).ok_or(invalid(amount_name))?,
            amount,
            currency,
            reference: self.first(body, &REFERENCES)?,
            echo: echo(body),
        })
    }

    /// The number, with which its parts agree.
    fn number(&self, body: &Value) -> Result<String, Refusal> {
        let whole = self.first(body, &[PAY_NO, ("virtualAccountNo", 12, u8::is_ascii_digit)])?;
        let prefix = self.text(body, PARTNER_SERVICE_ID)?;
        let rest = self.text(body, CUSTOMER_NO)?;
        let joined = prefix.zip(rest).map(|(prefix, rest)| prefix + &rest);
        match (whole, joined) {
            (Some(whole), Some(joined)) if whole != joined && !self.has(Defect::PartsMayDisagree) => {
                Err(invalid("payNo"))
            }
            (Some(number), _) | (None, Some(number)) => Ok(number),
            (None, None) => Err(self.missing("payNo")),
        }
    }

    fn amount(&self, body: &Value, name: &'static str) -> Result<(String, String), Refusal> {
        let amount = field(body, name);
        let (value, currency) = if amount.is_object() {
            (field(amount, "value").clone(), field(amount, "currency").clone())
        } else {
            (amount.clone(), "IDR".into())
        };
        if is_empty(&value) || is_empty(&currency) {
            return Err(self.missing(if is_empty(&value) { name } else { "currency" }));
        }
        let currency = currency.as_str().filter(|text| text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()));
        let currency = currency.ok_or(invalid("currency"))?.to_owned();
        let number = || value.is_number().then(|| value.to_string());
        let text = value.as_str().map(str::to_owned).or_else(number);
        Ok((text.ok_or(invalid(name))?, currency))
    }

    fn sen(&self, amount: &str) -> Option<u64> {
        if self.has(Defect::AmountReadAsFloat) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "this is what is wrong")]
            return amount.parse::<f64>().ok().map(|amount| (amount * 100.0).round() as u64);
        }
        let (whole, decimals) = amount.split_once('.').unwrap_or((amount, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let shaped = digits(whole) && digits(decimals) && whole.len() <= 16 && decimals.len() <= 2;
        let sen = format!("{whole}{decimals:0<2}").parse().ok().filter(|_| shaped)?;
        (sen <= 99_999_999_999_u64).then_some(sen)
    }

    fn first(&self, body: &Value, fields: &[Field]) -> Result<Option<String>, Refusal> {
        let mut found = fields.iter().map(|wanted| self.text(body, *wanted));
        found.find_map(Result::transpose).transpose()
    }

    /// The text of a field; `None` where it is missing, null or empty.
    fn text(&self, body: &Value, (name, longest, allowed): Field) -> Result<Option<String>, Refusal> {
        let value = field(body, name);
        if is_empty(value) {
            return Ok(None);
        }
        if value.is_number() && self.has(Defect::IntegerForText) {
            return Ok(Some(value.to_string()));
        }
        let fits = |text: &&str| text.len() <= longest || self.has(Defect::LengthsUnchecked);
        let text = value.as_str().filter(fits).filter(|text| text.as_bytes().iter().all(allowed));
        text.map(|text| Some(text.to_owned())).ok_or(invalid(name))
    }

    fn missing(&self, name: &str) -> Refusal {
        if self.has(Defect::MissingAs01) { invalid(name) } else { missing(name) }
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value == ""
}

fn is_time(value: &Value) -> bool {
    let time = |text: &str| {
        DateTime::parse_from_rfc3339(text).is_ok() || NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").is_ok()
    };
    is_empty(value) || value.as_str().is_some_and(time)
}

fn echo(body: &Value) -> Map<String, Value> {
    let sent = ECHOED.into_iter().map(|name| (name.to_owned(), field(body, name).clone()));
    sent.filter(|(_, value)| !is_empty(value)).collect()
}
