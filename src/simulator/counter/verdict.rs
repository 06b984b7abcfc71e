//! What to say of an exchange, or of a refusal: one sentence, and one about what to do next.

use super::language::Language;
use super::texts::filled;
use super::texts::verdicts::{Verdict, of_case, of_trouble};
use crate::simulator::books::State;
use crate::simulator::caller::CannotCall;
use crate::simulator::desk::{Heard, Refusal};
use crate::simulator::exchange::{Direction, Exchange};
use crate::simulator::fault::Fault;
use crate::simulator::plan::Endpoint;

/// Said of something that came back.
pub(super) struct Said {
    pub(super) good: bool,
    pub(super) what: String,
    pub(super) next: Option<&'static str>,
}

impl Said {
    /// Of a call that was `spoiled` on purpose a refusal is what was wanted.
    pub(super) fn of_refusal(refusal: &Refusal, spoiled: bool, language: Language) -> Self {
        match refusal {
            Refusal::Heard(heard) => {
                Self::of_heard(heard, Verdict::Accepted, language).noticed(heard, spoiled, language)
            }
            Refusal::Lacks(field) => Self {
                good: false,
                what: filled(Verdict::Lacks.told(language), field),
                next: Some(Verdict::LacksNext.told(language)),
            },
            Refusal::Over(state) => Self::bad(over(state), language),
            Refusal::NotAcknowledged(None) => {
                Self::bad((Verdict::NotAcknowledged, Verdict::NotAcknowledgedNext), language)
            }
            Refusal::NotAcknowledged(Some(trouble)) => Self::bad(of_trouble(*trouble), language),
            Refusal::NotWritten => Self::bad((Verdict::NotWritten, Verdict::NotWrittenNext), language),
            Refusal::NotMade(why) => match why {
                CannotCall::NoToken(exchange) => Self::of_exchange(exchange, language),
                CannotCall::Unfit(_) => Self::bad((Verdict::Unfit, Verdict::UnfitNext), language),
                CannotCall::NoOtherClient => Self::bad((Verdict::NoOtherClient, Verdict::NoOtherClientNext), language),
                CannotCall::NoExpiredToken => {
                    Self::bad((Verdict::NoExpiredToken, Verdict::NoExpiredTokenNext), language)
                }
            },
        }
    }

    pub(super) fn of_exchange(exchange: &Exchange, language: Language) -> Self {
        match success_of(exchange) {
            Some(success) => {
                let heard = Heard::of(exchange);
                let mut faults = exchange.faults.iter().filter_map(|fault| fault.parse::<Fault>().ok());
                let spoiled = faults.any(|fault| fault.is_due_to_be_refused());
                Self::of_heard(&heard, success, language).noticed(&heard, spoiled, language)
            }
            None => Self::of_other(exchange, language),
        }
    }

    fn of_heard(heard: &Heard, success: Verdict, language: Language) -> Self {
        let words = match heard {
            Heard::Success => return Self { good: true, what: success.told(language).to_owned(), next: None },
            Heard::Refused(case) => of_case(*case),
            Heard::OtherCode(_) => (Verdict::OtherCode, Verdict::OtherCodeNext),
            Heard::NoCode => (Verdict::NoCode, Verdict::NoCodeNext),
            Heard::NoJson => (Verdict::NoJson, Verdict::NoJsonNext),
            Heard::Redirect => (Verdict::Redirect, Verdict::RedirectNext),
            Heard::Nothing(trouble) => of_trouble(*trouble),
        };
        Self::bad(words, language)
    }

    fn noticed(self, heard: &Heard, spoiled: bool, language: Language) -> Self {
        let refused = matches!(heard, Heard::Refused(_));
        if refused && spoiled { Self { good: true, next: Some(Verdict::Noticed.told(language)), ..self } } else { self }
    }

    /// What is none of the three calls: whoever was called may have said what it made of it.
    fn of_other(exchange: &Exchange, language: Language) -> Self {
        let answer = match &exchange.answer {
            Ok(answer) => answer,
            Err(trouble) => return Self::bad(of_trouble(*trouble), language),
        };
        let good = answer.status < 300 && exchange.code().is_none_or(|code| code.trim_matches('0').is_empty());
        let verdict = if good { Verdict::Accepted } else { Verdict::NotAccepted };
        let what = exchange.verdict.clone().unwrap_or_else(|| verdict.told(language).to_owned());
        Self { good, what, next: None }
    }

    fn bad((what, next): (Verdict, Verdict), language: Language) -> Self {
        Self { good: false, what: what.told(language).to_owned(), next: Some(next.told(language)) }
    }
}

/// Of a number that NICEPAY itself issued.
fn over(state: &State) -> (Verdict, Verdict) {
    match state {
        State::Paid(_) | State::Unpaid => (Verdict::PaidAtNicepay, Verdict::PaidAlreadyNext),
        State::Expired => (Verdict::ExpiredAtNicepay, Verdict::ExpiredNext),
        State::Reversed(_) => (Verdict::ReversedAtNicepay, Verdict::ExpiredNext),
        State::Cancelled(_) => (Verdict::CancelledAtNicepay, Verdict::ExpiredNext),
    }
}

fn success_of(exchange: &Exchange) -> Option<Verdict> {
    let calls =
        [(Endpoint::Token, Verdict::Token), (Endpoint::Inquiry, Verdict::Bill), (Endpoint::Payment, Verdict::Payment)];
    let called = |(endpoint, _): &(Endpoint, Verdict)| {
        exchange.direction == Direction::ToMerchant && endpoint.name() == exchange.name
    };
    calls.into_iter().find(called).map(|(_, success)| success)
}
