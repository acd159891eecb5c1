//! Waiting for a condition, never for luck: the one place that sleeps.

use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_millis(10);

/// Asks `look` every 10 ms until it gives a value, at most for `patience`; `None` when the time is over.
#[expect(clippy::disallowed_methods, reason = "this is the polling that everything else waits with")]
pub fn poll<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::sleep(INTERVAL);
    }
}

/// Waits until `condition` holds; panics with `what` when it does not within `patience`.
///
/// # Panics
/// When the time is over.
pub fn wait_until(what: &str, patience: Duration, mut condition: impl FnMut() -> bool) {
    let held = poll(patience, || condition().then_some(()));
    assert!(held.is_some(), "not within {patience:?}: {what}");
}
