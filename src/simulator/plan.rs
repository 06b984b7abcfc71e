//! A call before it is written. All that can be wrong about it is a value here, so each fault is one line, and whoever
//! wants to write the same call down as a shell command reads the same values.

use chrono::{DateTime, TimeDelta, Utc};
use rsa::rand_core::{OsRng, RngCore};
use serde_json::{Value, json};

use crate::order::PayNo;
use crate::snap::timestamp::jakarta_text;

/// What NICEPAY calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `access-token/b2b`
    Token,
    /// `cvs/inquiry`
    Inquiry,
    /// `cvs/payment`
    Payment,
    /// The merchant's `dbProcessUrl`.
    Notification,
    /// The merchant's `callBackUrl`, by way of the customer's browser.
    Callback,
}

/// What is asked, in NICEPAY's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// An access token.
    Token,
    /// What is to be paid for a number.
    Inquiry(Inquiry),
    /// That a number was paid.
    Payment(Payment),
    /// That a registration was paid, or that its payment was taken back: the merchantToken is added.
    Notification(Told),
    /// That the customer comes back.
    Callback(Told),
}

/// Fields that are told at an address of the merchant's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// `dbProcessUrl` or `callBackUrl`.
    pub url: String,
    /// The fields, in order.
    pub fields: Vec<(String, String)>,
}

/// An inquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// The number.
    pub pay_no: PayNo,
    /// NICEPAY's id of it.
    pub inquiry_request_id: String,
    /// The chain of stores.
    pub mitra_cd: String,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The inquiry it follows.
    pub inquiry: Inquiry,
    /// Its own id: the same id again is the same payment told again.
    pub payment_request_id: String,
    /// What was paid, as `10000.00`.
    pub amount: String,
    /// When, as RFC 3339.
    pub trx_date_time: String,
}

/// A call before it is written.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What is called.
    pub endpoint: Endpoint,
    /// The verb.
    pub method: &'static str,
    /// Where to, where that is not a path of the provider's.
    pub url: Option<String>,
    /// Which path is called.
    pub path: Path,
    /// How old X-TIMESTAMP is when the call is signed.
    pub age: TimeDelta,
    /// How X-TIMESTAMP is written.
    pub stamp: Stamp,
    /// Whether the caller's own key signs, or a stranger's.
    pub own_key: bool,
    /// What is signed.
    pub text: Text,
    /// How the signature is written.
    pub encoding: Encoding,
    /// The word before the token.
    pub scheme: &'static str,
    /// Whose token is shown.
    pub token: Token,
    /// Whether it is the other client that calls, with all that is its own.
    pub as_other: bool,
    /// Who the caller says it is.
    pub client: Client,
    /// Which X-EXTERNAL-ID it has.
    pub external_id: IdOf,
    /// The body's fields, in order.
    pub fields: Vec<(String, Value)>,
    /// How the body is written.
    pub shape: Shape,
    /// Whether the body is changed after it was signed.
    pub altered: bool,
    /// Content-Type.
    pub media_type: &'static str,
    /// What is done to headers at the end.
    pub headers: Vec<(&'static str, HeaderChange)>,
    /// How it is delivered.
    pub delivery: Delivery,
}

/// Which path is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// The endpoint's.
    Due,
    /// One that there is not.
    Unknown,
    /// ASPI's page for trying out signatures, which is sent a private key and has no place at a merchant's.
    SigningPage,
}

/// Which X-EXTERNAL-ID a call has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdOf {
    /// One that nobody has used.
    Fresh,
    /// Another such, with letters in it.
    Lettered,
    /// That of the call before, at this endpoint.
    CallBefore,
    /// That of the call before, at this endpoint, with its letters in the other case.
    CallBeforeFolded,
    /// That of the last call, wherever and whoever's it was.
    LastCall,
}

