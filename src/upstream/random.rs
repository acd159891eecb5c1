//! Randomness as a parameter, so that tests of jitter are exact.

use std::sync::Arc;

/// Gives a number from 0 (inclusive) to 1 (exclusive); a clone is a pointer.
#[derive(Clone)]
pub(super) struct Random(Arc<dyn Fn() -> f64 + Send + Sync>);

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random")
    }
}

impl Random {
    /// The system's.
    pub(super) fn system() -> Self {
        // Jitter is no secret: without random numbers of the system, the middle will do.
        Self::of(|| getrandom::u64().map_or(0.5, |bits| (bits >> 11) as f64 / (1_u64 << 53) as f64))
    }

    /// What `next` gives.
    pub(super) fn of(next: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(next))
    }

    /// The next number.
    pub(super) fn next(&self) -> f64 {
        (self.0)()
    }
}
