//! Statistics that make the server take each of its ways to the same page, and how to tell from a statement which it took.

use std::collections::BTreeSet;

use farmlokal::storage::statistics::Statistics;

use crate::catalogue::{CENTERS, Catalogue};

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
    /// All rows of a price range, sorted.
    GatherPrice,
    /// All rows of a creation range, sorted.
    GatherCreated,
    /// All rows of a circle's cells, sorted.
    GatherCells,
    /// How many rows a range holds.
    Probe,
    /// The producers around a place, nearest first.
    NearestProducers,
    /// The products of some of them.
    ProductsOfNearest,
}

impl Way {
    pub(crate) const ALL: [Self; 10] = [
        Self::Walk,
        Self::WalkCategories,
        Self::WalkProducers,
        Self::WalkCells,
        Self::GatherPrice,
        Self::GatherCreated,
        Self::GatherCells,
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
        (Way::WalkCells, has("WHERE p.cell = ")),
        (Way::WalkCategories, !gathers && has("WHERE p.category_id = ")),
        (Way::WalkProducers, !gathers && has("WHERE p.producer_id = ")),
        (Way::Walk, !gathers && has("WHERE 1 = 1") && has("FORCE INDEX") && has("LIMIT")),
    ];
    ways.into_iter().filter(|(_, is)| *is).map(|(way, _)| way).collect()
}

/// Statistics of several installations, all but one of them wrong about this catalogue: pages must not depend on them.
pub(crate) fn statistics(catalogue: &Catalogue) -> [(&'static str, Statistics); 6] {
    const ELSEWHERE: i64 = 4_000_000;
    let truth = |factor: u64| catalogue.items.iter().map(move |item| (catalogue.grower(item).place.cell(), factor));
    let counted = |factor: u64| {
        let mut cells = std::collections::BTreeMap::new();
        for (cell, rows) in truth(factor) {
            *cells.entry(cell).or_insert(0) += rows;
        }
        cells
    };
    let center = CENTERS[0].cell();
    [
        ("never read", Statistics::default()),
        ("true", Statistics::of(counted(1))),
        ("a catalogue that was almost empty", Statistics::of([(ELSEWHERE, 1)])),
        ("millions of rows here", Statistics::of(counted(1_000_000))),
        ("millions of rows here, more elsewhere", Statistics::of(counted(1_000_000).into_iter().chain([(ELSEWHERE, 1 << 50)]))),
        ("one cell was occupied", Statistics::of([(center, 1_000_000), (ELSEWHERE, 1 << 50)])),
    ]
}
