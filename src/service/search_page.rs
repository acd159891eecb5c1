//! Pages of what was searched: ids from the index, rows from the database, each row checked before it is shown.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::Marketplace;
use crate::domain::{Producer, Product};
use crate::error::{Error, ErrorCode};
use crate::search::{Entity, Found, Hit, Order, Question, SearchIndex, Stretch, Wanted, relevance_key, score_of};
use crate::storage::product_list::{self, ProductOrder, ProductQuery};
use crate::storage::{ProducerSelection, ProductRow, Seek, SortKey, Window, producers, products};

/// Hits asked for at once, at most: what does not hold any longer is made up for by more and more.
const HITS_MAX: usize = 1_000;

/// So many documents are looked at in a tenth of a millisecond: less than it takes to have another thread do it.
const AT_ONCE_MAX: u64 = 10_000;

/// What a list of matches is cut from.
#[derive(Debug)]
pub(super) struct Searched {
    found: Arc<Found>,
    entity: Entity,
    order: Order,
    turns: Arc<Semaphore>,
    /// Up to which change the index is right; see `Dependencies::limit_as_of`.
    pub(super) as_of: i64,
}

/// A row and where it stands.
pub(super) struct Placed<R> {
    pub(super) row: R,
    pub(super) key: SortKey,
}

/// Whether a text can be searched for.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_search(text: &str) -> Result<(), Error> {
    Question::check(text)
}

impl Marketplace {
    /// The question that a text stands for.
    pub(super) fn question(&self, search: Option<&str>) -> Result<Option<Question>, Error> {
        search.map(|text| Question::parse(text, self.search_index()?.synonyms())).transpose()
    }

    /// Asks the index as it is now.
    pub(super) fn search(&self, entity: Entity, question: Option<Question>, order: Order) -> Result<Searched, Error> {
        let index = self.search_index()?;
        let snapshot = index.snapshot()?;
        // Of another generation it holds no longer, wherever the feed stands.
        let is_current = snapshot.generation() == self.follower.generation();
        let as_of = if is_current { snapshot.position() } else { -1 };
        let turns = Arc::clone(index.turns());
        Ok(Searched { found: Arc::new(Found::new(snapshot, question)), entity, order, turns, as_of })
    }

    fn search_index(&self) -> Result<&SearchIndex, Error> {
        let none = || Error::refused(ErrorCode::ServiceUnavailable, "this server keeps no search index");
        self.search.as_ref().ok_or_else(none)
    }

    /// Reads a stretch of a list of products.
    pub(super) async fn read_found_products(
        &self,
        searched: &Searched,
        query: &ProductQuery,
    ) -> Result<Vec<Placed<ProductRow>>, Error> {
        if query.selection.is_empty() {
            return Ok(Vec::new());
        }
        let selection = Arc::new(query.selection.clone());
        let mut walk = Walk::along(searched.order, &query.window);
        let mut rows = Vec::new();
        while let Some(stretch) = walk.next(rows.len()) {
            let selection = Arc::clone(&selection);
            let hits = searched.ask(move |found| found.hits(&Wanted::Products(&selection), &stretch)).await?;
            rows.extend(self.confirmed_products(searched, query, &hits).await?);
            walk.seen(&hits);
        }
        rows.truncate(walk.limit);
        Ok(rows)
    }

    /// Reads a stretch of a list of producers. `key` gives where one stands, unless that is by relevance.
    pub(super) async fn read_found_producers(
        &self,
        searched: &Searched,
        selection: &ProducerSelection,
        window: &Window,
        key: impl Fn(&Producer) -> Option<SortKey> + Send + Sync,
    ) -> Result<Vec<Placed<Producer>>, Error> {
        if selection.is_empty() {
            return Ok(Vec::new());
        }
        let shared = Arc::new(selection.clone());
        let mut walk = Walk::along(searched.order, window);
        let mut found_rows = Vec::new();
        while let Some(stretch) = walk.next(found_rows.len()) {
            let selected = Arc::clone(&shared);
            let hits = searched.ask(move |found| found.hits(&Wanted::Producers(&selected), &stretch)).await?;
            let rows = producers::by_ids(&self.database, &ids(&hits)).await?;
            let holds = |hit: &Hit, row: &Producer| {
                let moved = key(row).is_some_and(|key| key != hit.position.key);
                let same = row.version == hit.version || searched.still_matches(hit, &row.name, &row.city);
                selection.admits(row) && !moved && same
            };
            found_rows.extend(confirmed(&hits, rows, |row| row.id, holds));
            walk.seen(&hits);
        }
        found_rows.truncate(walk.limit);
        Ok(found_rows)
    }

