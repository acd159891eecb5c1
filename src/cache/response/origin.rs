//! A flight: the shared store first, then the origin, made by one process for all if they can agree on it.

use std::sync::Arc;
use std::time::Duration;

use super::entry::{Entry, Facts, STALE_IF_ERROR};
use super::lazy_dependencies::LazyDependencies;
use super::look::{Name, Seen};
use super::{CacheKey, Computed, Landed, Lease, Origin, ResponseCache, SharedStore, Source, codec};

/// A lease ends by itself after this: its holder may have died.
const LEASE: Duration = Duration::from_secs(2);
/// Longest wait for the answer of another process. A lease saves work; it never holds anybody up for long.
const LEASE_WAIT: Duration = Duration::from_millis(100);
/// Pause between two looks for it.
const LEASE_LOOK: Duration = Duration::from_millis(10);

impl<A: Clone + Send + Sync + 'static> ResponseCache<A> {
    /// `seen` is what a look into the shared store a moment ago gave.
    pub(super) async fn fly(self: Arc<Self>, key: CacheKey, origin: Origin<A>, seen: Option<Seen>) -> Landed<A> {
        let Some(shared) = self.shared.clone() else {
            return self.make(key, &origin, None).await;
        };
        let Seen { name, entry: found } = match seen {
            Some(seen) => seen,
            None => self.see(shared.as_ref(), &key).await,
        };
        if let Some(entry) = found.as_ref().filter(|entry| self.is_good(entry)) {
            self.memory.put(key, Arc::clone(entry));
            return Landed::Entry(Arc::clone(entry), Source::Shared);
        }
        if let Some(entry) = found.as_ref().filter(|entry| self.table.is_failing() && self.may_stand_in(entry)) {
            return Landed::Entry(Arc::clone(entry), Source::Stale);
        }
        let lease = shared.lease(&name.lease(), self.process, LEASE).await;
        if lease == Lease::Held
            && let Some(entry) = self.wait_for_other(shared.as_ref(), &key, &name).await
        {
            self.memory.put(key, Arc::clone(&entry));
            return Landed::Entry(entry, Source::Shared);
        }
        let landed = self.make(key, &origin, found).await;
        if lease != Lease::Away {
            self.share(shared, key, name, &landed, lease);
        }
        landed
    }

    async fn make(&self, key: CacheKey, origin: &Origin<A>, found: Option<Arc<Entry>>) -> Landed<A> {
        let mark = self.table.mark();
        match origin().await {
            Computed::Kept { body, dependencies, max_age_s, cost } => {
                let mark = mark.no_later_than(dependencies.as_of());
                let dependencies = LazyDependencies::from(&dependencies);
                let facts = Facts { mark, computed_at_ms: self.clock.now_ms(), max_age_s, cost, dependencies };
                let entry = Arc::new(Entry::new(&key, body, facts));
                self.memory.put(key, Arc::clone(&entry));
                Landed::Entry(entry, Source::Origin)
            }
            Computed::Unkept(answer) => Landed::Unkept(answer),
            Computed::Declined(answer) => Landed::Declined(answer),
            Computed::Failed(answer) => Landed::Failed(answer, found),
        }
    }

    fn may_stand_in(&self, entry: &Entry) -> bool {
        entry.holds(&self.table) && entry.may_stand_in(self.clock.now_ms())
    }

    async fn wait_for_other(&self, shared: &dyn SharedStore, key: &CacheKey, name: &Name) -> Option<Arc<Entry>> {
        let looks = async {
            loop {
                tokio::time::sleep(LEASE_LOOK).await;
                if let Some(entry) = self.find(shared, key, name).await.filter(|entry| self.is_good(entry)) {
                    return entry;
                }
            }
        };
        tokio::time::timeout(LEASE_WAIT, looks).await.ok()
    }

    /// Hands the answer to the other processes and gives the lease back, while the caller has its answer already.
    fn share(&self, shared: Arc<dyn SharedStore>, key: CacheKey, name: Name, landed: &Landed<A>, lease: Lease) {
        let made = match landed {
            Landed::Entry(entry, _) => Some(Arc::clone(entry)),
            Landed::Unkept(_) | Landed::Declined(_) | Landed::Failed(..) => None,
        };
        let process = self.process;
        tokio::spawn(async move {
            if let Some(entry) = made {
                let keep = Duration::from_secs(entry.max_age_s().into()) + STALE_IF_ERROR;
                if let Some(bytes) = codec::encode(&key, name.generation, &entry) {
                    shared.put(&name.answer(), bytes, keep).await;
                }
            }
            if lease == Lease::Granted {
                shared.release(&name.lease(), process).await;
            }
        });
    }
}
