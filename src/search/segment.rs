//! One segment of the index, opened: its columns and its word lists.

use std::sync::Arc;

use tantivy::columnar::{ColumnValues, StrColumn};
use tantivy::index::{InvertedIndexReader, SegmentReader};
use tantivy::{DocId, Result};

use super::fields::{Entity, Fields, TextFields, column};
use super::filter::values;
use super::memory::SegmentMemory;

/// A column that has a value for every document.
pub(super) type Values<T> = Arc<dyn ColumnValues<T>>;

/// A segment, ready to be searched.
pub(super) struct Segment {
    pub(super) reader: SegmentReader,
    pub(super) memory: Arc<SegmentMemory>,
    pub(super) columns: Columns,
    product: WordLists,
    producer: WordLists,
}

/// Values of all documents, by column.
pub(super) struct Columns {
    pub(super) key: Values<u64>,
    pub(super) version: Values<u64>,
    pub(super) category: Values<u64>,
    pub(super) producer: Values<u64>,
    pub(super) kind: Values<u64>,
    pub(super) price: Values<u64>,
    pub(super) created: Values<i64>,
    pub(super) stock: Values<u64>,
    pub(super) lat: Values<i64>,
    pub(super) lng: Values<i64>,
    pub(super) reach: Values<u64>,
    pub(super) name_words: Values<u64>,
    /// Name keys as ordinals: within a segment they sort as the names do.
    pub(super) name: StrColumn,
}

/// The documents of each word, for one kind of entity.
pub(super) struct WordLists {
    pub(super) spelling: Arc<InvertedIndexReader>,
    pub(super) name: Arc<InvertedIndexReader>,
    pub(super) name_groups: Arc<InvertedIndexReader>,
    pub(super) text: Arc<InvertedIndexReader>,
    pub(super) text_groups: Arc<InvertedIndexReader>,
}

impl Segment {
    pub(super) fn open(reader: &SegmentReader, fields: &Fields, memory: Arc<SegmentMemory>) -> Result<Self> {
        let fast = reader.fast_fields();
        let numbers = |name: &str| fast.u64(name).map(|column| column.values);
        let integers = |name: &str| fast.i64(name).map(|column| column.values);
        let name = fast.str(column::NAME_KEY)?.ok_or_else(|| missing(column::NAME_KEY))?;
        let columns = Columns {
            key: numbers(column::KEY)?,
            version: numbers(column::VERSION)?,
            category: numbers(column::CATEGORY)?,
            producer: numbers(column::PRODUCER)?,
            kind: numbers(column::KIND)?,
            price: numbers(column::PRICE)?,
            created: integers(column::CREATED)?,
            stock: numbers(column::STOCK)?,
            lat: integers(column::LATITUDE)?,
            lng: integers(column::LONGITUDE)?,
            reach: numbers(column::REACH)?,
            name_words: numbers(column::NAME_WORDS)?,
            name,
        };
        Ok(Self {
            columns,
            product: WordLists::open(reader, fields.product)?,
            producer: WordLists::open(reader, fields.producer)?,
            reader: reader.clone(),
            memory,
        })
    }

    pub(super) fn word_lists(&self, entity: Entity) -> &WordLists {
        match entity {
            Entity::Product => &self.product,
            Entity::Producer => &self.producer,
        }
    }

    /// Every document of this kind that was not deleted.
    pub(super) fn all(&self, entity: Entity) -> Vec<DocId> {
        let mut docs: Vec<DocId> = self.reader.doc_ids_alive().collect();
        let parity = u64::from(entity == Entity::Producer);
        let mut kinds = values(&self.columns.key, &docs).into_iter().map(|key| key & 1 == parity);
        docs.retain(|_| kinds.next() == Some(true));
        docs
    }
}

impl WordLists {
    fn open(reader: &SegmentReader, fields: TextFields) -> Result<Self> {
        Ok(Self {
            spelling: reader.inverted_index(fields.spelling)?,
            name: reader.inverted_index(fields.name)?,
            name_groups: reader.inverted_index(fields.name_groups)?,
            text: reader.inverted_index(fields.text)?,
            text_groups: reader.inverted_index(fields.text_groups)?,
        })
    }
}

fn missing(name: &str) -> tantivy::TantivyError {
    tantivy::TantivyError::InternalError(format!("the column {name} is missing"))
}
