//! The order of a list, and the best so many documents of a segment behind a position.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use tantivy::{DocId, Result};

use super::fields::entity_of;
use super::filter::{places, signed, values};
use super::matching::Matches;
use super::segment::{Columns, Segment};
use crate::domain::Circle;
use crate::storage::{Seek, SortKey};

/// What a list of matches is sorted by; ties go by id in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The best first.
    Relevance,
    /// The name key.
    Name,
    /// The price of a pack.
    Price,
    /// The creation instant.
    CreatedAt,
    /// The distance from the middle of the circle, then the producer.
    Distance(Circle),
}

/// A stretch of a list of matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Sorted by what.
    pub order: Order,
    /// Walk from the largest to the smallest (RELEVANCE: from the worst to the best).
    pub descending: bool,
    /// Start behind this position.
    pub after: Option<Seek>,
    /// At most so many.
    pub limit: usize,
}

/// A document found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Database id.
    pub id: i64,
    /// The version that was indexed.
    pub version: i64,
    /// Where it stands in the list.
    pub position: Seek,
}

/// The key of relevance: lists go upwards, and the best comes first.
pub fn relevance_key(score: i64) -> SortKey {
    SortKey::Number(-score)
}

/// The place of a document within its segment: names as ordinals. Turned around for lists that go downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    key: i64,
    producer: i64,
    id: i64,
}

impl Rank {
    fn turned(self, descending: bool) -> Self {
        // `!` turns the order of integers around, and itself back.
        if descending { Self { key: !self.key, producer: !self.producer, id: !self.id } } else { self }
    }
}

/// The first `limit` documents of a segment behind the position, in any order.
pub(super) fn first(segment: &Segment, matches: &Matches, question_words: usize, stretch: &Stretch) -> Result<Vec<Hit>> {
    let columns = &segment.columns;
    let docs = matches.docs.as_slice();
    let keys = keys(columns, matches, question_words, stretch.order);
    let after = match &stretch.after {
        Some(seek) => Some((rank_of(columns, seek, stretch.order)?.turned(stretch.descending), seek.inclusive)),
        None => None,
    };
    let begins = |rank: Rank| after.is_none_or(|(after, inclusive)| rank > after || (inclusive && rank == after));
    let mut best: BinaryHeap<(Rank, DocId)> = BinaryHeap::with_capacity(stretch.limit + 1);
    let by_distance = matches!(stretch.order, Order::Distance(_));
    for (doc, key) in docs.iter().zip(keys) {
        let turned_key = if stretch.descending { !key } else { key };
        // Most documents fall here, before anything else is read of them.
        let too_late = best.len() == stretch.limit && best.peek().is_some_and(|(worst, _)| turned_key > worst.key);
        if too_late || after.is_some_and(|(after, _)| turned_key < after.key) {
            continue;
        }
        let (_, id) = entity_of(columns.key.get_val(*doc));
        let producer = if by_distance { signed(columns.producer.get_val(*doc)) } else { 0 };
        let rank = Rank { key, producer, id }.turned(stretch.descending);
        if begins(rank) && (best.len() < stretch.limit || best.peek().is_some_and(|(worst, _)| rank < *worst)) {
            best.push((rank, *doc));
            if best.len() > stretch.limit {
                best.pop();
            }
        }
    }
    best.into_iter().map(|(rank, doc)| hit(columns, rank.turned(stretch.descending), doc, stretch.order)).collect()
}

/// Sorts what several segments found and keeps the first `limit`.
pub(super) fn merged(mut hits: Vec<Hit>, stretch: &Stretch) -> Vec<Hit> {
    let by_distance = matches!(stretch.order, Order::Distance(_));
    hits.sort_by(|one, other| {
        let order = compare(&one.position, &other.position, by_distance);
        if stretch.descending { order.reverse() } else { order }
    });
    hits.truncate(stretch.limit);
    hits
}

