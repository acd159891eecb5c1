//! Follows the feed: one task per process that polls behind its position, at once when nudged, and hands every change to
//! its subscribers, once and in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::source::FeedSource;
use crate::domain::Change;
use crate::error::Error;
use crate::storage::changes::Head;
use crate::storage::database::Database;

/// Changes read at once.
const BATCH: u32 = 1_000;
/// Pause after a poll that failed, even when nobody asks: after a restart of the database each connection of the pool fails
/// once.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// What subscribers are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The next changes, in order.
    Changes(Arc<[Change]>),
    /// Anything may have changed: rows were written behind the feed's back, or this follower was away for too long.
    StartAfresh,
    /// The feed was read to its end.
    Followed(Followed),
    /// The feed could not be read.
    Failed,
}

/// How far the feed was read, and when that was so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Followed {
    /// The last number of the feed; subscribers have been told everything up to it.
    pub position: i64,
    /// The catalogue generation.
    pub generation: i64,
    /// When the database was asked: whatever was numbered before is included.
    pub asked_at: Instant,
}

/// Somebody who wants to know of changes. Called on the follower's task: it must be quick and must not block.
pub type Subscriber = Box<dyn Fn(&Event) + Send + Sync>;

/// When to poll.
#[derive(Debug, Clone, Copy)]
pub struct FollowerSettings {
    /// Longest pause between two polls while somebody asks.
    pub poll_interval: Duration,
    /// Pause when nobody has asked anything for [`FollowerSettings::idle_after`]: lets serverless databases sleep.
    pub idle_interval: Duration,
    /// How long without a request until the pause grows.
    pub idle_after: Duration,
}

impl Default for FollowerSettings {
    fn default() -> Self {
        Self {
            // Answers that are kept are good for a second after the last poll: two polls fit in.
            poll_interval: Duration::from_millis(500),
            idle_interval: Duration::from_secs(30),
            idle_after: Duration::from_secs(300),
        }
    }
}

/// Reads the feed from where it stands now.
pub struct Follower<S = Database> {
    source: S,
    subscribers: Vec<Subscriber>,
    generation: i64,
    settings: FollowerSettings,
    shared: Arc<Shared>,
}

struct Shared {
    nudge: Notify,
    position: watch::Sender<i64>,
    started: Instant,
    last_request_ms: AtomicI64,
    last_poll_ms: AtomicI64,
    generation: AtomicI64,
}

/// Talks to the follower of this process.
#[derive(Clone)]
pub struct FollowerHandle(Arc<Shared>);

impl std::fmt::Debug for FollowerHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FollowerHandle").field("position", &self.position()).finish()
    }
}