    /// The rows of those hits that are as the index says.
    async fn confirmed_products(
        &self,
        searched: &Searched,
        query: &ProductQuery,
        hits: &[Hit],
    ) -> Result<Vec<Placed<ProductRow>>, Error> {
        let rows = product_list::by_ids(&self.database, &ids(hits), query.columns).await?;
        let changed = self.changed_products(hits, &rows).await?;
        let holds = |hit: &Hit, row: &ProductRow| {
            let key = |order: ProductOrder| order.position(row, query.selection.near.as_ref()).key;
            let moved = searched.column_order().is_some_and(|order| key(order) != hit.position.key);
            let matches = |product: &Product| searched.still_matches(hit, &product.name, &product.description);
            query.selection.admits(&row.product) && !moved && changed.get(&hit.id).is_none_or(matches)
        };
        Ok(confirmed(hits, rows, |row| row.product.id, holds))
    }

    /// Of rows that are not as they were indexed, the whole text.
    async fn changed_products(&self, hits: &[Hit], rows: &[ProductRow]) -> Result<HashMap<i64, Product>, Error> {
        let indexed: HashMap<i64, i64> = hits.iter().map(|hit| (hit.id, hit.version)).collect();
        let is_changed = |product: &&Product| indexed.get(&product.id) != Some(&product.version);
        let changed: Vec<i64> = rows.iter().map(|row| &row.product).filter(is_changed).map(|product| product.id).collect();
        Ok(products::by_ids(&self.database, &changed).await?.into_iter().map(|product| (product.id, product)).collect())
    }
}

impl Searched {
    /// Asks here when little has to be looked at, else where it holds up no other request, and when it is its turn.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Found) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        if self.found.weight(self.entity) <= AT_ONCE_MAX {
            return ask(&self.found);
        }
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(Error::internal)?;
        let found = Arc::clone(&self.found);
        let asked = tokio::task::spawn_blocking(move || {
            let answer = ask(&found);
            drop(turn);
            answer
        });
        asked.await.map_err(Error::internal)?
    }

    /// The column that the list is sorted by; none by relevance.
    fn column_order(&self) -> Option<ProductOrder> {
        match self.order {
            Order::Relevance => None,
            Order::Name => Some(ProductOrder::Name),
            Order::Price => Some(ProductOrder::Price),
            Order::CreatedAt => Some(ProductOrder::CreatedAt),
            Order::Distance(_) => Some(ProductOrder::Distance),
        }
    }

    /// Whether a text that has changed since it was indexed still matches, and as well as it did.
    fn still_matches(&self, hit: &Hit, name: &str, text: &str) -> bool {
        let Some(question) = self.found.question() else { return true };
        let score = score_of(question, self.found.snapshot().synonyms(), name, text);
        score.is_some_and(|score| self.order != Order::Relevance || relevance_key(score) == hit.position.key)
    }
}

/// A walk along the hits, until enough of them hold or none is left.
struct Walk {
    order: Order,
    descending: bool,
    after: Option<Seek>,
    limit: usize,
    size: usize,
    ended: bool,
}

impl Walk {
    fn along(order: Order, window: &Window) -> Self {
        let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
        Self { order, descending: window.descending, after: window.after.clone(), limit, size: limit, ended: false }
    }

    /// What to ask for next, when there are so many rows already.
    fn next(&self, rows: usize) -> Option<Stretch> {
        let Self { order, descending, after, size, .. } = self;
        let stretch = || Stretch { order: *order, descending: *descending, after: after.clone(), limit: *size };
        (!self.ended && rows < self.limit).then(stretch)
    }

    fn seen(&mut self, hits: &[Hit]) {
        self.ended = hits.len() < self.size;
        self.after = hits.last().map(|hit| hit.position.clone());
        self.size = (self.size * 2).min(HITS_MAX);
    }
}

fn ids(hits: &[Hit]) -> Vec<i64> {
    hits.iter().map(|hit| hit.id).collect()
}

/// The rows of the hits that hold, in the order of the hits.
fn confirmed<R>(hits: &[Hit], rows: Vec<R>, id: impl Fn(&R) -> i64, holds: impl Fn(&Hit, &R) -> bool) -> Vec<Placed<R>> {
    let mut rows: HashMap<i64, R> = rows.into_iter().map(|row| (id(&row), row)).collect();
    let placed = |hit: &Hit| {
        let row = rows.remove(&hit.id).filter(|row| holds(hit, row))?;
        Some(Placed { row, key: hit.position.key.clone() })
    };
    hits.iter().filter_map(placed).collect()
}
