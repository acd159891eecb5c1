//! Product lists: checks what is asked, and reads pages.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::cursor::{CursorCodec, ListStamp};
use super::page::{PageRequest, PageWindow};
use super::{LIST_MAX, Marketplace};
use crate::domain::{Circle, GlobalId, NodeKind, ProducerKind};
use crate::error::Error;
use crate::storage::product_list::{self, ProductOrder, ProductQuery};
use crate::storage::{Bounds, Columns, ProductRow, ProductSelection, categories, count};

/// Filters as they came; `None` does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ProductFilter {
    /// Slugs; unknown ones match nothing.
    pub category: Option<Vec<String>>,
    /// Global ids; unknown ones match nothing.
    pub producer_ids: Option<Vec<String>>,
    /// Kinds of producer.
    pub kinds: Option<Vec<ProducerKind>>,
    /// Price in minor units, inclusive.
    pub price: Bounds,
    /// In stock, or not.
    pub in_stock: Option<bool>,
    /// Creation instant in milliseconds, inclusive.
    pub created: Bounds,
}

/// A sort and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProductSort {
    /// By what.
    pub order: ProductOrder,
    /// From the largest to the smallest.
    pub descending: bool,
}

/// The thing whose products are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Parent {
    /// A category's.
    Category(i64),
    /// A producer's.
    Producer(i64),
}

/// A page of a product list, as asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ProductListing {
    /// Whose products; all when absent.
    pub parent: Option<Parent>,
    /// Which of them.
    pub filter: ProductFilter,
    /// Default: DISTANCE with `near`, else newest first.
    pub sort: Option<ProductSort>,
    /// Only within this circle.
    pub near: Option<Circle>,
    /// Which page.
    pub page: PageRequest,
    /// What of each.
    pub columns: Columns,
}

/// A page of a product list.
#[derive(Debug, Clone)]
pub struct ProductPage {
    /// The products in the order of the list.
    pub rows: Vec<Arc<ProductRow>>,
    list: Arc<List>,
    more: bool,
}

/// The list that a page is cut from.
#[derive(Debug)]
struct List {
    query: ProductQuery,
    sort: ProductSort,
    window: PageWindow,
    stamp: ListStamp,
    cursors: Arc<CursorCodec>,
}

impl Marketplace {
    /// One page of products.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` and `INVALID_CURSOR`; `SERVICE_UNAVAILABLE` and `TIMEOUT` when the database fails.
    pub async fn products(&self, listing: &ProductListing) -> Result<ProductPage, Error> {
        let list = self.list_of(listing).await?;
        let rows = product_list::read(&self.database, &self.statistics.latest(), &list.query).await?;
        Ok(ProductPage::new(Arc::new(list), rows))
    }

    /// Several pages at once: those that are one walk along an index share one statement.
    ///
    /// # Errors
    /// As [`Marketplace::products`], for each page by itself; the outer error is the database's.
    pub async fn many_products(&self, listings: &[ProductListing]) -> Result<Vec<Result<ProductPage, Error>>, Error> {
        let mut lists = Vec::with_capacity(listings.len());
        for listing in listings {
            lists.push(self.list_of(listing).await.map(Arc::new));
        }
        let queries: Vec<&ProductQuery> = lists.iter().flatten().map(|list| &list.query).collect();
        let mut pages = product_list::read_many(&self.database, &self.statistics.latest(), &queries).await?.into_iter();
        let mut page = |list: Arc<List>| ProductPage::new(list, pages.next().unwrap_or_default());
        Ok(lists.into_iter().map(|list| list.map(&mut page)).collect())
    }

