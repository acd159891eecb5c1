//! The followers of the soak, each with a database connection of its own.

use std::time::Duration;

use farmlokal::storage::feed::{Follower, FollowerHandle, FollowerSettings};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::recorder::{Recorder, Told};
use crate::stage::{Stage, never, often};
use crate::wait::until;

/// What one follower was told.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) name: &'static str,
    /// Where it began: the first change that it should be told is the next one.
    pub(super) began_at: i64,
    pub(super) told: Vec<Told>,
    /// Where it ended.
    pub(super) ended_at: i64,
}

struct Watcher {
    name: &'static str,
    began_at: i64,
    recorder: Recorder,
    handle: FollowerHandle,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

/// The followers that still run, and what a stopped one was told.
pub(super) struct Watchers {
    running: Vec<Watcher>,
    stopped: Vec<Recording>,
}

impl Watchers {
    /// Starts and stops followers at different times until `end`, which is `length` away.
    pub(super) async fn watch(stage: Stage, end: Instant, length: Duration) -> Self {
        let seldom = FollowerSettings { poll_interval: Duration::from_millis(700), ..never() };
        let first = Watcher::start(&stage, "first", false, often(), Recorder::default()).await;
        let slow = Watcher::start(&stage, "slow", true, seldom, Recorder::default()).await;
        let stopped = Watcher::start(&stage, "stopped half-way", true, often(), Recorder::default()).await;
        sleep_until(end - length * 2 / 3).await;
        let late = Watcher::start(&stage, "late", false, often(), Recorder::default()).await;
        sleep_until(end - length / 2).await;
        let stopped = stopped.stop().await;
        sleep_until(end - length / 4).await;
        let again = Watcher::start(&stage, "started again from the start", true, often(), Recorder::default()).await;
        sleep_until(end).await;
        Self { running: vec![first, slow, late, again], stopped: vec![stopped] }
    }

    /// Waits until all have reached `head`; gives what they were told.
    pub(super) async fn caught_up_with(self, head: i64) -> Vec<Recording> {
        let mut recordings = self.stopped;
        for watcher in self.running {
            until(watcher.name, || watcher.handle.position() >= head).await;
            recordings.push(watcher.stop().await);
        }
        recordings
    }
}

impl Watcher {
    async fn start(stage: &Stage, name: &'static str, from_start: bool, settings: FollowerSettings, recorder: Recorder) -> Self {
        let (database, subscribers) = (stage.database().await, vec![recorder.subscriber()]);
        let follower = if from_start {
            Follower::at_start(database, settings, subscribers).await.unwrap()
        } else {
            Follower::at_head(database, settings, subscribers).await.unwrap()
        };
        let (handle, stop) = (follower.handle(), CancellationToken::new());
        let began_at = handle.position();
        let running = tokio::spawn(follower.run(stop.clone()));
        Self { name, began_at, recorder, handle, stop, running }
    }

    async fn stop(self) -> Recording {
        self.stop.cancel();
        self.running.await.unwrap();
        let (told, ended_at) = (self.recorder.told(), self.handle.position());
        Recording { name: self.name, began_at: self.began_at, told, ended_at }
    }
}
