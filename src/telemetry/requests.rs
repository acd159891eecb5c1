//! Requests: how many there were, how many failed, how many run, and how long they took.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use super::latency::{LatencyHistogram, Quantiles};

/// Counts requests.
#[derive(Debug, Default)]
pub struct RequestMeter {
    total: AtomicU64,
    failed: AtomicU64,
    rate_limited: AtomicU64,
    in_flight: AtomicI64,
    latency: LatencyHistogram,
}

impl RequestMeter {
    /// A request begins; it ends when the guard is finished or dropped.
    pub fn start(&self) -> RequestGuard<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        RequestGuard { meter: self, started: Instant::now(), failed: true }
    }

    /// Requests answered so far.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
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
    failed: bool,
}

impl RequestGuard<'_> {
    /// The request has been answered.
    pub fn finish(mut self, failed: bool) {
        self.failed = failed;
    }

    /// Time since the request began.
    pub fn elapsed(&self) -> std::time::Duration {
        self.started.elapsed()
    }
}

impl Drop for RequestGuard<'_> {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        self.meter.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.meter.total.fetch_add(1, Ordering::Relaxed);
        self.meter.latency.record(took);
        if self.failed {
            self.meter.failed.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("farmlokal_requests_failed_total").increment(1);
        }
        metrics::counter!("farmlokal_requests_total").increment(1);
        metrics::histogram!("farmlokal_request_seconds").record(took.as_secs_f64());
    }
}
