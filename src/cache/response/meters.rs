//! What the cache counts of itself.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Source;

/// Counts since the start of the process.
#[derive(Debug, Default)]
pub struct CacheMeters {
    hits_memory: AtomicU64,
    hits_shared: AtomicU64,
    misses: AtomicU64,
    coalesced: AtomicU64,
    stale: AtomicU64,
    outdated: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheCounts {
    /// Answers out of the process.
    pub hits_memory: u64,
    /// Answers out of the shared store.
    pub hits_shared: u64,
    /// Answers that were made.
    pub misses: u64,
    /// Answers made for another request a moment before.
    pub coalesced: u64,
    /// Answers that no longer held, served because the origin failed.
    pub stale: u64,
    /// Kept answers that were found to hold no longer.
    pub outdated: u64,
}

impl CacheMeters {
    /// All counts.
    pub fn read(&self) -> CacheCounts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        CacheCounts {
            hits_memory: of(&self.hits_memory),
            hits_shared: of(&self.hits_shared),
            misses: of(&self.misses),
            coalesced: of(&self.coalesced),
            stale: of(&self.stale),
            outdated: of(&self.outdated),
        }
    }

    pub(super) fn hit_memory(&self) {
        self.hits_memory.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn stale(&self) {
        self.stale.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn outdated(&self) {
        self.outdated.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a flight's passenger, and says where its answer came from.
    pub(super) fn landed(&self, source: Source, joined: bool) -> Source {
        let (count, source) = match (joined, source) {
            (_, Source::Stale) => (&self.stale, Source::Stale),
            (true, _) => (&self.coalesced, Source::Coalesced),
            (false, Source::Shared) => (&self.hits_shared, Source::Shared),
            (false, _) => (&self.misses, source),
        };
        count.fetch_add(1, Ordering::Relaxed);
        source
    }
}
