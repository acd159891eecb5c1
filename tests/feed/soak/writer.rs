//! Takes random steps until the time is over, and remembers what it was answered.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use super::step::{Step, World};
use crate::random::Random;

/// What became of a step.
#[derive(Debug)]
pub(super) enum Outcome {
    /// These products were answered, as (slug, id, version); none for producers.
    Written(Vec<(String, i64, i64)>),
    /// So many products were removed.
    Removed(u64),
    /// The input did not fit what is stored.
    Refused,
    /// The database or the server failed, or nobody answered: it may have been written or not.
    Lost,
}

/// Where a step goes.
pub(super) trait Door {
    /// Takes a step.
    fn take(&self, step: &Step) -> impl Future<Output = Outcome> + Send;
}

/// What happened to all writers.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) answered: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) removed: AtomicU64,
    pub(super) kills: AtomicU64,
    /// Products that were answered, as (id, version): each must be in the feed.
    pub(super) promised: Mutex<Vec<(i64, i64)>>,
}

impl Tally {
    /// Whether enough was written and killed for the rest to mean something.
    pub(super) fn is_worth_judging(&self) -> bool {
        self.answered.load(Ordering::Relaxed) >= 50 && self.kills.load(Ordering::Relaxed) >= 2
    }

    fn note(&self, outcome: &Outcome, world: &World) {
        let counter = match outcome {
            Outcome::Written(products) => {
                for (slug, id, version) in products {
                    world.learn(slug, *id, *version);
                    self.promised.lock().unwrap().push((*id, *version));
                }
                &self.answered
            }
            Outcome::Removed(count) => {
                self.removed.fetch_add(*count, Ordering::Relaxed);
                &self.answered
            }
            Outcome::Refused => &self.refused,
            Outcome::Lost => &self.lost,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Takes steps through `door` until `end`.
pub(super) async fn write(door: &impl Door, mut random: Random, world: &World, tally: &Tally, end: Instant) {
    while Instant::now() < end {
        let step = world.step(&mut random);
        let outcome = door.take(&step).await;
        tally.note(&outcome, world);
    }
}
