//! A question put to the index at one moment: pages, counts and facets of the same matches.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::expansion::Prepared;
use super::facets::{self, Counts, FacetField};
use super::fields::Entity;
use super::filter;
use super::matching::{Matches, matches};
use super::order::{self, Hit, Stretch};
use super::question::Question;
use super::segment::Segment;
use super::snapshot::Snapshot;
use crate::error::Error;
use crate::storage::{ProducerSelection, ProductSelection};

/// The matches of a question among products or producers; without a question all of them.
pub struct Found {
    snapshot: Arc<Snapshot>,
    question: Option<Question>,
    matches: OnceLock<Result<Vec<Matches>, Error>>,
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
        f.debug_struct("Found").field("position", &self.position()).field("question", &self.question).finish()
    }
}

impl Found {
    /// Nothing is looked up before it is asked for.
    pub fn new(snapshot: Arc<Snapshot>, question: Option<Question>) -> Self {
        Self { snapshot, question, matches: OnceLock::new() }
    }

    /// The question, if any.
    pub fn question(&self) -> Option<&Question> {
        self.question.as_ref()
    }

    /// The snapshot that was asked.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The last change that the snapshot knows of.
    pub fn position(&self) -> i64 {
        self.snapshot.position()
    }

    /// A stretch of the list of matches. Takes a processor for milliseconds.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn hits(&self, wanted: &Wanted<'_>, stretch: &Stretch) -> Result<Vec<Hit>, Error> {
        let words = self.question.as_ref().map_or(0, |question| question.words.len());
        let mut hits = Vec::new();
        for (segment, matches) in self.segments(wanted)? {
            let mut passing = Matches { docs: matches.docs.clone(), points: matches.points.clone() };
            passing.retain(&passes(segment, matches, wanted));
            hits.extend(order::first(segment, &passing, words, stretch).map_err(Error::internal)?);
        }
        Ok(order::merged(hits, stretch))
    }

    /// How many match.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn count(&self, wanted: &Wanted<'_>) -> Result<u64, Error> {
        let count = |(segment, matches)| passes(segment, matches, wanted).into_iter().filter(|passes| *passes).count() as u64;
        Ok(self.segments(wanted)?.map(count).sum())
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
        for (segment, matches) in self.segments(&Wanted::Products(selection))? {
            facets::count(segment, &matches.docs, selection, fields, low_stock_packs, &mut counts);
        }
        Ok(counts)
    }

    fn segments(&self, wanted: &Wanted<'_>) -> Result<impl Iterator<Item = (&Segment, &Matches)>, Error> {
        let matches = self.matches.get_or_init(|| self.look_up(wanted.entity())).as_ref().map_err(Clone::clone)?;
        Ok(self.snapshot.segments().iter().zip(matches))
    }

    fn look_up(&self, entity: Entity) -> Result<Vec<Matches>, Error> {
        let segments = self.snapshot.segments().iter();
        let Some(question) = &self.question else {
            return Ok(segments.map(|segment| Matches::all(segment.all(entity))).collect());
        };
        let prepared = Prepared::of(question).map_err(Error::internal)?;
        segments.map(|segment| matches(segment, entity, &prepared).map_err(Error::internal)).collect()
    }
}

impl Wanted<'_> {
    fn entity(&self) -> Entity {
        match self {
            Self::Products(_) => Entity::Product,
            Self::Producers(_) => Entity::Producer,
        }
    }
}

fn passes(segment: &Segment, matches: &Matches, wanted: &Wanted<'_>) -> Vec<bool> {
    match wanted {
        Wanted::Products(selection) => filter::products_pass(selection, &segment.columns, &matches.docs),
        Wanted::Producers(selection) => filter::producers_pass(selection, &segment.columns, &matches.docs),
    }
}
