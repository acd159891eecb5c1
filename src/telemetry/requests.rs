//! Requests: how many there were, how many failed, how many run, and how long they took.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::histogram_text::histogram_text;
use super::latency::{LatencyHistogram, Quantiles};

/// Counts requests.
#[derive(Debug, Default)]
pub struct RequestMeter {
    failed: AtomicU64,
    rate_limited: AtomicU64,
    in_flight: AtomicI64,
    latency: LatencyHistogram,
    /// How long they took together, in nanoseconds.
    total_ns: AtomicU64,
}

impl RequestMeter {
    /// Tells the registry what was counted.
    pub(super) fn publish(&self) {
        metrics::counter!("farmlokal_requests_total").absolute(self.total());
        metrics::counter!("farmlokal_requests_failed_total").absolute(self.failed());
        metrics::gauge!("farmlokal_requests_in_flight").set(self.in_flight() as f64);
    }

    /// How long requests took, in the Prometheus text format.
    pub(super) fn histogram_text(&self) -> String {
        let total = Duration::from_nanos(self.total_ns.load(Ordering::Relaxed));
        histogram_text("farmlokal_request_seconds", "From the end of a request's head to its answer.", &self.latency, total)
    }

    /// A request begins; it ends when the guard is finished or dropped.
    pub fn start(&self) -> RequestGuard<'_> {
        self.started_at(Instant::now())
    }

    /// A request began at `started`; it ends when the guard is finished or dropped.
    pub fn started_at(&self, started: Instant) -> RequestGuard<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        RequestGuard { meter: self, started, took: None, failed: true }
    }

    /// A request that came at `started` has been answered, and nothing of it waited; gives how long that took.
    pub fn answered_at_once(&self, started: Instant) -> Duration {
        let took = started.elapsed();
        self.count(took, false);
        took
    }

    fn count(&self, took: Duration, failed: bool) {
        if failed {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        self.latency.record(took);
        self.total_ns.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Requests answered so far.
    pub fn total(&self) -> u64 {
        self.latency.count()
    }

    /// Requests that failed by our fault so far.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// A request is refused because its caller's budget is used up.
    pub fn limited(&self) {
        self.rate_limited.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("farmlokal_requests_rate_limited_total").increment(1);
    }

    /// Requests refused so far because their callers' budgets were used up.
    pub fn rate_limited(&self) -> u64 {
        self.rate_limited.load(Ordering::Relaxed)
    }

    /// Requests being answered now.
    pub fn in_flight(&self) -> i64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// How long requests took.
    pub fn quantiles(&self) -> Quantiles {
        self.latency.quantiles()
    }
}

/// A request under way. Dropped without `finish` (the caller went away) it counts as failed.
#[derive(Debug)]
pub struct RequestGuard<'a> {
    meter: &'a RequestMeter,
    started: Instant,
    took: Option<Duration>,
    failed: bool,
}

impl RequestGuard<'_> {
    /// The request has been answered; gives how long that took.
    pub fn finish(mut self, failed: bool) -> Duration {
        let took = self.started.elapsed();
        (self.took, self.failed) = (Some(took), failed);
        took
    }
}

impl Drop for RequestGuard<'_> {
    fn drop(&mut self) {
        let took = self.took.unwrap_or_else(|| self.started.elapsed());
        self.meter.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.meter.count(took, self.failed);
    }
}