fn compare(one: &Seek, other: &Seek, by_distance: bool) -> Ordering {
    let keys = match (&one.key, &other.key) {
        (SortKey::Number(one), SortKey::Number(other)) => one.cmp(other),
        (SortKey::Text(one), SortKey::Text(other)) => one.cmp(other),
        (SortKey::Number(_), SortKey::Text(_)) => Ordering::Less,
        (SortKey::Text(_), SortKey::Number(_)) => Ordering::Greater,
    };
    let producers = if by_distance { one.producer_id.cmp(&other.producer_id) } else { Ordering::Equal };
    keys.then(producers).then(one.id.cmp(&other.id))
}

fn keys(columns: &Columns, matches: &Matches, question_words: usize, order: Order) -> Vec<i64> {
    let docs = matches.docs.as_slice();
    let numbers = |values: Vec<u64>| values.into_iter().map(signed).collect();
    match order {
        Order::Relevance => {
            let name_words = values(&columns.name_words, docs);
            let scored = matches.points.iter().zip(name_words);
            scored.map(|(points, name_words)| -points.score(question_words, name_words)).collect()
        }
        Order::Name => numbers(values(&columns.name.ords().values, docs)),
        Order::Price => numbers(values(&columns.price, docs)),
        Order::CreatedAt => values(&columns.created, docs),
        Order::Distance(circle) => places(columns, docs).map(|place| circle.squared_distance(place)).collect(),
    }
}

/// The rank of a document in a list by a column.
pub(super) fn rank_at(columns: &Columns, doc: DocId, order: Order) -> Rank {
    let key = match order {
        Order::Name => signed(columns.name.ords().values.get_val(doc)),
        Order::Price => signed(columns.price.get_val(doc)),
        Order::CreatedAt => columns.created.get_val(doc),
        Order::Relevance | Order::Distance(_) => 0,
    };
    Rank { key, producer: 0, id: entity_of(columns.key.get_val(doc)).1 }
}

/// The document as it stands in a list by a column.
pub(super) fn hit_at(columns: &Columns, doc: DocId, order: Order) -> Result<Hit> {
    hit(columns, rank_at(columns, doc, order), doc, order)
}

/// A position of the list as a rank in this segment.
pub(super) fn rank_of(columns: &Columns, seek: &Seek, order: Order) -> Result<Rank> {
    let producer = if matches!(order, Order::Distance(_)) { seek.producer_id } else { 0 };
    Ok(match &seek.key {
        SortKey::Number(key) => Rank { key: *key, producer, id: seek.id },
        SortKey::Text(name) => {
            let names = columns.name.dictionary();
            match names.term_ord(name)? {
                Some(ord) => Rank { key: signed(ord), producer, id: seek.id },
                // In front of the next name, whichever way one walks.
                None => Rank { key: first_name_behind(columns, name)?, producer: i64::MIN, id: i64::MIN },
            }
        }
    })
}

fn first_name_behind(columns: &Columns, name: &str) -> Result<i64> {
    use std::ops::Bound;
    let names = columns.name.dictionary();
    let (from, _) = names.term_bounds_to_ord(Bound::Included(name), Bound::Unbounded)?;
    Ok(match from {
        Bound::Included(ord) | Bound::Excluded(ord) => signed(ord),
        Bound::Unbounded => i64::MAX,
    })
}

fn hit(columns: &Columns, rank: Rank, doc: DocId, order: Order) -> Result<Hit> {
    let key = if order == Order::Name {
        let mut name = String::new();
        columns.name.ord_to_str(rank.key.unsigned_abs(), &mut name)?;
        SortKey::Text(name)
    } else {
        SortKey::Number(rank.key)
    };
    let producer_id = signed(columns.producer.get_val(doc));
    let position = Seek { key, producer_id, id: rank.id, inclusive: false };
    Ok(Hit { id: rank.id, version: signed(columns.version.get_val(doc)), position })
}
