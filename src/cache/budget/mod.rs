//! Budgets of query cost: how many points a caller may spend, over all processes together.
//!
//! The budget is in Redis ([`shared`], one Lua call per uncached query); each process spends single points by itself and
//! settles them soon after ([`account`]); without Redis, and while it is away, each process limits by itself ([`local`]).
//!
//! ```text
//! try_spend_one   no await, no allocation: before a request is parsed, and all that a cached answer costs
//! spend_rest      one call to Redis: what a query costs beyond that point, all or nothing
//! ```

mod account;
mod accounts;
mod local;
mod policy;
mod settler;
mod shared;
mod subject;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use governor::clock::DefaultClock;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

pub use policy::{BudgetSettings, Standing, Verdict};
pub use subject::Subject;

use crate::cache::redis::Redis;
use account::{Account, Due, OnePoint, Order};
use accounts::Accounts;
use local::Local;
use policy::Policy;
use settler::Notice;
use shared::Shared;

/// The budgets of all callers; a clone is a pointer.
#[derive(Clone)]
pub struct Budget(Arc<Inner>);

struct Inner {
    policy: Policy,
    started: Instant,
    accounts: Accounts,
    /// Until when the last of the accounts stays closed.
    last_closed_until_us: AtomicU64,
    local: Local,
    shared: Option<Shared>,
    notices: mpsc::Sender<Notice>,
    to_settle: Mutex<mpsc::Receiver<Notice>>,
}

impl std::fmt::Debug for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Budget").field("policy", &self.0.policy).finish_non_exhaustive()
    }
}

impl Budget {
    /// Budgets in `redis`, or in this process alone.
    pub fn new(settings: BudgetSettings, redis: Option<Redis>) -> Self {
        let policy = Policy::new(settings);
        let (notices, to_settle) = mpsc::channel(settler::WAITING_MAX);
        Self(Arc::new(Inner {
            policy,
            started: Instant::now(),
            accounts: Accounts::new(),
            last_closed_until_us: AtomicU64::new(0),
            local: Local::new(policy, DefaultClock::default()),
            shared: redis.map(Shared::new),
            notices,
            to_settle: Mutex::new(to_settle),
        }))
    }

    /// Points that can be spent at once, and the time in which that many trickle back.
    pub fn quota(&self) -> (u32, Duration) {
        (self.0.policy.burst, self.0.policy.window())
    }

    /// Spends one point: before a request is parsed, and all that a cached answer costs. It waits for nobody.
    pub fn try_spend_one(&self, subject: &Subject, now: Instant) -> Verdict {
        self.0.spend_one(subject, now)
    }

    /// Spends what a query costs beyond the point that [`Budget::try_spend_one`] has admitted before, all or nothing. When
    /// it is refused, that point is given back if it can be, and requests of this subject are refused at the door for a
    /// quarter of a second. `before` is what was left after that point.
    pub async fn spend_rest(&self, subject: &Subject, points: u64, before: Standing) -> Verdict {
        self.0.spend_rest(subject, points, before).await
    }

    /// Settles what is spent here with Redis, and forgets who is gone, until `stop`. One task per process runs it.
    pub async fn run(self, stop: CancellationToken) {
        let mut notices = self.0.to_settle.lock().await;
        stop.run_until_cancelled(settler::run(&self.0, &mut notices)).await;
    }
}

impl Inner {
    fn now_us(&self) -> u64 {
        self.us_at(Instant::now())
    }

