//! How many calls are under way: a partner that hangs must not take everything we have.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::BulkheadSettings;
use super::fault::Fault;

/// When nobody has left for so long, nobody will in time: who comes then is refused at once, and does not hold a place of the
/// server's own while it waits.
const STUCK_AFTER: Duration = Duration::from_millis(250);

/// A number of places.
#[derive(Debug)]
pub(super) struct Bulkhead {
    places: Semaphore,
    settings: BulkheadSettings,
    /// When somebody last came or left.
    moved_at: Mutex<Instant>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    bulkhead: &'a Bulkhead,
    _permit: SemaphorePermit<'a>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.bulkhead.moved();
    }
}

impl Bulkhead {
    pub(super) fn new(settings: BulkheadSettings) -> Self {
        let places = Semaphore::new(settings.calls.clamp(1, Semaphore::MAX_PERMITS));
        Self { places, settings, moved_at: Mutex::new(Instant::now()) }
    }

    /// A place, until it is dropped.
    pub(super) async fn enter(&self) -> Result<Place<'_>, Fault> {
        let permit = match self.places.try_acquire() {
            Ok(permit) => permit,
            Err(_) if self.is_stuck() => return Err(Fault::Full),
            Err(_) => match tokio::time::timeout(self.settings.wait, self.places.acquire()).await {
                Ok(Ok(permit)) => permit,
                Ok(Err(_)) | Err(_) => return Err(Fault::Full),
            },
        };
        self.moved();
        Ok(Place { bulkhead: self, _permit: permit })
    }

    fn moved(&self) {
        *self.moved_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn is_stuck(&self) -> bool {
        self.moved_at.lock().unwrap_or_else(PoisonError::into_inner).elapsed() >= STUCK_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_place_waits_a_little() {
        let bulkhead = Bulkhead::new(BulkheadSettings { calls: 1, wait: Duration::from_millis(100) });
        let place = bulkhead.enter().await.unwrap();
        let started = Instant::now();
        assert_eq!(bulkhead.enter().await.unwrap_err(), Fault::Full);
        assert_eq!(started.elapsed().as_millis() / 10, 10);
        let (next, ()) = tokio::join!(bulkhead.enter(), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            drop(place);
        });
        assert!(next.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn where_nobody_leaves_nobody_waits() {
        let bulkhead = Bulkhead::new(BulkheadSettings { calls: 1, wait: Duration::from_millis(100) });
        let place = bulkhead.enter().await.unwrap();
        tokio::time::sleep(STUCK_AFTER).await;
        let started = Instant::now();
        assert_eq!(bulkhead.enter().await.unwrap_err(), Fault::Full);
        assert_eq!(started.elapsed(), Duration::ZERO);
        drop(place);
        assert!(bulkhead.enter().await.is_ok());
    }
}
