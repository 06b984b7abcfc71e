//! Why a merchant's call is refused, for its two readers: the code is the caller's, the verdict the developer's.

use crate::nicepay::result_code::{Group, ResultCode};

/// An answer's fields, in order; what NICEPAY leaves empty is `null`.
pub(super) type Said = Vec<(&'static str, Option<String>)>;

/// A refusal.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: ResultCode,
    /// The status line's number: NICEPAY refuses with 200.
    pub(super) status: u16,
    /// One sentence on what was wrong.
    pub(super) verdict: String,
}

impl Refusal {
    pub(super) fn new(code: ResultCode, verdict: impl Into<String>) -> Self {
        Self { code, status: 200, verdict: verdict.into() }
    }

    /// What is no call that could be answered.
    pub(super) fn of_http(status: u16, verdict: impl Into<String>) -> Self {
        Self { code: CHECK_YOUR_HTTP, status, verdict: verdict.into() }
    }

    /// What NICEPAY says of it.
    pub(super) fn said(&self) -> Said {
        vec![("resultCd", Some(self.code.code().to_owned())), ("resultMsg", Some(self.code.message().to_owned()))]
    }
}

/// "Please check your HTTP Message."
pub(super) const CHECK_YOUR_HTTP: ResultCode = ResultCode::of(Group::Order, "9001");
