//! GraphQL operations by name: how many, how long.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::latency::LatencyHistogram;

/// Names that get a meter of their own; the rest share one. Callers choose the names, and each costs memory.
const NAMES_MAX: usize = 200;
/// What the rest is called; no operation has such a name.
const OTHERS: &str = "(others)";
/// What operations without a name are called.
const UNNAMED: &str = "(unnamed)";

/// Durations of one operation.
#[derive(Debug, Default)]
pub struct OperationMeter {
    latency: LatencyHistogram,
}

impl OperationMeter {
    /// Counts one request.
    pub fn record(&self, took: Duration) {
        self.latency.record(took);
    }
}

/// Durations by operation name.
#[derive(Debug, Default)]
pub struct OperationMeters(RwLock<HashMap<String, Arc<OperationMeter>>>);

impl OperationMeters {
    /// The meter of this name.
    pub fn of(&self, name: Option<&str>) -> Arc<OperationMeter> {
        let name = name.unwrap_or(UNNAMED);
        if let Some(meter) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Arc::clone(meter);
        }
        let mut meters = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let name = if meters.len() < NAMES_MAX { name } else { OTHERS };
        Arc::clone(meters.entry(name.to_owned()).or_default())
    }

    /// Tells the registry what was counted.
    pub(super) fn publish(&self) {
        for (name, meter) in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            let quantiles = meter.latency.quantiles();
            metrics::counter!("farmlokal_operation_total", "operation" => name.clone()).absolute(meter.latency.count());
            for (quantile, ms) in [("0.5", quantiles.p50_ms), ("0.95", quantiles.p95_ms), ("0.99", quantiles.p99_ms)] {
                let labels = [("operation", name.clone()), ("quantile", quantile.to_owned())];
                metrics::gauge!("farmlokal_operation_seconds", &labels).set(ms / 1_000.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_bound_share_a_meter() {
        let meters = OperationMeters::default();
        for n in 0..NAMES_MAX {
            meters.of(Some(&format!("Op{n}")));
        }
        assert!(Arc::ptr_eq(&meters.of(Some("One")), &meters.of(Some("Other"))));
        assert!(!Arc::ptr_eq(&meters.of(Some("One")), &meters.of(Some("Op0"))));
    }
}
