//! Product lists: pages out of the database, or out of what was searched.

use std::sync::Arc;

use super::Marketplace;
use super::cursor::{CursorCodec, ListStamp};
use super::page::PageWindow;
use super::product_listing::{
    Parent, ProductListing, ProductSort, ProductSortField, check, filter_hash, search_order, sort_of, tag,
};
use super::search_page::{Placed, Searched};
use crate::domain::{Circle, GlobalId, NodeKind};
use crate::error::Error;
use crate::search::{Entity, Question, Wanted};
use crate::storage::product_list::{self, ProductOrder, ProductQuery};
use crate::storage::{Columns, ProductRow, ProductSelection, SortKey, categories, count};

/// A page of a product list.
#[derive(Debug, Clone)]
pub struct ProductPage {
    /// The products in the order of the list.
    pub rows: Vec<Arc<ProductRow>>,
    /// Keys of the rows by relevance, which the rows do not tell.
    relevance: Vec<SortKey>,
    pub(super) list: Arc<List>,
    more: bool,
}

/// The list that a page is cut from.
#[derive(Debug)]
pub(super) struct List {
    pub(super) query: ProductQuery,
    sort: ProductSort,
    window: PageWindow,
    stamp: ListStamp,
    cursors: Arc<CursorCodec>,
    pub(super) searched: Option<Searched>,
}

impl Marketplace {
    /// One page of products.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` and `INVALID_CURSOR`; `SERVICE_UNAVAILABLE` and `TIMEOUT` when the database fails.
    pub async fn products(&self, listing: &ProductListing) -> Result<ProductPage, Error> {
        let list = self.list_of(listing).await?;
        if list.searched.is_some() {
            return self.found_page(Arc::new(list)).await;
        }
        let rows = product_list::read(&self.database, &self.statistics.latest(), &list.query).await?;
        Ok(ProductPage::new(Arc::new(list), rows))
    }

    async fn found_page(&self, list: Arc<List>) -> Result<ProductPage, Error> {
        let placed = match &list.searched {
            Some(searched) => self.read_found_products(searched, &list.query).await?,
            None => Vec::new(),
        };
        Ok(ProductPage::found(list, placed))
    }

    /// Several pages at once: those that are one walk along an index share one statement. Searches go one by one.
    ///
    /// # Errors
    /// As [`Marketplace::products`], for each page by itself; the outer error is the database's.
    pub async fn many_products(&self, listings: &[ProductListing]) -> Result<Vec<Result<ProductPage, Error>>, Error> {
        let mut lists = Vec::with_capacity(listings.len());
        for listing in listings {
            lists.push(self.list_of(listing).await.map(Arc::new));
        }
        let queries = lists.iter().flatten().filter(|list| list.searched.is_none()).map(|list| &list.query).collect::<Vec<_>>();
        let mut read = product_list::read_many(&self.database, &self.statistics.latest(), &queries).await?.into_iter();
        let mut pages = Vec::with_capacity(lists.len());
        for list in lists {
            pages.push(match list {
                Ok(list) if list.searched.is_some() => self.found_page(list).await,
                Ok(list) => Ok(ProductPage::new(list, read.next().unwrap_or_default())),
                Err(err) => Err(err),
            });
        }
        Ok(pages)
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
        if let Some(searched) = &page.list.searched {
            let selection = page.list.query.selection.clone();
            let count = searched.ask(move |found| found.count(&Wanted::Products(&selection))).await?;
            return Ok(count.min(cap));
        }
        count::products(&self.database, &page.list.query.selection, cap).await
    }

    async fn other_side(&self, page: &ProductPage) -> Result<bool, Error> {
        let Some(window) = page.list.window.other_side(page.list.sort.descending) else { return Ok(false) };
        let probe = ProductQuery { window, columns: Columns::default(), ..page.list.query.clone() };
        if let Some(searched) = &page.list.searched {
            return Ok(!self.read_found_products(searched, &probe).await?.is_empty());
        }
        Ok(!product_list::read(&self.database, &self.statistics.latest(), &probe).await?.is_empty())
    }

    async fn list_of(&self, listing: &ProductListing) -> Result<List, Error> {
        let sort = sort_of(listing)?;
        let question = self.question(listing.search.as_deref())?;
        let selection = self.selection_of(listing).await?;
        let words = question.as_ref().map(Question::canonical);
        let stamp = ListStamp { tag: tag(sort), filter_hash: filter_hash(&selection, words.as_deref()) };
        let window = listing.page.window(&self.cursors, stamp)?;
        let searched = match question {
            Some(question) => Some(self.search(Entity::Product, Some(question), search_order(sort.field, selection.near)?)?),
            None => None,
        };
        let order = sort.field.column().unwrap_or(ProductOrder::CreatedAt);
        let query = ProductQuery { selection, order, window: window.stretch(sort.descending), columns: listing.columns };
        Ok(List { query, sort, window, stamp, cursors: Arc::clone(&self.cursors), searched })
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
        Self { rows: rows.into_iter().map(Arc::new).collect(), relevance: Vec::new(), list, more }
    }

    fn found(list: Arc<List>, placed: Vec<Placed<ProductRow>>) -> Self {
        let (placed, more) = list.window.cut(placed);
        let by_relevance = list.sort.field == ProductSortField::Relevance;
        let relevance = placed.iter().filter(|_| by_relevance).map(|placed| placed.key.clone()).collect();
        Self { rows: placed.into_iter().map(|placed| Arc::new(placed.row)).collect(), relevance, list, more }
    }

    /// What was asked of the database for this page.
    pub(super) fn query(&self) -> &ProductQuery {
        &self.list.query
    }

    /// The cursor of a row of this page.
    pub fn cursor(&self, row: &ProductRow) -> String {
        let mut position = self.list.query.order.position(row, self.list.query.selection.near.as_ref());
        // Empty but for pages by relevance.
        let mut keys = self.rows.iter().zip(&self.relevance);
        if let Some((_, key)) = keys.find(|(other, _)| other.product.id == row.product.id) {
            position.key = key.clone();
        }
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

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}

fn only(id: i64, filter: Option<Vec<i64>>) -> Vec<i64> {
    if filter.is_none_or(|ids| ids.contains(&id)) { vec![id] } else { Vec::new() }
}