    /// Whether there are products behind this page.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_next(&self, page: &ProductPage) -> Result<bool, Error> {
        if page.list.window.forward { Ok(page.more) } else { self.other_side(page).await }
    }

    /// Whether there are products in front of this page.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_previous(&self, page: &ProductPage) -> Result<bool, Error> {
        if page.list.window.forward { self.other_side(page).await } else { Ok(page.more) }
    }

    /// How many products the whole list holds, at most `cap`.
    ///
    /// # Errors
    /// When the database fails or takes too long.
    pub async fn count_products(&self, page: &ProductPage, cap: u64) -> Result<u64, Error> {
        count::products(&self.database, &page.list.query.selection, cap).await
    }

    async fn other_side(&self, page: &ProductPage) -> Result<bool, Error> {
        let Some(window) = page.list.window.other_side(page.list.sort.descending) else { return Ok(false) };
        let probe = ProductQuery { window, columns: Columns::default(), ..page.list.query.clone() };
        Ok(!product_list::read(&self.database, &self.statistics.latest(), &probe).await?.is_empty())
    }

    async fn list_of(&self, listing: &ProductListing) -> Result<List, Error> {
        let sort = sort_of(listing)?;
        let selection = self.selection_of(listing).await?;
        let stamp = ListStamp { tag: tag(sort), filter_hash: filter_hash(&selection) };
        let window = listing.page.window(&self.cursors, stamp)?;
        let query =
            ProductQuery { selection, order: sort.order, window: window.stretch(sort.descending), columns: listing.columns };
        Ok(List { query, sort, window, stamp, cursors: Arc::clone(&self.cursors) })
    }

    async fn selection_of(&self, listing: &ProductListing) -> Result<ProductSelection, Error> {
        let filter = &listing.filter;
        check(filter)?;
        let mut category_ids = match &filter.category {
            Some(slugs) => Some(self.category_ids(slugs).await?),
            None => None,
        };
        let producer = |id: &String| GlobalId::decode_as(NodeKind::Producer, id);
        let mut producer_ids = filter.producer_ids.as_ref().map(|ids| sorted(ids.iter().filter_map(producer).collect()));
        match listing.parent {
            Some(Parent::Category(id)) => category_ids = Some(only(id, category_ids)),
            Some(Parent::Producer(id)) => producer_ids = Some(only(id, producer_ids)),
            None => {}
        }
        Ok(ProductSelection {
            category_ids,
            producer_ids,
            kinds: filter.kinds.clone().map(sorted),
            price: filter.price,
            created: filter.created,
            in_stock: filter.in_stock,
            near: listing.near,
        })
    }

    async fn category_ids(&self, slugs: &[String]) -> Result<Vec<i64>, Error> {
        let slugs: Vec<&str> = slugs.iter().map(String::as_str).filter(|slug| crate::domain::slug::is_slug(slug)).collect();
        let (mut ids, unknown) = self.categories.look_up(&slugs);
        for category in categories::by_slugs(&self.database, &unknown).await? {
            self.categories.remember(&category.slug, category.id);
            ids.push(category.id);
        }
        Ok(sorted(ids))
    }
}

impl ProductPage {
    fn new(list: Arc<List>, rows: Vec<ProductRow>) -> Self {
        let (rows, more) = list.window.cut(rows);
        Self { rows: rows.into_iter().map(Arc::new).collect(), list, more }
    }

    /// What was asked of the database for this page.
    pub(super) fn query(&self) -> &ProductQuery {
        &self.list.query
    }

    /// The cursor of a row of this page.
    pub fn cursor(&self, row: &ProductRow) -> String {
        let position = self.list.query.order.position(row, self.list.query.selection.near.as_ref());
        self.list.cursors.encode(self.list.stamp, &position)
    }

    /// The circle that distances are measured in.
    pub fn near(&self) -> Option<&Circle> {
        self.list.query.selection.near.as_ref()
    }

    /// Whether more rows lie behind a page that was read from the front.
    pub fn has_more_forward(&self) -> bool {
        self.list.window.forward && self.more
    }

    /// The cursor of the last row.
    pub fn end_cursor(&self) -> Option<String> {
        self.rows.last().map(|row| self.cursor(row))
    }
}

fn sort_of(listing: &ProductListing) -> Result<ProductSort, Error> {
    let newest = ProductSort { order: ProductOrder::CreatedAt, descending: true };
    let nearest = ProductSort { order: ProductOrder::Distance, descending: false };
    let sort = listing.sort.unwrap_or(if listing.near.is_some() { nearest } else { newest });
    if sort.order == ProductOrder::Distance {
        if listing.near.is_none() {
            return Err(Error::bad_input("sorting by DISTANCE needs `near`"));
        }
        if sort.descending {
            return Err(Error::bad_input("sorting by DISTANCE goes from near to far only; DESC is not possible"));
        }
    }
    Ok(sort)
}