impl<S: FeedSource> Follower<S> {
    /// A follower that starts at the present end of the feed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn at_head(source: S, settings: FollowerSettings, subscribers: Vec<Subscriber>) -> Result<Self, Error> {
        let head = source.head().await?;
        Ok(Self::new(source, settings, subscribers, head))
    }

    /// A follower that starts so many changes before the present end, as far as they are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn behind_head(
        source: S,
        settings: FollowerSettings,
        subscribers: Vec<Subscriber>,
        changes: i64,
    ) -> Result<Self, Error> {
        let head = source.head().await?;
        let from = (head.seq - changes).max(head.kept_from_seq - 1);
        Ok(Self::new(source, settings, subscribers, Head { seq: from, ..head }))
    }

    /// A follower that starts at the oldest change that is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn at_start(source: S, settings: FollowerSettings, subscribers: Vec<Subscriber>) -> Result<Self, Error> {
        let head = source.head().await?;
        Ok(Self::new(source, settings, subscribers, Head { seq: head.kept_from_seq - 1, ..head }))
    }

    fn new(source: S, settings: FollowerSettings, subscribers: Vec<Subscriber>, from: Head) -> Self {
        let shared = Shared {
            nudge: Notify::new(),
            position: watch::Sender::new(from.seq),
            started: Instant::now(),
            last_request_ms: AtomicI64::new(0),
            last_poll_ms: AtomicI64::new(0),
            generation: AtomicI64::new(from.generation),
        };
        Self { source, subscribers, generation: from.generation, settings, shared: Arc::new(shared) }
    }

    /// Tells `subscriber` as well, after those that it tells already.
    pub fn subscribe(&mut self, subscriber: Subscriber) {
        self.subscribers.push(subscriber);
    }

    /// The catalogue generation that it knows of.
    pub fn generation(&self) -> i64 {
        self.generation
    }

    /// The handle that the rest of the process talks to.
    pub fn handle(&self) -> FollowerHandle {
        FollowerHandle(Arc::clone(&self.shared))
    }

    /// Follows until `stop`. Failures of the database are logged and tried again.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut failing = false;
        loop {
            let pause = match self.poll().await {
                Ok(()) => {
                    failing = false;
                    self.pause()
                }
                Err(err) => {
                    if !failing {
                        tracing::warn!(detail = err.detail().unwrap_or_default(), "the change feed cannot be read; trying again");
                    }
                    failing = true;
                    self.tell(&Event::Failed);
                    RETRY_PAUSE.min(self.pause())
                }
            };
            tokio::select! {
                // In this order, so that a simulation of it can be repeated.
                biased;
                () = stop.cancelled() => return,
                () = self.shared.nudge.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Numbers what waits, then reads up to the end of the feed.
    ///
    /// # Errors
    /// When the database fails; the position is then where the last whole batch ended.
    pub async fn poll(&mut self) -> Result<(), Error> {
        let asked_at = Instant::now();
        self.source.number().await?;
        let head = self.source.head().await?;
        if head.generation != self.generation || head.kept_from_seq > self.position() + 1 {
            self.start_afresh(head);
        } else {
            self.read_up_to(head.seq).await?;
        }
        self.shared.last_poll_ms.store(self.shared.elapsed_ms(), Ordering::Relaxed);
        self.tell(&Event::Followed(Followed { position: self.position(), generation: self.generation, asked_at }));
        Ok(())
    }

    async fn read_up_to(&mut self, end: i64) -> Result<(), Error> {
        while self.position() < end {
            let batch = self.source.after(self.position(), BATCH).await?;
            let (first, last) = (batch.first().map(|change| change.seq), batch.last().map(|change| change.seq));
            match (first, last) {
                (Some(first), Some(last)) if first == self.position() + 1 => {
                    metrics::counter!("farmlokal_changes_followed_total").increment(batch.len() as u64);
                    self.tell(&Event::Changes(batch.into()));
                    self.move_to(last);
                }
                // The next ones were there when the head was read: they have been forgotten since.
                _ => self.start_afresh(self.source.head().await?),
            }
        }
        Ok(())
    }

    fn start_afresh(&mut self, head: Head) {
        self.generation = head.generation;
        self.shared.generation.store(head.generation, Ordering::SeqCst);
        self.tell(&Event::StartAfresh);
        self.move_to(head.seq);
    }

    fn position(&self) -> i64 {
        *self.shared.position.borrow()
    }

    fn tell(&self, event: &Event) {
        for subscriber in &self.subscribers {
            subscriber(event);
        }
    }

    fn move_to(&self, seq: i64) {
        self.shared.position.send_replace(seq);
        metrics::gauge!("farmlokal_change_feed_position").set(seq as f64);
    }

    fn pause(&self) -> Duration {
        let since_request = self.shared.elapsed_ms() - self.shared.last_request_ms.load(Ordering::Relaxed);
        let idle_after = i64::try_from(self.settings.idle_after.as_millis()).unwrap_or(i64::MAX);
        if since_request > idle_after { self.settings.idle_interval } else { self.settings.poll_interval }
    }
}

impl Shared {
    fn elapsed_ms(&self) -> i64 {
        self.ms_at(Instant::now())
    }

    fn ms_at(&self, now: Instant) -> i64 {
        i64::try_from(now.saturating_duration_since(self.started).as_millis()).unwrap_or(i64::MAX)
    }
}

impl FollowerHandle {
    /// The last number that all subscribers of this process have been told.
    pub fn position(&self) -> i64 {
        *self.0.position.borrow()
    }

    /// The catalogue generation that the follower knows of.
    pub fn generation(&self) -> i64 {
        self.0.generation.load(Ordering::SeqCst)
    }

    /// The position as it moves on; told anew as well when the catalogue was written as a whole.
    pub fn positions(&self) -> watch::Receiver<i64> {
        self.0.position.subscribe()
    }

    /// Something changed: poll now.
    pub fn nudge(&self) {
        self.0.nudge.notify_one();
    }

    /// A request came in: wakes a follower that polls seldom because nobody asked.
    pub fn request_seen(&self, now: Instant, idle_after: Duration) {
        let now = self.0.ms_at(now);
        // Two requests at once may both find that they are the first: then the feed is asked for twice.
        let before = self.0.last_request_ms.load(Ordering::Relaxed);
        self.0.last_request_ms.store(now, Ordering::Relaxed);
        if u128::try_from(now - before).unwrap_or(0) > idle_after.as_millis() {
            self.nudge();
        }
    }

    /// Waits until the subscribers of this process have been told everything up to `seq`, at most for `limit`.
    pub async fn reached(&self, seq: i64, limit: Duration) -> bool {
        let mut position = self.0.position.subscribe();
        self.nudge();
        tokio::time::timeout(limit, position.wait_for(|position| *position >= seq)).await.is_ok_and(|result| result.is_ok())
    }

    /// How long ago the feed was last read without an error.
    pub fn last_poll_age(&self) -> Duration {
        let age = self.0.elapsed_ms() - self.0.last_poll_ms.load(Ordering::Relaxed);
        Duration::from_millis(u64::try_from(age).unwrap_or(0))
    }
}
