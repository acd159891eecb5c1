//! A question put to the index at one moment: pages, counts and facets of the same matches.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::expansion::{List, documents, lists};
use super::facets::{self, Counts, FacetField};
use super::fields::Entity;
use super::filter;
use super::matching::{Matches, matches};
use super::order::{self, Hit, Stretch};
use super::question::{Question, QuestionWord};
use super::segment::Segment;
use super::snapshot::Snapshot;
use super::walk;
use crate::error::Error;
use crate::storage::{ProducerSelection, ProductSelection};

/// A word that is begun with fewer letters may be any of many.
const LETTERS_MIN: usize = 3;

/// The matches of a question among products or producers; without a question all of them.
pub struct Found {
    snapshot: Arc<Snapshot>,
    question: Option<Question>,
    /// For each segment the lists of documents of each word, when they were looked up.
    lists: Vec<OnceLock<Result<Vec<Vec<List>>, Error>>>,
    /// For each segment, when it was looked up.
    matches: Vec<OnceLock<Result<Matches, Error>>>,
    /// So many matches in a segment are common.
    common_from: usize,
}

/// Which documents of the matches are wanted.
pub enum Wanted<'a> {
    /// Products.
    Products(&'a ProductSelection),
    /// Producers.
    Producers(&'a ProducerSelection),
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").field("snapshot", &self.snapshot).field("question", &self.question).finish()
    }
}

impl Found {
    /// Nothing is looked up before it is asked for.
    pub fn new(snapshot: Arc<Snapshot>, question: Option<Question>) -> Self {
        let matches = snapshot.segments().iter().map(|_| OnceLock::new()).collect();
        let lists = snapshot.segments().iter().map(|_| OnceLock::new()).collect();
        Self { snapshot, question, lists, matches, common_from: walk::COMMON_FROM }
    }

    /// The same where fewer matches are common enough to walk for.
    #[cfg(test)]
    pub(super) fn common_from(self, common_from: usize) -> Self {
        Self { common_from, ..self }
    }

    /// The question, if any.
    pub fn question(&self) -> Option<&Question> {
        self.question.as_ref()
    }

    /// The snapshot that was asked.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// A stretch of the list of matches. Takes a processor for milliseconds.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn hits(&self, wanted: &Wanted<'_>, stretch: &Stretch) -> Result<Vec<Hit>, Error> {
        let words = self.question.as_ref().map_or(0, |question| question.words.len());
        let mut hits = Vec::new();
        for (at, segment) in self.snapshot.segments().iter().enumerate() {
            let walked = self.walked(at, segment, wanted, stretch)?;
            hits.extend(match walked {
                Some(walked) => walked,
                None => {
                    let matches = self.matches(at, segment, wanted.entity())?;
                    order::first(segment, matches, wanted, words, stretch).map_err(Error::internal)?
                }
            });
        }
        Ok(order::merged(hits, stretch))
    }

    /// How many match.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn count(&self, wanted: &Wanted<'_>) -> Result<u64, Error> {
        let mut count = 0;
        for (at, segment) in self.snapshot.segments().iter().enumerate() {
            let docs = &self.matches(at, segment, wanted.entity())?.docs;
            count += if wanted.is_filtered() {
                let passing =
                    |docs| filter::pass(wanted, &segment.columns, docs).into_iter().filter(|passes| *passes).count() as u64;
                docs.chunks(filter::CHUNK).map(passing).sum()
            } else {
                docs.len() as u64
            };
        }
        Ok(count)
    }

    /// Counts of products per value of each field.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn facets(
        &self,
        selection: &ProductSelection,
        fields: &[FacetField],
        low_stock_packs: i64,
    ) -> Result<BTreeMap<FacetField, Counts>, Error> {
        let mut counts: BTreeMap<_, _> = fields.iter().map(|field| (*field, Counts::new())).collect();
        for (at, segment) in self.snapshot.segments().iter().enumerate() {
            let docs = &self.matches(at, segment, Entity::Product)?.docs;
            facets::count(segment, docs, selection, fields, low_stock_packs, &mut counts);
        }
        Ok(counts)
    }

    /// By walking, when the order can be walked and the question is common in this segment.
    fn walked(&self, at: usize, segment: &Segment, wanted: &Wanted<'_>, stretch: &Stretch) -> Result<Option<Vec<Hit>>, Error> {
        let Some(question) = self.question.as_ref().filter(|_| walk::is_walked(stretch.order)) else { return Ok(None) };
        if (segment.reader.max_doc() as usize) < self.common_from {
            return Ok(None);
        }
        let entity = wanted.entity();
        let matched = match segment.memory.matched(entity, question) {
            Some(matched) => matched,
            None => {
                let matches = self.matches(at, segment, entity)?;
                if matches.docs.len() < self.common_from {
                    return Ok(None);
                }
                segment.memory.remember(entity, question, matches, segment.reader.max_doc())
            }
        };
        walk::first(segment, &segment.memory, &matched, wanted, stretch).map_err(Error::internal)
    }

    /// How many documents have to be looked at, about: small numbers cost less than to have somebody else do it.
    pub fn weight(&self, entity: Entity) -> u64 {
        // Two letters begin thousands of words, and even to find those takes a while.
        let is_short = |word: &QuestionWord| word.is_begun && word.word.spelling.chars().count() < LETTERS_MIN;
        let Some(question) = self.question.as_ref().filter(|question| !question.words.iter().any(is_short)) else {
            return u64::MAX;
        };
        let weight = |(at, segment)| self.lists(at, segment, entity, question).map_or(0, documents);
        self.snapshot.segments().iter().enumerate().map(weight).sum()
    }

    fn lists(&self, at: usize, segment: &Segment, entity: Entity, question: &Question) -> Result<&[Vec<List>], Error> {
        let lists = self.lists[at].get_or_init(|| lists(segment, entity, question).map_err(Error::internal));
        lists.as_deref().map_err(Clone::clone)
    }

    /// The matches in a segment, looked up once.
    fn matches(&self, at: usize, segment: &Segment, entity: Entity) -> Result<&Matches, Error> {
        let look_up = || match &self.question {
            Some(question) => matches(segment, self.lists(at, segment, entity, question)?).map_err(Error::internal),
            None => Ok(Matches::all(segment.all(entity))),
        };
        self.matches[at].get_or_init(look_up).as_ref().map_err(Clone::clone)
    }
}

impl Wanted<'_> {
    /// Of which kind they are.
    pub fn entity(&self) -> Entity {
        match self {
            Self::Products(_) => Entity::Product,
            Self::Producers(_) => Entity::Producer,
        }
    }

    /// Whether there is any filter.
    pub(super) fn is_filtered(&self) -> bool {
        match self {
            Self::Products(selection) => **selection != ProductSelection::default(),
            Self::Producers(selection) => **selection != ProducerSelection::default(),
        }
    }
}
