//! What is remembered of a segment for as long as it lives. Segments never change (deletions are told apart from them), so it
//! never has to be forgotten before the segment is.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tantivy::index::SegmentId;
use tantivy::postings::TermInfo;
use tantivy::{BitSet, DocId, Searcher};

use super::fields::Entity;
use super::matching::Matches;
use super::question::Question;
use super::score::Fit;

/// Common questions remembered of a segment: a bit for each document and question.
const QUESTIONS_MAX: usize = 16;

/// Words remembered of a segment, each with those it may be a misspelling of: some hundred bytes.
const WORDS_MAX: usize = 1_024;

/// What is remembered of all segments of an index.
#[derive(Debug, Default)]
pub(super) struct IndexMemory(Mutex<HashMap<SegmentId, Arc<SegmentMemory>>>);

/// What is remembered of one.
#[derive(Debug, Default)]
pub(super) struct SegmentMemory {
    pub(super) by_name: OnceLock<Box<[DocId]>>,
    pub(super) by_price: OnceLock<Box<[DocId]>>,
    pub(super) by_creation: OnceLock<Box<[DocId]>>,
    matched: Mutex<VecDeque<(Entity, Question, Arc<MatchedDocs>)>>,
    misspelt: Mutex<HashMap<MisspeltWord, Misspelt>>,
}

/// A folded word, and how many typos it may have.
type MisspeltWord = (Entity, Box<str>, u8);

/// Words of the index that a word may be a misspelling of.
pub(super) type Misspelt = Arc<[(Fit, TermInfo)]>;

/// The documents that match a common question, the deleted ones among them.
pub(super) struct MatchedDocs {
    bits: BitSet,
    count: usize,
}

impl std::fmt::Debug for MatchedDocs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MatchedDocs({})", self.count)
    }
}

impl IndexMemory {
    /// The memory of each segment of the searcher, in their order; that of segments that are gone is let go of.
    pub(super) fn of_segments(&self, searcher: &Searcher) -> Vec<Arc<SegmentMemory>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kept = HashMap::new();
        for reader in searcher.segment_readers() {
            let id = reader.segment_id();
            kept.insert(id, known.remove(&id).unwrap_or_default());
        }
        *known = kept;
        searcher.segment_readers().iter().filter_map(|reader| known.get(&reader.segment_id()).cloned()).collect()
    }
}

impl SegmentMemory {
    /// The documents of a question that was common here before.
    pub(super) fn matched(&self, entity: Entity, question: &Question) -> Option<Arc<MatchedDocs>> {
        let matched = self.matched.lock().unwrap_or_else(PoisonError::into_inner);
        let found = matched.iter().find(|(of, known, _)| *of == entity && known == question);
        found.map(|(_, _, docs)| Arc::clone(docs))
    }

    /// Words that are so many typos away at most: looking for them takes an automaton of hundreds of kilobytes.
    pub(super) fn misspelt(
        &self,
        entity: Entity,
        folded: &str,
        typos_max: u8,
        look_up: impl FnOnce() -> tantivy::Result<Misspelt>,
    ) -> tantivy::Result<Misspelt> {
        let key = (entity, Box::from(folded), typos_max);
        if let Some(known) = self.misspelt.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(known));
        }
        let found = look_up()?;
        let mut all = self.misspelt.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= WORDS_MAX {
            all.clear();
        }
        all.insert(key, Arc::clone(&found));
        Ok(found)
    }

    /// Remembers them, instead of those of the question that was remembered first.
    pub(super) fn remember(&self, entity: Entity, question: &Question, matches: &Matches, max_doc: DocId) -> Arc<MatchedDocs> {
        let mut bits = BitSet::with_max_value(max_doc);
        for doc in &matches.docs {
            bits.insert(*doc);
        }
        let docs = Arc::new(MatchedDocs { bits, count: matches.docs.len() });
        let mut matched = self.matched.lock().unwrap_or_else(PoisonError::into_inner);
        matched.push_back((entity, question.clone(), Arc::clone(&docs)));
        if matched.len() > QUESTIONS_MAX {
            matched.pop_front();
        }
        docs
    }
}

impl MatchedDocs {
    pub(super) fn contains(&self, doc: DocId) -> bool {
        self.bits.contains(doc)
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }
}
