//! Whether the service is asked at all. One that is down is not waited for by each customer anew: after a few failures
//! in a row everybody hears at once what the last one heard, and only a probe now and then goes out.
//!
//! Here is only what is concluded from what; the instants are arguments, and nothing waits.

use std::time::{Duration, Instant};

/// Closed, and all calls go out; or open, and only probes do.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: State,
    /// How often it has opened or closed: a call that was let out before tells nothing about what is now.
    turns: u64,
}

#[derive(Debug)]
enum State {
    Closed { failures: u32 },
    Open { asked_at: Instant, down: Down },
}

impl Default for State {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

/// In which way the service is down: callers hear of the one as of a time-out, of the other as of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Down {
    /// It does not answer in time.
    Late,
    /// It cannot be reached, or says itself that it is broken.
    Broken,
}

/// A call that may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Admitted {
    turns: u64,
    /// Whether it is the one that finds out if the service is back.
    pub(super) is_probe: bool,
}

impl Breaker {
    /// Whether a call may go out now.
    ///
    /// # Errors
    /// [`Down`] as it was last.
    pub(super) fn admit(&mut self, now: Instant) -> Result<Admitted, Down> {
        let is_probe = match &mut self.state {
            State::Closed { .. } => false,
            // Not only when the probe before has ended: it may hang for as long as the service was going to.
            State::Open { asked_at, .. } if now.saturating_duration_since(*asked_at) >= BETWEEN_PROBES => {
                *asked_at = now;
                true
            }
            State::Open { down, .. } => return Err(*down),
        };
        Ok(Admitted { turns: self.turns, is_probe })
    }

    /// The service has answered, whatever it said. Tells whether that has closed the breaker.
    pub(super) fn answered(&mut self) -> bool {
        let was_open = matches!(self.state, State::Open { .. });
        self.state = State::Closed { failures: 0 };
        self.turns += u64::from(was_open);
        was_open
    }

    /// A call has failed. Tells whether that has opened the breaker.
    pub(super) fn failed(&mut self, call: Admitted, now: Instant, how: Down) -> bool {
        if call.turns != self.turns {
            return false;
        }
        match &mut self.state {
            State::Open { down, .. } => *down = how,
            State::Closed { failures } if *failures + 1 < FAILURES => *failures += 1,
            State::Closed { .. } => {
                self.state = State::Open { asked_at: now, down: how };
                self.turns += 1;
                return true;
            }
        }
        false
    }
}

/// So many failures in a row are no accident of one order or one connection.
const FAILURES: u32 = 5;
/// With calls coming in, a service that is back is found within this and the time of one answer.
pub(super) const BETWEEN_PROBES: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn opened(at: Instant, down: Down) -> Breaker {
        let mut breaker = Breaker::default();
        for failure in 1..=FAILURES {
            let call = breaker.admit(at).unwrap();
            assert_eq!(breaker.failed(call, at, down), failure == FAILURES);
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_answer_closes_it() {
        let begin = Instant::now();
        let mut breaker = opened(begin, Down::Late);
        assert_eq!(breaker.admit(begin), Err(Down::Late));
        let probe = breaker.admit(begin + BETWEEN_PROBES).unwrap();
        assert!(probe.is_probe);
        assert!(breaker.answered());
        assert!(!breaker.answered(), "it is told once");
        assert!(!breaker.admit(begin + BETWEEN_PROBES).unwrap().is_probe);
    }

    #[test]
    fn an_answer_between_failures_begins_the_count_anew() {
        let (now, mut breaker) = (Instant::now(), Breaker::default());
        for round in 0..20 {
            let call = breaker.admit(now).unwrap();
            assert!(!breaker.failed(call, now, Down::Broken));
            if round % (FAILURES - 1) == FAILURES - 2 {
                assert!(!breaker.answered());
            }
        }
    }

    #[test]
    fn probes_go_out_also_while_an_earlier_one_hangs() {
        let begin = Instant::now();
        let mut breaker = opened(begin, Down::Late);
        let times = (0..2000).filter(|ms| breaker.admit(begin + *ms * MS).is_ok());
        assert_eq!(times.collect::<Vec<_>>(), [500, 1000, 1500]);
    }

    #[test]
    fn what_a_probe_hears_all_hear() {
        let begin = Instant::now();
        let mut breaker = opened(begin, Down::Late);
        let probe = breaker.admit(begin + BETWEEN_PROBES).unwrap();
        assert!(!breaker.failed(probe, begin + BETWEEN_PROBES, Down::Broken));
        assert_eq!(breaker.admit(begin + BETWEEN_PROBES), Err(Down::Broken));
    }

    /// They hung while the service was away and are given up only after it is back.
    #[test]
    fn the_failures_of_before_do_not_open_it_again() {
        let begin = Instant::now();
        let mut breaker = Breaker::default();
        let before = [(); 64].map(|()| breaker.admit(begin).unwrap());
        let mut opened = before.into_iter().filter(|call| breaker.failed(*call, begin, Down::Late));
        assert_eq!(opened.by_ref().count(), 1);
        let probes = [1, 2, 3, 4, 5, 6].map(|nth| breaker.admit(begin + nth * BETWEEN_PROBES).unwrap());
        assert!(breaker.answered());
        for call in before.into_iter().chain(probes) {
            assert!(!breaker.failed(call, begin + 10 * BETWEEN_PROBES, Down::Late));
        }
        assert!(breaker.admit(begin).is_ok());
    }

    proptest! {
        /// Held against the plain words: closed until so many failures in a row; then a call each half second.
        #[test]
        fn it_is_open_after_failures_in_a_row_and_until_an_answer(
            events in proptest::collection::vec((0_u32..400, any::<bool>(), 0_u8..10), 0..200)
        ) {
            let mut now = Instant::now();
            let (mut breaker, mut in_a_row, mut last) = (Breaker::default(), 0, now);
            for (ms, late, outcome) in events {
                now += ms * MS;
                let (is_open, is_due) = (in_a_row >= FAILURES, now - last >= BETWEEN_PROBES);
                let admitted = breaker.admit(now);
                prop_assert_eq!(admitted.is_ok(), !is_open || is_due);
                let Ok(call) = admitted else { continue };
                prop_assert_eq!(call.is_probe, is_open);
                last = if is_open { now } else { last };
                if outcome == 0 {
                    prop_assert_eq!(breaker.answered(), is_open);
                    in_a_row = 0;
                } else {
                    in_a_row += 1;
                    let opens = breaker.failed(call, now, if late { Down::Late } else { Down::Broken });
                    prop_assert_eq!(opens, in_a_row == FAILURES);
                    last = if opens { now } else { last };
                }
            }
        }
    }
}
