//! One flight per answer: whoever asks while it is being made waits for it.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::change_table::Mark;
use super::key::CacheKey;

/// Older flights are not joined: what holds them up would hold up everybody.
pub(crate) const JOINED_FOR: Duration = Duration::from_millis(250);

/// The flights under way.
#[derive(Debug)]
pub(crate) struct Flights<T>(Arc<Mutex<UnderWay<T>>>);

#[derive(Debug)]
struct UnderWay<T> {
    flights: HashMap<CacheKey, Flight<T>>,
    /// What somebody looks for in the shared store, without a flight.
    looks: HashSet<CacheKey>,
}

/// The turn of one who looks into the shared store.
pub(crate) struct Turn<'a, T: Clone + Send + Sync + 'static> {
    all: &'a Flights<T>,
    key: CacheKey,
}

#[derive(Debug)]
struct Flight<T> {
    began: Instant,
    mark: Mark,
    landing: Arc<Landing<T>>,
}

/// Where passengers wait. They are woken in the order in which they came (a watch channel would wake them in any), so that one
/// who has to fly again is not overtaken, and a simulation can be repeated.
#[derive(Debug)]
struct Landing<T> {
    /// What came of the flight; `None` when its task died.
    outcome: OnceLock<Option<T>>,
    landed: Notify,
}

/// A place in a flight.
#[derive(Debug)]
pub(crate) struct Seat<T> {
    landing: Arc<Landing<T>>,
    /// Where this process stood when the flight began.
    pub(crate) mark: Mark,
    /// Whether somebody else began it.
    pub(crate) joined: bool,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(UnderWay { flights: HashMap::new(), looks: HashSet::new() })))
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
        let mut under_way = self.lock();
        if let Some(flight) = under_way.flights.get(&key) {
            let late_enough = not_before.is_none_or(|mark| flight.mark.covers(mark));
            if late_enough && flight.began.elapsed() < JOINED_FOR {
                return Seat { landing: Arc::clone(&flight.landing), mark: flight.mark, joined: true };
            }
        }
        let landing = Arc::new(Landing { outcome: OnceLock::new(), landed: Notify::new() });
        under_way.flights.insert(key, Flight { began: Instant::now(), mark: now, landing: Arc::clone(&landing) });
        drop(under_way);
        let leaves = Leaves { all: Self(Arc::clone(&self.0)), key, own: Arc::clone(&landing) };
        let work = begin();
        tokio::spawn(async move {
            let outcome = work.await;
            let _ = leaves.own.outcome.set(Some(outcome));
            drop(leaves);
        });
        Seat { landing, mark: now, joined: false }
    }

    /// A turn to look for `key`, until it is dropped; `None` while somebody flies or looks for it.
    pub(crate) fn look(&self, key: CacheKey) -> Option<Turn<'_, T>> {
        let mut under_way = self.lock();
        let is_free = !under_way.flights.contains_key(&key) && under_way.looks.insert(key);
        is_free.then(|| Turn { all: self, key })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, UnderWay<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone + Send + Sync + 'static> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.all.lock().looks.remove(&self.key);
    }
}

impl<T: Clone> Seat<T> {
    /// What came of the flight; `None` when its task died.
    pub(crate) async fn landed(self) -> Option<T> {
        let mut landed = pin!(self.landing.landed.notified());
        landed.as_mut().enable();
        if self.landing.outcome.get().is_none() {
            landed.await;
        }
        self.landing.outcome.get().and_then(Clone::clone)
    }
}

/// Takes a flight off the list and wakes its passengers when it ends, however it ends.
struct Leaves<T: Clone + Send + Sync + 'static> {
    all: Flights<T>,
    key: CacheKey,
    own: Arc<Landing<T>>,
}

impl<T: Clone + Send + Sync + 'static> Drop for Leaves<T> {
    fn drop(&mut self) {
        let mut under_way = self.all.lock();
        // A younger flight may have taken its place.
        if under_way.flights.get(&self.key).is_some_and(|flight| Arc::ptr_eq(&flight.landing, &self.own)) {
            under_way.flights.remove(&self.key);
        }
        drop(under_way);
        let _ = self.own.outcome.set(None);
        self.own.landed.notify_waiters();
    }
}
