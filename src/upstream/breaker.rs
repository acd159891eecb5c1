//! A circuit breaker over the last calls: it opens when too many of them failed or were slow, and closes when a probe did not.
//!
//! A pure state machine; the time is a parameter. Terms and rules are those of resilience4j with a count-based window and one
//! permitted call in half-open (`docs/decisions/0020-own-circuit-breaker.md`).

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::{BreakerSettings, CircuitState};

/// A call that may be made. What is reported of it counts only while the breaker is in the state that admitted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Admission {
    epoch: u64,
    /// Whether it is the one call of a half-open breaker.
    pub(super) is_probe: bool,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    failed: bool,
    slow: bool,
}

#[derive(Debug)]
enum State {
    Closed(VecDeque<Seen>),
    Open { until: Instant },
    HalfOpen { is_probed: bool },
}

/// The breaker.
#[derive(Debug)]
pub(super) struct Breaker {
    settings: BreakerSettings,
    state: State,
    /// Grows with every change of state.
    epoch: u64,
}

impl Breaker {
    /// Closed.
    pub(super) fn new(settings: BreakerSettings) -> Self {
        Self { settings, state: State::Closed(VecDeque::with_capacity(settings.window)), epoch: 0 }
    }

    /// Its state. One that is open is called half-open as soon as a probe is due.
    pub(super) fn state(&self, now: Instant) -> CircuitState {
        match self.state {
            State::Closed(_) => CircuitState::Closed,
            State::Open { until } if now < until => CircuitState::Open,
            State::Open { .. } | State::HalfOpen { .. } => CircuitState::HalfOpen,
        }
    }

    /// Whether [`Self::admit`] would admit a call.
    pub(super) fn is_callable(&self, now: Instant) -> bool {
        match self.state {
            State::Closed(_) => true,
            State::Open { until } => now >= until,
            State::HalfOpen { is_probed } => !is_probed,
        }
    }

    /// How long it stays open.
    pub(super) fn open_for(&self, now: Instant) -> Duration {
        match self.state {
            State::Open { until } => until.saturating_duration_since(now),
            State::Closed(_) | State::HalfOpen { .. } => Duration::ZERO,
        }
    }

    /// Admits a call: any while it is closed, one when a probe is due, none while it is open or probed.
    pub(super) fn admit(&mut self, now: Instant) -> Option<Admission> {
        if !self.is_callable(now) {
            return None;
        }
        let is_probe = !matches!(self.state, State::Closed(_));
        match &mut self.state {
            State::Closed(_) => {}
            State::Open { .. } => self.turn(State::HalfOpen { is_probed: true }),
            State::HalfOpen { is_probed } => *is_probed = true,
        }
        Some(Admission { epoch: self.epoch, is_probe })
    }

    /// A call has ended after `took`.
    pub(super) fn ended(&mut self, admission: Admission, failed: bool, took: Duration, now: Instant) {
        if admission.epoch != self.epoch {
            return;
        }
        let seen = Seen { failed, slow: took >= self.settings.slow };
        let opens = match &mut self.state {
            State::Closed(window) => {
                if window.len() >= self.settings.window {
                    window.pop_front();
                }
                window.push_back(seen);
                is_bad(&self.settings, window)
            }
            State::HalfOpen { .. } if seen.failed || seen.slow => true,
            State::HalfOpen { .. } => {
                self.turn(State::Closed(VecDeque::with_capacity(self.settings.window)));
                false
            }
            State::Open { .. } => false,
        };
        if opens {
            self.turn(State::Open { until: now + self.settings.open });
        }
    }

    /// A call was given up and says nothing about the partner. The next caller may probe.
    pub(super) fn abandoned(&mut self, admission: Admission) {
        if let State::HalfOpen { is_probed } = &mut self.state
            && admission.epoch == self.epoch
        {
            *is_probed = false;
        }
    }

    fn turn(&mut self, state: State) {
        self.state = state;
        self.epoch += 1;
    }
}

