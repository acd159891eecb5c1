//! A histogram of durations in the Prometheus text format. Not by the registry: its own histograms keep each duration until somebody
//! asks, which took 180 instructions of an answer out of memory.

use std::fmt::Write as _;
use std::time::Duration;

use super::latency::LatencyHistogram;

/// The first and the last upper end, as powers of two, in microseconds: 8 µs, which a kept answer takes, to 8 s, after which nobody
/// waits any more.
const ENDS: std::ops::RangeInclusive<u32> = 3..=23;

/// The lines of the metric `name`, in seconds; `help` says what it is. `total` is the sum of the durations.
pub(super) fn histogram_text(name: &str, help: &str, latency: &LatencyHistogram, total: Duration) -> String {
    let mut text = format!("# HELP {name} {help}\n# TYPE {name} histogram\n");
    let all = latency.up_to_doublings();
    // Writing to memory cannot fail.
    for (end, count) in ENDS.filter_map(|end| Some((end, all.get(end as usize)?))) {
        let seconds = f64::from(1_u32 << end) / 1e6;
        let _ = writeln!(text, "{name}_bucket{{le=\"{seconds}\"}} {count}");
    }
    let count = all.last().copied().unwrap_or(0);
    let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {}\n{name}_count {count}\n", total.as_secs_f64());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bucket_holds_all_that_took_no_longer() {
        let latency = LatencyHistogram::default();
        for us in [7, 9, 20, 20, 1_000, 3_000_000, 60_000_000] {
            latency.record(Duration::from_micros(us));
        }
        let text = histogram_text("a_seconds", "What it is.", &latency, Duration::from_millis(63_001));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..2], ["# HELP a_seconds What it is.", "# TYPE a_seconds histogram"]);
        for line in [
            "a_seconds_bucket{le=\"0.000008\"} 1",
            "a_seconds_bucket{le=\"0.000016\"} 2",
            "a_seconds_bucket{le=\"0.000032\"} 4",
            "a_seconds_bucket{le=\"0.000512\"} 4",
            "a_seconds_bucket{le=\"0.001024\"} 5",
            "a_seconds_bucket{le=\"4.194304\"} 6",
            "a_seconds_bucket{le=\"8.388608\"} 6",
            "a_seconds_bucket{le=\"+Inf\"} 7",
            "a_seconds_sum 63.001",
            "a_seconds_count 7",
        ] {
            assert!(lines.contains(&line), "{line} in {text}");
        }
    }
}
