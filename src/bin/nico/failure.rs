//! Why a command failed: one sentence that says what to do.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use nico::StoreError;

/// One sentence for whoever typed the command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Said on standard error; the exit code is 1.
    Sentence(String),
    /// The same, where nothing could be tried; the exit code is 2.
    CannotRun(String),
    /// All has been said already; the exit code is 1.
    Told,
    /// Whoever read our output has had enough, as `| head` has: no failure of ours.
    NobodyReads,
}

/// What a command yields.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self::Sentence(sentence.into())
    }

    /// Of a command that tells "could not run" from "failed".
    pub(crate) fn cannot_run(self) -> Self {
        match self {
            Self::Sentence(sentence) => Self::CannotRun(sentence),
            Self::CannotRun(_) | Self::Told | Self::NobodyReads => self,
        }
    }

    /// Says what is left to say, and how the process ends.
    pub(crate) fn end(&self) -> ExitCode {
        match self {
            Self::Sentence(_) | Self::CannotRun(_) => {
                // If nobody reads it, it has failed all the same.
                let _ = writeln!(io::stderr(), "nico: {self}");
            }
            Self::Told | Self::NobodyReads => {}
        }
        match self {
            Self::Sentence(_) | Self::Told => ExitCode::FAILURE,
            Self::CannotRun(_) => ExitCode::from(2),
            Self::NobodyReads => ExitCode::SUCCESS,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sentence(sentence) | Self::CannotRun(sentence) => f.write_str(sentence),
            Self::Told => f.write_str("it has failed"),
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
