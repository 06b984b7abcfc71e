//! NICEPAY's convenience-store messages as they look on the wire, both directions in one file each.

pub mod callback;
pub mod fields;
pub mod inquiry;
pub mod merchant_token;
pub mod notification;
pub mod payment;
pub mod transaction;

use serde::Serialize;

use crate::order::{Order, PayNo};
use crate::snap::amount::Amount;
use crate::snap::field::{FieldError, is_digits, is_visible_ascii, text};
use crate::snap::json::{Object, Value};
use crate::snap::timestamp::jakarta_text;

text!(
    /// The prefix of a number that NICEPAY assigns, e.g. `7015`.
    PartnerServiceId, "partnerServiceId", 4, is_digits
);
text!(
    /// The rest of a number, which the merchant assigns.
    CustomerNo, "customerNo", 8, is_digits, personal
);
text!(
    /// NICEPAY's id of an inquiry.
    InquiryRequestId, "inquiryRequestId", 40, is_visible_ascii
);

/// The three names of one number.
fn pay_no_of(partner_service_id: &PartnerServiceId, customer_no: &CustomerNo) -> Result<PayNo, FieldError> {
    PayNo::parse(&format!("{}{}", partner_service_id.as_str(), customer_no.as_str()))
}

/// What is said of an order, in the answers to inquiry and payment alike; what a request brought is given back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PayNoData<'a> {
    partner_service_id: &'a str,
    customer_no: &'a str,
    pay_no: &'a str,
    pay_no_name: &'a str,
    goods_name: &'a str,
    pay_no_phone: &'a str,
    pay_no_email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inquiry_request_id: Option<&'a str>,
    total_amount: &'a Amount,
    partner_reference_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mitra_cd: Option<&'a str>,
    pay_no_expired_date_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_amount: Option<&'a Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trx_date_time: Option<&'a str>,
}

impl<'a> PayNoData<'a> {
    /// The order's own part, its number taken apart as the request had it.
    fn of(order: &'a Order, (partner_service_id, customer_no): (&'a str, &'a str)) -> Self {
        Self {
            partner_service_id,
            customer_no,
            pay_no: order.pay_no.as_str(),
            pay_no_name: order.pay_no_name.as_str(),
            goods_name: order.goods_name.as_str(),
            pay_no_phone: order.pay_no_phone.as_str(),
            pay_no_email: order.pay_no_email.as_str(),
            inquiry_request_id: None,
            total_amount: &order.amount,
            partner_reference_no: order.partner_reference_no.as_str(),
            mitra_cd: None,
            pay_no_expired_date_time: jakarta_text(order.expires_at.to_utc()),
            payment_request_id: None,
            paid_amount: None,
            trx_date_time: None,
        }
    }
}

/// The text under `name`: absent when it is missing, null or empty.
///
/// # Errors
/// [`FieldError::Invalid`] for a number, a bool, an array or an object where text is due.
fn optional(object: &Object, name: &'static str) -> Result<Option<String>, FieldError> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(FieldError::Invalid(name))
        }
    }
}

/// The texts under `names`, all mandatory. Whatever is missing is told before whatever is malformed.
fn required<const N: usize>(object: &Object, names: [&'static str; N]) -> Result<[String; N], FieldError> {
    let mut texts = std::array::from_fn(|_| String::new());
    let mut malformed = None;
    for (text, name) in texts.iter_mut().zip(names) {
        match optional(object, name) {
            Ok(Some(value)) => *text = value,
            Ok(None) => return Err(FieldError::Missing(name)),
            Err(error) => malformed = malformed.or(Some(error)),
        }
    }
    malformed.map_or(Ok(texts), Err)
}
