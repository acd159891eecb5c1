//! Keeps the time of an open loop: when a request is due is decided beforehand, whatever the server does.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::stopwatch::pause_until;

/// Calls `due` on this thread `rate_per_s` times a second, until it breaks off: with the moment in which the call was due,
/// which it never runs before. Intervals are fixed; each call comes at a random moment of its own.
pub(crate) fn pace(rate_per_s: u32, random: &mut Rng, mut due: impl FnMut(Instant, &mut Rng) -> ControlFlow<()>) {
    let interval = Duration::from_secs(1) / rate_per_s.max(1);
    let mut begin = Instant::now();
    loop {
        let at = begin + interval.mul_f64(random.f64());
        pause_until(at);
        if due(at, random).is_break() {
            return;
        }
        begin += interval;
    }
}
