//! A catalogue: a number and a size, from which every row follows.

use crate::category::{self, Category};
use crate::producer::{self, Producer};
use crate::product::{self, Product};

/// Products per producer, on average.
const PRODUCTS_PER_PRODUCER: u64 = 50;

/// Fewest producers of a catalogue that has products; twelve hold every kind.
const PRODUCERS_MIN: u64 = 12;

/// A catalogue of any size; nothing is kept per row, and rows may be asked for in any order.
///
/// Ids start at 1. A row of an id beyond the count can be made, but is no part of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Catalogue {
    number: u64,
    products: u64,
}

impl Catalogue {
    /// The catalogue `number` with this many products: one producer per 50, at least twelve, and none without products.
    ///
    /// Two sizes of the same number agree in everything but which producer sells a product (and names after its city).
    pub fn new(number: u64, products: u64) -> Self {
        Self { number, products }
    }

    /// How many products there are: ids `1..=product_count()`.
    pub fn product_count(&self) -> u64 {
        self.products
    }

    /// How many producers there are: ids `1..=producer_count()`.
    pub fn producer_count(&self) -> u64 {
        match self.products {
            0 => 0,
            products => (products / PRODUCTS_PER_PRODUCER).max(PRODUCERS_MIN),
        }
    }

    /// The twelve categories, in display order; the same in every catalogue.
    pub fn categories(&self) -> Vec<Category> {
        category::all()
    }

    /// The producer with this id (from 1).
    pub fn producer(&self, id: u64) -> Producer {
        producer::generate(self.number, id)
    }

    /// The product with this id (from 1).
    pub fn product(&self, id: u64) -> Product {
        let mut row = Product::default();
        self.product_into(id, &mut row);
        row
    }

    /// Overwrites `row` with the product of this id (from 1), keeping its buffers: no allocation once they are large
    /// enough.
    pub fn product_into(&self, id: u64, row: &mut Product) {
        product::generate(self.number, self.producer_count(), id, row);
    }
}
