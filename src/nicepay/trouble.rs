//! Why a call at NICEPAY came to nothing, in words for the log and the merchant's own engineer. Of what was received they
//! repeat `resultCd` and `resultMsg`, bounded, and nothing else.

use std::fmt;

use super::result_code::{Group, Remedy, ResultCode, received};
use crate::outgoing::{self, Unread};

/// Why there is no answer of any use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Time ran out.
    #[error("NICEPAY did not answer in time")]
    Late,
    /// There was no connection, so nothing was sent.
    #[error("NICEPAY's host cannot be used: {0}")]
    Connection(&'static str),
    /// The connection broke after it was there.
    #[error("NICEPAY's host cannot be used: {0}")]
    Broken(&'static str),
    /// Another HTTP status than 200. A redirect is one: it is not followed.
    #[error("NICEPAY answers with HTTP {0} where 200 is due")]
    HttpStatus(u16),
    /// What came is no answer as NICEPAY's pages have it.
    #[error("NICEPAY's answer cannot be read: {0}")]
    Unreadable(&'static str),
    /// The answer is about something else than what was asked, by this field.
    #[error("NICEPAY's answer is about another transaction: it has another {0}")]
    AnotherTransaction(&'static str),
    /// NICEPAY has understood, and refused.
    #[error("NICEPAY refuses: {0}")]
    Refused(Refused),
}

/// A `resultCd` other than `0000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// `resultCd`, four characters.
    pub code: String,
    /// `resultMsg`: at most 200 characters, and each of them readable.
    pub message: String,
    /// Its row in the catalogue; `None` where there is none, or where its number has two and its wording is neither's.
    pub known: Option<ResultCode>,
}

impl Trouble {
    /// Whether NICEPAY may have got the call, and done what it asks. It has not only where there was no connection at all.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::Connection(_) => false,
            Self::Late
            | Self::Broken(_)
            | Self::HttpStatus(_)
            | Self::Unreadable(_)
            | Self::AnotherTransaction(_)
            | Self::Refused(_) => true,
        }
    }

    /// Whether the same may be sent again later, as it is: nothing was sent, or NICEPAY says that it is busy.
    pub fn is_again(&self) -> bool {
        match self {
            Self::Connection(_) => true,
            Self::Refused(refused) => refused.known.is_some_and(|row| row.remedy() == Remedy::Again),
            Self::Late | Self::Broken(_) | Self::HttpStatus(_) | Self::Unreadable(_) | Self::AnotherTransaction(_) => {
                false
            }
        }
    }

    /// Whether NICEPAY says that the referenceNo exists (9009). It may be this very registration, sent before.
    pub fn is_reference_taken(&self) -> bool {
        matches!(self, Self::Refused(Refused { known: Some(REFERENCE_TAKEN), .. }))
    }
}

impl Refused {
    /// Whether NICEPAY has certainly not registered what it was sent, and will not: something of the order must change
    /// first, or of what NICEPAY has set up for the merchant. Any other code may stand for a failure after the fact.
    pub fn is_final(&self) -> bool {
        self.known.is_some_and(|row| row.remedy() == Remedy::Correct || SET_UP.contains(&row))
    }

    /// A refusal where these groups of codes are possible.
    pub(super) fn new(groups: &[Group], code: &str, message: &str) -> Self {
        let readable = message.trim().chars().filter(|character| !character.is_control());
        Self {
            code: code.to_owned(),
            message: readable.take(MAX_MESSAGE).collect(),
            known: received(groups, code, message),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.message)
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        let was_connected = !error.is_connect();
        let words = outgoing::words(error);
        if was_connected { Self::Broken(words) } else { Self::Connection(words) }
    }
}

impl From<Unread> for Trouble {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge => Self::Unreadable("it has more than 65536 bytes"),
            // It was being answered, so it was connected.
            Unread::Broken(error) => Self::Broken(outgoing::words(error)),
        }
    }
}

const MAX_MESSAGE: usize = 200;
/// What is wrong with the merchant at NICEPAY: nobody has a number then.
const SET_UP: [ResultCode; 8] = [
    ResultCode::of(Group::Order, "9010"),
    ResultCode::of(Group::Order, "9011"),
    ResultCode::of(Group::Order, "9012"),
    ResultCode::of(Group::Cvs, "9503"),
    ResultCode::of(Group::Cvs, "9512"),
    ResultCode::of(Group::Cvs, "9521"),
    ResultCode::of(Group::Cvs, "9522"),
    ResultCode::of(Group::Cvs, "9525"),
];
const REFERENCE_TAKEN: ResultCode = ResultCode::of(Group::Order, "9009");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_arrived_is_not_sent_again_blindly() {
        let refused = |code, message| Trouble::Refused(Refused::new(&[Group::Order, Group::Cvs], code, message));
        let busy = refused("9002", "Server is busy. Please kindly try again in few minutes.");
        assert!(busy.is_again() && busy.may_have_arrived());
        let taken = refused("9009", "whatever");
        assert!(taken.is_reference_taken() && !taken.is_again());
        assert!(!refused("9999", "Reference Number already exist.").is_reference_taken());
        let is_final =
            |code, message| Refused::new(&[Group::Order, Group::Cvs, Group::Common], code, message).is_final();
        assert!(is_final("9014", "") && is_final("9012", "") && is_final("9510", ""));
        for (code, message) in
            [("9527", ""), ("9030", ""), ("1004", ""), ("9507", "Http timeout exception."), ("9507", "?"), ("0815", "")]
        {
            assert!(!is_final(code, message), "{code}: it may be registered all the same");
        }
        let nobody = Trouble::Connection("nobody listens at its address");
        assert!(nobody.is_again() && !nobody.may_have_arrived());
        for uncertain in [Trouble::Late, Trouble::Broken("x"), Trouble::HttpStatus(502), Trouble::Unreadable("x")] {
            assert!(uncertain.may_have_arrived() && !uncertain.is_again(), "{uncertain}");
        }
    }

    #[test]
    fn a_message_is_readable_and_has_an_end() {
        let refused = Refused::new(&[], "9030", &format!("a\n\u{1b}[31mb{}", "é".repeat(300)));
        assert_eq!(refused.message.chars().count(), 200);
        assert!(refused.message.starts_with("a[31mbé"), "{refused}");
        assert_eq!(refused.known, None);
    }
}
