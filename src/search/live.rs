//! The index as a thing that can be written: opened, changed, committed, read at one moment after another.

use std::path::Path;
use std::sync::Arc;

use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, MergePolicy, NoMergePolicy};
use tantivy::store::Compressor;
use tantivy::{Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Result};

use super::fields::{Entity, Fields};
use super::memory::IndexMemory;
use super::snapshot::Snapshot;
use super::stamp::Stamp;
use super::synonyms::Synonyms;
use crate::domain::{Producer, Product};

/// Buffer of the writer while it follows changes: the least that Tantivy takes.
const FOLLOWING_BYTES: usize = 15_000_000;
/// Buffer of the writer while an index is made: larger segments from the start, fewer merges.
const BUILDING_BYTES: usize = 32_000_000;
/// Changes of a few documents make small segments; so many of a size are merged into one.
const SEGMENTS_OF_A_SIZE: usize = 6;

/// An index of this process.
pub(super) struct LiveIndex {
    index: Index,
    reader: IndexReader,
    writer: Option<IndexWriter>,
    fields: Fields,
    memory: IndexMemory,
    synonyms: Arc<Synonyms>,
    stamp: Stamp,
}

/// What a writer is opened for.
#[derive(Clone, Copy)]
enum Purpose {
    /// Rows are added in bulk; the segments become one at the end.
    Building,
    /// Rows change, a few at a time.
    Following,
}

/// What became of the entities that changed.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Products as they are now.
    pub(super) products: Vec<Product>,
    /// Producers as they are now.
    pub(super) producers: Vec<Producer>,
    /// What is gone.
    pub(super) removed: Vec<(Entity, i64)>,
}

impl LiveIndex {
    /// Opens the index in a folder when it is whole and of this installation, release and set of synonyms.
    pub(super) fn open(path: &Path, like: &Stamp, synonyms: &Arc<Synonyms>) -> Result<Option<Self>> {
        let index = Index::open_in_dir(path)?;
        let fields = Fields::new();
        let payload = index.load_metas()?.payload.unwrap_or_default();
        let stamp = Stamp::from_payload(&payload).filter(|stamp| stamp.is_like(like));
        let Some(stamp) = stamp.filter(|_| index.schema() == fields.schema) else { return Ok(None) };
        if !index.validate_checksum()?.is_empty() {
            return Ok(None);
        }
        Self::of(index, fields, stamp, synonyms).map(Some)
    }

    /// A new, empty index in a folder, or in memory.
    pub(super) fn create(path: Option<&Path>, stamp: Stamp, synonyms: &Arc<Synonyms>) -> Result<Self> {
        let fields = Fields::new();
        let settings = IndexSettings {
            docstore_compression: Compressor::None,
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        let builder = Index::builder().schema(fields.schema.clone()).settings(settings);
        let index = match path {
            Some(path) => builder.create_in_dir(path)?,
            None => builder.create_in_ram()?,
        };
        let mut live = Self::of(index, fields, stamp, synonyms)?;
        live.writer = Some(live.open_writer(Purpose::Building)?);
        Ok(live)
    }

    fn of(index: Index, fields: Fields, stamp: Stamp, synonyms: &Arc<Synonyms>) -> Result<Self> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let memory = IndexMemory::default();
        Ok(Self { index, reader, writer: None, fields, memory, synonyms: Arc::clone(synonyms), stamp })
    }

    pub(super) fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// Takes over rows of a table that is read from the beginning.
    pub(super) fn add(&mut self, rows: &Rows) -> Result<()> {
        let (fields, synonyms) = (self.fields.clone(), Arc::clone(&self.synonyms));
        let writer = self.writer()?;
        for product in &rows.products {
            writer.add_document(fields.product_document(product, &synonyms))?;
        }
        for producer in &rows.producers {
            writer.add_document(fields.producer_document(producer, &synonyms))?;
        }
        Ok(())
    }

    /// Takes over rows that changed, in place of what was known of them.
    pub(super) fn replace(&mut self, rows: &Rows) -> Result<()> {
        let fields = self.fields.clone();
        let writer = self.writer()?;
        let products = rows.products.iter().map(|product| (Entity::Product, product.id));
        let producers = rows.producers.iter().map(|producer| (Entity::Producer, producer.id));
        for (entity, id) in products.chain(producers).chain(rows.removed.iter().copied()) {
            writer.delete_term(fields.key_term(entity, id));
        }
        self.add(rows)
    }

    /// Makes everything taken over so far durable, and what readers see.
    pub(super) fn commit(&mut self, stamp: Stamp) -> Result<()> {
        let payload = stamp.to_payload().map_err(|err| tantivy::TantivyError::InternalError(err.to_string()))?;
        let mut prepared = self.writer()?.prepare_commit()?;
        prepared.set_payload(&payload);
        prepared.commit()?;
        self.reader.reload()?;
        self.stamp = stamp;
        Ok(())
    }

    /// Joins all segments to one, after an index was made: a question then has one dictionary to look into.
    pub(super) fn compact(&mut self) -> Result<()> {
        let segments = self.index.searchable_segment_ids()?;
        if segments.len() > 1 {
            self.writer()?.merge(&segments).wait()?;
            self.reader.reload()?;
        }
        Ok(())
    }

    /// Lets go of the writer, its buffer and its threads, when merges under way are done.
    pub(super) fn rest(&mut self) -> Result<()> {
        if let Some(writer) = self.writer.take() {
            writer.wait_merging_threads()?;
            self.reader.reload()?;
        }
        Ok(())
    }

    /// The index as it was committed last.
    pub(super) fn snapshot(&self) -> Result<Snapshot> {
        let (stamp, synonyms) = (self.stamp.clone(), Arc::clone(&self.synonyms));
        Snapshot::open(&self.reader.searcher(), &self.fields, &self.memory, stamp, synonyms)
    }

    /// The writer; one that follows changes when it was let go of.
    fn writer(&mut self) -> Result<&mut IndexWriter> {
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => self.open_writer(Purpose::Following)?,
        };
        Ok(self.writer.insert(writer))
    }

    fn open_writer(&self, purpose: Purpose) -> Result<IndexWriter> {
        let (buffer_bytes, merges) = match purpose {
            Purpose::Building => (BUILDING_BYTES, Box::new(NoMergePolicy) as Box<dyn MergePolicy>),
            Purpose::Following => (FOLLOWING_BYTES, Box::new(small_segments_together()) as Box<dyn MergePolicy>),
        };
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(buffer_bytes)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer = self.index.writer_with_options(options)?;
        writer.set_merge_policy(merges);
        Ok(writer)
    }
}

fn small_segments_together() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(SEGMENTS_OF_A_SIZE);
    policy
}
