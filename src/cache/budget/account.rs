//! What one process knows and owes of one subject's budget, when the budget itself is in Redis.
//!
//! A request must not wait for Redis before it is even parsed, nor when its answer is cached. So each process spends single
//! points by itself: from a **lease**, points that are charged already, or on **credit**, points that will be charged with
//! the next call. Who comes seldom is on credit, which is exact; who keeps coming often gets leases that hold for a tenth of
//! a second each. What is owed is charged in any case, also when it overdraws the budget: an overdraft ends in a longer refusal,
//! so that in the long run no more is admitted than the rate allows.
//!
//! A pure state machine: time is a parameter, in microseconds.

use std::time::Duration;

use super::policy::{Policy, Standing, Verdict};

/// The demand that a lease covers. Redis answers in a hundredth of this.
const LEASE_US: u64 = 100_000;
/// After this what is left of a lease is forgotten.
const LEASE_ENDS_US: u64 = 1_000_000;
/// Demand is taken over at least this time: two requests in a row are no thousand a second.
const SAMPLE_US: u64 = 10_000;
/// A smaller lease is not worth its call.
const SMALLEST_LEASE: f64 = 16.0;
/// Largest lease, as a share of the burst: three processes with one and a half of them each hold less than 5 % of it.
const LARGEST_LEASE_SHARE: f64 = 0.01;
/// And in points, whatever the burst is.
const LARGEST_LEASE: f64 = 10_000.0;
/// For how long nobody asks again after a refusal: a caller who does not wait would be parsed for nothing.
const CLOSED_US: u64 = 250_000;

/// When Redis should hear of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// There is nothing to tell, or it has been noted already.
    Never,
    /// A little later, together with what else will be owed by then.
    Soon,
    /// At once.
    Now,
}

/// What becomes of one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum OnePoint {
    /// It is spent or refused.
    Decided(Verdict, Due),
    /// It is spent here, but this process has lent too much without hearing from Redis: somebody else must admit it.
    BeyondCredit(Due),
}

/// What Redis is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    /// Points that are spent already and must be charged.
    pub(super) owed: u64,
    /// Points for the next lease, as many as there are.
    pub(super) wanted: u64,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    /// Above zero what is left of the lease; below zero what is owed.
    balance: i64,
    lease_ends_us: u64,
    /// Points used when Redis was last heard, all leases included.
    used: f64,
    heard_us: u64,
    /// Single points since the last order, for the size of the next lease.
    spent: u64,
    ordered_us: u64,
    /// Points in [`LEASE_US`], as they came before the last order.
    demand: f64,
    lease: u64,
    in_flight: bool,
    noted: Option<Due>,
    closed_until_us: u64,
    closed: Option<Standing>,
    seen_us: u64,
}

impl Account {
    pub(super) fn new(now_us: u64) -> Self {
        Self { ordered_us: now_us, heard_us: now_us, seen_us: now_us, ..Self::default() }
    }

    /// Refused a moment ago, and nobody asks again so soon.
    pub(super) fn closed(&self, now_us: u64) -> Option<Verdict> {
        let standing = self.closed.filter(|_| now_us < self.closed_until_us)?;
        Some(Verdict::Refused { standing, retry_after: Duration::from_micros(self.closed_until_us - now_us) })
    }

    /// Notes a refusal of more than a point; gives until when the account is closed.
    pub(super) fn close(&mut self, now_us: u64, standing: Standing, retry_after: Duration) -> u64 {
        let wait = u64::try_from(retry_after.as_micros()).unwrap_or(u64::MAX).min(CLOSED_US);
        self.closed_until_us = now_us.saturating_add(wait);
        self.closed = Some(standing);
        self.seen_us = now_us;
        self.closed_until_us
    }

    /// Spends one point without asking anybody.
    pub(super) fn spend_one(&mut self, now_us: u64, policy: &Policy) -> OnePoint {
        self.seen_us = now_us;
        if let Some(refused) = self.closed(now_us) {
            return OnePoint::Decided(refused, Due::Never);
        }
        self.forget_old_lease(now_us);
        let used = policy.decayed(self.used, now_us.saturating_sub(self.heard_us)) - self.balance as f64;
        if self.balance <= 0 && !policy.fits(used, 1.0) {
            let refused = Verdict::Refused { standing: policy.standing(used), retry_after: policy.wait(used, 1.0) };
            return OnePoint::Decided(refused, Due::Never);
        }
        let beyond = self.balance <= -credit(policy);
        self.balance -= 1;
        self.spent += 1;
        let due = self.note(policy);
        if beyond { OnePoint::BeyondCredit(due) } else { OnePoint::Decided(Verdict::Admitted(policy.standing(used + 1.0)), due) }
    }

