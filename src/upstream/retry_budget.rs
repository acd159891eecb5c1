//! How many tries again there may be: a share of all requests, and a few a second in any case. A partner that is down is not
//! asked three times as often as one that works.

use tokio::time::Instant;

use super::RetrySettings;

/// The bucket holds what is allowed in so many seconds: after a quiet time, a few calls may each be tried again.
const BURST_SECONDS: f64 = 2.0;

/// A token bucket. The time is a parameter.
#[derive(Debug)]
pub(super) struct RetryBudget {
    share: f64,
    per_second: f64,
    tokens: f64,
    filled: Instant,
}

impl RetryBudget {
    /// A full one.
    pub(super) fn new(settings: &RetrySettings, now: Instant) -> Self {
        let RetrySettings { share, per_second, .. } = *settings;
        Self { share, per_second, tokens: per_second * BURST_SECONDS, filled: now }
    }

    /// A call is made.
    pub(super) fn deposit(&mut self, now: Instant) {
        self.fill(now, self.share);
    }

    /// Whether something may be tried again now.
    pub(super) fn withdraw(&mut self, now: Instant) -> bool {
        self.fill(now, 0.0);
        let is_allowed = self.tokens >= 1.0;
        if is_allowed {
            self.tokens -= 1.0;
        }
        is_allowed
    }

    fn fill(&mut self, now: Instant, tokens: f64) {
        let trickled = now.saturating_duration_since(self.filled).as_secs_f64() * self.per_second;
        let full = (self.per_second * BURST_SECONDS).max(1.0);
        (self.tokens, self.filled) = ((self.tokens + trickled + tokens).min(full), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_share_of_the_calls_and_some_a_second_are_tried_again() {
        let mut now = Instant::now();
        let mut budget = RetryBudget::new(&RetrySettings::default(), now);
        let mut retries = |now, calls| (0..calls).filter(|_| (budget.deposit(now), budget.withdraw(now)).1).count();
        assert_eq!(retries(now, 1_000), 20 + 200 - 1, "a full bucket and a fifth, less what did not fit in");
        now += Duration::from_secs(1);
        assert_eq!(retries(now, 5), 5);
        now += Duration::from_secs(3_600);
        assert!((20..=25).contains(&retries(now, 25)));
    }
}
