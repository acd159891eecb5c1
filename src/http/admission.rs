//! How many requests may work at the same time, and how many may wait for that: beyond, they are refused at once, while
//! those inside are still answered in good time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Limits of work under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdmissionSettings {
    /// Requests that may use the database at the same time.
    pub working_max: usize,
    /// Requests that may wait for their turn.
    pub waiting_max: usize,
    /// Longest wait.
    pub wait_max: Duration,
}

impl AdmissionSettings {
    /// Questions that may wait for a partner, which hangs for seconds at its worst: they take no place from those who shop. Whoever
    /// finds the partner's own places taken is refused there (`upstream::bulkhead`).
    pub(super) const PARTNER: Self = Self { working_max: 64, waiting_max: 512, wait_max: Duration::from_secs(1) };

    /// Deliveries of webhooks: they are stored many at a time and hold few connections of the database, so that most are left for
    /// those who shop; senders wait 15 s and more (Standard Webhooks 1.0.0), and what is refused comes again.
    pub(super) const WEBHOOKS: Self = Self { working_max: 128, waiting_max: 2_048, wait_max: Duration::from_secs(8) };
}

impl Default for AdmissionSettings {
    /// 64 at work keep any pool busy. A thousand callers of one page are one request here; of different pages 512 may wait,
    /// which at 5 ms each are answered within the time that they may wait.
    fn default() -> Self {
        Self { working_max: 64, waiting_max: 512, wait_max: Duration::from_secs(1) }
    }
}

/// Lets requests in.
#[derive(Debug, Clone)]
pub(super) struct Admission(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    settings: AdmissionSettings,
}

/// A place to work in; given back when dropped.
#[derive(Debug)]
pub(super) struct Place(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// Too much is waiting already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overloaded;

/// Counts a request out of the queue, however it leaves.
struct Waits<'a>(&'a AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Admission {
    pub(super) fn new(settings: AdmissionSettings) -> Self {
        let places = Arc::new(Semaphore::new(settings.working_max));
        Self(Arc::new(Shared { places, waiting: AtomicUsize::new(0), settings }))
    }

    /// A place, now or within the longest wait.
    pub(super) async fn enter(&self) -> Result<Place, Overloaded> {
        let shared = &self.0;
        if let Ok(permit) = Arc::clone(&shared.places).try_acquire_owned() {
            return Ok(Place(permit));
        }
        let waits = Waits(&shared.waiting);
        if shared.waiting.fetch_add(1, Ordering::Relaxed) >= shared.settings.waiting_max {
            return Err(refuse());
        }
        let turn = Arc::clone(&shared.places).acquire_owned();
        let turn = tokio::time::timeout(shared.settings.wait_max, turn).await;
        drop(waits);
        match turn {
            Ok(Ok(permit)) => Ok(Place(permit)),
            _ => Err(refuse()),
        }
    }
}

fn refuse() -> Overloaded {
    metrics::counter!("farmlokal_requests_shed_total").increment(1);
    Overloaded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_work_so_many_wait_and_the_rest_is_refused_at_once() {
        let settings = AdmissionSettings { working_max: 1, waiting_max: 1, wait_max: Duration::from_secs(1) };
        let admission = Admission::new(settings);
        let place = admission.enter().await.unwrap();
        let waiting = tokio::spawn({
            let admission = admission.clone();
            async move { admission.enter().await.map(drop) }
        });
        tokio::task::yield_now().await;
        assert_eq!(admission.0.waiting.load(Ordering::Relaxed), 1);
        assert_eq!(admission.enter().await.map(drop), Err(Overloaded));
        drop(place);
        assert_eq!(waiting.await.unwrap(), Ok(()));
        assert_eq!(admission.0.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_the_limit() {
        let settings = AdmissionSettings { working_max: 1, waiting_max: 1, wait_max: Duration::from_secs(1) };
        let admission = Admission::new(settings);
        let _place = admission.enter().await.unwrap();
        let began = tokio::time::Instant::now();
        assert_eq!(admission.enter().await.map(drop), Err(Overloaded));
        assert_eq!(began.elapsed(), Duration::from_secs(1));
    }
}
