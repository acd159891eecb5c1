//! Producer lists: checks what is asked, and reads pages.

use std::sync::Arc;

use super::cursor::{CursorCodec, ListStamp};
use super::filter_hash::FilterHash;
use super::page::{PageRequest, PageWindow};
use super::search_page::{Placed, Searched};
use super::{LIST_MAX, Marketplace, RADIUS_MAX_METERS};
use crate::domain::{Circle, GlobalId, NodeKind, Place, Producer, ProducerKind};
use crate::error::Error;
use crate::search::{Entity, Order, Question, Wanted};
use crate::storage::producer_list::{self, ProducerOrder, ProducerQuery};
use crate::storage::{ProducerSelection, SortKey, count, producers};

/// Filters as they came; `None` does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ProducerFilter {
    /// Kinds of producer.
    pub kinds: Option<Vec<ProducerKind>>,
    /// Only producers that deliver to this place.
    pub delivers_to: Option<Place>,
}

/// A sort and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProducerSort {
    /// By what.
    pub order: ProducerOrder,
    /// From the largest to the smallest.
    pub descending: bool,
}

/// A page of a producer list, as asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ProducerListing {
    /// Which producers.
    pub filter: ProducerFilter,
    /// Only what matches every word, in the name or the city.
    pub search: Option<String>,
    /// Default: DISTANCE with `near`, the best match with `search`, else NAME.
    pub sort: Option<ProducerSort>,
    /// Only within this circle.
    pub near: Option<Circle>,
    /// Which page.
    pub page: PageRequest,
}

/// A page of a producer list.
#[derive(Debug, Clone)]
pub struct ProducerPage {
    /// The producers in the order of the list.
    pub rows: Vec<Producer>,
    /// Keys of the rows by relevance, which the rows do not tell.
    relevance: Vec<SortKey>,
    list: Arc<List>,
    more: bool,
}

#[derive(Debug)]
struct List {
    query: ProducerQuery,
    searched: Option<Searched>,
    /// Sorted by how well it matches, whatever the query says.
    by_relevance: bool,
    sort: ProducerSort,
    window: PageWindow,
    stamp: ListStamp,
    cursors: Arc<CursorCodec>,
}

impl Marketplace {
    /// One page of producers.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` and `INVALID_CURSOR`; `SERVICE_UNAVAILABLE` and `TIMEOUT` when the database fails.
    pub async fn producers(&self, listing: &ProducerListing) -> Result<ProducerPage, Error> {
        let sort = sort_of(listing)?;
        if listing.filter.kinds.as_ref().is_some_and(|kinds| kinds.len() > LIST_MAX) {
            return Err(Error::bad_input(format!("`kinds` may hold at most {LIST_MAX} values")));
        }
        let farthest = |center| Circle { center, radius_meters: RADIUS_MAX_METERS };
        let mut kinds = listing.filter.kinds.clone();
        if let Some(kinds) = &mut kinds {
            kinds.sort_unstable();
            kinds.dedup();
        }
        let selection = ProducerSelection { kinds, near: listing.near, delivers_to: listing.filter.delivers_to.map(farthest) };
        let question = self.question(listing.search.as_deref())?;
        let by_relevance = question.is_some() && listing.sort.is_none() && listing.near.is_none();
        let words = question.as_ref().map(Question::canonical);
        let tag = if by_relevance { RELEVANCE_TAG } else { tag(sort) };
        let stamp = ListStamp { tag, filter_hash: filter_hash(&selection, words.as_deref()) };
        let window = listing.page.window(&self.cursors, stamp)?;
        let searched = match question {
            Some(question) if by_relevance => Some(self.search(Entity::Producer, Some(question), Order::Relevance)?),
            Some(question) => Some(self.search(Entity::Producer, Some(question), search_order(sort.order, selection.near)?)?),
            None => None,
        };
        let query = ProducerQuery { selection, order: sort.order, window: window.stretch(sort.descending) };
        let list = List { query, searched, by_relevance, sort, window, stamp, cursors: Arc::clone(&self.cursors) };
        let rows = self.read_producers(&list, &list.query).await?;
        let (placed, more) = list.window.cut(rows);
        let relevance = placed.iter().filter(|_| by_relevance).map(|placed| placed.key.clone()).collect();
        Ok(ProducerPage { rows: placed.into_iter().map(|placed| placed.row).collect(), relevance, list: Arc::new(list), more })
    }

    async fn read_producers(&self, list: &List, query: &ProducerQuery) -> Result<Vec<Placed<Producer>>, Error> {
        let near = query.selection.near.as_ref();
        let Some(searched) = &list.searched else {
            let placed = |row| Placed { key: query.order.position(&row, near).key, row };
            return Ok(producer_list::read(&self.database, query).await?.into_iter().map(placed).collect());
        };
        let key = |row: &Producer| (!list.by_relevance).then(|| query.order.position(row, near).key);
        self.read_found_producers(searched, &query.selection, &query.window, key).await
    }

