//! The order of a list, and the best so many documents of a segment behind a position.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use tantivy::{DocId, Result};

use super::fields::entity_of;
use super::filter::{self, CHUNK, places, signed, values};
use super::found::Wanted;
use super::matching::Matches;
use super::score::Points;
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

/// The first `limit` documents of a segment behind the position that pass the filters, in any order.
pub(super) fn first(
    segment: &Segment,
    matches: &Matches,
    wanted: &Wanted<'_>,
    words: usize,
    stretch: &Stretch,
) -> Result<Vec<Hit>> {
    let columns = &segment.columns;
    let after = match &stretch.after {
        Some(seek) => Some((rank_of(columns, seek, stretch.order)?.turned(stretch.descending), seek.inclusive)),
        None => None,
    };
    let mut best = Best { heap: BinaryHeap::with_capacity(stretch.limit + 1), limit: stretch.limit, after };
    let by_distance = matches!(stretch.order, Order::Distance(_));
    let mut keys = Vec::with_capacity(CHUNK);
    for (docs, points) in matches.docs.chunks(CHUNK).zip(matches.points.chunks(CHUNK)) {
        write_keys(&mut keys, columns, docs, points, words, stretch.order);
        let passes = wanted.is_filtered().then(|| filter::pass(wanted, columns, docs));
        for (at, (doc, key)) in docs.iter().zip(&keys).enumerate() {
            let turned_key = if stretch.descending { !key } else { *key };
            // Most documents fall here, before anything else is read of them.
            if best.is_out_of_reach(turned_key) || passes.as_ref().is_some_and(|passes| !passes[at]) {
                continue;
            }
            let (_, id) = entity_of(columns.key.get_val(*doc));
            let producer = if by_distance { signed(columns.producer.get_val(*doc)) } else { 0 };
            best.see(Rank { key: *key, producer, id }.turned(stretch.descending), *doc);
        }
    }
    best.heap.into_iter().map(|(rank, doc)| hit(columns, rank.turned(stretch.descending), doc, stretch.order)).collect()
}

/// The best so many so far, the worst of them on top.
struct Best {
    heap: BinaryHeap<(Rank, DocId)>,
    limit: usize,
    /// Behind this rank, or at it.
    after: Option<(Rank, bool)>,
}

impl Best {
    fn is_out_of_reach(&self, key: i64) -> bool {
        let too_late = self.heap.len() == self.limit && self.heap.peek().is_some_and(|(worst, _)| key > worst.key);
        too_late || self.after.is_some_and(|(after, _)| key < after.key)
    }

    fn see(&mut self, rank: Rank, doc: DocId) {
        let is_behind = self.after.is_none_or(|(after, inclusive)| rank > after || (inclusive && rank == after));
        if is_behind && (self.heap.len() < self.limit || self.heap.peek().is_some_and(|(worst, _)| rank < *worst)) {
            self.heap.push((rank, doc));
            if self.heap.len() > self.limit {
                self.heap.pop();
            }
        }
    }
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

fn write_keys(keys: &mut Vec<i64>, columns: &Columns, docs: &[DocId], points: &[Points], words: usize, order: Order) {
    keys.clear();
    match order {
        Order::Relevance => {
            let scored = points.iter().zip(values(&columns.name_words, docs));
            keys.extend(scored.map(|(points, name_words)| -points.score(words, name_words)));
        }
        Order::Name => keys.extend(values(&columns.name.ords().values, docs).into_iter().map(signed)),
        Order::Price => keys.extend(values(&columns.price, docs).into_iter().map(signed)),
        Order::CreatedAt => keys.extend(values(&columns.created, docs)),
        Order::Distance(circle) => keys.extend(places(columns, docs).map(|place| circle.squared_distance(place))),
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