/// How X-TIMESTAMP is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// `2024-01-22T15:00:01+07:00`
    Jakarta,
    /// The same without offset.
    NoOffset,
    /// UTC, ending in `Z`.
    Zulu,
    /// With milliseconds.
    Milliseconds,
    /// No time at all.
    Nonsense,
}

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// What is due.
    Due,
    /// Its parts in the wrong order.
    WrongOrder,
    /// SNAP's other scheme.
    OtherScheme,
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Standard base64.
    Base64,
    /// Hexadecimal.
    Hex,
    /// The base64 of URLs.
    UrlSafe,
    /// Standard base64 of the signature with one bit turned.
    OneBitOff,
    /// Standard base64 of the signature and some bytes more.
    Tailed,
    /// Standard base64 put into lower case, but for its end.
    LowerCase,
    /// No signature.
    Garbage,
}

/// Whose token is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// The caller's, fresh.
    Own,
    /// The caller's, in quotes.
    Quoted,
    /// The caller's with a character changed.
    Altered,
    /// The caller's, expired.
    Expired,
    /// One that another server made.
    Foreign,
    /// That of another client.
    Other,
}

/// Who the caller says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// Itself.
    Own,
    /// Another client.
    Other,
    /// Nobody.
    Unknown,
}

/// How the body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// JSON without blanks.
    Compact,
    /// JSON over lines.
    Pretty,
    /// JSON cut off.
    Broken,
    /// In an array.
    Array,
    /// With a key twice.
    DuplicateKey,
    /// Nested a thousand deep.
    Deep,
    /// A megabyte.
    Huge,
    /// Nothing.
    Empty,
}

/// What is done to a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderChange {
    /// Left out.
    Missing,
    /// Sent empty.
    Empty,
    /// Sent twice.
    Doubled,
    /// Too long.
    OverLong,
    /// Sent besides.
    Extra,
}

/// How a call is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// How often it is sent, one after the other.
    pub copies: u8,
    /// Whether the connection is cut before the answer.
    pub dropped: bool,
    /// Whether what should come first comes last.
    pub out_of_order: bool,
    /// How long it lies between signing and sending.
    pub delayed_seconds: u64,
}

impl Told {
    /// These fields, at this address.
    pub fn new(url: impl Into<String>, fields: &[(&str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Self { url: url.into(), fields }
    }
}

impl Endpoint {
    /// What stands behind `/v1.0/`, or what is told elsewhere.
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "access-token/b2b",
            Self::Inquiry => "cvs/inquiry",
            Self::Payment => "cvs/payment",
            Self::Notification => "notification",
            Self::Callback => "callback",
        }
    }
}

impl Ask {
    /// An inquiry under an id of its own.
    pub fn inquiry(pay_no: &PayNo, mitra_cd: &str) -> Self {
        Self::Inquiry(Inquiry::new(pay_no, mitra_cd))
    }

    /// What it calls.
    pub fn endpoint(&self) -> Endpoint {
        match self {
            Self::Token => Endpoint::Token,
            Self::Inquiry(_) => Endpoint::Inquiry,
            Self::Payment(_) => Endpoint::Payment,
            Self::Notification(_) => Endpoint::Notification,
            Self::Callback(_) => Endpoint::Callback,
        }
    }

    fn fields(&self) -> Vec<(String, Value)> {
        match self {
            Self::Token => named([("grantType", json!("client_credentials")), ("additionalInfo", json!({}))]),
            Self::Inquiry(inquiry) => inquiry.fields(),
            Self::Payment(payment) => {
                let mut fields = payment.inquiry.fields();
                fields.extend(named([
                    ("paymentRequestId", json!(payment.payment_request_id)),
                    ("paidAmount", json!({ "value": payment.amount, "currency": "IDR" })),
                    ("trxDateTime", json!(payment.trx_date_time)),
                ]));
                fields
            }
            Self::Notification(told) | Self::Callback(told) => {
                told.fields.iter().map(|(name, text)| (name.clone(), json!(text))).collect()
            }
        }
    }

    fn url(&self) -> Option<String> {
        match self {
            Self::Token | Self::Inquiry(_) | Self::Payment(_) => None,
            Self::Notification(told) | Self::Callback(told) => Some(told.url.clone()),
        }
    }
}

