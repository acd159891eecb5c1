//! What the process measures of itself: the log, the metrics registry, request counts and durations, traces.

mod cache;
mod histogram_text;
mod latency;
mod line_buffer;
mod memory;
mod operations;
#[cfg(feature = "otlp")]
mod otlp;
mod request_log;
mod requests;
pub mod statements;
mod subscriber;
pub mod traces;
mod webhooks;

use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

pub use cache::{CacheEvent, CacheMeter};
pub use latency::{LatencyHistogram, Quantiles};
pub use line_buffer::LineBuffer;
pub use memory::rss_bytes;
pub use operations::{OperationMeter, OperationMeters};
pub use request_log::{LoggedOperation, RequestLine, RequestLog};
pub use requests::{RequestGuard, RequestMeter};
pub use subscriber::{LogFormat, install_subscriber, parse_filter};
pub use traces::{TraceSettings, Traces};
pub use webhooks::{WebhookCount, WebhookMeter};

/// Upper ends of the duration buckets in the Prometheus text, in seconds.
const BUCKETS_SECONDS: [f64; 12] = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// The meters of this process.
#[derive(Debug)]
pub struct Telemetry {
    started: Instant,
    requests: RequestMeter,
    operations: OperationMeters,
    cache: Arc<CacheMeter>,
    webhooks: Arc<WebhookMeter>,
    prometheus: Option<PrometheusHandle>,
}

impl Telemetry {
    /// Installs the metrics registry of this process; a second call gives meters without a registry of its own.
    pub fn install() -> Self {
        let prometheus = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS_SECONDS)
            .ok()
            .and_then(|builder| builder.install_recorder().ok());
        Self {
            started: Instant::now(),
            requests: RequestMeter::default(),
            operations: OperationMeters::default(),
            cache: Arc::default(),
            webhooks: Arc::default(),
            prometheus,
        }
    }

    /// How long the process has been running.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Requests: how many, how long.
    pub fn requests(&self) -> &RequestMeter {
        &self.requests
    }

    /// GraphQL operations by name: how many, how long.
    pub fn operations(&self) -> &OperationMeters {
        &self.operations
    }

    /// The response cache.
    pub fn cache(&self) -> &Arc<CacheMeter> {
        &self.cache
    }

    /// Webhooks: what came in, what became of it.
    pub fn webhooks(&self) -> &Arc<WebhookMeter> {
        &self.webhooks
    }

    /// All metrics in the Prometheus text format.
    pub fn prometheus_text(&self) -> String {
        self.requests.publish();
        self.operations.publish();
        self.cache.publish();
        metrics::gauge!("farmlokal_uptime_seconds").set(self.uptime().as_secs_f64());
        metrics::gauge!("farmlokal_rss_bytes").set(rss_bytes() as f64);
        let registry = self.prometheus.as_ref().map(PrometheusHandle::render).unwrap_or_default();
        registry + &self.requests.histogram_text()
    }

    /// Lets the registry fold what was recorded since the last call; to be called every few seconds.
    pub fn upkeep(&self) {
        if let Some(prometheus) = &self.prometheus {
            prometheus.run_upkeep();
        }
    }
}
