//! What was written into a shop, and when its writer was told so: every answer is held against it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::shop::Shown;

/// Something written.
#[derive(Debug, Clone)]
struct Written {
    shown: Shown,
    /// Which process wrote it.
    through: usize,
    /// When the writer had its answer.
    told: Instant,
}

/// All that was written.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// So long may another process show the older state.
    bound: Duration,
    written: Mutex<HashMap<String, Vec<Written>>>,
    checked: AtomicU64,
    stale: AtomicU64,
    /// Of the stale ones: those from the process that wrote.
    forgetful: AtomicU64,
    wrong: AtomicU64,
}

/// What the comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Products in answers that were compared with something written.
    pub(crate) checked: u64,
    /// Of these: older than the bound, or older than what their own process had written.
    pub(crate) stale: u64,
    /// Of the stale ones: from the process that had written.
    pub(crate) forgetful: u64,
    /// Of these: with another price or stock than was written for their version.
    pub(crate) wrong: u64,
}

impl Ledger {
    /// Nothing written yet.
    pub(crate) fn new(bound: Duration) -> Self {
        let none = || AtomicU64::new(0);
        Self { bound, written: Mutex::default(), checked: none(), stale: none(), forgetful: none(), wrong: none() }
    }

    /// A process has told its caller that this was written.
    pub(crate) fn write(&self, shown: Shown, through: usize) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.entry(shown.slug.clone()).or_default().push(Written { shown, through, told: Instant::now() });
    }

    /// An answer of the process `from`, asked for at `sent`, has shown this.
    pub(crate) fn check(&self, shown: &Shown, from: usize, sent: Instant) {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(writes) = written.get(&shown.slug) else { return };
        let add = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
        add(&self.checked);
        let newer = |write: &&Written| write.shown.version() > shown.version();
        if writes.iter().filter(newer).any(|write| write.through == from && write.told < sent) {
            add(&self.stale);
            add(&self.forgetful);
        } else if writes.iter().filter(newer).any(|write| write.told + self.bound < sent) {
            add(&self.stale);
        }
        let same = writes.iter().find(|write| write.shown.version() == shown.version());
        let differs = |write: &Written| {
            write.shown.price.minor() != shown.price.minor() || write.shown.stock_quantity != shown.stock_quantity
        };
        if same.is_some_and(differs) {
            add(&self.wrong);
        }
    }

    /// What it came to so far.
    pub(crate) fn verdict(&self) -> Verdict {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Verdict {
            checked: read(&self.checked),
            stale: read(&self.stale),
            forgetful: read(&self.forgetful),
            wrong: read(&self.wrong),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(version: i64, stock: i64) -> Shown {
        let value =
            json!({ "slug": "a", "price": { "minorUnits": "5" }, "stockQuantity": stock, "version": version.to_string() });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn an_older_version_is_stale_after_the_bound_and_at_once_where_it_was_written() {
        let ledger = Ledger::new(Duration::from_secs(1));
        ledger.write(shown(2, 7), 0);
        let now = Instant::now();
        ledger.check(&shown(1, 8), 1, now);
        assert_eq!(ledger.verdict(), Verdict { checked: 1, stale: 0, forgetful: 0, wrong: 0 });
        ledger.check(&shown(1, 8), 1, now + Duration::from_secs(2));
        ledger.check(&shown(1, 8), 0, now);
        ledger.check(&shown(2, 8), 0, now);
        ledger.check(&shown(3, 9), 0, now);
        assert_eq!(ledger.verdict(), Verdict { checked: 5, stale: 2, forgetful: 1, wrong: 1 });
    }
}
