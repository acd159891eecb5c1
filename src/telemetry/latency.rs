//! Durations in logarithmic buckets: constant memory, no lock, quantiles within 10 %.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Eight buckets for each doubling, from one microsecond to over an hour.
const PER_DOUBLING: usize = 8;
const BUCKETS: usize = 32 * PER_DOUBLING;

/// Counts of durations.
#[derive(Debug)]
pub struct LatencyHistogram {
    counts: [AtomicU64; BUCKETS],
}

/// Three quantiles in milliseconds; 0 when nothing was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quantiles {
    /// Median.
    pub p50_ms: f64,
    /// 95 of 100 are at most this.
    pub p95_ms: f64,
    /// 99 of 100 are at most this.
    pub p99_ms: f64,
}

impl Default for LatencyHistogram {
    fn default() -> Self {
        Self { counts: std::array::from_fn(|_| AtomicU64::new(0)) }
    }
}

impl LatencyHistogram {
    /// Counts one duration.
    pub fn record(&self, took: Duration) {
        self.counts[bucket(took)].fetch_add(1, Ordering::Relaxed);
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// The quantiles of everything counted so far.
    pub fn quantiles(&self) -> Quantiles {
        let counts: Vec<u64> = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let total: u64 = counts.iter().sum();
        let at = |share: f64| {
            let rank = (total as f64 * share).ceil().max(1.0);
            let mut seen = 0.0;
            let found = counts.iter().position(|count| {
                seen += *count as f64;
                seen >= rank
            });
            found.map_or(0.0, upper_end_ms)
        };
        Quantiles { p50_ms: at(0.50), p95_ms: at(0.95), p99_ms: at(0.99) }
    }
}

fn bucket(took: Duration) -> usize {
    let micros = took.as_secs_f64() * 1e6;
    ((micros.max(1.0).log2() * PER_DOUBLING as f64) as usize).min(BUCKETS - 1)
}

fn upper_end_ms(bucket: usize) -> f64 {
    ((bucket + 1) as f64 / PER_DOUBLING as f64).exp2() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_ten_percent() {
        let histogram = LatencyHistogram::default();
        assert_eq!(histogram.quantiles(), Quantiles::default());
        for ms in 1..=1_000 {
            histogram.record(Duration::from_millis(ms));
        }
        let Quantiles { p50_ms, p99_ms, .. } = histogram.quantiles();
        assert!((500.0..550.0).contains(&p50_ms) && (990.0..1_090.0).contains(&p99_ms), "{p50_ms} {p99_ms}");
        assert_eq!(histogram.count(), 1_000);
    }
}
