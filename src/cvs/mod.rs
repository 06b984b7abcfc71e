//! NICEPAY's convenience-store messages as they look on the wire, both directions in one file each.

pub mod inquiry;
pub mod payment;

use crate::order::PayNo;
use crate::snap::field::{FieldError, is_digits, is_visible_ascii, text};
use crate::snap::json::{Object, Value};

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
