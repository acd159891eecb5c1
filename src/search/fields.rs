//! The shape of the index: which fields a document has, and how rows become documents.

use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};
use tantivy::{TantivyDocument, Term};

use super::analysis::{Word, words};
use super::score::NAME_WORDS_MAX;
use super::synonyms::Synonyms;
use crate::domain::{Producer, Product, name_key};

/// Grows with every change of the fields, of the analysis or of how they are filled: an index of another format is made anew.
pub(super) const FORMAT: u32 = 2;

/// Columns, by name.
pub(super) mod column {
    pub(crate) const KEY: &str = "key";
    pub(crate) const VERSION: &str = "version";
    pub(crate) const CATEGORY: &str = "category";
    pub(crate) const PRODUCER: &str = "producer";
    pub(crate) const KIND: &str = "kind";
    pub(crate) const PRICE: &str = "price";
    pub(crate) const CREATED: &str = "created";
    pub(crate) const STOCK: &str = "stock";
    pub(crate) const LATITUDE: &str = "lat";
    pub(crate) const LONGITUDE: &str = "lng";
    pub(crate) const REACH: &str = "reach";
    pub(crate) const NAME_WORDS: &str = "name_words";
    pub(crate) const NAME_KEY: &str = "name_key";
}

/// What a document stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity {
    /// A product.
    Product,
    /// A producer.
    Producer,
}

/// Number of a document: unique over both kinds.
pub(super) fn key_of(entity: Entity, id: i64) -> u64 {
    id.unsigned_abs() << 1 | u64::from(entity == Entity::Producer)
}

/// The kind and id that a number stands for.
pub(super) fn entity_of(key: u64) -> (Entity, i64) {
    let entity = if key & 1 == 1 { Entity::Producer } else { Entity::Product };
    (entity, i64::try_from(key >> 1).unwrap_or(i64::MAX))
}

/// Stock as a column: 0 when it is not tracked, else one more than the packs.
pub(super) fn stock_code(stock: Option<i64>) -> u64 {
    // More is plenty, and a small number packs well.
    const PLENTY: i64 = 100_000;
    stock.map_or(0, |packs| packs.clamp(0, PLENTY).unsigned_abs() + 1)
}

/// The fields in which the words of one kind of entity stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextFields {
    /// Words of the name as they are spelled.
    pub(super) spelling: Field,
    /// Words of the name, folded.
    pub(super) name: Field,
    /// Groups of synonyms that the name mentions.
    pub(super) name_groups: Field,
    /// Words of the description, or of the city, folded.
    pub(super) text: Field,
    /// Groups of synonyms that it mentions.
    pub(super) text_groups: Field,
}

/// All fields.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) schema: Schema,
    pub(super) product: TextFields,
    pub(super) producer: TextFields,
    key: Field,
    version: Field,
    category: Field,
    producer_id: Field,
    kind: Field,
    price: Field,
    created: Field,
    stock: Field,
    lat: Field,
    lng: Field,
    reach: Field,
    name_words: Field,
    name_key: Field,
}

impl Fields {
    /// The fields of this release.
    pub(super) fn new() -> Self {
        let mut schema = Schema::builder();
        let number = NumericOptions::default().set_fast();
        let mut numbers = |name: &str| schema.add_u64_field(name, number.clone());
        let (version, category, producer_id) = (numbers(column::VERSION), numbers(column::CATEGORY), numbers(column::PRODUCER));
        let (kind, price, stock) = (numbers(column::KIND), numbers(column::PRICE), numbers(column::STOCK));
        let (reach, name_words) = (numbers(column::REACH), numbers(column::NAME_WORDS));
        let mut integers = |name: &str| schema.add_i64_field(name, number.clone());
        let (created, lat, lng) = (integers(column::CREATED), integers(column::LATITUDE), integers(column::LONGITUDE));
        let key = schema.add_u64_field(column::KEY, INDEXED | FAST);
        let name_key = schema.add_text_field(column::NAME_KEY, TextOptions::default().set_fast("raw"));
        let mut texts = |of: &str| {
            let mut text = |part: &str| schema.add_text_field(&format!("{of}_{part}"), words_only());
            TextFields {
                spelling: text("spelling"),
                name: text("name"),
                name_groups: text("name_groups"),
                text: text("text"),
                text_groups: text("text_groups"),
            }
        };
        let (product, producer) = (texts("product"), texts("producer"));
        Self {
            schema: schema.build(),
            product,
            producer,
            key,
            version,
            category,
            producer_id,
            kind,
            price,
            created,
            stock,
            lat,
            lng,
            reach,
            name_words,
            name_key,
        }
    }

