//! What the rest of the process sees of the index: its latest snapshot, or how far it is made.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::available_parallelism;

use tokio::sync::Semaphore;

use super::snapshot::Snapshot;
use super::synonyms::Synonyms;
use crate::error::{Error, ErrorCode};

/// The index of this process, shared by all that search.
#[derive(Debug, Clone)]
pub struct SearchIndex(Arc<State>);

#[derive(Debug)]
struct State {
    synonyms: Arc<Synonyms>,
    turns: Arc<Semaphore>,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    done: AtomicU64,
    total: AtomicU64,
}

/// How far the first index is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows taken over.
    pub done: u64,
    /// Rows there were when it began.
    pub total: u64,
}

impl Progress {
    /// In percent.
    pub fn percent(self) -> u64 {
        // The last row is not the end: the index has to be written.
        (self.done * 100).checked_div(self.total).unwrap_or(0).min(99)
    }
}

impl SearchIndex {
    /// Nothing can be found until an index is shown.
    pub fn new(synonyms: Synonyms) -> Self {
        let synonyms = Arc::new(synonyms);
        let turns = Arc::new(Semaphore::new(available_parallelism().map_or(1, NonZero::get)));
        let (done, total) = (AtomicU64::new(0), AtomicU64::new(0));
        Self(Arc::new(State { synonyms, turns, snapshot: RwLock::default(), done, total }))
    }

    /// Turns to look at many documents: as many as there are processors. More at once would only need more memory.
    pub fn turns(&self) -> &Arc<Semaphore> {
        &self.0.turns
    }

    /// What questions and documents are read with.
    pub fn synonyms(&self) -> &Arc<Synonyms> {
        &self.0.synonyms
    }

    /// The index as it is now.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` with the progress while the first one is made.
    pub fn snapshot(&self) -> Result<Arc<Snapshot>, Error> {
        self.latest().ok_or_else(|| {
            let Progress { done, total } = self.progress();
            let percent = self.progress().percent();
            Error::refused(
                ErrorCode::ServiceUnavailable,
                format!("the search index is being made: {percent} % ({done} of {total}); try again in a moment"),
            )
        })
    }

    /// The index as it is now, if there is one.
    pub fn latest(&self) -> Option<Arc<Snapshot>> {
        self.0.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How far the index is made.
    pub fn progress(&self) -> Progress {
        Progress { done: self.0.done.load(Ordering::Relaxed), total: self.0.total.load(Ordering::Relaxed) }
    }

    pub(super) fn show(&self, snapshot: Snapshot) {
        metrics::gauge!("farmlokal_search_position").set(snapshot.position() as f64);
        metrics::gauge!("farmlokal_search_documents").set(snapshot.documents() as f64);
        metrics::gauge!("farmlokal_search_segments").set(snapshot.segments().len() as f64);
        *self.0.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(snapshot));
    }

    pub(super) fn set_total(&self, total: u64) {
        self.0.done.store(0, Ordering::Relaxed);
        self.0.total.store(total, Ordering::Relaxed);
    }

    pub(super) fn add_done(&self, rows: usize) {
        self.0.done.fetch_add(rows as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn until_there_is_an_index_a_search_is_told_how_far_it_is() {
        let index = SearchIndex::new(Synonyms::parse("a, b").unwrap());
        index.set_total(400);
        index.add_done(100);
        let refused = index.snapshot().unwrap_err();
        assert_eq!((refused.code(), refused.to_string().contains("25 % (100 of 400)")), (ErrorCode::ServiceUnavailable, true));
        index.add_done(300);
        assert_eq!(index.progress().percent(), 99, "written it has to be as well");
    }
}
