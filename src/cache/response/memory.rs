//! Answers kept in the process, within a bound on their memory.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::entry::Entry;
use super::key::CacheKey;

/// What a large answer weighs, about. The memory is divided into as many parts as there are cores, times four, but none of them has
/// room for fewer than 32 of these, which is 4 MiB: an answer has to fit into a part.
const LARGE_BYTES: u64 = 128 * 1024;

/// Answers by key. When it is full, those that are seldom asked for make room (CLOCK-Pro).
#[derive(Debug)]
pub(crate) struct Memory(Option<Cache<CacheKey, Arc<Entry>, InBytes>>);

#[derive(Debug, Clone)]
struct InBytes;

impl Weighter<CacheKey, Arc<Entry>> for InBytes {
    fn weight(&self, _: &CacheKey, entry: &Arc<Entry>) -> u64 {
        entry.weight_bytes() as u64
    }
}

impl Memory {
    /// Room for about `max_bytes`; 0 keeps nothing.
    pub(crate) fn new(max_bytes: u64) -> Self {
        let expected = usize::try_from(max_bytes / LARGE_BYTES).unwrap_or(usize::MAX);
        Self((max_bytes > 0).then(|| Cache::with_weighter(expected, max_bytes, InBytes)))
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

#[cfg(test)]
mod tests {
    use super::super::change_table::Mark;
    use super::super::entry::Facts;
    use super::super::key::KeySpace;
    use super::*;

    fn entry(key: &CacheKey, bytes: usize) -> Arc<Entry> {
        let mark = Mark { position: 0, epoch: 0 };
        let facts = Facts { mark, computed_at_ms: 0, max_age_s: 60, cost: 1, dependencies: Default::default() };
        Arc::new(Entry::new(key, vec![b'x'; bytes].into(), facts))
    }

    fn key(number: usize) -> CacheKey {
        KeySpace::new(b"here", "schema").key(&[&number.to_be_bytes()])
    }

    #[test]
    fn what_is_asked_for_often_stays_within_the_bound() {
        let memory = Memory::new(2_000_000);
        let popular = key(0);
        memory.put(popular, entry(&popular, 5_000));
        for number in 1..2_000 {
            assert!(memory.get(&popular).is_some(), "pushed out by number {number}");
            memory.put(key(number), entry(&key(number), 5_000));
        }
        let cache = memory.0.as_ref().unwrap();
        assert!(cache.weight() <= 2_000_000 && cache.weight() > 1_000_000, "{}", cache.weight());
    }

    #[test]
    fn a_large_answer_fits_a_small_memory_and_nothing_fits_none() {
        let (memory, large) = (Memory::new(1_000_000), key(1));
        memory.put(large, entry(&large, 100_000));
        assert!(memory.get(&large).is_some());
        let none = Memory::new(0);
        none.put(large, entry(&large, 1));
        assert!(none.get(&large).is_none());
    }
}
