//! Every reason to say no, and the one row of the catalogue that each is told as.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::body::BodyTrouble;
use crate::cvs::notification::NotificationError;
use crate::order::StoreError;
use crate::snap::access_token::InvalidToken;
use crate::snap::field::FieldError;
use crate::snap::json::JsonError;
use crate::snap::response_code::Case;
use crate::snap::signature::InvalidSignature;
use crate::snap::timestamp::NotFresh;

/// What the server is made of, each part `ready` or `down`.
pub(super) type Parts = BTreeMap<&'static str, &'static str>;

/// Why a request is refused. `Display` is for the log; the caller hears the row's message alone.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the amount or its currency is not the bill's")]
    AmountMismatch,
    #[error("the body was cut off by the caller")]
    BodyCut,
    #[error("the body has more than {} bytes", super::MAX_BODY)]
    BodyTooLarge,
    #[error("the order is cancelled")]
    Cancelled,
    #[error("the deadline passed")]
    DeadlinePassed,
    #[error("the order has expired")]
    Expired,
    #[error("the notification's merchantToken is not NICEPAY's, or its tXid is another merchant's")]
    ForgedNotification,
    #[error("this X-EXTERNAL-ID was used before on this day")]
    ExternalIdReused,
    #[error("{0}")]
    Field(#[from] FieldError),
    #[error("this payment request id was recorded with other content")]
    InconsistentPayment,
    #[error("{0}")]
    Json(#[from] JsonError),
    #[error("{0}")]
    MalformedNotification(#[from] NotificationError),
    #[error("the body is not declared as plain application/json")]
    MediaType,
    #[error("not ready: {causes}")]
    NotReady { parts: Parts, causes: String },
    #[error("the order belongs to another chain of stores")]
    OtherMitra,
    #[error("the payment names another partnerReferenceNo")]
    OtherReference,
    #[error("the order is paid")]
    Paid,
    #[error("the work on this request panicked")]
    Panicked,
    #[error("{0}")]
    Signature(#[from] InvalidSignature),
    #[error("{store} failed: {error}")]
    Store { store: &'static str, error: StoreError },
    #[error("{0}")]
    Timestamp(#[from] NotFresh),
    #[error("{0}")]
    Token(#[from] InvalidToken),
    #[error("too many requests are at work")]
    TooManyRequests,
    /// Named, since it may be one of NICEPAY's that the configuration lacks.
    #[error("the caller's address, {0}, is not among those that may notify")]
    UnadmittedSource(IpAddr),
    #[error("no client of this id is configured, or X-CLIENT-KEY and X-PARTNER-ID differ")]
    UnknownClient,
    #[error("no order has this number")]
    UnknownPayNo,
    #[error("there is no such path")]
    UnknownPath,
    #[error("the caller's address cannot be told from what the proxy before this server says")]
    UnknownSource,
    #[error("this path does not take that verb")]
    WrongVerb,
}

impl From<BodyTrouble> for Refusal {
    fn from(trouble: BodyTrouble) -> Self {
        match trouble {
            BodyTrouble::Cut => Self::BodyCut,
            BodyTrouble::Late => Self::DeadlinePassed,
            BodyTrouble::TooLarge => Self::BodyTooLarge,
        }
    }
}

impl Refusal {
    /// The row it is told as, and what fills the row's message. No wildcard: a new reason must choose its row.
    pub(super) fn case(&self) -> (Case, &'static str) {
        match self {
            Self::BodyCut | Self::Json(_) | Self::MalformedNotification(_) | Self::MediaType => (Case::BadRequest, ""),
            Self::Field(FieldError::Invalid(name)) => (Case::InvalidFieldFormat, name),
            Self::Field(FieldError::Missing(name)) => (Case::InvalidMandatoryField, name),
            // Which of the three failed is told: it helps an honest caller and gives a dishonest one nothing that
            // trying would not. Why it failed stays in the log.
            Self::ForgedNotification | Self::Signature(_) => (Case::Unauthorized, "Signature"),
            Self::Timestamp(_) => (Case::Unauthorized, "Timestamp"),
            Self::UnknownClient => (Case::Unauthorized, "Unknown client"),
            Self::Token(_) => (Case::InvalidToken, ""),
            Self::UnadmittedSource(_) | Self::UnknownSource => (Case::FeatureNotAllowed, ""),
            Self::UnknownPath => (Case::TransactionNotFound, ""),
            Self::Cancelled | Self::OtherMitra | Self::OtherReference | Self::UnknownPayNo => (Case::InvalidBill, ""),
            Self::AmountMismatch => (Case::InvalidAmount, ""),
            Self::Paid => (Case::PaidBill, ""),
            Self::InconsistentPayment => (Case::InconsistentRequest, ""),
            Self::Expired => (Case::ExpiredBill, ""),
            Self::WrongVerb => (Case::UnsupportedFunction, ""),
            Self::ExternalIdReused => (Case::Conflict, ""),
            Self::BodyTooLarge => (Case::PayloadTooLarge, ""),
            Self::TooManyRequests => (Case::TooManyRequests, ""),
            Self::Store { error, .. } if error.is_timeout() => (Case::Timeout, ""),
            Self::Panicked | Self::Store { .. } => (Case::GeneralError, ""),
            Self::NotReady { .. } => (Case::ServiceUnavailable, ""),
            Self::DeadlinePassed => (Case::Timeout, ""),
        }
    }
}
