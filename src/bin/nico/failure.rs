//! Why a command failed: one sentence that says what to do.

use std::fmt;
use std::io;

use nico::StoreError;

/// One sentence for whoever typed the command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Said on standard error; the exit code is 1.
    Sentence(String),
    /// Said on standard error; the exit code is 2: what was asked for could not be begun.
    Unusable(String),
    /// Whoever read our output has had enough, as `| head` has: no failure of ours.
    NobodyReads,
}

/// What a command yields.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self::Sentence(sentence.into())
    }

    /// For commands that yield a verdict: without one, they end with 2.
    pub(crate) fn unusable(sentence: impl Into<String>) -> Self {
        Self::Unusable(sentence.into())
    }

    /// This failure, before a verdict could be reached.
    pub(crate) fn before_verdict(self) -> Self {
        match self {
            Self::Sentence(sentence) => Self::Unusable(sentence),
            Self::Unusable(_) | Self::NobodyReads => self,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sentence(sentence) | Self::Unusable(sentence) => f.write_str(sentence),
            Self::NobodyReads => f.write_str("nobody reads the output"),
        }
    }
}

impl std::error::Error for Failure {}

/// Errors of writing to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::NobodyReads
        } else {
            Self::new(format!("the output cannot be written: {error}"))
        }
    }
}

/// A failing store, named by the place it lies in.
pub(crate) fn store_failed(place: impl fmt::Display) -> impl FnOnce(StoreError) -> Failure {
    move |error| Failure::new(format!("{place} cannot be used: {error}"))
}
