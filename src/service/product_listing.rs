//! What is asked of a product list, and whether it can be asked.

use super::LIST_MAX;
use super::filter_hash::FilterHash;
use super::page::PageRequest;
use crate::domain::{Circle, ProducerKind};
use crate::error::Error;
use crate::search::Order;
use crate::storage::product_list::ProductOrder;
use crate::storage::{Bounds, Columns, ProductSelection};

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
    pub field: ProductSortField,
    /// From the largest to the smallest.
    pub descending: bool,
}

/// What a product list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProductSortField {
    /// By a column.
    By(ProductOrder),
    /// By how well it fits what is searched, the best first.
    Relevance,
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
    /// Only what matches every word.
    pub search: Option<String>,
    /// Default: RELEVANCE with `search`, else DISTANCE with `near`, else newest first.
    pub sort: Option<ProductSort>,
    /// Only within this circle.
    pub near: Option<Circle>,
    /// Which page.
    pub page: PageRequest,
    /// What of each.
    pub columns: Columns,
}

pub(super) fn sort_of(listing: &ProductListing) -> Result<ProductSort, Error> {
    let newest = ProductSort { field: ProductOrder::CreatedAt.into(), descending: true };
    let nearest = ProductSort { field: ProductOrder::Distance.into(), descending: false };
    let best = ProductSort { field: ProductSortField::Relevance, descending: false };
    let sort = listing.sort.unwrap_or(match (&listing.search, listing.near) {
        (Some(_), _) => best,
        (None, Some(_)) => nearest,
        (None, None) => newest,
    });
    if sort.field == ProductSortField::Relevance {
        if listing.search.is_none() {
            return Err(Error::bad_input("sorting by RELEVANCE needs `search`"));
        }
        if sort.descending {
            return Err(Error::bad_input("sorting by RELEVANCE goes from the best match on only; DESC is not possible"));
        }
    }
    if sort.field == ProductOrder::Distance.into() {
        if listing.near.is_none() {
            return Err(Error::bad_input("sorting by DISTANCE needs `near`"));
        }
        if sort.descending {
            return Err(Error::bad_input("sorting by DISTANCE goes from near to far only; DESC is not possible"));
        }
    }
    Ok(sort)
}

pub(super) fn check(filter: &ProductFilter) -> Result<(), Error> {
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

pub(super) fn search_order(field: ProductSortField, near: Option<Circle>) -> Result<Order, Error> {
    Ok(match field {
        ProductSortField::Relevance => Order::Relevance,
        ProductSortField::By(ProductOrder::Name) => Order::Name,
        ProductSortField::By(ProductOrder::Price) => Order::Price,
        ProductSortField::By(ProductOrder::CreatedAt) => Order::CreatedAt,
        ProductSortField::By(ProductOrder::Distance) => {
            Order::Distance(near.ok_or_else(|| Error::internal("a list by distance needs a place"))?)
        }
    })
}

impl From<ProductOrder> for ProductSortField {
    fn from(order: ProductOrder) -> Self {
        Self::By(order)
    }
}

impl ProductSortField {
    /// The column, unless it is sorted by relevance.
    pub fn column(self) -> Option<ProductOrder> {
        match self {
            Self::By(order) => Some(order),
            Self::Relevance => None,
        }
    }
}

/// Product lists have the numbers 0 to 9.
pub(super) fn tag(sort: ProductSort) -> u8 {
    let order = match sort.field {
        ProductSortField::By(ProductOrder::Name) => 0,
        ProductSortField::By(ProductOrder::Price) => 1,
        ProductSortField::By(ProductOrder::CreatedAt) => 2,
        ProductSortField::By(ProductOrder::Distance) => 3,
        ProductSortField::Relevance => 4,
    };
    order * 2 + u8::from(sort.descending)
}

/// The hash of everything that selects rows, and of the words of a search.
pub(super) fn filter_hash(selection: &ProductSelection, words: Option<&str>) -> [u8; 8] {
    let mut hash = FilterHash::new();
    let bounds = |bounds: Bounds| [bounds.min, bounds.max].map(|bound| bound.map(|value| vec![value]));
    hash.list("category", selection.category_ids.clone());
    hash.list("producer", selection.producer_ids.clone());
    hash.kinds(selection.kinds.as_deref());
    for (name, bound) in
        ["min", "max", "from", "to"].into_iter().zip(bounds(selection.price).into_iter().chain(bounds(selection.created)))
    {
        hash.list(name, bound);
    }
    hash.list("stock", selection.in_stock.map(|in_stock| vec![i64::from(in_stock)]));
    hash.circle("near", selection.near.as_ref());
    hash.words(words);
    hash.finish()
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
        let words = [None, Some("milk"), Some("milks")];
        let all = variants.iter().flat_map(|selection| words.map(|words| filter_hash(selection, words)));
        let hashes: std::collections::BTreeSet<_> = all.collect();
        assert_eq!(hashes.len(), variants.len() * words.len());
    }
}
