//! When an effect that failed is tried again.

use std::sync::Arc;
use std::time::Duration;

/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// A number from 0 to 1, another one each time.
pub type Random = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Growing pauses, and an end.
#[derive(Clone)]
pub struct RetryPolicy {
    /// The first pause, doubled each time.
    pub first_pause: Duration,
    /// Tries until an event is given up.
    pub attempts_max: i64,
    /// Randomness.
    pub random: Random,
}

impl std::fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RetryPolicy")
            .field("first_pause", &self.first_pause)
            .field("attempts_max", &self.attempts_max)
            .finish_non_exhaustive()
    }
}

impl RetryPolicy {
    /// The pause behind try `attempt` (the first is 1), in milliseconds: half of it fixed, half of it random ("equal jitter").
    ///
    /// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. Full jitter would now and then try
    /// again at once, which does not help a partner that is ill.
    pub(super) fn pause_ms(&self, attempt: i64) -> i64 {
        let doublings = u32::try_from(attempt.saturating_sub(1).max(0)).unwrap_or(30).min(30);
        let pause = self.first_pause.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
        let jittered = pause.mul_f64(0.5 + 0.5 * (self.random)().clamp(0.0, 1.0));
        i64::try_from(jittered.as_millis()).unwrap_or(i64::MAX)
    }

    /// Whether try `attempt` was the last.
    pub(super) fn is_over(&self, attempt: i64) -> bool {
        attempt >= self.attempts_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_are_jittered_and_end() {
        let policy =
            |random: f64| RetryPolicy { first_pause: Duration::from_secs(1), attempts_max: 3, random: Arc::new(move || random) };
        assert_eq!([1, 2, 3].map(|attempt| policy(1.0).pause_ms(attempt)), [1_000, 2_000, 4_000]);
        assert_eq!([1, 2, 3].map(|attempt| policy(0.0).pause_ms(attempt)), [500, 1_000, 2_000]);
        assert_eq!(policy(1.0).pause_ms(i64::MAX), 3_600_000);
        assert!(!policy(0.0).is_over(2) && policy(0.0).is_over(3));
    }
}
