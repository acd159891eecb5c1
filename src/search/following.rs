//! Following the feed: from the changes behind a position to the rows they tell of, as they are now.

use std::collections::BTreeSet;

use super::fields::Entity;
use super::live::Rows;
use crate::domain::{Aspects, Change, EntityKind};
use crate::error::Error;
use crate::storage::{Database, producers, products};

/// Rows read at once.
const BATCH: usize = 500;

/// What a number of changes touched.
#[derive(Debug, Default)]
pub(super) struct Touched {
    products: BTreeSet<i64>,
    producers: BTreeSet<i64>,
    /// Producers whose products moved with them, which is not told again for each.
    moved: BTreeSet<i64>,
}

impl Touched {
    pub(super) fn add(&mut self, change: &Change) {
        match change.kind {
            EntityKind::Product => {
                self.products.insert(change.entity_id);
            }
            EntityKind::Producer => {
                self.producers.insert(change.entity_id);
                if change.aspects.contains(Aspects::SCOPE) {
                    self.moved.insert(change.entity_id);
                }
            }
            // Products carry the id of their category, and no word of it.
            EntityKind::Category => {}
        }
    }

    /// Reads the rows, which may be newer than the changes: then later changes tell of them once more.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn read(mut self, database: &Database) -> Result<Rows, Error> {
        let mut rows = Rows::default();
        for producer in &self.moved {
            self.products.extend(products::ids_of_producer(database, *producer).await?);
        }
        let (product_ids, producer_ids): (Vec<i64>, Vec<i64>) =
            (self.products.into_iter().collect(), self.producers.into_iter().collect());
        for ids in product_ids.chunks(BATCH) {
            rows.products.extend(products::by_ids(database, ids).await?);
        }
        for ids in producer_ids.chunks(BATCH) {
            rows.producers.extend(producers::by_ids(database, ids).await?);
        }
        let found: BTreeSet<i64> = rows.products.iter().map(|product| product.id).collect();
        rows.removed.extend(product_ids.into_iter().filter(|id| !found.contains(id)).map(|id| (Entity::Product, id)));
        let found: BTreeSet<i64> = rows.producers.iter().map(|producer| producer.id).collect();
        rows.removed.extend(producer_ids.into_iter().filter(|id| !found.contains(id)).map(|id| (Entity::Producer, id)));
        Ok(rows)
    }
}
