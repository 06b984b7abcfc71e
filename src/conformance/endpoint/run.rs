//! Goes through the table, asks, judges, and keeps within its time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::check::{Check, How, Miss, Seen};
use super::finding::{Finding, Report, Verdict};
use super::judge;
use super::mask::Mask;
use super::rows::table;
use super::subject::{Given, Subject};
use crate::clock::Clock;
use crate::simulator::caller::{Caller, CannotCall};
use crate::simulator::exchange::{Exchange, Trouble};
use crate::simulator::fault;
use crate::simulator::journal::Journal;
use crate::simulator::reproduce::{Shell, snippet};
use crate::simulator::step::{Outcome, Step};
use crate::simulator::wire::Wire;

/// How long may be waited.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one answer.
    pub call: Duration,
    /// For all of them.
    pub run: Duration,
}

impl Default for Limits {
    /// Ten seconds and three minutes.
    fn default() -> Self {
        Self { call: Duration::from_secs(10), run: Duration::from_secs(180) }
    }
}

/// Asks all that can be asked, and says what it found. `progress` hears of each check as it is done.
///
/// # Errors
/// When the system gives no TLS configuration. The process must have a TLS provider installed.
pub async fn check(
    given: Given,
    limits: Limits,
    clock: Arc<dyn Clock>,
    progress: &mut (dyn FnMut(&Check, &Verdict) + Send),
) -> Result<Report, reqwest::Error> {
    let subject = Subject::new(&given, clock.now());
    let mask = Mask::new(given.pay_nos.iter().chain(&given.paid_pay_no).chain(&given.expired_pay_no));
    let target = given.target;
    let shell = Shell {
        url: target.url.clone(),
        base_path: target.base_path.clone(),
        client_id: target.own.client_id.clone(),
        other_client_id: target.other.as_ref().map(|other| other.client_id.clone()),
        files: given.files,
    };
    let (begun_at, begun) = (clock.now(), Instant::now());
    let caller = Caller::new(Wire::new(limits.call)?, Arc::clone(&clock), Arc::new(Journal::default()), target);
    let mut run = Run { caller, subject, mask, shell, hangs: HashMap::new(), asked: Vec::new() };
    for check in table() {
        let asked = run.check(check, limits.run.saturating_sub(begun.elapsed())).await;
        progress(check, &asked.verdict);
        run.learn(asked);
    }
    Ok(run.report(begun_at, clock.now()))
}

/// A run under way.
struct Run {
    caller: Caller,
    subject: Subject,
    mask: Mask,
    shell: Shell,
    /// How many calls each endpoint has left without an answer.
    hangs: HashMap<String, usize>,
    asked: Vec<Asked>,
}

/// What was asked for one check. Not masked yet.
struct Asked {
    check: &'static Check,
    verdict: Verdict,
    steps: Vec<Step>,
    exchanges: Vec<Exchange>,
    /// Whose exchange shows it, where nothing was asked.
    shown_by: Option<usize>,
}

impl Asked {
    fn skipped(check: &'static Check, reason: impl Into<String>) -> Self {
        let verdict = Verdict::Skip(reason.into());
        Self { check, verdict, steps: Vec::new(), exchanges: Vec::new(), shown_by: None }
    }
}

impl Run {
    async fn check(&self, check: &'static Check, left: Duration) -> Asked {
        if let Some(reason) = self.subject.lacks(check.needs) {
            return Asked::skipped(check, reason);
        }
        let (steps, at_once) = match check.how {
            How::Seen(judge) => return self.look(check, judge),
            How::InTurn(steps) => (steps(&self.subject), false),
            How::AtOnce(steps) => (steps(&self.subject), true),
        };
        if left.is_zero() {
            return self.out_of_time(check);
        }
        let hung = |step: &&Step| self.hangs.get(step.ask.endpoint().name()).is_some_and(|hangs| *hangs >= MOST_HANGS);
        if let Some(step) = steps.iter().find(hung) {
            let name = step.ask.endpoint().name();
            return Asked::skipped(
                check,
                format!("{name} has left {MOST_HANGS} calls unanswered and is not asked again"),
            );
        }
        match tokio::time::timeout(left, self.ask(&steps, at_once)).await {
            Ok(Ok(outcomes)) => self.judged(check, steps, outcomes),
            Ok(Err(error)) => cannot(check, steps, error),
            Err(_) => self.out_of_time(check),
        }
    }

    async fn ask(&self, steps: &[Step], at_once: bool) -> Result<Vec<Outcome>, CannotCall> {
        if at_once {
            return join_all(steps.iter().map(|step| step.run(&self.caller))).await.into_iter().collect();
        }
        let mut outcomes = Vec::new();
        for step in steps {
            outcomes.push(step.run(&self.caller).await?);
        }
        Ok(outcomes)
    }