    fn us_at(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.started).as_micros()).unwrap_or(u64::MAX)
    }

    /// Redis, while it is of use.
    fn shared(&self) -> Option<&Shared> {
        self.shared.as_ref().filter(|shared| shared.is_there())
    }

    fn spend_one(&self, subject: &Subject, now: Instant) -> Verdict {
        let now_us = self.us_at(now);
        if self.shared().is_none() {
            return self.closed(subject, now_us).unwrap_or_else(|| self.local.spend(subject, NonZeroU32::MIN));
        }
        let spent = self.accounts.with(subject, now_us, |account| account.spend_one(now_us, &self.policy));
        let beyond_credit = matches!(spent, Some(OnePoint::BeyondCredit(_)));
        let (verdict, due) = match spent {
            Some(OnePoint::Decided(verdict, due)) => (verdict, due),
            Some(OnePoint::BeyondCredit(due)) => (self.local.spend(subject, NonZeroU32::MIN), due),
            None => (self.local.spend(subject, NonZeroU32::MIN), Due::Never),
        };
        if beyond_credit && matches!(verdict, Verdict::Refused { .. }) {
            self.accounts.with_known(subject, Account::take_back_one);
        }
        if due != Due::Never && self.notices.try_send((*subject, due)).is_err() {
            self.accounts.with_known(subject, Account::not_noted);
        }
        verdict
    }

    async fn spend_rest(&self, subject: &Subject, points: u64, before: Standing) -> Verdict {
        let locally = || match NonZeroU32::new(u32::try_from(points).unwrap_or(u32::MAX)) {
            Some(points) => self.local.spend(subject, points),
            None => Verdict::Admitted(before),
        };
        let verdict = self.charge(subject, points).await.unwrap_or_else(locally);
        if let Verdict::Refused { standing, retry_after } = verdict {
            let now_us = self.now_us();
            let until_us = self.accounts.with(subject, now_us, |account| account.close(now_us, standing, retry_after));
            self.last_closed_until_us.fetch_max(until_us.unwrap_or(0), Ordering::Relaxed);
        }
        verdict
    }

    /// Refused a moment ago. Where nobody was, no account need be looked for.
    fn closed(&self, subject: &Subject, now_us: u64) -> Option<Verdict> {
        if now_us >= self.last_closed_until_us.load(Ordering::Relaxed) {
            return None;
        }
        self.accounts.with_known(subject, |account| account.closed(now_us)).flatten()
    }

    /// Charges `points` in Redis, together with what is owed; `None` while it is away.
    async fn charge(&self, subject: &Subject, points: u64) -> Option<Verdict> {
        let shared = self.shared()?;
        let owed = self.accounts.with_known(subject, Account::take_owed).unwrap_or(0);
        // The request's own point is among what is owed, if anything is: it goes the way of the rest.
        let own = owed.min(1);
        let order = Order { owed: owed - own, wanted: 0 };
        let charged = shared.charge(subject, &self.policy, order, points + own).await.ok()?;
        let now_us = self.now_us();
        self.accounts.with(subject, now_us, |account| {
            account.learn(now_us, charged.used);
            if !charged.admitted {
                // Paid already, and for nothing: the next request has it.
                account.give(now_us, 1 - own);
            }
        });
        let policy = &self.policy;
        let standing = policy.standing(charged.used);
        Some(if charged.admitted {
            Verdict::Admitted(standing)
        } else {
            Verdict::Refused { standing, retry_after: policy.wait(charged.used, (points + own) as f64) }
        })
    }

    /// Tells Redis what is owed and fetches a lease; gives the subject back when there is more to settle.
    async fn settle(self: &Arc<Self>, subject: Subject) -> Option<Subject> {
        let shared = self.shared()?;
        let now_us = self.now_us();
        let order = self.accounts.with_known(&subject, |account| account.order(now_us, &self.policy)).flatten()?;
        let answer = shared.charge(&subject, &self.policy, order, 0).await.ok();
        let answer = answer.map(|charged| (charged.used, charged.granted));
        let now_us = self.now_us();
        let more = self.accounts.with_known(&subject, |account| account.heard(now_us, answer));
        more.unwrap_or(false).then_some(subject)
    }

    fn sweep(&self) {
        self.accounts.sweep(self.now_us());
        self.local.sweep();
    }
}
