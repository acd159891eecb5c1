//! The budget in this process alone: without Redis, and while it is away.

use std::num::NonZeroU32;
use std::time::Duration;

use foldhash::quality::RandomState;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::policy::{Policy, Verdict};
use super::subject::Subject;

/// Points in this process. The table's hash is seeded in each process, as the standard library's is, and is quicker.
pub(super) struct Local<C: Clock = DefaultClock> {
    limiter: RateLimiter<Subject, DashMapStateStore<Subject, RandomState>, C, StateInformationMiddleware>,
    policy: Policy,
}

impl<C: Clock> Local<C> {
    pub(super) fn new(policy: Policy, clock: C) -> Self {
        let burst = NonZeroU32::new(policy.burst).unwrap_or(NonZeroU32::MIN);
        // At least a nanosecond, which is 60 000 000 000 points a minute.
        let per_point = Duration::from_nanos((policy.us_per_point * 1_000.0).round().max(1.0) as u64);
        let quota = Quota::with_period(per_point).unwrap_or_else(|| Quota::per_second(burst)).allow_burst(burst);
        Self { limiter: RateLimiter::new(quota, DashMapStateStore::default(), clock), policy }
    }

    /// Spends `points`, all or none.
    pub(super) fn spend(&self, subject: &Subject, points: NonZeroU32) -> Verdict {
        let burst = f64::from(self.policy.burst);
        match self.limiter.check_key_n(subject, points) {
            Ok(Ok(state)) => Verdict::Admitted(self.policy.standing(burst - f64::from(state.remaining_burst_capacity()))),
            Ok(Err(not_until)) => {
                let retry_after = not_until.wait_time_from(self.limiter.clock().now());
                // So long before the points fit, so much is used.
                let used = burst - f64::from(points.get()) + retry_after.as_secs_f64() * 1e6 / self.policy.us_per_point;
                Verdict::Refused { standing: self.policy.standing(used), retry_after }
            }
            // More than there can ever be; the limits of documents rule it out.
            Err(_) => Verdict::Refused { standing: self.policy.standing(burst), retry_after: self.policy.window() },
        }
    }

    /// Forgets who has a full budget again.
    pub(super) fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;
    use proptest::prelude::*;

    use super::*;
    use crate::cache::budget::policy::{BudgetSettings, Standing};

    fn subject() -> Subject {
        Subject::of_address([203, 0, 113, 7].into())
    }

    proptest! {
        /// The limiter of one process and the arithmetic that Redis does decide alike.
        #[test]
        fn it_agrees_with_the_shared_budget(
            steps in prop::collection::vec((1_u32..6_000, 0_u64..400), 1..200),
            burst in 5_000_u32..20_000,
        ) {
            // A point in a millisecond: exact in both.
            let policy = Policy::new(BudgetSettings { points_per_minute: 60_000, burst });
            let clock = FakeRelativeClock::default();
            let local = Local::new(policy, clock.clone());
            let mut used = 0.0;
            for (points, pause_ms) in steps {
                clock.advance(Duration::from_millis(pause_ms));
                used = policy.decayed(used, pause_ms * 1_000);
                let verdict = local.spend(&subject(), NonZeroU32::new(points).unwrap());
                let cost = f64::from(points);
                if policy.fits(used, cost) {
                    used += cost;
                    prop_assert_eq!(verdict, Verdict::Admitted(policy.standing(used)));
                } else if points <= burst {
                    let expected = Verdict::Refused { standing: policy.standing(used), retry_after: policy.wait(used, cost) };
                    prop_assert_eq!(verdict, expected);
                } else {
                    let Verdict::Refused { standing, .. } = verdict else { panic!("{verdict:?}") };
                    prop_assert_eq!(standing, Standing { limit: burst, remaining: 0, reset: policy.window() });
                }
            }
        }
    }

    #[test]
    fn who_has_a_full_budget_again_is_forgotten() {
        let policy = Policy::new(BudgetSettings { points_per_minute: 60_000, burst: 5_000 });
        let clock = FakeRelativeClock::default();
        let local = Local::new(policy, clock.clone());
        for n in 0..100_000 {
            local.spend(&Subject::of_address(std::net::Ipv4Addr::from_bits(n).into()), NonZeroU32::MIN);
        }
        assert_eq!(local.limiter.len(), 100_000);
        clock.advance(Duration::from_secs(5));
        local.spend(&subject(), NonZeroU32::MIN);
        local.sweep();
        assert_eq!(local.limiter.len(), 1);
    }
}
