//! Answers out of the response cache: how many, from where.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts since the start of the process.
#[derive(Debug, Default)]
pub struct CacheMeter {
    enabled: AtomicBool,
    hits_memory: AtomicU64,
    hits_shared: AtomicU64,
    misses: AtomicU64,
    coalesced: AtomicU64,
    stale: AtomicU64,
    outdated: AtomicU64,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheEvent {
    /// An answer out of the process.
    HitMemory,
    /// An answer out of the store that processes share.
    HitShared,
    /// An answer that was made.
    Miss,
    /// An answer made for another request a moment before.
    Coalesced,
    /// An answer that no longer held, or could not be judged, served because the origin failed.
    Stale,
    /// A kept answer was found to hold no longer.
    Outdated,
}

impl CacheEvent {
    const ALL: [(Self, &'static str); 6] = [
        (Self::HitMemory, "hit_memory"),
        (Self::HitShared, "hit_shared"),
        (Self::Miss, "miss"),
        (Self::Coalesced, "coalesced"),
        (Self::Stale, "stale"),
        (Self::Outdated, "outdated"),
    ];
}

impl CacheMeter {
    /// Says whether answers are kept at all.
    pub fn set_enabled(&self, enabled: bool) {
        self.enabled.store(enabled, Ordering::Relaxed);
    }

    /// Whether answers are kept at all.
    pub fn is_enabled(&self) -> bool {
        self.enabled.load(Ordering::Relaxed)
    }

    /// Counts one event.
    pub fn count(&self, event: CacheEvent) {
        self.of(event).fetch_add(1, Ordering::Relaxed);
    }

    /// How often it happened.
    pub fn read(&self, event: CacheEvent) -> u64 {
        self.of(event).load(Ordering::Relaxed)
    }

    fn of(&self, event: CacheEvent) -> &AtomicU64 {
        match event {
            CacheEvent::HitMemory => &self.hits_memory,
            CacheEvent::HitShared => &self.hits_shared,
            CacheEvent::Miss => &self.misses,
            CacheEvent::Coalesced => &self.coalesced,
            CacheEvent::Stale => &self.stale,
            CacheEvent::Outdated => &self.outdated,
        }
    }

    /// Tells the registry what was counted.
    pub(super) fn publish(&self) {
        for (event, name) in CacheEvent::ALL {
            metrics::counter!("farmlokal_cache_total", "outcome" => name).absolute(self.read(event));
        }
    }
}
