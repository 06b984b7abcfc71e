//! What went wrong with a call, in words for the log: of what was received they name our own fields and no value.

use std::time::Duration;

use super::breaker::Down;
use crate::order::{PayNo, StoreError};
use crate::outgoing::{self, Unread};
use crate::snap::field::FieldError;
use crate::snap::json::JsonError;

/// Why there is no answer of any use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    #[error("the orders service did not answer within {0:?}")]
    Late(Duration),
    #[error("all {calls} calls to the orders service were taken for {waited:?}")]
    Busy { calls: usize, waited: Duration },
    #[error("the orders service cannot be used: {0}")]
    Connection(&'static str),
    #[error("the orders service answers {0}")]
    Broken(u16),
    #[error("the orders service is down and was not asked")]
    NotAsked(Down),
    #[error("the orders service refuses the signature ({0}): both ends must hold the same secret and the same time")]
    Signature(u16),
    #[error("the orders service answers {0} where 200 or 404 is due")]
    Status(u16),
    #[error("the orders service does not answer with application/json")]
    NotJson,
    #[error("the orders service answers with more than {0} bytes")]
    TooLarge(usize),
    #[error("the orders service answers with what is no order: {0}")]
    NotAnObject(#[from] JsonError),
    #[error("the orders service answers with what is no order: {0}")]
    NotAnOrder(#[from] FieldError),
    #[error("the orders service answers with an order of another {}", PayNo::FIELD)]
    AnotherOrder,
}

impl Trouble {
    /// What it says of the service; `None` where the service is up and only this answer is bad.
    pub(super) fn down(self) -> Option<Down> {
        match self {
            Self::Late(_) => Some(Down::Late),
            Self::Connection(_) | Self::Broken(_) => Some(Down::Broken),
            Self::Busy { .. }
            | Self::NotAsked(_)
            | Self::Signature(_)
            | Self::Status(_)
            | Self::NotJson
            | Self::TooLarge(_)
            | Self::NotAnObject(_)
            | Self::NotAnOrder(_)
            | Self::AnotherOrder => None,
        }
    }

    /// As the provider hears it: that time ran out is another code than that something broke.
    pub(super) fn told(self) -> StoreError {
        let is_late = matches!(self, Self::Late(_) | Self::Busy { .. } | Self::NotAsked(Down::Late));
        if is_late { StoreError::timed_out(&self.to_string()) } else { StoreError::new(&self.to_string()) }
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        Self::Connection(outgoing::words(error))
    }
}

impl From<Unread> for Trouble {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge => Self::TooLarge(outgoing::MAX_ANSWER),
            Unread::Broken(error) => error.into(),
        }
    }
}