fn is_bad(settings: &BreakerSettings, window: &VecDeque<Seen>) -> bool {
    let share = |bad: fn(&Seen) -> bool| window.iter().filter(|seen| bad(seen)).count() as f64 / window.len() as f64;
    window.len() >= settings.minimum.min(settings.window)
        && (share(|seen| seen.failed) >= settings.failure_rate || share(|seen| seen.slow) >= settings.slow_rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(20);
    const SLOW: Duration = Duration::from_millis(1_500);

    struct Story {
        breaker: Breaker,
        now: Instant,
    }

    impl Story {
        fn begin() -> Self {
            Self { breaker: Breaker::new(BreakerSettings::default()), now: Instant::now() }
        }

        fn call(&mut self, failed: bool, took: Duration) -> bool {
            let Some(admission) = self.breaker.admit(self.now) else { return false };
            self.breaker.ended(admission, failed, took, self.now);
            true
        }

        fn calls(&mut self, times: usize, failed: bool, took: Duration) {
            assert!((0..times).all(|_| self.call(failed, took)));
        }

        fn later(&mut self, ms: u64) {
            self.now += Duration::from_millis(ms);
        }

        fn state(&self) -> CircuitState {
            self.breaker.state(self.now)
        }

        fn opened() -> Self {
            let mut story = Self::begin();
            story.calls(10, true, QUICK);
            assert_eq!(story.state(), CircuitState::Open);
            story
        }
    }

    #[test]
    fn it_opens_at_half_failures_but_not_before_ten_calls() {
        let mut story = Story::begin();
        story.calls(9, true, QUICK);
        assert_eq!(story.state(), CircuitState::Closed);
        story.calls(1, false, QUICK);
        assert_eq!(story.state(), CircuitState::Open);
        let mut story = Story::begin();
        story.calls(11, false, QUICK);
        story.calls(9, true, QUICK);
        assert_eq!(story.state(), CircuitState::Closed, "9 of 20");
        story.calls(1, true, QUICK);
        assert_eq!(story.state(), CircuitState::Open, "10 of 20: the first has left the window");
    }

    #[test]
    fn it_opens_when_most_calls_are_slow_though_they_succeed() {
        let mut story = Story::begin();
        story.calls(4, false, QUICK);
        story.calls(15, false, SLOW);
        assert_eq!(story.state(), CircuitState::Closed);
        story.calls(1, false, SLOW);
        assert_eq!(story.state(), CircuitState::Open);
    }

    #[test]
    fn while_open_nobody_calls_and_then_one_of_a_hundred_does() {
        let mut story = Story::opened();
        story.later(4_999);
        assert!(!story.breaker.is_callable(story.now) && !story.call(false, QUICK));
        assert_eq!(story.breaker.open_for(story.now), Duration::from_millis(1));
        story.later(1);
        assert_eq!(story.state(), CircuitState::HalfOpen);
        let admitted: Vec<_> = (0..100).filter_map(|_| story.breaker.admit(story.now)).collect();
        assert!(admitted.len() == 1 && admitted[0].is_probe);
        story.later(60_000);
        assert_eq!(story.breaker.admit(story.now), None, "one, not one a while");
        story.breaker.ended(admitted[0], false, QUICK, story.now);
        assert_eq!(story.state(), CircuitState::Closed);
        story.calls(9, true, QUICK);
        assert_eq!(story.state(), CircuitState::Closed, "the window begins anew");
    }

    #[test]
    fn a_failed_or_slow_probe_opens_it_again() {
        for (failed, took) in [(true, QUICK), (false, SLOW)] {
            let mut story = Story::opened();
            story.later(5_000);
            assert!(story.call(failed, took));
            assert_eq!(story.state(), CircuitState::Open);
            story.later(4_999);
            assert_eq!(story.state(), CircuitState::Open);
            story.later(1);
            assert!(story.call(false, QUICK));
            assert_eq!(story.state(), CircuitState::Closed);
        }
    }

    #[test]
    fn a_probe_that_is_given_up_leaves_its_place_to_the_next() {
        let mut story = Story::opened();
        story.later(5_000);
        let probe = story.breaker.admit(story.now).unwrap();
        story.breaker.abandoned(probe);
        assert!(story.breaker.admit(story.now).unwrap().is_probe);
    }

    #[test]
    fn what_was_called_before_it_turned_changes_nothing_after() {
        let mut story = Story::begin();
        let late = [(); 3].map(|()| story.breaker.admit(story.now).unwrap());
        story.calls(10, true, QUICK);
        story.breaker.ended(late[0], false, QUICK, story.now);
        assert_eq!(story.state(), CircuitState::Open);
        story.later(5_000);
        let probe = story.breaker.admit(story.now).unwrap();
        story.breaker.ended(late[1], false, QUICK, story.now);
        story.breaker.abandoned(late[2]);
        assert_eq!((story.state(), story.breaker.admit(story.now)), (CircuitState::HalfOpen, None));
        story.breaker.ended(probe, false, QUICK, story.now);
        assert_eq!(story.state(), CircuitState::Closed);
    }
}
