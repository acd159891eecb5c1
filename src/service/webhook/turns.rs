//! One insert per event id at a time, and which ids were stored a moment ago: a storm of repeats is then one insert and as many
//! small updates. Nothing rests on it; the database's unique key decides.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, MutexGuard};

/// Ids remembered after they were stored.
const REMEMBERED: usize = 4_096;

#[derive(Debug, Default)]
struct Entry {
    turn: Turn<()>,
    stored: AtomicBool,
}

#[derive(Debug, Default)]
struct Entries {
    by_id: HashMap<String, Arc<Entry>>,
    /// In the order in which they came.
    oldest: VecDeque<String>,
}

/// Who is next, for each event id.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<Entries>);

/// A delivery's place in the queue of its event id.
#[derive(Debug)]
pub(super) struct Place(Arc<Entry>);

impl Turns {
    /// A place behind all who came with the same id.
    pub(super) fn of(&self, source: &str, event_id: &str) -> Place {
        let key = format!("{source} {event_id}");
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.by_id.get(&key) {
            return Place(Arc::clone(entry));
        }
        let entry = Arc::new(Entry::default());
        entries.by_id.insert(key.clone(), Arc::clone(&entry));
        entries.oldest.push_back(key);
        if entries.oldest.len() > REMEMBERED
            && let Some(oldest) = entries.oldest.pop_front()
        {
            entries.by_id.remove(&oldest);
        }
        Place(entry)
    }
}

impl Place {
    /// Waits until those in front are through.
    pub(super) async fn wait(&self) -> Option<MutexGuard<'_, ()>> {
        // Of an id that is stored already only deliveries are counted; that the database does by itself.
        if self.is_repeat() { None } else { Some(self.0.turn.lock().await) }
    }

    /// Whether the event was stored a moment ago, as far as this process knows.
    pub(super) fn is_repeat(&self) -> bool {
        self.0.stored.load(Ordering::Acquire)
    }

    /// It is stored.
    pub(super) fn has_been_stored(&self) {
        self.0.stored.store(true, Ordering::Release);
    }
}
