//! How much may be spent, and the arithmetic of it.
//!
//! The algorithm is GCRA (ITU-T I.371, "virtual scheduling"): points trickle back at an even rate, and at most `burst` of them
//! can be there. Here it is written as the number of points that are *used*, which shrinks with time; Redis keeps the same as
//! the time at which none will be used (the theoretical arrival time), `used · time per point` from now.

use std::time::Duration;

/// A minute in microseconds.
const MINUTE_US: f64 = 60_000_000.0;
/// What sums of doubles may be off, in points and in microseconds: a point must not be missing for a billionth of it.
const ROUNDING: f64 = 1e-4;

/// How much each subject may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetSettings {
    /// Points that trickle back in a minute.
    pub points_per_minute: u32,
    /// Points that can be spent at once by who has spent nothing for long. At least the cost of the largest query, which
    /// could never be run otherwise.
    pub burst: u32,
}

/// What is left of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Points that can be there at most.
    pub limit: u32,
    /// Points that are there.
    pub remaining: u32,
    /// Until all of them are there again, when nothing is spent.
    pub reset: Duration,
}

/// Whether something may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is spent.
    Admitted(Standing),
    /// It is not.
    Refused {
        /// What is left.
        standing: Standing,
        /// After which it could have been spent.
        retry_after: Duration,
    },
}

impl Verdict {
    /// What is left.
    pub fn standing(&self) -> Standing {
        match self {
            Self::Admitted(standing) | Self::Refused { standing, .. } => *standing,
        }
    }
}

/// The settings, ready for arithmetic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    pub(super) burst: u32,
    /// Microseconds in which one point trickles back.
    pub(super) us_per_point: f64,
}

impl Policy {
    pub(super) fn new(settings: BudgetSettings) -> Self {
        let per_minute = f64::from(settings.points_per_minute.max(1));
        Self { burst: settings.burst.max(1), us_per_point: MINUTE_US / per_minute }
    }

    /// What is still used `elapsed_us` later.
    pub(super) fn decayed(&self, used: f64, elapsed_us: u64) -> f64 {
        (used - elapsed_us as f64 / self.us_per_point).max(0.0)
    }

    /// Whether `points` more fit.
    pub(super) fn fits(&self, used: f64, points: f64) -> bool {
        used + points <= f64::from(self.burst) + ROUNDING
    }

    /// Until `points` more fit.
    pub(super) fn wait(&self, used: f64, points: f64) -> Duration {
        micros((used + points - f64::from(self.burst)) * self.us_per_point)
    }

    /// What is left when so much is used.
    pub(super) fn standing(&self, used: f64) -> Standing {
        let used = used.max(0.0);
        let remaining = (f64::from(self.burst) - used + ROUNDING).max(0.0) as u32;
        Standing { limit: self.burst, remaining, reset: micros(used * self.us_per_point) }
    }

    /// How long an unused budget takes to fill.
    pub(super) fn window(&self) -> Duration {
        micros(f64::from(self.burst) * self.us_per_point)
    }
}

/// The next whole microsecond.
fn micros(us: f64) -> Duration {
    Duration::from_micros((us - ROUNDING).max(0.0).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(points_per_minute: u32, burst: u32) -> Policy {
        Policy::new(BudgetSettings { points_per_minute, burst })
    }

    #[test]
    fn points_trickle_back_at_an_even_rate() {
        let policy = policy(60_000, 5_000);
        assert_eq!(policy.window(), Duration::from_secs(5));
        let left = |used| policy.standing(used);
        assert_eq!(left(0.0), Standing { limit: 5_000, remaining: 5_000, reset: Duration::ZERO });
        assert_eq!(left(5_000.0), Standing { limit: 5_000, remaining: 0, reset: Duration::from_secs(5) });
        assert_eq!(left(policy.decayed(5_000.0, 1_500)).remaining, 1);
        assert_eq!(policy.decayed(3.0, 10_000), 0.0);
        assert!(policy.fits(4_999.0, 1.0) && !policy.fits(4_999.5, 1.0));
        assert_eq!(policy.wait(4_999.5, 1.0), Duration::from_micros(500));
    }

    #[test]
    fn the_largest_rates_keep_their_precision() {
        let policy = policy(1_000_000_000, 1_000_000_000);
        assert_eq!(policy.decayed(1_000_000.0, 60), 999_000.0);
        assert_eq!(policy.window(), Duration::from_secs(60));
    }
}
