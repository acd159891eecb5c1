//! A subscriber that remembers what it was told.

use std::sync::{Arc, Mutex};

use farmlokal::domain::Change;
use farmlokal::storage::feed::Event;
use farmlokal::storage::feed::follower::Subscriber;

/// What a subscriber was told, one change at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Change(Change),
    StartAfresh,
}

/// Everything that was told, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Told>>>);

impl Recorder {
    /// The subscriber that writes here.
    pub(crate) fn subscriber(&self) -> Subscriber {
        let recorder = self.clone();
        Box::new(move |event| recorder.note(event))
    }

    /// Writes down what was told.
    pub(crate) fn note(&self, event: &Event) {
        let mut told = self.0.lock().unwrap();
        match event {
            Event::Changes(changes) => told.extend(changes.iter().copied().map(Told::Change)),
            Event::StartAfresh => told.push(Told::StartAfresh),
            Event::Followed(_) | Event::Failed => {}
        }
    }

    /// Everything so far.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.0.lock().unwrap().clone()
    }

    /// The changes so far.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let told = self.told();
        told.into_iter().filter_map(|told| if let Told::Change(change) = told { Some(change) } else { None }).collect()
    }

    /// Their numbers.
    pub(crate) fn seqs(&self) -> Vec<i64> {
        self.changes().iter().map(|change| change.seq).collect()
    }

    /// How often it was told to start afresh.
    pub(crate) fn fresh_starts(&self) -> usize {
        self.told().iter().filter(|told| **told == Told::StartAfresh).count()
    }
}
