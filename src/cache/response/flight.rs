//! One flight per answer: whoever asks while it is being made waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::change_table::Mark;
use super::key::CacheKey;

/// Older flights are not joined: what holds them up would hold up everybody.
pub(crate) const JOINED_FOR: Duration = Duration::from_millis(250);

/// The flights under way.
#[derive(Debug)]
pub(crate) struct Flights<T>(Arc<Mutex<HashMap<CacheKey, Flight<T>>>>);

#[derive(Debug)]
struct Flight<T> {
    began: Instant,
    mark: Mark,
    landed: watch::Receiver<Option<T>>,
}

/// A place in a flight.
#[derive(Debug)]
pub(crate) struct Seat<T> {
    landed: watch::Receiver<Option<T>>,
    /// Where this process stood when the flight began.
    pub(crate) mark: Mark,
    /// Whether somebody else began it.
    pub(crate) joined: bool,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// Joins the flight for `key` when it is young and began no earlier than `not_before`; else begins one, which goes on
    /// even when everybody who waits for it leaves.
    pub(crate) fn join_or_begin<F>(
        &self,
        key: CacheKey,
        now: Mark,
        not_before: Option<Mark>,
        begin: impl FnOnce() -> F,
    ) -> Seat<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut flights = self.lock();
        if let Some(flight) = flights.get(&key) {
            let late_enough = not_before.is_none_or(|mark| flight.mark.covers(mark));
            // One that ended without an answer (its task died) is not joined either.
            if late_enough && flight.began.elapsed() < JOINED_FOR && flight.landed.has_changed().is_ok() {
                return Seat { landed: flight.landed.clone(), mark: flight.mark, joined: true };
            }
        }
        let (sender, landed) = watch::channel(None);
        flights.insert(key, Flight { began: Instant::now(), mark: now, landed: landed.clone() });
        drop(flights);
        let (work, all, own) = (begin(), Self(Arc::clone(&self.0)), landed.clone());
        tokio::spawn(async move {
            let _leaves = Leaves { all, key, own };
            let outcome = work.await;
            sender.send_replace(Some(outcome));
        });
        Seat { landed, mark: now, joined: false }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CacheKey, Flight<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Seat<T> {
    /// What came of the flight; `None` when its task died.
    pub(crate) async fn landed(mut self) -> Option<T> {
        self.landed.wait_for(Option::is_some).await.ok().and_then(|landed| landed.clone())
    }
}

/// Takes a flight off the list when it ends, however it ends.
struct Leaves<T: Clone + Send + Sync + 'static> {
    all: Flights<T>,
    key: CacheKey,
    own: watch::Receiver<Option<T>>,
}

impl<T: Clone + Send + Sync + 'static> Drop for Leaves<T> {
    fn drop(&mut self) {
        let mut flights = self.all.lock();
        // A younger flight may have taken its place.
        if flights.get(&self.key).is_some_and(|flight| flight.landed.same_channel(&self.own)) {
            flights.remove(&self.key);
        }
    }
}