    fn judged(&self, check: &'static Check, steps: Vec<Step>, outcomes: Vec<Outcome>) -> Asked {
        let exchanges: Vec<Exchange> = outcomes.iter().flat_map(|outcome| outcome.exchanges.clone()).collect();
        let told = steps.iter().cloned().zip(outcomes).map(|(step, outcome)| (step, outcome.exchanges, outcome.unmet));
        let expected = judge::expectations(&told.collect::<Vec<_>>());
        let result = match ((check.judge)(&self.subject, &exchanges), expected) {
            (Err(Miss::Moot(why)), _) => Err(Miss::Moot(why)),
            (judged, expected) => expected.and(judged),
        };
        Asked { check, verdict: verdict(result), steps, exchanges, shown_by: None }
    }

    /// Looks at what the others were answered.
    fn look(&self, check: &'static Check, judge: fn(&[Seen<'_>]) -> Result<(), Miss>) -> Asked {
        let mut seen = Vec::new();
        let mut whose = Vec::new();
        for (place, asked) in self.asked.iter().enumerate() {
            for exchange in &asked.exchanges {
                seen.push(Seen { exchange, own_voice: asked.check.own_voice });
                whose.push(place);
            }
        }
        let result = judge(&seen);
        let shown = if let Err(Miss::Shown(_, place)) = &result { Some(*place) } else { None };
        let exchanges = shown.map(|place| seen[place].exchange.clone()).into_iter().collect();
        let shown_by = shown.map(|place| whose[place]);
        Asked { check, verdict: verdict(result), steps: Vec::new(), exchanges, shown_by }
    }

    /// Told once as a failure: a run that was not finished proves nothing.
    fn out_of_time(&self, check: &'static Check) -> Asked {
        let told = self.asked.iter().any(|asked| asked.verdict.reason() == Some(OUT_OF_TIME));
        let verdict = if told { Verdict::Skip(OUT_OF_TIME.to_owned()) } else { Verdict::Fail(OUT_OF_TIME.to_owned()) };
        Asked { verdict, ..Asked::skipped(check, "") }
    }

    fn learn(&mut self, asked: Asked) {
        for exchange in &asked.exchanges {
            self.mask.learn(exchange);
            if !matches!(asked.check.how, How::Seen(_)) {
                self.subject.learn(exchange);
                let hung = exchange.answer == Err(Trouble::Hang);
                *self.hangs.entry(exchange.name.clone()).or_default() += usize::from(hung);
            }
        }
        self.asked.push(asked);
    }

    fn report(self, begun_at: chrono::DateTime<chrono::Utc>, ended_at: chrono::DateTime<chrono::Utc>) -> Report {
        let findings = self.asked.iter().map(|asked| self.finding(asked)).collect();
        let Shell { url, base_path, client_id, .. } = self.shell;
        Report { url, base_path, client_id, begun_at, ended_at, findings }
    }

    fn finding(&self, asked: &Asked) -> Finding {
        let masked = |reason: &String| self.mask.text(reason);
        Finding {
            check: asked.check,
            verdict: match &asked.verdict {
                Verdict::Pass => Verdict::Pass,
                Verdict::Fail(reason) => Verdict::Fail(masked(reason)),
                Verdict::Skip(reason) => Verdict::Skip(masked(reason)),
            },
            expected: expected(&asked.steps),
            evidence: asked.exchanges.iter().map(|exchange| self.mask.exchange(exchange)).collect(),
            reproduce: matches!(asked.verdict, Verdict::Fail(_)).then(|| self.reproduce(asked)).flatten(),
        }
    }

    /// What was asked, as a shell would ask it.
    fn reproduce(&self, asked: &Asked) -> Option<String> {
        let asked = asked.shown_by.map_or(asked, |place| &self.asked[place]);
        let plan = |step: &Step| Some((fault::plan(&step.ask, &step.faults).ok()?, step.at_once));
        let calls: Vec<_> = asked.steps.iter().map(plan).collect::<Option<_>>()?;
        let at_once = matches!(asked.check.how, How::AtOnce(_));
        (!calls.is_empty()).then(|| snippet(&self.shell, &calls, at_once))
    }
}

fn cannot(check: &'static Check, steps: Vec<Step>, error: CannotCall) -> Asked {
    let said = error.to_string();
    let exchanges = match error {
        CannotCall::NoToken(exchange) => vec![*exchange],
        CannotCall::Unfit(_) | CannotCall::NoOtherClient | CannotCall::NoExpiredToken => Vec::new(),
    };
    let came = exchanges.first().map_or_else(String::new, |exchange| format!(": {}", judge::came(exchange)));
    Asked { verdict: Verdict::Fail(format!("{said}{came}")), steps, exchanges, ..Asked::skipped(check, "") }
}

fn verdict(result: Result<(), Miss>) -> Verdict {
    match result {
        Ok(()) => Verdict::Pass,
        Err(Miss::Unmet(reason) | Miss::Shown(reason, _)) => Verdict::Fail(reason),
        Err(Miss::Moot(reason)) => Verdict::Skip(reason),
    }
}

/// The codes that are due, call by call.
fn expected(steps: &[Step]) -> String {
    let codes = steps.iter().map(|step| step.expect.code.join(" / ")).filter(|codes| !codes.is_empty());
    let mut codes: Vec<_> = codes.collect();
    codes.dedup();
    codes.join(", ")
}

const MOST_HANGS: usize = 2;
const OUT_OF_TIME: &str = "the time of the run was over before this was answered";
