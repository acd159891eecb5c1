//! The index at one moment.

use std::sync::Arc;

use tantivy::{Result, Searcher};

use super::fields::Fields;
use super::memory::IndexMemory;
use super::segment::Segment;
use super::stamp::Stamp;
use super::synonyms::Synonyms;

/// The index as it was committed once; it stays readable as long as it is held.
pub struct Snapshot {
    segments: Vec<Segment>,
    stamp: Stamp,
    synonyms: Arc<Synonyms>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("segments", &self.segments.len()).field("stamp", &self.stamp).finish()
    }
}

impl Snapshot {
    pub(super) fn open(
        searcher: &Searcher,
        fields: &Fields,
        memory: &IndexMemory,
        stamp: Stamp,
        synonyms: Arc<Synonyms>,
    ) -> Result<Self> {
        let readers = searcher.segment_readers().iter().zip(memory.of_segments(searcher));
        let segments = readers.map(|(reader, memory)| Segment::open(reader, fields, memory));
        Ok(Self { segments: segments.collect::<Result<_>>()?, stamp, synonyms })
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The last change of the feed that it knows of.
    pub fn position(&self) -> i64 {
        self.stamp.position
    }

    /// The catalogue generation that it was made of.
    pub fn generation(&self) -> i64 {
        self.stamp.generation
    }

    /// The synonyms that it was made with.
    pub fn synonyms(&self) -> &Synonyms {
        &self.synonyms
    }

    /// Documents in it.
    pub fn documents(&self) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.reader.num_docs())).sum()
    }
}
