//! A check: one row of the table.

use super::need::Need;
use super::subject::Subject;
use crate::simulator::exchange::Exchange;
use crate::simulator::step::Step;

/// What must be so, where that is written, and how to find out.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its name, as `inquiry.unknown-number`.
    pub id: &'static str,
    /// What must be so, in a sentence.
    pub rule: &'static str,
    /// The same in Bahasa Indonesia, for the record that is handed in.
    pub aturan: &'static str,
    /// Where it is written, or which defect of others it guards against.
    pub source: &'static str,
    /// Its number among ASPI's functional scenarios.
    pub scenario: Option<&'static str>,
    /// Without which it is skipped.
    pub(super) needs: &'static [Need],
    pub(super) how: How,
    pub(super) judge: Judge,
    /// Whether a framework likes to answer it in its own voice: then that is this row's matter and no other's.
    pub(super) own_voice: bool,
}

/// How to find out.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    /// Ask this, one after the other.
    InTurn(fn(&Subject) -> Vec<Step>),
    /// Ask this, all at once.
    AtOnce(fn(&Subject) -> Vec<Step>),
    /// Ask nothing: look at all that was answered.
    Seen(fn(&[Seen<'_>]) -> Result<(), Miss>),
}

/// Looks at what came back, beyond the codes that the steps expect.
pub(super) type Judge = fn(&Subject, &[Exchange]) -> Result<(), Miss>;

/// What was answered in the course of the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'e> {
    pub(super) exchange: &'e Exchange,
    pub(super) own_voice: bool,
}

/// Why a check does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Miss {
    /// It is not as it must be.
    Unmet(String),
    /// The same, as the exchange of this place shows.
    Shown(String, usize),
    /// It cannot be told.
    Moot(String),
}

impl Check {
    /// A row about transactions.
    pub(super) const fn new(
        id: &'static str,
        rule: &'static str,
        aturan: &'static str,
        source: &'static str,
        how: fn(&Subject) -> Vec<Step>,
    ) -> Self {
        let how = How::InTurn(how);
        Self { needs: &[Need::Inquiry], ..Self::made(id, rule, aturan, source, how) }
    }

    /// A row about the token call.
    pub(super) const fn token(
        id: &'static str,
        rule: &'static str,
        aturan: &'static str,
        source: &'static str,
        how: fn(&Subject) -> Vec<Step>,
    ) -> Self {
        let how = How::InTurn(how);
        Self { needs: &[Need::Token], ..Self::made(id, rule, aturan, source, how) }
    }

    /// A row about everything that was answered.
    pub(super) const fn seen(
        id: &'static str,
        rule: &'static str,
        aturan: &'static str,
        source: &'static str,
        how: fn(&[Seen<'_>]) -> Result<(), Miss>,
    ) -> Self {
        Self { needs: &[Need::Reached], ..Self::made(id, rule, aturan, source, How::Seen(how)) }
    }

    const fn made(id: &'static str, rule: &'static str, aturan: &'static str, source: &'static str, how: How) -> Self {
        let judge: Judge = |_, _| Ok(());
        Self { id, rule, aturan, source, scenario: None, needs: &[], how, judge, own_voice: false }
    }

    pub(super) const fn needs(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }

    pub(super) const fn scenario(self, number: &'static str) -> Self {
        Self { scenario: Some(number), ..self }
    }

    pub(super) const fn judged(self, judge: Judge) -> Self {
        Self { judge, ..self }
    }

    pub(super) const fn own_voice(self) -> Self {
        Self { own_voice: true, ..self }
    }

    pub(super) const fn at_once(self) -> Self {
        match self.how {
            How::InTurn(steps) => Self { how: How::AtOnce(steps), ..self },
            How::AtOnce(_) | How::Seen(_) => self,
        }
    }
}
