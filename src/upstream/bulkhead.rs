//! How many calls are under way: a partner that hangs must not take everything we have.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::BulkheadSettings;
use super::fault::Fault;

/// A number of places.
#[derive(Debug)]
pub(super) struct Bulkhead {
    places: Semaphore,
    settings: BulkheadSettings,
}

impl Bulkhead {
    pub(super) fn new(settings: BulkheadSettings) -> Self {
        Self { places: Semaphore::new(settings.calls.clamp(1, Semaphore::MAX_PERMITS)), settings }
    }

    /// A place, until it is dropped.
    pub(super) async fn enter(&self) -> Result<SemaphorePermit<'_>, Fault> {
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        match tokio::time::timeout(self.settings.wait, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Fault::Full),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::Instant;

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
}
