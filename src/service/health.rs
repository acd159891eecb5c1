//! Whether the server can do its work now, part by part.

use std::time::{Duration, Instant};

use super::Marketplace;

/// How a part does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HealthStatus {
    /// As it should.
    Ok,
    /// The server works, but less well.
    Degraded,
    /// The server cannot work without it.
    Down,
}

/// One part.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthCheck {
    /// Its name.
    pub name: &'static str,
    /// How it does.
    pub status: HealthStatus,
    /// How long it took to answer; absent when it did not.
    pub latency_ms: Option<f64>,
    /// How far it is, of something that is being made.
    pub progress_percent: Option<u64>,
    /// Of the webhook inbox: for how many seconds the oldest event waits, and how many were given up.
    pub waiting: Option<Waiting>,
}

/// What waits in the webhook inbox.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waiting {
    /// For how long the oldest event has been waiting for its effect.
    pub oldest_seconds: f64,
    /// Events that were given up and not taken out by hand, counted up to 1 000.
    pub dead_letters: u64,
}

/// All parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// The worst of them.
    pub status: HealthStatus,
    /// Each of them.
    pub checks: Vec<HealthCheck>,
}

/// A check that takes longer has failed.
const CHECK_TIMEOUT: Duration = Duration::from_millis(1_500);
/// A feed unread for longer than the longest pause between two polls is late.
const FEED_LATE: Duration = Duration::from_secs(35);

/// An event that waits for longer is worth a look.
const WEBHOOKS_LATE: Duration = Duration::from_secs(300);

impl Marketplace {
    /// Looks at every part.
    pub async fn health(&self) -> Health {
        let started = Instant::now();
        let answered = matches!(tokio::time::timeout(CHECK_TIMEOUT, self.database.ping()).await, Ok(Ok(())));
        let database = HealthCheck {
            name: "database",
            status: if answered { HealthStatus::Ok } else { HealthStatus::Down },
            latency_ms: answered.then(|| started.elapsed().as_secs_f64() * 1_000.0),
            progress_percent: None,
            waiting: None,
        };
        let late = self.follower.last_poll_age() > FEED_LATE;
        let feed = HealthCheck {
            name: "changeFeed",
            status: if late { HealthStatus::Degraded } else { HealthStatus::Ok },
            latency_ms: None,
            progress_percent: None,
            waiting: None,
        };
        let mut checks = vec![database, feed];
        checks.extend(self.redis.as_ref().map(|redis| HealthCheck {
            name: "redis",
            status: if redis.is_healthy() { HealthStatus::Ok } else { HealthStatus::Degraded },
            latency_ms: None,
            progress_percent: None,
            waiting: None,
        }));
        checks.extend(self.search.as_ref().map(|search| {
            let is_made = search.latest().is_some();
            let status = if is_made { HealthStatus::Ok } else { HealthStatus::Degraded };
            let progress_percent = (!is_made).then(|| search.progress().percent());
            HealthCheck { name: "search", status, latency_ms: None, progress_percent, waiting: None }
        }));
        checks.extend(self.webhook_check(answered).await);
        let status = checks.iter().map(|check| check.status).max().unwrap_or(HealthStatus::Ok);
        Health { status, checks }
    }

    /// The webhook inbox: people should look at it when something was given up or waits for long.
    async fn webhook_check(&self, database_answers: bool) -> Option<HealthCheck> {
        if !database_answers {
            return None;
        }
        let pending = tokio::time::timeout(CHECK_TIMEOUT, self.pending_webhooks()).await.ok()?.ok()?;
        let waited = self.waited(&pending);
        // Without a partner thin events wait for one; that is no illness.
        let late = self.partner.is_some() && waited > WEBHOOKS_LATE;
        let status = if late || pending.dead_letters > 0 { HealthStatus::Degraded } else { HealthStatus::Ok };
        let waiting = Some(Waiting { oldest_seconds: waited.as_secs_f64(), dead_letters: pending.dead_letters });
        Some(HealthCheck { name: "webhooks", status, latency_ms: None, progress_percent: None, waiting })
    }
}
