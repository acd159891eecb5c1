//! The model's database: every state it ever had, and the feed of changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::catalogue::Catalogue;
use super::dice::Dice;
use crate::domain::Change;
use crate::storage::changes::Head;

/// What the database held after a commit.
pub(super) struct Moment {
    pub(super) at_ms: u64,
    pub(super) catalogue: Arc<Catalogue>,
}

/// The truth. States are called by their place in `history`.
pub(super) struct Truth {
    pub(super) history: Vec<Moment>,
    /// Committed and without a number, each with the state it made.
    unnumbered: Vec<(Change, usize)>,
    /// Change n stands at n - 1, with the last state that is told when it is told.
    feed: Vec<(Change, usize)>,
    kept_from_seq: i64,
    /// For each generation the first and the last of the states that it began with.
    generations: Vec<(usize, usize)>,
}

pub(super) struct Database(Mutex<Truth>);

impl Database {
    pub(super) fn new(catalogue: Catalogue) -> Self {
        let first = Moment { at_ms: 0, catalogue: Arc::new(catalogue) };
        Self(Mutex::new(Truth {
            history: vec![first],
            unnumbered: Vec::new(),
            feed: Vec::new(),
            kept_from_seq: 1,
            generations: vec![(0, 0)],
        }))
    }

    pub(super) fn look(&self) -> MutexGuard<'_, Truth> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Truth {
    /// The present state.
    pub(super) fn last(&self) -> usize {
        self.history.len() - 1
    }

    pub(super) fn catalogue(&self, state: usize) -> &Arc<Catalogue> {
        &self.history[state].catalogue
    }

    /// The state at this time, after all that was committed in its millisecond.
    pub(super) fn state_at(&self, at_ms: u64) -> usize {
        self.history.partition_point(|moment| moment.at_ms <= at_ms).saturating_sub(1)
    }

    /// Commits a change; gives the state it made.
    pub(super) fn commit(&mut self, now_ms: u64, dice: &mut Dice) -> usize {
        let changes = self.alter(now_ms, dice);
        let state = self.last();
        self.unnumbered.extend(changes.into_iter().map(|change| (change, state)));
        state
    }

    /// Rows change, the feed is told nothing, the generation is raised.
    pub(super) fn load(&mut self, now_ms: u64, dice: &mut Dice) {
        let first = self.history.len();
        for _ in 0..dice.between(1, 4) {
            self.alter(now_ms, dice);
        }
        self.generations.push((first, self.last()));
    }

    fn alter(&mut self, now_ms: u64, dice: &mut Dice) -> Vec<Change> {
        let mut catalogue = Catalogue::clone(self.catalogue(self.last()));
        let changes = catalogue.change(dice);
        self.history.push(Moment { at_ms: now_ms, catalogue: Arc::new(catalogue) });
        changes
    }

    pub(super) fn is_any_unnumbered(&self) -> bool {
        !self.unnumbered.is_empty()
    }

    /// Numbers what is committed; gives the last number.
    pub(super) fn number(&mut self) -> i64 {
        let mut waiting = std::mem::take(&mut self.unnumbered);
        let told = waiting.iter().map(|(_, state)| *state).max().unwrap_or(0);
        waiting.sort_by_key(|(change, _)| (change.kind, change.entity_id, change.version));
        for (change, _) in waiting {
            let seq = self.head_seq() + 1;
            self.feed.push((Change { seq, ..change }, told));
        }
        self.head_seq()
    }

    fn head_seq(&self) -> i64 {
        i64::try_from(self.feed.len()).unwrap_or(i64::MAX)
    }

    pub(super) fn head(&self) -> Head {
        let generation = i64::try_from(self.generations.len()).unwrap_or(i64::MAX);
        Head { seq: self.head_seq(), kept_from_seq: self.kept_from_seq, generation }
    }

    /// Forgets all but the last `keep` changes.
    pub(super) fn forget(&mut self, keep: i64) {
        self.kept_from_seq = self.kept_from_seq.max(self.head_seq() + 1 - keep);
    }

    /// Changes that are kept behind `position`.
    pub(super) fn after(&self, position: i64, limit: u32) -> Vec<Change> {
        let from = position.max(self.kept_from_seq - 1);
        self.between(from, i64::MAX).iter().take(limit as usize).map(|(change, _)| *change).collect()
    }

    /// Changes behind `from` up to `to`, kept or not.
    pub(super) fn between(&self, from: i64, to: i64) -> &[(Change, usize)] {
        let at = |seq: i64| usize::try_from(seq).unwrap_or(0).min(self.feed.len());
        &self.feed[at(from)..at(to).max(at(from))]
    }

    /// The last state that whoever has followed up to `position` was told of.
    pub(super) fn told_at(&self, position: i64) -> usize {
        self.between(0, position).last().map_or(0, |(_, state)| *state)
    }

    /// What is left of having seen all up to `state` for somebody who knows of `generation`: changes may be heard of before a
    /// generation that began earlier, because a batch reaches beyond the end that the poll asked for.
    pub(super) fn seen_in(&self, generation: i64, state: usize) -> usize {
        let (began, next) = (self.began(generation).1, self.began(generation + 1).0);
        if next > 0 { state.min(next - 1).max(began) } else { state.max(began) }
    }

    /// The first and the last of the states that this generation began with; zeros when it has not begun.
    fn began(&self, generation: i64) -> (usize, usize) {
        let at = usize::try_from(generation - 1).unwrap_or(0);
        self.generations.get(at).copied().unwrap_or_default()
    }
}
