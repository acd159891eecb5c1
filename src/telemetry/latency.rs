//! Durations in buckets, eight for each doubling: constant memory, no lock, quantiles within an eighth.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Buckets of one doubling are equally wide (as in HdrHistogram); together they reach from one microsecond to over an hour.
const PER_DOUBLING: u64 = 8;
const BUCKETS: usize = 33 * PER_DOUBLING as usize;

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

    /// How many took less than 1 µs, less than 2 µs, 4 µs, and so on; the last of them is all.
    pub(super) fn up_to_doublings(&self) -> Vec<u64> {
        let counts = self.counts.chunks_exact(PER_DOUBLING as usize);
        let sums = counts.map(|counts| counts.iter().map(|count| count.load(Ordering::Relaxed)).sum::<u64>());
        let running = sums.scan(0, |total, sum| {
            *total += sum;
            Some(*total)
        });
        running.collect()
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

/// The first buckets are one eighth of a microsecond wide.
fn bucket(took: Duration) -> usize {
    let eighths = u64::try_from(took.as_nanos() / 125).unwrap_or(u64::MAX);
    let doublings = u64::from((eighths / PER_DOUBLING).checked_ilog2().map_or(0, |doublings| doublings + 1));
    let within = eighths >> doublings.saturating_sub(1);
    let below = doublings.saturating_sub(1) * PER_DOUBLING;
    usize::try_from(below + within).map_or(BUCKETS - 1, |bucket| bucket.min(BUCKETS - 1))
}

fn upper_end_ms(bucket: usize) -> f64 {
    let bucket = bucket as u64 + 1;
    let doublings = (bucket / PER_DOUBLING).saturating_sub(1);
    let eighths = (bucket - doublings * PER_DOUBLING) as f64 * (doublings as f64).exp2();
    eighths / 8_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_in_a_bucket_that_is_not_an_eighth_too_wide() {
        let mut last = 0;
        for ns in (0..4_000).map(|n| n * 31).chain((0..200).map(|n| 1_000_000 + n * 77_777_777)) {
            let (bucket, us) = (bucket(Duration::from_nanos(ns)), ns as f64 / 1_000.0);
            let upper_us = upper_end_ms(bucket) * 1_000.0;
            assert!(upper_us > us && upper_us <= us * 1.125 + 0.125, "{ns} ns is in the bucket up to {upper_us} µs");
            assert!(bucket >= last);
            last = bucket;
        }
        assert_eq!(bucket(Duration::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_within_an_eighth() {
        let histogram = LatencyHistogram::default();
        assert_eq!(histogram.quantiles(), Quantiles::default());
        for ms in 1..=1_000 {
            histogram.record(Duration::from_millis(ms));
        }
        let Quantiles { p50_ms, p99_ms, .. } = histogram.quantiles();
        assert!((500.0..565.0).contains(&p50_ms) && (990.0..1_115.0).contains(&p99_ms), "{p50_ms} {p99_ms}");
        assert_eq!(histogram.count(), 1_000);
    }
}
