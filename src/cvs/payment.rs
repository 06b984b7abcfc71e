//! `POST …/cvs/payment`: this number was paid.
//!
//! **NICEPAY has not published the body of this call.** Its header page exists, its field table does not. So this
//! file takes what NICEPAY's sibling products and SNAP's virtual accounts send, the first name present of each row:
//!
//! | meaning | read from |
//! |---|---|
//! | the number | `payNo`, `virtualAccountNo`, or `partnerServiceId` + `customerNo` |
//! | the amount | `paidAmount`, `totalAmount`, `amount` (an object, or a bare number or text in IDR), `amt` |
//! | the payment's id | `paymentRequestId`, `inquiryRequestId`, `tXid`, `referenceNo`, else the X-EXTERNAL-ID |
//! | the merchant's reference | `partnerReferenceNo`, `trxId`; not due, but where it is sent it must be the bill's |
//! | the chain of stores | `mitraCd`, also inside `additionalInfo` |
//! | when | `trxDateTime` (RFC 3339 or `yyyyMMddHHmmss`), or `transDt` + `transTm` |
//!
//! When the page comes, this is the one file to change. `flagAdvise` needs no reading: a retry is recognised by its
//! id and content, whether or not it says that it is one.

use serde::Serialize;

use super::{CustomerNo, InquiryRequestId, PartnerServiceId, PayNoData, optional, pay_no_of};
use crate::order::{MitraCd, Order, PartnerReferenceNo, PayNo};
use crate::payment::{PaymentRequestId, TrxDateTime};
use crate::snap::amount::{Amount, Currency};
use crate::snap::field::{FieldError, is_digits};
use crate::snap::json::{Object, Value};
use crate::snap::timestamp::Timestamp;

const PAY_NO_NAMES: [&str; 2] = ["payNo", "virtualAccountNo"];
const AMOUNT_NAMES: [&str; 4] = ["paidAmount", "totalAmount", "amount", "amt"];
const REQUEST_ID_NAMES: [&str; 4] = ["paymentRequestId", "inquiryRequestId", "tXid", "referenceNo"];
const REFERENCE_NAMES: [&str; 2] = ["partnerReferenceNo", "trxId"];
const OTHER_NAMES: [&str; 8] =
    ["partnerServiceId", "customerNo", "mitraCd", "additionalInfo", "trxDateTime", "transDt", "transTm", "flagAdvise"];

/// A payment as NICEPAY tells of it.
#[derive(Debug)]
pub struct PaymentRequest {
    /// The number that was paid.
    pub pay_no: PayNo,
    /// What the store took.
    pub amount: Amount,
    /// The payment's id; `None` where only the X-EXTERNAL-ID tells it apart.
    pub payment_request_id: Option<PaymentRequestId>,
    /// The merchant's reference, where it was sent.
    pub partner_reference_no: Option<PartnerReferenceNo>,
    /// The chain of stores, where it was sent.
    pub mitra_cd: Option<MitraCd>,
    /// When the store took the money, where it was sent.
    pub trx_date_time: Option<TrxDateTime>,
    /// The names of fields that nobody here reads: for the log, so that a new field of NICEPAY's is noticed.
    pub unread: Vec<String>,
    echo: Echo,
}

/// What is given back: the number's parts, and what was received under its own name.
#[derive(Debug)]
struct Echo {
    partner_service_id: PartnerServiceId,
    customer_no: CustomerNo,
    inquiry_request_id: Option<InquiryRequestId>,
    payment_request_id: Option<PaymentRequestId>,
    paid_amount: bool,
}

