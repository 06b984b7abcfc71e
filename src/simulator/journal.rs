//! What has gone over the wire, in order, for whoever shows it or waits for it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::exchange::Exchange;

/// The last exchanges, numbered from 1.
#[derive(Debug, Default)]
pub struct Journal {
    kept: Mutex<Kept>,
    grown: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<(u64, Exchange)>,
    last: u64,
    bytes: usize,
}

impl Journal {
    /// Writes an exchange down and yields its number.
    pub fn record(&self, exchange: Exchange) -> u64 {
        let number = {
            let mut kept = self.kept();
            kept.last += 1;
            let number = kept.last;
            kept.bytes += size(&exchange);
            kept.entries.push_back((number, exchange));
            // The last one stays, however large it is: whoever made it reads it here.
            while kept.entries.len() > KEPT || (kept.bytes > KEPT_BYTES && kept.entries.len() > 1) {
                let oldest = kept.entries.pop_front();
                kept.bytes -= oldest.map_or(0, |(_, exchange)| size(&exchange));
            }
            number
        };
        self.grown.notify_waiters();
        number
    }

    /// The number of the last exchange; 0 before the first.
    pub fn last(&self) -> u64 {
        self.kept().last
    }

    /// What came after the exchange of that number, oldest first.
    pub fn since(&self, number: u64) -> Vec<(u64, Exchange)> {
        self.kept().entries.iter().filter(|(entry, _)| *entry > number).cloned().collect()
    }

    /// Waits for an exchange after `number` of which `wanted` holds. It waits for ever: the caller has a deadline.
    pub async fn wait(&self, number: u64, wanted: impl Fn(&Exchange) -> bool) -> (u64, Exchange) {
        loop {
            let grown = self.grown.notified();
            tokio::pin!(grown);
            // Listening before looking, so that what is recorded in between is not missed.
            grown.as_mut().enable();
            if let Some(found) = self.since(number).into_iter().find(|(_, exchange)| wanted(exchange)) {
                return found;
            }
            grown.await;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an exchange takes, as far as others decide it.
fn size(exchange: &Exchange) -> usize {
    let of = |headers: &[(String, String)]| headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    let (request, answer) = (&exchange.request, exchange.answered());
    let sent = request.url.len() + of(&request.headers) + request.body.len();
    sent + answer.map_or(0, |answer| of(&answer.headers) + answer.body.len())
}

/// A day at a desk, and small enough to be kept in memory.
const KEPT: usize = 1_000;
/// An exchange has some kilobytes, but a merchant may answer a megabyte each time.
const KEPT_BYTES: usize = 32 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::exchange::{Answer, Direction, Sent};
    use super::*;

    #[test]
    fn large_answers_are_not_kept_without_end() {
        let journal = Journal::default();
        let sent = Sent { method: "POST".into(), url: "http://shop".into(), headers: vec![], body: String::new() };
        let exchange = Exchange {
            direction: Direction::ToMerchant,
            name: "cvs/inquiry".into(),
            at: DateTime::UNIX_EPOCH,
            request: sent,
            string_to_sign: None,
            faults: vec![],
            answer: Ok(Answer { status: 200, headers: vec![], body: "x".repeat(KEPT_BYTES / 4) }),
            elapsed_ms: 1,
            verdict: None,
        };
        for _ in 0..9 {
            journal.record(exchange.clone());
        }
        let kept: Vec<_> = journal.since(0).iter().map(|(number, _)| *number).collect();
        assert_eq!((kept, journal.last()), (vec![7, 8, 9], 9));
    }
}