    fn forget_old_lease(&mut self, now_us: u64) {
        if self.balance > 0 && now_us > self.lease_ends_us {
            self.balance = 0;
        }
    }

    /// When Redis should hear, if that is not noted yet.
    fn note(&mut self, policy: &Policy) -> Due {
        let due = if self.balance < -credit(policy) / 4 {
            Due::Now
        } else if self.balance < 0 {
            Due::Soon
        } else if self.lease > 0 && self.balance <= self.lease as i64 / 2 {
            Due::Now
        } else {
            Due::Never
        };
        if self.in_flight || due == Due::Never || self.noted.is_some_and(|noted| noted >= due) {
            return Due::Never;
        }
        self.noted = Some(due);
        due
    }

    /// A point beyond the credit that nobody else admitted either.
    pub(super) fn take_back_one(&mut self) {
        self.balance += 1;
    }

    /// Nobody could be told; the next point tries again.
    pub(super) fn not_noted(&mut self) {
        self.noted = None;
    }

    /// What Redis should be asked for, if anything. It has to be answered by [`Account::heard`].
    pub(super) fn order(&mut self, now_us: u64, policy: &Policy) -> Option<Order> {
        if self.in_flight {
            return None;
        }
        self.noted = None;
        self.forget_old_lease(now_us);
        let elapsed_us = now_us.saturating_sub(self.ordered_us).max(SAMPLE_US);
        let demand = self.spent as f64 * LEASE_US as f64 / elapsed_us as f64;
        // Twice in a row: a page that asks ten things at once and then nothing needs no lease.
        let lasting = demand.min(std::mem::replace(&mut self.demand, demand));
        self.lease = if lasting < SMALLEST_LEASE { 0 } else { lasting.min(largest_lease(policy)) as u64 };
        let (owed, left) = (self.take_owed(), u64::try_from(self.balance).unwrap_or(0));
        let order = Order { owed, wanted: self.lease.saturating_sub(left) };
        if order.owed == 0 && order.wanted == 0 {
            return None;
        }
        (self.spent, self.ordered_us, self.in_flight) = (0, now_us, true);
        Some(order)
    }

    /// What Redis answered to an order: how much is used now, and how many points were granted. Says whether more is owed.
    pub(super) fn heard(&mut self, now_us: u64, answer: Option<(f64, u64)>) -> bool {
        self.in_flight = false;
        if let Some((used, granted)) = answer {
            self.learn(now_us, used);
            self.give(now_us, granted);
        } else {
            // What was owed is lost; while Redis is away, nobody asks this account.
            self.lease = 0;
        }
        let more = self.balance < 0;
        if more {
            self.noted = Some(Due::Soon);
        }
        more
    }

    /// Takes what is owed, to be charged in any case.
    pub(super) fn take_owed(&mut self) -> u64 {
        let owed = u64::try_from(-self.balance).unwrap_or(0);
        self.balance = self.balance.max(0);
        owed
    }

    /// How much is used, according to Redis.
    pub(super) fn learn(&mut self, now_us: u64, used: f64) {
        (self.used, self.heard_us, self.seen_us) = (used, now_us, now_us);
    }

    /// Adds points that are charged already.
    pub(super) fn give(&mut self, now_us: u64, points: u64) {
        if points > 0 {
            self.balance = self.balance.saturating_add_unsigned(points);
            self.lease_ends_us = now_us + LEASE_ENDS_US;
        }
    }

    /// Whether nothing is lost when this account is forgotten.
    pub(super) fn is_idle(&self, now_us: u64, for_us: u64) -> bool {
        !self.in_flight && now_us.saturating_sub(self.seen_us) > for_us
    }
}

/// Points that one process lends to one subject, without asking.
fn credit(policy: &Policy) -> i64 {
    largest_lease(policy) as i64
}

fn largest_lease(policy: &Policy) -> f64 {
    (f64::from(policy.burst) * LARGEST_LEASE_SHARE).clamp(SMALLEST_LEASE, LARGEST_LEASE)
}

#[cfg(test)]
mod tests;