fn check(filter: &ProductFilter) -> Result<(), Error> {
    let lengths = [
        ("category", filter.category.as_ref().map_or(0, Vec::len)),
        ("producerIds", filter.producer_ids.as_ref().map_or(0, Vec::len)),
        ("producerKinds", filter.kinds.as_ref().map_or(0, Vec::len)),
    ];
    if let Some((name, _)) = lengths.iter().find(|(_, length)| *length > LIST_MAX) {
        return Err(Error::bad_input(format!("`{name}` may hold at most {LIST_MAX} values")));
    }
    if filter.price.min.is_some_and(|min| min < 0) || filter.price.max.is_some_and(|max| max < 0) {
        return Err(Error::bad_input("a price cannot be negative"));
    }
    if filter.price.is_empty() {
        return Err(Error::bad_input("`price.min` is above `price.max`"));
    }
    // `to` is exclusive, so equal ends are an empty range and no contradiction.
    if matches!((filter.created.min, filter.created.max), (Some(min), Some(max)) if min > max.saturating_add(1)) {
        return Err(Error::bad_input("`createdAt.from` is after `createdAt.to`"));
    }
    Ok(())
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}

fn only(id: i64, filter: Option<Vec<i64>>) -> Vec<i64> {
    if filter.is_none_or(|ids| ids.contains(&id)) { vec![id] } else { Vec::new() }
}

/// Product lists have the numbers 0 to 7.
fn tag(sort: ProductSort) -> u8 {
    let order = match sort.order {
        ProductOrder::Name => 0,
        ProductOrder::Price => 1,
        ProductOrder::CreatedAt => 2,
        ProductOrder::Distance => 3,
    };
    order * 2 + u8::from(sort.descending)
}

/// A hash of everything that selects rows, written out so that it stays the same from release to release.
fn filter_hash(selection: &ProductSelection) -> [u8; 8] {
    let mut hash = Sha256::new();
    let mut list = |name: &str, values: Option<Vec<i64>>| {
        hash.update(name);
        hash.update([u8::from(values.is_some())]);
        for value in values.into_iter().flatten() {
            hash.update(value.to_be_bytes());
        }
    };
    let bounds = |bounds: Bounds| [bounds.min, bounds.max].map(|bound| bound.map(|value| vec![value]));
    list("category", selection.category_ids.clone());
    list("producer", selection.producer_ids.clone());
    list("kind", selection.kinds.as_ref().map(|kinds| kinds.iter().map(|kind| i64::from(kind.code())).collect()));
    for (name, bound) in
        ["min", "max", "from", "to"].into_iter().zip(bounds(selection.price).into_iter().chain(bounds(selection.created)))
    {
        list(name, bound);
    }
    list("stock", selection.in_stock.map(|in_stock| vec![i64::from(in_stock)]));
    let near = |circle: &Circle| vec![circle.center.lat_e3, circle.center.lng_e3, circle.radius_meters];
    list("near", selection.near.as_ref().map(near));
    let mut short = [0; 8];
    short.copy_from_slice(&hash.finalize()[..8]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_changes_the_hash() {
        let base = ProductSelection::default();
        let bound = |min, max| Bounds { min, max };
        let variants = [
            base.clone(),
            ProductSelection { category_ids: Some(vec![1]), ..base.clone() },
            ProductSelection { producer_ids: Some(vec![1]), ..base.clone() },
            ProductSelection { kinds: Some(vec![ProducerKind::Farmer]), ..base.clone() },
            ProductSelection { price: bound(Some(1), None), ..base.clone() },
            ProductSelection { price: bound(None, Some(1)), ..base.clone() },
            ProductSelection { created: bound(Some(1), None), ..base.clone() },
            ProductSelection { created: bound(None, Some(1)), ..base.clone() },
            ProductSelection { in_stock: Some(true), ..base.clone() },
            ProductSelection { in_stock: Some(false), ..base },
        ];
        let hashes: std::collections::BTreeSet<_> = variants.iter().map(filter_hash).collect();
        assert_eq!(hashes.len(), variants.len());
    }
}
