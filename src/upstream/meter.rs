//! What is measured of an upstream.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use super::{CircuitState, UpstreamReport};
use crate::telemetry::LatencyHistogram;

/// Counts requests to one upstream.
#[derive(Debug)]
pub(super) struct Meter {
    name: &'static str,
    requests: AtomicU64,
    failures: AtomicU64,
    retries: AtomicU64,
    latency: LatencyHistogram,
}

impl Meter {
    pub(super) fn new(name: &'static str) -> Self {
        let zero = || AtomicU64::new(0);
        Self { name, requests: zero(), failures: zero(), retries: zero(), latency: LatencyHistogram::default() }
    }

    /// The upstream.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// A request is sent; it ends when it is finished or dropped. `attempt` is 1 for the first of a call.
    pub(super) fn start(&self, attempt: u32) -> Sent<'_> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("farmlokal_upstream_requests_total", "upstream" => self.name).increment(1);
        if attempt > 1 {
            self.retries.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("farmlokal_upstream_retries_total", "upstream" => self.name).increment(1);
        }
        Sent { meter: self, started: Instant::now() }
    }

    /// The circuit breaker is in this state now.
    pub(super) fn circuit(&self, state: CircuitState) {
        let number = match state {
            CircuitState::Closed => 0.0,
            CircuitState::HalfOpen => 1.0,
            CircuitState::Open => 2.0,
        };
        metrics::gauge!("farmlokal_upstream_circuit_state", "upstream" => self.name).set(number);
    }

    /// A token is held that ends at this time, in milliseconds since 1970.
    pub(super) fn token(&self, ends_ms: i64) {
        metrics::gauge!("farmlokal_upstream_token_expires_at_seconds", "upstream" => self.name).set(ends_ms as f64 / 1_000.0);
    }

    pub(super) fn report(&self, circuit: CircuitState, token_expires_at_ms: Option<i64>) -> UpstreamReport {
        UpstreamReport {
            name: self.name,
            circuit,
            requests: self.requests.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            latency: self.latency.quantiles(),
            token_expires_at_ms,
        }
    }
}

/// A request under way. Dropped unfinished (its caller went away) it is neither a success nor a failure.
#[derive(Debug)]
pub(super) struct Sent<'a> {
    meter: &'a Meter,
    started: Instant,
}

impl Sent<'_> {
    /// The request has ended.
    pub(super) fn finish(self, failed: bool) {
        let (name, took) = (self.meter.name, self.started.elapsed());
        self.meter.latency.record(took);
        metrics::histogram!("farmlokal_upstream_request_seconds", "upstream" => name).record(took.as_secs_f64());
        if failed {
            self.meter.failures.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("farmlokal_upstream_failures_total", "upstream" => name).increment(1);
        }
    }
}
