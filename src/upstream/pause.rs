//! How long a token endpoint that failed is left alone. The time and the jitter are parameters.

use std::time::Duration;

use tokio::time::Instant;

/// A pause that grows with every failure.
#[derive(Debug)]
pub(super) struct Pause {
    first: Duration,
    longest: Duration,
    failures: u32,
    until: Option<Instant>,
}

impl Pause {
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, failures: 0, until: None }
    }

    /// It failed, and perhaps asked for some time. The pause is half fixed and half random.
    pub(super) fn failed(&mut self, now: Instant, asked: Option<Duration>, random: f64) {
        let whole = self.first.saturating_mul(2_u32.saturating_pow(self.failures)).min(self.longest);
        let pause = whole.mul_f64(0.5 + random / 2.0).max(asked.unwrap_or_default().min(self.longest));
        (self.failures, self.until) = (self.failures.saturating_add(1), Some(now + pause));
    }

    /// It gave a token: the pause ends, but is forgotten only when the token has proved to be good.
    pub(super) fn ended(&mut self) {
        self.until = None;
    }

    /// The token is good.
    pub(super) fn forget(&mut self) {
        (self.failures, self.until) = (0, None);
    }

    /// What is left of it.
    pub(super) fn remaining(&self, now: Instant) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(now)).filter(|remaining| !remaining.is_zero())
    }

    /// Whether the last thing heard was a failure.
    pub(super) fn is_failing(&self) -> bool {
        self.until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn it_grows_to_its_limit_and_begins_anew_after_a_good_token() {
        let now = Instant::now();
        let mut pause = Pause::new(ms(500), ms(2_000));
        let mut pauses = Vec::new();
        for _ in 0..4 {
            pause.failed(now, None, 0.0);
            pauses.push(pause.remaining(now).unwrap());
        }
        assert_eq!(pauses, [250, 500, 1_000, 1_000].map(ms));
        pause.failed(now, Some(ms(60_000)), 0.5);
        assert_eq!(pause.remaining(now), Some(ms(2_000)));
        assert_eq!((pause.remaining(now + ms(2_000)), pause.is_failing()), (None, true));
        pause.ended();
        pause.failed(now, None, 0.0);
        assert_eq!(pause.remaining(now), Some(ms(1_000)), "the token was no good");
        pause.forget();
        pause.failed(now, None, 0.0);
        assert_eq!(pause.remaining(now), Some(ms(250)));
    }
}