impl PaymentRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// [`FieldError`]: what is missing before what is malformed.
    pub fn read(body: &Object) -> Result<Self, FieldError> {
        let sent = |name: &str| body.get(name).is_some_and(|value| !is_empty(value));
        let in_parts = sent(PartnerServiceId::FIELD) && sent(CustomerNo::FIELD);
        if !PAY_NO_NAMES.into_iter().any(sent) && !in_parts {
            return Err(FieldError::Missing(PAY_NO_NAMES[0]));
        }
        let amount_name =
            AMOUNT_NAMES.into_iter().find(|name| sent(name)).ok_or(FieldError::Missing(AMOUNT_NAMES[0]))?;
        amount_is_whole(body, amount_name)?;
        let (pay_no, partner_service_id, customer_no) = number(body)?;
        let echo = Echo {
            partner_service_id,
            customer_no,
            inquiry_request_id: typed(body, [InquiryRequestId::FIELD], InquiryRequestId::parse)?,
            payment_request_id: typed(body, [PaymentRequestId::FIELD], PaymentRequestId::parse)?,
            paid_amount: amount_name == AMOUNT_NAMES[0],
        };
        Ok(Self {
            pay_no,
            amount: amount(body, amount_name)?,
            payment_request_id: typed(body, REQUEST_ID_NAMES, PaymentRequestId::parse)?,
            partner_reference_no: typed(body, REFERENCE_NAMES, PartnerReferenceNo::parse)?,
            mitra_cd: mitra_cd(body)?,
            trx_date_time: time(body)?,
            unread: unread_names(body),
            echo,
        })
    }
}

/// The number with its two parts. What was sent of the three must agree; the rest is made up out of the number.
fn number(body: &Object) -> Result<(PayNo, PartnerServiceId, CustomerNo), FieldError> {
    // SNAP pads virtualAccountNo with blanks on the left.
    let whole = typed(body, PAY_NO_NAMES, |text| PayNo::parse(text.trim_start_matches(' ')))?;
    let prefix = typed(body, [PartnerServiceId::FIELD], PartnerServiceId::parse)?;
    let rest = typed(body, [CustomerNo::FIELD], CustomerNo::parse)?;
    let ((prefix, rest), whole) = match (whole, prefix, rest) {
        (whole, Some(prefix), Some(rest)) => ((prefix, rest), whole),
        (None, ..) => return Err(FieldError::Missing(PayNo::FIELD)),
        (Some(whole), prefix, rest) => {
            let (own_prefix, own_rest) = whole.parts();
            let own = (PartnerServiceId::parse(own_prefix)?, CustomerNo::parse(own_rest)?);
            if prefix.is_some_and(|sent| sent != own.0) || rest.is_some_and(|sent| sent != own.1) {
                return Err(FieldError::Invalid(PayNo::FIELD));
            }
            (own, Some(whole))
        }
    };
    let joined = pay_no_of(&prefix, &rest)?;
    if whole.is_some_and(|whole| whole != joined) {
        return Err(FieldError::Invalid(PayNo::FIELD));
    }
    Ok((joined, prefix, rest))
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.is_empty())
}