    /// Whether there are producers behind this page.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_next_producer(&self, page: &ProducerPage) -> Result<bool, Error> {
        if page.list.window.forward { Ok(page.more) } else { self.other_producers(page).await }
    }

    /// Whether there are producers in front of this page.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_previous_producer(&self, page: &ProducerPage) -> Result<bool, Error> {
        if page.list.window.forward { self.other_producers(page).await } else { Ok(page.more) }
    }

    /// How many producers the whole list holds, at most `cap`.
    ///
    /// # Errors
    /// When the database fails or takes too long.
    pub async fn count_producers(&self, page: &ProducerPage, cap: u64) -> Result<u64, Error> {
        if let Some(searched) = &page.list.searched {
            let selection = page.list.query.selection.clone();
            let count = searched.ask(move |found| found.count(&Wanted::Producers(&selection))).await?;
            return Ok(count.min(cap));
        }
        count::producers(&self.database, &page.list.query.selection, cap).await
    }

    /// Producers by database id; unknown ones are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn producers_by_ids(&self, ids: &[i64]) -> Result<Vec<Producer>, Error> {
        producers::by_ids(&self.database, ids).await
    }

    /// The producer with this global id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn producer_by_id(&self, id: &str) -> Result<Option<Producer>, Error> {
        let Some(id) = GlobalId::decode_as(NodeKind::Producer, id) else { return Ok(None) };
        Ok(self.producers_by_ids(&[id]).await?.pop())
    }

    /// The producer with this slug.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn producer_by_slug(&self, slug: &str) -> Result<Option<Producer>, Error> {
        if !crate::domain::slug::is_slug(slug) {
            return Ok(None);
        }
        producers::by_slug(&self.database, slug).await
    }

    async fn other_producers(&self, page: &ProducerPage) -> Result<bool, Error> {
        let Some(window) = page.list.window.other_side(page.list.sort.descending) else { return Ok(false) };
        let probe = ProducerQuery { window, ..page.list.query.clone() };
        Ok(!self.read_producers(&page.list, &probe).await?.is_empty())
    }
}

impl ProducerPage {
    /// Which producers were asked for.
    pub(super) fn selection(&self) -> &ProducerSelection {
        &self.list.query.selection
    }

    /// Up to which change the index is right that the page was searched in; `None` without a search.
    pub(super) fn as_of(&self) -> Option<i64> {
        self.list.searched.as_ref().map(|searched| searched.as_of)
    }

    /// The cursor of a row of this page.
    pub fn cursor(&self, row: &Producer) -> String {
        let mut position = self.list.query.order.position(row, self.list.query.selection.near.as_ref());
        // Empty but for pages by relevance.
        let mut keys = self.rows.iter().zip(&self.relevance);
        if let Some((_, key)) = keys.find(|(other, _)| other.id == row.id) {
            position.key = key.clone();
        }
        self.list.cursors.encode(self.list.stamp, &position)
    }

    /// The circle that distances are measured in.
    pub fn near(&self) -> Option<&Circle> {
        self.list.query.selection.near.as_ref()
    }
}

fn sort_of(listing: &ProducerListing) -> Result<ProducerSort, Error> {
    let order = if listing.near.is_some() { ProducerOrder::Distance } else { ProducerOrder::Name };
    let sort = listing.sort.unwrap_or(ProducerSort { order, descending: false });
    if sort.order == ProducerOrder::Distance {
        if listing.near.is_none() {
            return Err(Error::bad_input("sorting by DISTANCE needs `near`"));
        }
        if sort.descending {
            return Err(Error::bad_input("sorting by DISTANCE goes from near to far only; DESC is not possible"));
        }
    }
    Ok(sort)
}

fn search_order(order: ProducerOrder, near: Option<Circle>) -> Result<Order, Error> {
    Ok(match order {
        ProducerOrder::Name => Order::Name,
        ProducerOrder::CreatedAt => Order::CreatedAt,
        ProducerOrder::Distance => Order::Distance(near.ok_or_else(|| Error::internal("a list by distance needs a place"))?),
    })
}

/// Producer lists have the numbers 16 to 21, and this one.
const RELEVANCE_TAG: u8 = 22;

/// The number of a sorted list.
fn tag(sort: ProducerSort) -> u8 {
    let order = match sort.order {
        ProducerOrder::Name => 0,
        ProducerOrder::CreatedAt => 1,
        ProducerOrder::Distance => 2,
    };
    16 + order * 2 + u8::from(sort.descending)
}

fn filter_hash(selection: &ProducerSelection, words: Option<&str>) -> [u8; 8] {
    let mut hash = FilterHash::new();
    hash.kinds(selection.kinds.as_deref());
    hash.circle("near", selection.near.as_ref());
    hash.circle("delivers", selection.delivers_to.as_ref());
    hash.words(words);
    hash.finish()
}
