//! What a run found.

use chrono::{DateTime, Utc};

use super::check::Check;
use crate::simulator::exchange::Exchange;

/// Everything that a run found, as it may be shown: what is secret or personal is masked.
#[derive(Debug)]
pub struct Report {
    /// Scheme, host and port.
    pub url: String,
    /// What stands before `/v1.0`.
    pub base_path: String,
    /// As whom it was called.
    pub client_id: String,
    /// When it began.
    pub begun_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// A finding for each check, in the table's order.
    pub findings: Vec<Finding>,
}

/// What one check found.
#[derive(Debug)]
pub struct Finding {
    /// The check.
    pub check: &'static Check,
    /// What it came to.
    pub verdict: Verdict,
    /// Which answers were due, in words.
    pub expected: String,
    /// What was sent and what came back.
    pub evidence: Vec<Exchange>,
    /// A shell's way to the same answer, where the check has failed.
    pub reproduce: Option<String>,
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it must be.
    Pass,
    /// It is not.
    Fail(String),
    /// It was not asked, or the answer tells nothing.
    Skip(String),
}

impl Report {
    /// How many passed, failed and were skipped.
    pub fn counts(&self) -> [usize; 3] {
        let count = |word: &str| self.findings.iter().filter(|finding| finding.verdict.word() == word).count();
        ["pass", "fail", "skip"].map(count)
    }

    /// Whether nothing failed.
    pub fn is_clean(&self) -> bool {
        self.counts()[1] == 0
    }
}

impl Verdict {
    /// `pass`, `fail` or `skip`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Skip(_) => "skip",
        }
    }

    /// Why, where that is not plain.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Pass => None,
            Self::Fail(reason) | Self::Skip(reason) => Some(reason),
        }
    }
}
