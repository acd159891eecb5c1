//! Latencies and their quantiles.

use std::time::Duration;

use anyhow::Context as _;

/// A minute: what takes longer counts as this.
const LARGEST_NS: u64 = 60_000_000_000;
/// Quantiles are exact to a thousandth.
const DIGITS: u8 = 3;

/// A bag of latencies.
#[derive(Debug, Clone)]
pub(crate) struct Latencies(hdrhistogram::Histogram<u64>);

impl Latencies {
    /// An empty bag.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let histogram = hdrhistogram::Histogram::new_with_bounds(1, LARGEST_NS, DIGITS);
        Ok(Self(histogram.context("the bounds of the histogram")?))
    }

    /// Puts a latency in.
    pub(crate) fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(LARGEST_NS));
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency that half of them do not exceed, in milliseconds.
    pub(crate) fn p50_ms(&self) -> f64 {
        self.quantile_ms(0.5)
    }

    /// The latency that 99 of 100 do not exceed, in milliseconds.
    pub(crate) fn p99_ms(&self) -> f64 {
        self.quantile_ms(0.99)
    }

    /// The largest, in milliseconds.
    pub(crate) fn max_ms(&self) -> f64 {
        self.quantile_ms(1.0)
    }

    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of at most a minute")]
    fn quantile_ms(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 1e6
    }
}

/// The middle one of some figures; the lower middle of an even number, 0 of none.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_a_hundred_latencies() {
        let mut latencies = Latencies::new().unwrap();
        (1..=100).for_each(|ms| latencies.record(Duration::from_millis(ms)));
        let near = |figure: f64, expected: f64| (figure - expected).abs() < expected / 500.0;
        assert!(near(latencies.p50_ms(), 50.0) && near(latencies.p99_ms(), 99.0) && near(latencies.max_ms(), 100.0));
    }

    #[test]
    fn one_noisy_round_of_three_does_not_move_the_median() {
        assert_eq!(median(&[0.7, 9.0, 0.8]).to_bits(), 0.8_f64.to_bits());
        assert_eq!(median(&[]).to_bits(), 0.0_f64.to_bits());
    }
}
