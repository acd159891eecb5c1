//! Waiting for a moment, precisely: the runtime's timer has steps of a millisecond, which is longer than an answer takes.

use std::time::{Duration, Instant};

/// Sleeps on this thread.
#[expect(clippy::disallowed_methods, reason = "keeping time is what a measuring program sleeps for")]
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// Sleeps on this thread until `moment`, late by what the kernel's timer takes (about 60 µs).
pub(crate) fn pause_until(moment: Instant) {
    let left = moment.saturating_duration_since(Instant::now());
    if !left.is_zero() {
        pause(left);
    }
}

/// Milliseconds, for people.
pub(crate) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
