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
}

impl Journal {
    /// Writes an exchange down and yields its number.
    pub fn record(&self, exchange: Exchange) -> u64 {
        let number = {
            let mut kept = self.kept();
            kept.last += 1;
            let number = kept.last;
            kept.entries.push_back((number, exchange));
            while kept.entries.len() > KEPT {
                kept.entries.pop_front();
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

/// A day at a desk, and small enough to be kept in memory.
const KEPT: usize = 1_000;
