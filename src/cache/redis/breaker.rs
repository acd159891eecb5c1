//! A circuit breaker: after some failures in a row nobody is made to wait any more, until a probe has succeeded.
//!
//! A pure state machine; the time is a parameter.

use std::time::{Duration, Instant};

/// Failures in a row that open it. At 40 ms each, a lone caller has lost 0.2 s by then.
const FAILURES: u32 = 5;
/// Pause before the first probe.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Longest pause between two probes: with it, all is as before within 5 s after Redis has come back.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What a report has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cache) enum Turn {
    /// Calls are made from now on.
    Closed,
    /// Calls are no longer made.
    Opened,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
    },
    /// The next probe is due at `probe_at`; when it fails, the one after it is due `pause` later.
    Open {
        probe_at: Instant,
        pause: Duration,
    },
}

/// The breaker.
#[derive(Debug)]
pub(in crate::cache) struct Breaker(State);

impl Breaker {
    /// Open: nothing is known to be there. The first probe is due at once.
    pub(in crate::cache) fn new(now: Instant) -> Self {
        Self(State::Open { probe_at: now, pause: FIRST_PAUSE })
    }

    /// Whether calls are made.
    pub(in crate::cache) fn is_closed(&self) -> bool {
        matches!(self.0, State::Closed { .. })
    }

    /// Failures in a row so far; 0 when it is open.
    pub(in crate::cache) fn failures(&self) -> u32 {
        match self.0 {
            State::Closed { failures } => failures,
            State::Open { .. } => 0,
        }
    }

    /// A call or a probe succeeded.
    pub(in crate::cache) fn succeeded(&mut self) -> Option<Turn> {
        let was_open = !self.is_closed();
        self.0 = State::Closed { failures: 0 };
        was_open.then_some(Turn::Closed)
    }

    /// A call failed. Late failures of calls that were made before it opened change nothing.
    pub(in crate::cache) fn failed(&mut self, now: Instant) -> Option<Turn> {
        let State::Closed { failures } = &mut self.0 else { return None };
        *failures += 1;
        if *failures < FAILURES { None } else { self.open(now) }
    }

    /// The connection is gone: no use in counting.
    pub(in crate::cache) fn open(&mut self, now: Instant) -> Option<Turn> {
        if !self.is_closed() {
            return None;
        }
        self.0 = State::Open { probe_at: now + FIRST_PAUSE, pause: FIRST_PAUSE };
        Some(Turn::Opened)
    }

    /// Whether a probe may be made now. Whoever is told so makes it: the next one is due a longer pause later.
    pub(in crate::cache) fn may_probe(&mut self, now: Instant) -> bool {
        let State::Open { probe_at, pause } = &mut self.0 else { return false };
        if now < *probe_at {
            return false;
        }
        *pause = (*pause * 2).min(LONGEST_PAUSE);
        *probe_at = now + *pause;
        true
    }

    /// When the next probe is due; `None` while it is closed.
    pub(in crate::cache) fn probe_due(&self) -> Option<Instant> {
        match self.0 {
            State::Closed { .. } => None,
            State::Open { probe_at, .. } => Some(probe_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(now: Instant) -> Breaker {
        let mut breaker = Breaker::new(now);
        breaker.succeeded();
        breaker
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn it_begins_open_with_a_probe_due_at_once() {
        let now = Instant::now();
        let mut breaker = Breaker::new(now);
        assert!(!breaker.is_closed() && breaker.may_probe(now) && !breaker.may_probe(now));
        assert_eq!(breaker.succeeded(), Some(Turn::Closed));
        assert!(breaker.is_closed() && !breaker.may_probe(now) && breaker.probe_due().is_none());
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let now = Instant::now();
        let mut breaker = closed(now);
        for _ in 0..FAILURES - 1 {
            assert_eq!(breaker.failed(now), None);
        }
        assert_eq!((breaker.failures(), breaker.succeeded()), (FAILURES - 1, None));
        for _ in 0..FAILURES - 1 {
            assert_eq!(breaker.failed(now), None);
        }
        assert_eq!(breaker.failed(now), Some(Turn::Opened));
        assert_eq!((breaker.failed(now), breaker.is_closed(), breaker.failures()), (None, false, 0));
    }

    #[test]
    fn probes_come_one_at_a_time_at_growing_pauses() {
        let start = Instant::now();
        let mut breaker = closed(start);
        assert_eq!((breaker.open(start), breaker.open(start)), (Some(Turn::Opened), None));
        let mut probes = Vec::new();
        for elapsed in 0..5_000 {
            if breaker.may_probe(start + ms(elapsed)) {
                probes.push(elapsed);
            }
        }
        assert_eq!(probes, [250, 750, 1_750, 2_750, 3_750, 4_750]);
        assert_eq!(breaker.probe_due(), Some(start + ms(5_750)));
    }

    #[test]
    fn after_it_closed_the_pauses_begin_anew() {
        let start = Instant::now();
        let mut breaker = closed(start);
        breaker.open(start);
        assert!(breaker.may_probe(start + ms(250)) && breaker.may_probe(start + ms(750)));
        assert_eq!(breaker.succeeded(), Some(Turn::Closed));
        breaker.open(start + ms(800));
        assert_eq!(breaker.probe_due(), Some(start + ms(1_050)));
    }
}
