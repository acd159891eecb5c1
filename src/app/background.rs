//! What runs beside the requests: the follower of the change feed, the search index, statistics, retention, budgets, keys of the issuer, upkeep of the meters.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::caching;
use crate::cache::budget::Budget;
use crate::cache::redis::Redis;
use crate::clock::Clock;
use crate::identity::Jwks;
use crate::search::Indexer;
use crate::service::{CategoryDirectory, Marketplace};
use crate::storage::Database;
use crate::storage::feed::follower::Subscriber;
use crate::storage::feed::{Event, Follower, retention};
use crate::storage::statistics::SharedStatistics;
use crate::telemetry::Telemetry;

/// How often products are counted anew for planning.
const STATISTICS_EVERY: Duration = Duration::from_secs(600);
/// How often old changes are forgotten.
const RETENTION_EVERY: Duration = Duration::from_secs(3_600);
/// How often the registry folds what was recorded.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The background tasks of a process.
pub struct Background {
    pub(super) database: Database,
    pub(super) marketplace: Arc<Marketplace>,
    pub(super) follower: Follower,
    pub(super) indexer: Option<Indexer>,
    pub(super) statistics: SharedStatistics,
    pub(super) redis: Option<Redis>,
    pub(super) budget: Option<Budget>,
    pub(super) issuer_keys: Option<Jwks>,
    pub(super) telemetry: Arc<Telemetry>,
    pub(super) clock: Clock,
}

impl std::fmt::Debug for Background {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Background")
    }
}

/// Who is told of changes: the log, and what is kept in memory when everything may have changed.
pub(super) fn subscribers(database: Database, statistics: SharedStatistics, categories: CategoryDirectory) -> Vec<Subscriber> {
    let log: Subscriber = Box::new(|event| match event {
        Event::Changes(changes) => {
            for change in changes.iter() {
                tracing::debug!(seq = change.seq, kind = ?change.kind, id = change.entity_id, version = change.version, "changed");
            }
        }
        Event::StartAfresh => tracing::info!("the catalogue was written as a whole; starting afresh"),
        Event::Followed(_) | Event::Failed => {}
    });
    let recount: Subscriber = Box::new(move |event| {
        if *event == Event::StartAfresh {
            categories.clear();
            let (database, statistics) = (database.clone(), statistics.clone());
            tokio::spawn(async move { refresh(&database, &statistics).await });
        }
    });
    vec![log, recount]
}

impl Background {
    /// Starts them all; they end with `ended`.
    pub(super) fn spawn(self, tasks: &TaskTracker, ended: &CancellationToken) {
        let Self { database, marketplace, follower, indexer, statistics, redis, budget, issuer_keys, telemetry, clock } = self;
        if let Some(keys) = issuer_keys {
            tasks.spawn(keys.run(ended.clone()));
        }
        if let Some(redis) = redis {
            tasks.spawn(caching::hear_of_changes(redis, follower.handle(), ended.clone()));
        }
        if let Some(budget) = budget {
            tasks.spawn(budget.run(ended.clone()));
        }
        tasks.spawn(follower.run(ended.clone()));
        spawn_webhooks(&marketplace, tasks, ended);
        if let Some(indexer) = indexer {
            tasks.spawn(indexer.run(ended.clone()));
        }
        tasks.spawn(every(UPKEEP_EVERY, ended.clone(), move || {
            telemetry.upkeep();
            std::future::ready(())
        }));
        let counted = database.clone();
        tasks.spawn(every(STATISTICS_EVERY, ended.clone(), move || {
            let (database, statistics) = (counted.clone(), statistics.clone());
            async move { refresh(&database, &statistics).await }
        }));
        tasks.spawn(every(RETENTION_EVERY, ended.clone(), move || {
            let (database, now_ms) = (database.clone(), clock.now_ms());
            async move {
                match retention::run(&database, now_ms).await {
                    Ok(0) => {}
                    Ok(forgotten) => tracing::info!(forgotten, "old changes were forgotten"),
                    Err(err) => tracing::warn!(detail = err.detail().unwrap_or_default(), "old changes could not be forgotten"),
                }
            }
        }));
    }
}

/// Works through the webhook inbox, numbers the changes that it makes, and forgets old payloads.
fn spawn_webhooks(marketplace: &Arc<Marketplace>, tasks: &TaskTracker, ended: &CancellationToken) {
    let (worker, numberer, keeper) = (Arc::clone(marketplace), Arc::clone(marketplace), Arc::clone(marketplace));
    let stop = ended.clone();
    tasks.spawn(async move { worker.work_on_webhooks(stop).await });
    let stop = ended.clone();
    tasks.spawn(async move { numberer.number_changes(stop).await });
    tasks.spawn(every(RETENTION_EVERY, ended.clone(), move || {
        let keeper = Arc::clone(&keeper);
        async move {
            if let Err(err) = keeper.forget_old_payloads().await {
                tracing::warn!(detail = err.detail().unwrap_or_default(), "old payloads could not be forgotten");
            }
        }
    }));
}

async fn refresh(database: &Database, statistics: &SharedStatistics) {
    if let Err(err) = statistics.refresh(database).await {
        tracing::warn!(detail = err.detail().unwrap_or_default(), "products could not be counted for planning");
    }
}

/// Runs `work` now and then again after each pause, until `ended`.
async fn every<F: Future<Output = ()>>(pause: Duration, ended: CancellationToken, mut work: impl FnMut() -> F) {
    loop {
        tokio::select! {
            () = ended.cancelled() => return,
            () = async { work().await; tokio::time::sleep(pause).await; } => {}
        }
    }
}
