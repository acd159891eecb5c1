//! The budget in Redis: one key per subject, one call per decision, the time of Redis.

use crate::cache::redis::{Away, Redis, Script};

use super::account::Order;
use super::policy::Policy;
use super::subject::Subject;

/// GCRA. The value is the theoretical arrival time in microseconds since 2026, which a double holds to a hundredth of one.
///
/// Charges what is owed in any case, then the cost if it fits, then grants as many points as are wanted and fit. Whatever
/// stands at the key that is no sensible time is a full budget. An overdraft ends at one more burst, so that no mistake and
/// no clock set back shuts a caller out for longer than two windows.
const GCRA: &str = "
local per_point, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local owed, cost, wanted = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = (tonumber(time[1]) - 1767225600) * 1000000 + tonumber(time[2])
local room, rounding = burst * per_point, per_point / 100
local tat = tonumber(redis.call('GET', KEYS[1]) or now)
if not tat or tat ~= tat or tat < now or tat > now + 2 * room + rounding then tat = now end
tat = math.min(tat + owed * per_point, now + 2 * room)
local admitted = tat + cost * per_point <= now + room + rounding
local granted = 0
if admitted then
  tat = tat + cost * per_point
  granted = math.max(0, math.min(wanted, math.floor((now + room - tat) / per_point)))
  tat = tat + granted * per_point
end
if tat > now then
  redis.call('SET', KEYS[1], string.format('%.3f', tat), 'PX', math.ceil((tat - now) / 1000))
end
return {admitted and 1 or 0, granted, math.ceil(tat - now)}
";

/// What Redis answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Charged {
    /// Whether the cost fitted.
    pub(super) admitted: bool,
    /// Points for a lease.
    pub(super) granted: u64,
    /// Points that are used now.
    pub(super) used: f64,
}

/// The budgets of all processes.
pub(super) struct Shared {
    redis: Redis,
    script: Script,
}

impl Shared {
    pub(super) fn new(redis: Redis) -> Self {
        Self { redis, script: Script::new(GCRA) }
    }

    /// Whether it is worth asking.
    pub(super) fn is_there(&self) -> bool {
        self.redis.is_healthy()
    }

    /// Charges what `order` owes, and `cost` if it fits.
    pub(super) async fn charge(&self, subject: &Subject, policy: &Policy, order: Order, cost: u64) -> Result<Charged, Away> {
        let key = self.redis.key("budget", subject);
        let arguments = (policy.us_per_point, policy.burst, order.owed, cost, order.wanted);
        let (admitted, granted, backlog_us): (u8, u64, u64) = self.redis.script(&self.script, &[&key], arguments).await?;
        Ok(Charged { admitted: admitted == 1, granted, used: backlog_us as f64 / policy.us_per_point })
    }
}
