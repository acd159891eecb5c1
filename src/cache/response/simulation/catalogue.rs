//! The model's catalogue at one moment, and the ways in which it changes.

use super::dice::Dice;
use crate::domain::{Aspects, Change, EntityKind, Scope};

/// Slugs that products may have; some are free at any time.
pub(super) const SLUGS: i64 = 16;
/// Grid cells with producers in them, over more than one area.
pub(super) const CELLS: i64 = 12;
/// Kinds of producer.
pub(super) const KINDS: i64 = 2;
/// Prices and names are drawn from so many, so that some are equal.
pub(super) const VALUES: i64 = 12;

#[derive(Debug, Clone)]
pub(super) struct Product {
    pub(super) id: i64,
    pub(super) version: i64,
    pub(super) slug: i64,
    pub(super) name: i64,
    pub(super) price: i64,
    pub(super) stock: i64,
    pub(super) category: i64,
    pub(super) producer: i64,
    /// Copied from the producer, as in the tables.
    pub(super) cell: i64,
    pub(super) kind: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Producer {
    pub(super) id: i64,
    pub(super) version: i64,
    pub(super) name: i64,
    pub(super) cell: i64,
    pub(super) kind: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Category {
    pub(super) id: i64,
    pub(super) version: i64,
    pub(super) name: i64,
}

/// All rows, each kind in the order of ids.
#[derive(Debug, Clone, Default)]
pub(super) struct Catalogue {
    pub(super) products: Vec<Product>,
    pub(super) producers: Vec<Producer>,
    pub(super) categories: Vec<Category>,
    last_id: i64,
}

impl Catalogue {
    /// One to begin with.
    pub(super) fn new(dice: &mut Dice) -> Self {
        let mut catalogue = Self::default();
        for _ in 0..3 {
            catalogue.create_category(dice);
        }
        for _ in 0..4 {
            catalogue.create_producer(dice);
        }
        for _ in 0..11 {
            catalogue.create_product(dice);
        }
        catalogue
    }

    /// One transaction: a few things change, and the feed is told. Seven in ten are about what is in stock.
    pub(super) fn change(&mut self, dice: &mut Dice) -> Vec<Change> {
        let count = if dice.percent(80) { 1 } else { dice.between(2, 3) };
        (0..count).filter_map(|_| self.change_one(dice)).collect()
    }

    fn change_one(&mut self, dice: &mut Dice) -> Option<Change> {
        match dice.below(20) {
            0 => self.create_product(dice),
            1 => self.remove_product(dice),
            2 => (self.producers.len() < 8).then(|| self.create_producer(dice)),
            3 | 4 => self.change_producer(dice),
            5 => (self.categories.len() < 6).then(|| self.create_category(dice)),
            6 => self.change_category(dice),
            _ => self.change_product(dice),
        }
    }

    fn create_product(&mut self, dice: &mut Dice) -> Option<Change> {
        let free: Vec<i64> = (0..SLUGS).filter(|slug| self.products.iter().all(|product| product.slug != *slug)).collect();
        if free.is_empty() {
            return None;
        }
        self.last_id += 1;
        let producer = dice.pick(&self.producers);
        let product = Product {
            id: self.last_id,
            version: 1,
            slug: *dice.pick(&free),
            name: dice.number(1, VALUES),
            price: dice.number(1, VALUES),
            stock: dice.number(0, 3),
            category: dice.pick(&self.categories).id,
            producer: producer.id,
            cell: producer.cell,
            kind: producer.kind,
        };
        let after = product.scope();
        let change = change(EntityKind::Product, product.id, 1, Aspects::CREATED, Scope::default(), after);
        self.products.push(product);
        Some(change)
    }

    fn remove_product(&mut self, dice: &mut Dice) -> Option<Change> {
        if self.products.len() < 4 {
            return None;
        }
        let product = self.products.remove(dice.index(self.products.len()));
        let (id, version) = (product.id, product.version + 1);
        Some(change(EntityKind::Product, id, version, Aspects::REMOVED, product.scope(), Scope::default()))
    }

    fn change_product(&mut self, dice: &mut Dice) -> Option<Change> {
        let (category, producer) = (dice.pick(&self.categories).id, dice.pick(&self.producers).clone());
        let at = dice.index(self.products.len());
        let product = self.products.get_mut(at)?;
        let old = product.clone();
        match dice.below(14) {
            0..6 => product.stock = dice.number(0, 5),
            6..9 => product.price = dice.number(1, VALUES),
            9 => product.name = dice.number(1, VALUES),
            10 => product.category = category,
            11 => (product.producer, product.cell, product.kind) = (producer.id, producer.cell, producer.kind),
            12 => (product.price, product.stock) = (dice.number(1, VALUES), dice.number(0, 5)),
            _ => {}
        }
        product.version += 1;
        // What nothing is sorted or chosen by, a description, changes when nothing else does.
        let aspects = match old.differences(product) {
            aspects if aspects.is_empty() => Aspects::DETAILS,
            aspects => aspects,
        };
        Some(change(EntityKind::Product, product.id, product.version, aspects, old.scope(), product.scope()))
    }

    fn create_producer(&mut self, dice: &mut Dice) -> Change {
        self.last_id += 1;
        let (name, cell, kind) = (dice.number(1, VALUES), dice.number(0, CELLS - 1), dice.number(1, KINDS));
        let producer = Producer { id: self.last_id, version: 1, name, cell, kind };
        let after = producer.scope();
        self.producers.push(producer);
        change(EntityKind::Producer, self.last_id, 1, Aspects::CREATED, Scope::default(), after)
    }

    fn change_producer(&mut self, dice: &mut Dice) -> Option<Change> {
        let at = dice.index(self.producers.len());
        let producer = self.producers.get_mut(at)?;
        let before = producer.scope();
        let aspects = match dice.below(3) {
            0 => Aspects::NAME,
            _ => Aspects::SCOPE,
        };
        match (aspects, dice.percent(60)) {
            (Aspects::NAME, _) => producer.name = dice.number(1, VALUES),
            (_, true) => producer.cell = dice.number(0, CELLS - 1),
            _ => producer.kind = 1 + producer.kind % KINDS,
        }
        producer.version += 1;
        let producer = producer.clone();
        // Its products move along; their versions stay.
        for product in self.products.iter_mut().filter(|product| product.producer == producer.id) {
            (product.cell, product.kind) = (producer.cell, producer.kind);
        }
        Some(change(EntityKind::Producer, producer.id, producer.version, aspects, before, producer.scope()))
    }

    fn create_category(&mut self, dice: &mut Dice) -> Change {
        self.last_id += 1;
        let category = Category { id: self.last_id, version: 1, name: dice.number(1, VALUES) };
        let after = category.scope();
        self.categories.push(category);
        change(EntityKind::Category, self.last_id, 1, Aspects::CREATED, Scope::default(), after)
    }

    fn change_category(&mut self, dice: &mut Dice) -> Option<Change> {
        let at = dice.index(self.categories.len());
        let category = self.categories.get_mut(at)?;
        category.name = dice.number(1, VALUES);
        category.version += 1;
        let scope = category.scope();
        Some(change(EntityKind::Category, category.id, category.version, Aspects::NAME, scope, scope))
    }
}

impl Product {
    pub(super) fn is_in_stock(&self) -> bool {
        self.stock > 0
    }

    fn scope(&self) -> Scope {
        Scope { category_id: Some(self.category), producer_id: Some(self.producer), cell: Some(self.cell) }
    }

    /// As `service::product_write` tells them.
    fn differences(&self, new: &Self) -> Aspects {
        Aspects::default()
            .with_if(self.name != new.name, Aspects::NAME)
            .with_if(self.price != new.price, Aspects::PRICE)
            .with_if(self.stock != new.stock, Aspects::STOCK)
            .with_if(self.is_in_stock() != new.is_in_stock(), Aspects::AVAILABILITY)
            .with_if(self.category != new.category || self.producer != new.producer, Aspects::SCOPE)
    }
}

impl Producer {
    fn scope(&self) -> Scope {
        Scope { category_id: None, producer_id: Some(self.id), cell: Some(self.cell) }
    }
}

impl Category {
    fn scope(&self) -> Scope {
        Scope { category_id: Some(self.id), ..Scope::default() }
    }
}

fn change(kind: EntityKind, entity_id: i64, version: i64, aspects: Aspects, before: Scope, after: Scope) -> Change {
    Change { seq: 0, kind, entity_id, version, aspects, before, after, at_ms: 0 }
}