impl Payment {
    /// A first payment, made now: it has the id of its inquiry, as SNAP has it.
    pub fn first(inquiry: Inquiry, amount: &str, now: DateTime<Utc>) -> Self {
        Self {
            payment_request_id: inquiry.inquiry_request_id.clone(),
            inquiry,
            amount: amount.to_owned(),
            trx_date_time: jakarta_text(now),
        }
    }
}

impl Inquiry {
    /// One with an id of its own.
    pub fn new(pay_no: &PayNo, mitra_cd: &str) -> Self {
        Self { pay_no: pay_no.clone(), inquiry_request_id: unique_digits(), mitra_cd: mitra_cd.to_owned() }
    }

    fn fields(&self) -> Vec<(String, Value)> {
        let (partner_service_id, customer_no) = self.pay_no.parts();
        named([
            ("partnerServiceId", json!(partner_service_id)),
            ("customerNo", json!(customer_no)),
            ("payNo", json!(self.pay_no.as_str())),
            ("inquiryRequestId", json!(self.inquiry_request_id)),
            ("mitraCd", json!(self.mitra_cd)),
        ])
    }
}

fn named<const N: usize>(fields: [(&str, Value); N]) -> Vec<(String, Value)> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Plan {
    /// The call as NICEPAY would make it.
    pub fn of(ask: &Ask) -> Self {
        Self {
            endpoint: ask.endpoint(),
            method: if ask.endpoint() == Endpoint::Callback { "GET" } else { "POST" },
            url: ask.url(),
            path: Path::Due,
            age: TimeDelta::zero(),
            stamp: Stamp::Jakarta,
            own_key: true,
            text: Text::Due,
            encoding: Encoding::Base64,
            scheme: "Bearer",
            token: Token::Own,
            as_other: false,
            client: Client::Own,
            external_id: IdOf::Fresh,
            fields: ask.fields(),
            shape: Shape::Compact,
            altered: false,
            media_type: "application/json",
            headers: Vec::new(),
            delivery: Delivery { copies: 1, dropped: false, out_of_order: false, delayed_seconds: 0 },
        }
    }

    /// Has a header changed once the call is signed.
    pub fn change(&mut self, header: &'static str, change: HeaderChange) {
        self.headers.push((header, change));
    }

    /// Gives the field `name` another value, or takes it out; with a dot, the field within a field. A field that is not
    /// there is added.
    pub fn set(&mut self, name: &str, value: Option<Value>) {
        let (outer, inner) = name.split_once('.').map_or((name, None), |(outer, inner)| (outer, Some(inner)));
        let place = self.fields.iter().position(|(field, _)| field == outer);
        match (place, inner, value) {
            (Some(place), Some(inner), value) => {
                if let Some(object) = self.fields[place].1.as_object_mut() {
                    object.remove(inner);
                    object.extend(value.map(|value| (inner.to_owned(), value)));
                }
            }
            (Some(place), None, Some(value)) => self.fields[place].1 = value,
            (Some(place), None, None) => drop(self.fields.remove(place)),
            (None, _, Some(value)) => self.fields.push((name.to_owned(), value)),
            (None, _, None) => {}
        }
    }

    /// The text of a field, empty where it is none.
    pub fn text_of(&self, name: &str) -> &str {
        let (outer, inner) = name.split_once('.').unwrap_or((name, ""));
        let field = self.fields.iter().find(|(field, _)| field == outer).map(|(_, value)| value);
        let field = field.and_then(|value| if inner.is_empty() { Some(value) } else { value.get(inner) });
        field.and_then(Value::as_str).unwrap_or_default()
    }

    /// The body as it is signed.
    pub fn body(&self) -> String {
        let member = |(name, value): &(String, Value)| format!("{}:{value}", json!(name));
        let members: Vec<_> = self.fields.iter().map(member).collect();
        let compact = |extra: &str| format!("{{{}{extra}}}", members.join(","));
        match self.shape {
            Shape::Compact => compact(""),
            Shape::Pretty => format!("{{\n    {}\n}}", members.join(",\n    ").replace("\":", "\" : ")),
            Shape::Broken => format!("{{{}", members.join(",")),
            Shape::Array => format!("[{}]", compact("")),
            Shape::DuplicateKey => compact(&members.first().map_or_else(String::new, |first| format!(",{first}"))),
            Shape::Deep => compact(&format!(r#","deep":{}{}"#, "[".repeat(1000), "]".repeat(1000))),
            Shape::Huge => compact(&format!(r#","huge":"{}""#, "x".repeat(1024 * 1024))),
            Shape::Empty => String::new(),
        }
    }

    /// The body as it is sent.
    pub fn sent_body(&self) -> String {
        let body = self.body();
        match body.strip_suffix('}') {
            Some(open) if self.altered => format!(r#"{open},"altered":"after it was signed"}}"#),
            _ => body,
        }
    }
}

/// A text as it is, and anything else as JSON.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Twenty digits that nobody has used today: NICEPAY's own ids look like this.
pub fn unique_digits() -> String {
    format!("{:020}", OsRng.next_u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let inquiry = Inquiry {
            pay_no: PayNo::parse("701589101110").unwrap(),
            inquiry_request_id: "41807553358950093184".to_owned(),
            mitra_cd: "ALMA".to_owned(),
        };
        Plan::of(&Ask::Payment(Payment {
            inquiry,
            payment_request_id: "1".to_owned(),
            amount: "10000.00".to_owned(),
            trx_date_time: "2024-07-03T12:08:56+07:00".to_owned(),
        }))
    }

    #[test]
    fn the_body_is_nicepays_sample() {
        let Ask::Payment(payment) = ask_of(&plan()) else { panic!("a payment") };
        let sample = r#"{"partnerServiceId":"7015","customerNo":"89101110","payNo":"701589101110","inquiryRequestId":"41807553358950093184","mitraCd":"ALMA"}"#;
        assert_eq!(Plan::of(&Ask::Inquiry(payment.inquiry)).body(), sample);
    }

    fn ask_of(plan: &Plan) -> Ask {
        let inquiry = Inquiry {
            pay_no: PayNo::parse(plan.text_of("payNo")).unwrap(),
            inquiry_request_id: plan.text_of("inquiryRequestId").to_owned(),
            mitra_cd: plan.text_of("mitraCd").to_owned(),
        };
        Ask::Payment(Payment {
            inquiry,
            payment_request_id: plan.text_of("paymentRequestId").to_owned(),
            amount: plan.text_of("paidAmount.value").to_owned(),
            trx_date_time: plan.text_of("trxDateTime").to_owned(),
        })
    }

    #[test]
    fn fields_are_set_and_taken_out() {
        let mut plan = plan();
        plan.set("payNo", None);
        plan.set("paidAmount.value", Some(json!(1)));
        plan.set("paidAmount.currency", None);
        plan.set("new", Some(json!(null)));
        plan.set("absent", None);
        let body: Value = serde_json::from_str(&plan.body()).unwrap();
        assert_eq!(
            (body.get("payNo"), &body["paidAmount"], &body["new"]),
            (None, &json!({ "value": 1 }), &json!(null))
        );
        assert!(body.get("absent").is_none());
    }

    #[test]
    fn every_shape_but_the_broken_ones_is_the_same_json() {
        let mut plan = plan();
        let compact: Value = serde_json::from_str(&plan.body()).unwrap();
        plan.shape = Shape::Pretty;
        assert!(plan.body().contains("\n") && serde_json::from_str::<Value>(&plan.body()).unwrap() == compact);
        plan.shape = Shape::Broken;
        assert!(serde_json::from_str::<Value>(&plan.body()).is_err());
        plan.shape = Shape::Deep;
        assert!(plan.body().starts_with('{') && plan.body().ends_with("]}"));
        plan.shape = Shape::Huge;
        assert!(plan.body().len() > 1024 * 1024);
        plan.shape = Shape::Compact;
        plan.altered = true;
        assert!(plan.sent_body() != plan.body() && serde_json::from_str::<Value>(&plan.sent_body()).is_ok());
    }
}
