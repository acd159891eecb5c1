//! A look into the shared store by a caller itself. Most answers that are not in the process are there, and whoever finds one
//! needs no flight: no task, no origin, and nobody to wake.

use std::sync::Arc;

use super::change_table::{ChangeTable, Mark};
use super::entry::Entry;
use super::{CacheKey, Kept, ResponseCache, SharedStore, codec};
use crate::telemetry::CacheEvent;

/// What a caller found.
#[derive(Debug)]
pub enum Look {
    /// An answer that holds and is young.
    Found(Arc<Entry>),
    /// None. What was seen saves [`ResponseCache::answer`] another look.
    Missed(Option<Seen>),
}

/// What the shared store had.
#[derive(Debug)]
pub struct Seen {
    pub(super) name: Name,
    pub(super) entry: Option<Arc<Entry>>,
}

impl<A: Clone + Send + Sync + 'static> ResponseCache<A> {
    /// The answer, when it is in the shared store, holds, and is young. Nothing is looked up when memory has an answer that may
    /// do, when somebody makes it just now, or looks for it.
    pub async fn look_into_shared(&self, key: &CacheKey) -> Look {
        let Some(shared) = self.shared.as_deref() else { return Look::Missed(None) };
        if !matches!(self.look(key, || self.clock.moment()), Kept::Nothing | Kept::Outdated(_)) {
            return Look::Missed(None);
        }
        let Some(_turn) = self.flights.look(*key) else { return Look::Missed(None) };
        let seen = self.see(shared, key).await;
        match seen.entry.as_ref().filter(|entry| self.is_good(entry)) {
            Some(entry) => {
                self.memory.put(*key, Arc::clone(entry));
                self.meter.count(CacheEvent::HitShared);
                Look::Found(Arc::clone(entry))
            }
            None => Look::Missed(Some(seen)),
        }
    }

    pub(super) async fn see(&self, shared: &dyn SharedStore, key: &CacheKey) -> Seen {
        let name = Name::of(key, &self.table);
        let entry = self.find(shared, key, &name).await;
        if entry.as_ref().is_some_and(|entry| !entry.holds(&self.table)) {
            self.meter.count(CacheEvent::Outdated);
        }
        Seen { name, entry }
    }

    pub(super) async fn find(&self, shared: &dyn SharedStore, key: &CacheKey, name: &Name) -> Option<Arc<Entry>> {
        let bytes = shared.get(&name.answer()).await?;
        // Of a generation that ended while the store was asked: nothing tells any more what has changed since.
        if self.table.generation() != name.generation {
            return None;
        }
        codec::decode(key, name.generation, name.epoch, bytes).map(Arc::new)
    }

    /// Whether an answer of another process may be served.
    pub(super) fn is_good(&self, entry: &Entry) -> bool {
        let now = self.clock.moment();
        entry.holds(&self.table) && !entry.is_expired(now.ms) && self.table.is_fresh_at(now.instant)
    }
}

/// What an answer is called in the shared store.
#[derive(Debug)]
pub(super) struct Name {
    key: CacheKey,
    pub(super) generation: i64,
    /// Of this process when the store was asked: what it finds is not of a later one.
    epoch: u64,
}

impl Name {
    fn of(key: &CacheKey, table: &ChangeTable) -> Self {
        let (Mark { epoch, .. }, generation) = (table.mark(), table.generation());
        Self { key: *key, generation, epoch }
    }

    pub(super) fn answer(&self) -> [u8; 41] {
        self.of_kind(b'a')
    }

    pub(super) fn lease(&self) -> [u8; 41] {
        self.of_kind(b'l')
    }

    fn of_kind(&self, kind: u8) -> [u8; 41] {
        let mut name = [kind; 41];
        name[1..33].copy_from_slice(self.key.as_bytes());
        name[33..].copy_from_slice(&self.generation.to_be_bytes());
        name
    }
}
