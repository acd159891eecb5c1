//! What a writer does next.

use std::collections::HashMap;
use std::sync::Mutex;

use farmlokal::domain::{ProducerDraft, ProductDraft};
use farmlokal::service::StockAdjustment;

use crate::random::Random;
use crate::shop::{place, producer, product};

/// Few, so that eight writers meet all the time.
pub(super) const PRODUCTS: u64 = 12;
/// Fewer still.
pub(super) const PRODUCERS: u64 = 4;

/// One mutation.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Put(Vec<ProductDraft>),
    Adjust(StockAdjustment),
    Remove(Vec<String>),
    Move(Vec<ProducerDraft>),
}

/// What all writers know.
#[derive(Debug)]
pub(super) struct World {
    producer_ids: Vec<i64>,
    /// Slug to (id, version) of products as they were last answered; may be out of date.
    products: Mutex<HashMap<String, (i64, i64)>>,
}

impl World {
    pub(super) fn new(producer_ids: Vec<i64>) -> Self {
        Self { producer_ids, products: Mutex::default() }
    }

    /// A product was answered.
    pub(super) fn learn(&self, slug: &str, id: i64, version: i64) {
        self.products.lock().unwrap().insert(slug.to_owned(), (id, version));
    }

    fn known(&self, slug: &str) -> Option<(i64, i64)> {
        self.products.lock().unwrap().get(slug).copied()
    }

    /// The next mutation of the writer that `random` belongs to.
    pub(super) fn step(&self, random: &mut Random) -> Step {
        match random.below(100) {
            0..45 => Step::Put(some_of(PRODUCTS, random).map(|n| self.draft(n, random)).collect()),
            45..75 => Step::Adjust(self.adjustment(random)),
            75..88 => Step::Remove(some_of(PRODUCTS, random).take(2).map(slug).collect()),
            _ => Step::Move(some_of(PRODUCERS, random).take(2).map(|n| moved(n, random)).collect()),
        }
    }

    /// Few prices and stocks: some drafts equal what is stored, and change nothing.
    fn draft(&self, n: u64, random: &mut Random) -> ProductDraft {
        let producer_id = self.producer_ids[random.below(PRODUCERS) as usize];
        let mut draft = product(&slug(n), &shelf(n), producer_id);
        draft.price_minor = 100 + random.below(3) as i64;
        draft.stock = [None, Some(None), Some(Some(3)), Some(Some(0))][random.below(4) as usize];
        draft.expected_version = self.known(&draft.slug).map(|(_, version)| version).filter(|_| random.chance(15));
        draft
    }

    fn adjustment(&self, random: &mut Random) -> StockAdjustment {
        let known = self.known(&slug(random.below(PRODUCTS)));
        // Few keys are drawn twice; those that are repeat the first result or are refused.
        let idempotency_key = format!("key-{}", random.below(50_000));
        StockAdjustment { product_id: known.map(|(id, _)| id), delta: random.below(6) as i64 - 2, idempotency_key }
    }
}

/// One to three different numbers below `bound`, in any order: writers lock in different orders.
fn some_of(bound: u64, random: &mut Random) -> impl Iterator<Item = u64> + use<> {
    let (first, stride, count) = (random.below(bound), 1 + random.below(bound - 1), 1 + random.below(3));
    let mut numbers: Vec<u64> = (0..count).map(|n| (first + n * stride) % bound).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if random.chance(50) {
        numbers.reverse();
    }
    numbers.into_iter()
}

fn moved(n: u64, random: &mut Random) -> ProducerDraft {
    let mut draft = producer(&farm(n), place(random.below(5) as i64));
    draft.delivery_radius_meters = 5_000 + 1_000 * random.below(2) as i64;
    draft
}

fn slug(n: u64) -> String {
    format!("product-{n}")
}

/// The category of product `n` alone.
pub(super) fn shelf(n: u64) -> String {
    format!("shelf-{n}")
}

/// The slug of producer `n`.
pub(super) fn farm(n: u64) -> String {
    format!("farm-{n}")
}
