//! Answers kept in the process, within a bound on their memory.

use std::sync::Arc;

use moka::sync::Cache;

use super::entry::Entry;
use super::key::CacheKey;

/// Answers by key. When it is full, those that are seldom asked for make room (TinyLFU).
#[derive(Debug, Clone)]
pub(crate) struct Memory(Option<Cache<CacheKey, Arc<Entry>>>);

impl Memory {
    /// Room for about `max_bytes`; 0 keeps nothing.
    pub(crate) fn new(max_bytes: u64) -> Self {
        let weight = |_: &CacheKey, entry: &Arc<Entry>| u32::try_from(entry.weight_bytes()).unwrap_or(u32::MAX);
        Self((max_bytes > 0).then(|| Cache::builder().max_capacity(max_bytes).weigher(weight).build()))
    }

    pub(crate) fn get(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        self.0.as_ref()?.get(key)
    }

    pub(crate) fn put(&self, key: CacheKey, entry: Arc<Entry>) {
        if let Some(cache) = &self.0 {
            cache.insert(key, entry);
        }
    }
}
