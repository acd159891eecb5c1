//! SQLite: eight tasks of one process, some of them aborted in the middle of a write, as a caller who goes away does.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use farmlokal::domain::{Producer, Product};
use farmlokal::service::{Marketplace, WriteError};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::WRITERS;
use super::step::{Step, World};
use super::watcher::Recording;
use super::writer::{Door, Outcome, Tally, write};
use crate::random::Random;
use crate::shop::Shop;
use crate::stage::{Stage, often};

/// Writes until `end`; gives what the process's own follower was told.
pub(super) async fn run(stage: &Stage, world: &Arc<World>, tally: &Arc<Tally>, end: Instant) -> Recording {
    let shop = Shop::open(stage, often()).await;
    let began_at = shop.follower.position();
    let spawn = |seed: u64| -> JoinHandle<()> {
        let (world, tally, door) = (Arc::clone(world), Arc::clone(tally), Arc::clone(&shop.marketplace));
        tokio::spawn(async move { write(&*door, Random::new(seed), &world, &tally, end).await })
    };
    let mut tasks: Vec<_> = (0..WRITERS as u64).map(spawn).collect();
    let mut chance = Random::new(1_000);
    while Instant::now() < end {
        sleep(Duration::from_micros(20_000 + chance.below(100_000))).await;
        let victim = chance.below(WRITERS as u64) as usize;
        tasks[victim].abort();
        let aborted = std::mem::replace(&mut tasks[victim], spawn(chance.next())).await;
        tally.kills.fetch_add(u64::from(aborted.is_err_and(|err| err.is_cancelled())), Ordering::Relaxed);
    }
    for task in tasks {
        task.await.unwrap();
    }
    let told = shop.recorder.told();
    let ended_at = began_at + told.len() as i64;
    Recording { name: "the writers' own", began_at, told, ended_at }
}

impl Door for Marketplace {
    async fn take(&self, step: &Step) -> Outcome {
        match step {
            Step::Put(drafts) => outcome(self.upsert_products(drafts).await, |products: Vec<Product>| written(&products)),
            Step::Adjust(adjustment) => outcome(self.adjust_stock(adjustment).await, |product| written(&[product])),
            Step::Remove(slugs) => outcome(self.remove_products(slugs).await, |count| Outcome::Removed(count as u64)),
            Step::Move(drafts) => outcome(self.upsert_producers(drafts).await, |_: Vec<Producer>| Outcome::Written(Vec::new())),
        }
    }
}

fn outcome<T>(result: Result<T, WriteError>, of: impl FnOnce(T) -> Outcome) -> Outcome {
    match result {
        Ok(output) => of(output),
        Err(WriteError::Refused(_)) => Outcome::Refused,
        Err(WriteError::Failed(_)) => Outcome::Lost,
    }
}

fn written(products: &[Product]) -> Outcome {
    Outcome::Written(products.iter().map(|product| (product.slug.clone(), product.id, product.version)).collect())
}
