//! Every reason to say no to the shop, and what it hears: an HTTP status, a word for its code, a sentence for its
//! engineer.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use crate::back_office::NotRegistered;
use crate::nicepay::to_register::NotRegistrable;
use crate::nicepay::trouble::Trouble;
use crate::order::StoreError;
use crate::provider::BodyTrouble;
use crate::snap::json::JsonError;

/// Why a request is refused. `Display` is for the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("{0}")]
    Body(#[from] BodyTrouble),
    #[error("the deadline passed")]
    DeadlinePassed,
    #[error("{0}")]
    Json(#[from] JsonError),
    #[error("the product is missing or unknown")]
    NoProduct,
    #[error("no key is shown, or another")]
    NoKey,
    #[error("{0}")]
    NotRegistrable(#[from] NotRegistrable),
    #[error("{0}")]
    NotRegistered(#[from] NotRegistered),
    #[error("the work on this request panicked")]
    Panicked,
    #[error("the store failed: {0}")]
    Store(StoreError),
    #[error("there is no such path")]
    UnknownPath,
    #[error("nothing is registered under this referenceNo")]
    UnknownReferenceNo,
    #[error("this path takes {0} only")]
    WrongVerb(&'static str),
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        self.told().0
    }

    /// What the shop hears.
    pub(super) fn body(&self) -> Value {
        let (_, error, message) = self.told();
        let mut body = json!({ "error": error, "message": message });
        if let Self::NotRegistrable(wrong) = self
            && let Some(field) = wrong.field()
        {
            body["field"] = json!(field);
        }
        if let Self::NotRegistered(NotRegistered::Refused(refused)) = self {
            body["resultCd"] = json!(refused.code);
            body["resultMsg"] = json!(refused.message);
        }
        body
    }

    fn told(&self) -> (StatusCode, &'static str, String) {
        let (status, error) = match self {
            Self::Body(BodyTrouble::TooLarge) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::Body(BodyTrouble::Cut | BodyTrouble::Late) | Self::Json(_) => {
                (StatusCode::BAD_REQUEST, "bad_request")
            }
            Self::NoProduct => (StatusCode::BAD_REQUEST, "bad_request"),
            Self::NotRegistrable(wrong) if wrong.code().is_none() => (StatusCode::BAD_REQUEST, "bad_request"),
            Self::NotRegistrable(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_field"),
            Self::NoKey => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::UnknownPath | Self::UnknownReferenceNo => (StatusCode::NOT_FOUND, "not_found"),
            Self::WrongVerb(_) => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::NotRegistered(NotRegistered::OtherOrder | NotRegistered::Taken) => (StatusCode::CONFLICT, "conflict"),
            Self::NotRegistered(NotRegistered::Refused(_)) => (StatusCode::BAD_GATEWAY, "refused_by_nicepay"),
            Self::NotRegistered(NotRegistered::Unanswered(Trouble::Late)) => (StatusCode::GATEWAY_TIMEOUT, "no_answer"),
            Self::NotRegistered(NotRegistered::Unanswered(_)) => (StatusCode::BAD_GATEWAY, "no_answer"),
            Self::DeadlinePassed => (StatusCode::GATEWAY_TIMEOUT, "no_answer"),
            Self::NotRegistered(NotRegistered::Store(_)) | Self::Store(_) | Self::Panicked => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal")
            }
        };
        (status, error, self.message())
    }

    /// What went wrong inside is for the log alone.
    fn message(&self) -> String {
        match self {
            Self::NotRegistered(NotRegistered::Store(_)) | Self::Store(_) | Self::Panicked => {
                "something failed here, and it is in the log: try again".to_owned()
            }
            Self::NotRegistered(NotRegistered::Unanswered(trouble)) => {
                format!("{trouble}: the order is kept and sent again; ask for it, or send the same once more")
            }
            Self::DeadlinePassed => "there is no answer yet: ask for the order, or send the same once more".to_owned(),
            Self::NoProduct => "product must be \"v1\" or \"checkout\"".to_owned(),
            Self::NoKey => "Authorization must be Bearer and the key of merchant_api.key_file".to_owned(),
            Self::Body(_)
            | Self::Json(_)
            | Self::NotRegistrable(_)
            | Self::NotRegistered(_)
            | Self::UnknownPath
            | Self::UnknownReferenceNo
            | Self::WrongVerb(_) => self.to_string(),
        }
    }
}