    /// The fields of the words of this kind.
    pub(super) fn texts(&self, entity: Entity) -> TextFields {
        match entity {
            Entity::Product => self.product,
            Entity::Producer => self.producer,
        }
    }

    /// What finds the document of an entity.
    pub(super) fn key_term(&self, entity: Entity, id: i64) -> Term {
        Term::from_field_u64(self.key, key_of(entity, id))
    }

    /// The document of a product.
    pub(super) fn product_document(&self, product: &Product, synonyms: &Synonyms) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_u64(self.key, key_of(Entity::Product, product.id));
        document.add_u64(self.version, product.version.unsigned_abs());
        document.add_u64(self.category, product.category_id.unsigned_abs());
        document.add_u64(self.producer_id, product.producer_id.unsigned_abs());
        document.add_u64(self.kind, product.producer_kind.code().unsigned_abs().into());
        document.add_u64(self.price, product.price_minor.unsigned_abs());
        document.add_i64(self.created, product.created_at_ms);
        document.add_u64(self.stock, stock_code(product.stock));
        document.add_i64(self.lat, product.place.lat_e3);
        document.add_i64(self.lng, product.place.lng_e3);
        document.add_u64(self.reach, 0);
        self.add_texts(&mut document, Entity::Product, [&product.name, &product.description], synonyms);
        document
    }

    /// The document of a producer.
    pub(super) fn producer_document(&self, producer: &Producer, synonyms: &Synonyms) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_u64(self.key, key_of(Entity::Producer, producer.id));
        document.add_u64(self.version, producer.version.unsigned_abs());
        document.add_u64(self.category, 0);
        document.add_u64(self.producer_id, producer.id.unsigned_abs());
        document.add_u64(self.kind, producer.kind.code().unsigned_abs().into());
        document.add_u64(self.price, 0);
        document.add_i64(self.created, producer.created_at_ms);
        document.add_u64(self.stock, 0);
        document.add_i64(self.lat, producer.place.lat_e3);
        document.add_i64(self.lng, producer.place.lng_e3);
        document.add_u64(self.reach, producer.delivery_radius_meters.unsigned_abs());
        self.add_texts(&mut document, Entity::Producer, [&producer.name, &producer.city], synonyms);
        document
    }

    fn add_texts(&self, document: &mut TantivyDocument, entity: Entity, [name, text]: [&str; 2], synonyms: &Synonyms) {
        let fields = self.texts(entity);
        document.add_text(self.name_key, name_key(name));
        let (name, text) = (words(name), words(text));
        document.add_u64(self.name_words, (name.len() as u64).min(NAME_WORDS_MAX));
        document.add_text(fields.spelling, joined(name.iter().map(|word| word.spelling.as_str())));
        document.add_text(fields.name, joined(name.iter().map(|word| word.folded.as_str())));
        document.add_text(fields.text, joined(text.iter().map(|word| word.folded.as_str())));
        for (field, words) in [(fields.name_groups, &name), (fields.text_groups, &text)] {
            if let Some(groups) = groups(words, synonyms) {
                document.add_text(field, groups);
            }
        }
    }
}

/// The text of a group of synonyms as a term.
pub(super) fn group_term(group: u32) -> String {
    group.to_string()
}

fn groups(words: &[Word], synonyms: &Synonyms) -> Option<String> {
    let groups: Vec<String> = synonyms.mentions(words).iter().map(|mention| group_term(mention.group)).collect();
    (!groups.is_empty()).then(|| groups.join(" "))
}

/// Words hold no blanks, so blanks part them again in the index.
fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut all = String::new();
    for word in words {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(word);
    }
    all
}

/// Which documents hold a word; not how often, nor where.
fn words_only() -> TextOptions {
    let indexing =
        TextFieldIndexing::default().set_tokenizer("whitespace").set_index_option(IndexRecordOption::Basic).set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing)
}
