//! `POST …/cvs/inquiry`: what is to be paid for this number?
//!
//! Source: NICEPAY, *Inquiry – API NICEPAY Inquiry Convenience Store SNAP*. The page reached us in lower case; the
//! casing of `payNoName`, `goodsName`, `payNoExpiredDateTime` follows NICEPAY's other pages. Keys are read whatever
//! their case and written as here.

use serde::Serialize;

use super::{CustomerNo, InquiryRequestId, PartnerServiceId, PayNoData, pay_no_of, required};
use crate::order::{MitraCd, Order, PayNo};
use crate::snap::field::FieldError;
use crate::snap::json::Object;

/// The fields, all mandatory, all strings and nothing else.
pub const FIELDS: [&str; 5] =
    [PartnerServiceId::FIELD, CustomerNo::FIELD, PayNo::FIELD, InquiryRequestId::FIELD, MitraCd::FIELD];

/// An inquiry.
#[derive(Debug)]
pub struct InquiryRequest {
    /// The number's prefix.
    pub partner_service_id: PartnerServiceId,
    /// The number's rest.
    pub customer_no: CustomerNo,
    /// The number: prefix and rest.
    pub pay_no: PayNo,
    /// NICEPAY's id of this inquiry.
    pub inquiry_request_id: InquiryRequestId,
    /// The chain whose store asks.
    pub mitra_cd: MitraCd,
}

impl InquiryRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// [`FieldError`]: what is missing before what is malformed; `payNo` where it is not prefix and rest.
    pub fn read(body: &Object) -> Result<Self, FieldError> {
        let [partner_service_id, customer_no, pay_no, inquiry_request_id, mitra_cd] = required(body, FIELDS)?;
        let partner_service_id = PartnerServiceId::parse(&partner_service_id)?;
        let customer_no = CustomerNo::parse(&customer_no)?;
        let pay_no = PayNo::parse(&pay_no)?;
        if pay_no != pay_no_of(&partner_service_id, &customer_no)? {
            return Err(FieldError::Invalid(PayNo::FIELD));
        }
        Ok(Self {
            partner_service_id,
            customer_no,
            pay_no,
            inquiry_request_id: InquiryRequestId::parse(&inquiry_request_id)?,
            mitra_cd: MitraCd::parse(&mitra_cd)?,
        })
    }
}

/// The answer, beside code and message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InquiryResponse<'a> {
    pay_no_data: PayNoData<'a>,
}

impl<'a> InquiryResponse<'a> {
    /// What the order says, with the inquiry's own fields given back.
    pub fn new(request: &'a InquiryRequest, order: &'a Order) -> Self {
        let parts = (request.partner_service_id.as_str(), request.customer_no.as_str());
        Self {
            pay_no_data: PayNoData {
                inquiry_request_id: Some(request.inquiry_request_id.as_str()),
                mitra_cd: Some(request.mitra_cd.as_str()),
                ..PayNoData::of(order, parts)
            },
        }
    }
}
