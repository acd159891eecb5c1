//! Statistics that make the server take each of its ways to the same page, and how to tell from a statement which it took.

use std::collections::{BTreeMap, BTreeSet};

use farmlokal::domain::ProducerKind;
use farmlokal::storage::statistics::{Group, Statistics};

use crate::catalogue::{CATEGORIES, CENTERS, Catalogue};

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// Along an index that leads with the sort key.
    Walk,
    /// Along one index per category.
    WalkCategories,
    /// Along one index per producer.
    WalkProducers,
    /// Along one index per grid cell.
    WalkCells,
    /// Along the index of what is sold out, one branch per kind of producer.
    WalkSoldOut,
    /// All rows of a price range, sorted.
    GatherPrice,
    /// All rows of a creation range, sorted.
    GatherCreated,
    /// All rows of a circle's cells, sorted.
    GatherCells,
    /// All rows of a kind, stock and category, sorted.
    GatherRare,
    /// How many rows a range holds.
    Probe,
    /// The producers around a place, nearest first.
    NearestProducers,
    /// The products of some of them.
    ProductsOfNearest,
}

impl Way {
    pub(crate) const ALL: [Self; 12] = [
        Self::Walk,
        Self::WalkCategories,
        Self::WalkProducers,
        Self::WalkCells,
        Self::WalkSoldOut,
        Self::GatherPrice,
        Self::GatherCreated,
        Self::GatherCells,
        Self::GatherRare,
        Self::Probe,
        Self::NearestProducers,
        Self::ProductsOfNearest,
    ];
}

/// What a statement for MariaDB does: there, every index is named.
pub(crate) fn ways_of(sql: &str) -> BTreeSet<Way> {
    let has = |text: &str| sql.contains(text);
    let gathers = has("p.id AS found FROM products p FORCE INDEX");
    let ways = [
        (Way::Probe, sql.starts_with("SELECT (SELECT count(*)")),
        (Way::NearestProducers, sql.starts_with("SELECT g.id, g.d FROM")),
        (Way::ProductsOfNearest, has("WHERE p.producer_id IN (")),
        (Way::GatherPrice, gathers && has("price)") && !has("p.cell BETWEEN")),
        (Way::GatherCreated, gathers && has("created)") && !has("p.cell BETWEEN")),
        (Way::GatherCells, gathers && has("p.cell BETWEEN")),
        (Way::GatherRare, gathers && has("rare)")),
        (Way::WalkSoldOut, !gathers && has("WHERE p.in_stock = 0 AND p.producer_kind = ")),
        (Way::WalkCells, has("WHERE p.cell = ")),
        (Way::WalkCategories, !gathers && has("WHERE p.category_id = ")),
        (Way::WalkProducers, !gathers && has("WHERE p.producer_id = ")),
        (Way::Walk, !gathers && has("WHERE 1 = 1") && has("FORCE INDEX") && has("LIMIT")),
    ];
    ways.into_iter().filter(|(_, is)| *is).map(|(way, _)| way).collect()
}

/// Statistics of several installations, all but one of them wrong about this catalogue: pages must not depend on them.
pub(crate) fn statistics(catalogue: &Catalogue) -> Vec<(&'static str, Statistics)> {
    const ELSEWHERE: i64 = 4_000_000;
    const MANY: u64 = 1 << 50;
    let cells = |factor: u64| {
        let mut cells = BTreeMap::new();
        for item in &catalogue.items {
            *cells.entry(catalogue.grower(item).place.cell()).or_insert(0) += factor;
        }
        cells
    };
    let center = CENTERS[0].cell();
    vec![
        ("never read", Statistics::default()),
        ("true", Statistics::of(cells(1)).with_groups(true_groups(catalogue))),
        ("a catalogue that was almost empty", Statistics::of([(ELSEWHERE, 1)])),
        ("millions of rows here", Statistics::of(cells(1_000_000)).with_groups(groups(|_| 1_000_000))),
        ("millions of rows here, more elsewhere", Statistics::of(cells(1_000_000).into_iter().chain([(ELSEWHERE, MANY)]))),
        ("one cell was occupied", Statistics::of([(center, 1_000_000), (ELSEWHERE, MANY)])),
        (
            "much in stock",
            Statistics::of([(ELSEWHERE, MANY)]).with_groups(groups(|group| if group.in_stock { MANY } else { 50 })),
        ),
        (
            "much sold out",
            Statistics::of([(ELSEWHERE, MANY)]).with_groups(groups(|group| if group.in_stock { 50 } else { MANY })),
        ),
        ("one category was full", Statistics::of([(ELSEWHERE, MANY)]).with_groups(groups(one_category_full))),
    ]
}

fn true_groups(catalogue: &Catalogue) -> impl Iterator<Item = (Group, u64)> {
    catalogue.items.iter().map(|item| {
        let category_id = CATEGORIES[item.category].0;
        (Group { category_id, kind: catalogue.grower(item).kind.code(), in_stock: item.stock != Some(0) }, 1)
    })
}

/// Every group there can be, with so many rows.
fn groups(rows: impl Fn(&Group) -> u64) -> Vec<(Group, u64)> {
    let mut groups = Vec::new();
    for (category_id, _) in CATEGORIES {
        for kind in ProducerKind::ALL {
            for in_stock in [false, true] {
                let group = Group { category_id, kind: kind.code(), in_stock };
                groups.push((group, rows(&group)));
            }
        }
    }
    groups
}

/// In the first category there is much of every kind, in the others next to nothing, and of farmers nothing.
fn one_category_full(group: &Group) -> u64 {
    match (group.category_id == CATEGORIES[0].0, group.kind == ProducerKind::Farmer.code()) {
        (true, _) => 1 << 30,
        (false, true) => 0,
        (false, false) => 3,
    }
}
