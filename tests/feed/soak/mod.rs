//! Eight writers at random, some of them killed, and followers that must not notice.
//!
//! ```text
//! step       what a writer does next, chosen at random among few contended products and producers
//! writer     eight of them: each takes steps through its door until the time is over
//! process    the doors of PostgreSQL and MariaDB: real servers, killed and started again
//! task       the door of SQLite: tasks of one process, aborted in the middle of a write
//! watcher    the followers, started and stopped at different times
//! truth      what the tables hold in the end
//! verdict    compares what was told with what is true
//! ```
//!
//! It runs 8 s on each engine; `FEED_SECONDS` sets another time (`scripts/soak` takes 60).

mod process;
mod step;
mod task;
mod truth;
mod verdict;
mod watcher;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::shop::{Shop, place, producer};
use crate::stage::{Stage, often, runtime};
use step::World;
use truth::Truth;
use verdict::Evidence;
use watcher::Watchers;
use writer::Tally;

/// How long writers write unless `FEED_SECONDS` says otherwise.
const DEFAULT_SECONDS: u64 = 8;
/// Writers, each in a process or task of its own.
const WRITERS: usize = 8;

#[test]
fn followers_see_every_change_once_on_sqlite() {
    soak(Stage::sqlite);
}

#[test]
fn followers_see_every_change_once_on_postgresql() {
    soak(Stage::postgres);
}

#[test]
fn followers_see_every_change_once_on_mariadb() {
    soak(Stage::mariadb);
}

/// One engine at a time: the writers of one keep the machine busy enough.
fn soak(stage: fn() -> Stage) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let stage = stage();
    runtime().block_on(run(&stage));
}

async fn run(stage: &Stage) {
    let length = Duration::from_secs(seconds());
    let tally = Arc::new(Tally::default());
    let world = Arc::new(world(stage).await);
    let end = Instant::now() + length;
    let watching = tokio::spawn(Watchers::watch(stage.clone(), end, length));
    let (own, logs) = if stage.engine == "SQLite" {
        (Some(task::run(stage, &world, &tally, end).await), Vec::new())
    } else {
        (None, process::run(stage, &world, &tally, end).await)
    };
    let watchers = watching.await.unwrap();
    let truth = Truth::when_quiet(stage).await;
    let mut recordings = watchers.caught_up_with(truth.head).await;
    recordings.extend(own);
    let evidence = Evidence { truth: &truth, recordings: &recordings, logs: &logs, tally: &tally };
    let violations = verdict::violations(&evidence);
    println!("{}, {} s: {}, {} violations", stage.engine, length.as_secs(), evidence, violations.len());
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert!(tally.is_worth_judging(), "too little happened to judge anything: {evidence}");
}

fn seconds() -> u64 {
    std::env::var("FEED_SECONDS").map_or(DEFAULT_SECONDS, |text| text.parse().expect("FEED_SECONDS is a number"))
}

/// A category for each product, so that the scope of a change tells which product it was, and the producers.
async fn world(stage: &Stage) -> World {
    let shop = Shop::open(stage, often()).await;
    for n in 0..step::PRODUCTS {
        shop.put_category(&step::shelf(n)).await;
    }
    let mut producer_ids = Vec::new();
    for n in 0..step::PRODUCERS {
        producer_ids.push(shop.put_producer(producer(&step::farm(n), place(0))).await.id);
    }
    World::new(producer_ids)
}