/// The first of `names` that was sent, parsed; a fault is told of the name it was sent under.
fn typed<T, const N: usize>(
    body: &Object,
    names: [&'static str; N],
    parse: fn(&str) -> Result<T, FieldError>,
) -> Result<Option<T>, FieldError> {
    for name in names {
        if let Some(text) = optional(body, name)? {
            return parse(&text).map(Some).map_err(|error| error.of(name));
        }
    }
    Ok(None)
}

/// An amount's members are mandatory too, and what is missing is told before what is malformed.
fn amount_is_whole(body: &Object, name: &'static str) -> Result<(), FieldError> {
    let Some(Value::Object(object)) = body.get(name) else { return Ok(()) };
    let sent = |member: &str| object.get(member).is_some_and(|value| !is_empty(value));
    match (sent("value"), sent(Currency::FIELD)) {
        (false, _) => Err(FieldError::Missing(name)),
        (true, false) => Err(FieldError::Missing(Currency::FIELD)),
        (true, true) => Ok(()),
    }
}

fn amount(body: &Object, name: &'static str) -> Result<Amount, FieldError> {
    let value = body.get(name).ok_or(FieldError::Missing(name))?;
    let Value::Object(object) = value else { return scalar(value, name) };
    let amount = scalar(object.get("value").ok_or(FieldError::Missing(name))?, name)?;
    let currency = optional(object, Currency::FIELD)?.ok_or(FieldError::Missing(Currency::FIELD))?;
    Ok(amount.in_currency(Currency::parse(&currency)?))
}

fn scalar(value: &Value, name: &'static str) -> Result<Amount, FieldError> {
    match value {
        Value::Text(text) | Value::Number(text) => Amount::parse(text).map_err(|error| error.of(name)),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(FieldError::Invalid(name)),
    }
}

fn mitra_cd(body: &Object) -> Result<Option<MitraCd>, FieldError> {
    let mut found = typed(body, [MitraCd::FIELD], MitraCd::parse)?;
    if let (None, Some(Value::Object(info))) = (&found, body.get("additionalInfo")) {
        found = typed(info, [MitraCd::FIELD], MitraCd::parse)?;
    }
    Ok(found)
}

fn time(body: &Object) -> Result<Option<TrxDateTime>, FieldError> {
    if let Some(text) = optional(body, TrxDateTime::FIELD)? {
        let is_compact = || text.split_at_checked(8).is_some_and(|(date, time)| is_compact(date, time));
        let is_time = Timestamp::parse(&text).is_ok() || is_compact();
        return if is_time {
            TrxDateTime::parse(&text).map(Some)
        } else {
            Err(FieldError::Invalid(TrxDateTime::FIELD))
        };
    }
    match (optional(body, "transDt")?, optional(body, "transTm")?) {
        (Some(date), Some(time)) if is_compact(&date, &time) => TrxDateTime::parse(&format!("{date}{time}")).map(Some),
        (Some(_), Some(_)) => Err(FieldError::Invalid("transDt")),
        _ => Ok(None),
    }
}

/// `yyyyMMdd` and `HHmmss`, which are a time in Jakarta.
fn is_compact(date: &str, time: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && is_digits(text);
    let shaped =
        |d: &str, t: &str| format!("{}-{}-{}T{}:{}:{}Z", &d[..4], &d[4..6], &d[6..], &t[..2], &t[2..4], &t[4..]);
    digits(date, 8) && digits(time, 6) && Timestamp::parse(&shaped(date, time)).is_ok()
}

/// At most ten names, of letters only: they come from outside and go into a log.
fn unread_names(body: &Object) -> Vec<String> {
    let ids = || REQUEST_ID_NAMES.iter().chain(&REFERENCE_NAMES);
    let known = || PAY_NO_NAMES.iter().chain(&AMOUNT_NAMES).chain(ids()).chain(&OTHER_NAMES);
    let is_known = |name: &str| known().any(|known| known.eq_ignore_ascii_case(name));
    let is_loggable = |name: &str| name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphabetic());
    body.keys().filter(|name| !is_known(name) && is_loggable(name)).take(10).map(str::to_owned).collect()
}

/// The answer, beside code and message: the inquiry's fields, and what the payment brought under its own names.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentResponse<'a> {
    pay_no_data: PayNoData<'a>,
}

impl<'a> PaymentResponse<'a> {
    /// What the paid order says, with the payment's own fields given back.
    pub fn new(request: &'a PaymentRequest, order: &'a Order) -> Self {
        let echo = &request.echo;
        let parts = (echo.partner_service_id.as_str(), echo.customer_no.as_str());
        Self {
            pay_no_data: PayNoData {
                inquiry_request_id: echo.inquiry_request_id.as_ref().map(InquiryRequestId::as_str),
                mitra_cd: request.mitra_cd.as_ref().map(MitraCd::as_str),
                payment_request_id: echo.payment_request_id.as_ref().map(PaymentRequestId::as_str),
                paid_amount: echo.paid_amount.then_some(&request.amount),
                trx_date_time: request.trx_date_time.as_ref().map(TrxDateTime::as_str),
                ..PayNoData::of(order, parts)
            },
        }
    }
}
