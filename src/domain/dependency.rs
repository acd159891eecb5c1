//! What an answer was made of, and which answers a change makes stale.
//!
//! An answer depends on each entity it shows and on one scope for each list it shows a page of. A change touches the entity
//! itself and the lists it stood or stands in, and of those only the ones that its kind of change can move: the quantity in
//! stock moves no list, a price those that sort or filter by price, a name those that sort by name.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::change::{Aspects, Change, EntityKind, Scope};
use super::place;

/// An answer with more dependencies than this depends on [`Dependency::Anything`]: checking it would cost more than it saves.
pub const DEPENDENCIES_MAX: usize = 256;
/// A circle over more grid cells than this depends on the larger areas it touches.
const CELLS_MAX: usize = 32;

/// The narrowest set of lists that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ListScope {
    /// Every list.
    All,
    /// Lists within a category.
    Category(i64),
    /// Lists of one producer's products.
    Producer(i64),
    /// Lists around a place that touch this grid cell.
    Cell(i64),
    /// Lists around a place that touch this area of grid cells.
    Area(i64),
}

/// What of a list a change can move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Facet {
    /// Which products are in it.
    Members,
    /// Their order or choice by price.
    Price,
    /// Their order by name.
    Name,
    /// Their words. Told of the list of all products alone.
    Text,
    /// How many packs there are of each. Told of the list of all products alone.
    Stock,
}

/// One thing that an answer was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Dependency {
    /// Anything at all.
    Anything,
    /// A category, by database id.
    Category(i64),
    /// A producer, by database id.
    Producer(i64),
    /// A product, by database id.
    Product(i64),
    /// Which categories there are, and what they are called.
    Categories,
    /// Lists of producers.
    Producers(ListScope),
    /// Lists of products.
    Products(ListScope, Facet),
}

/// Everything an answer was made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependencies {
    all: BTreeSet<Dependency>,
    /// Something was read where no more was known than up to this change.
    as_of: Option<i64>,
}

impl Dependencies {
    /// Adds one.
    pub fn add(&mut self, dependency: Dependency) {
        if self.all.contains(&Dependency::Anything) {
            return;
        }
        self.all.insert(dependency);
        if dependency == Dependency::Anything || self.all.len() > DEPENDENCIES_MAX {
            self.all = BTreeSet::from([Dependency::Anything]);
        }
    }

    /// Something was read where no more is known than up to the change of this number: a search index that follows behind.
    pub fn limit_as_of(&mut self, position: i64) {
        self.as_of = Some(self.as_of.map_or(position, |as_of| as_of.min(position)));
    }

    /// Up to which change everything read is known to be right; `None` for everything that was committed.
    pub fn as_of(&self) -> Option<i64> {
        self.as_of
    }

    /// Adds a page of a product list: its scopes, and what it is sorted or chosen by beside membership.
    pub fn add_product_list(&mut self, scopes: &[ListScope], facets: &[Facet]) {
        for scope in scopes {
            self.add(Dependency::Products(*scope, Facet::Members));
            for facet in facets {
                self.add(Dependency::Products(*scope, *facet));
            }
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Dependency> + '_ {
        self.all.iter().copied()
    }
}

impl Extend<Dependency> for Dependencies {
    fn extend<T: IntoIterator<Item = Dependency>>(&mut self, dependencies: T) {
        dependencies.into_iter().for_each(|dependency| self.add(dependency));
    }
}

/// The scopes of a list around a place that touches these ranges of grid cells.
pub fn scopes_of_cells(ranges: &[(i64, i64)]) -> Vec<ListScope> {
    let cells: Vec<i64> = ranges.iter().flat_map(|(from, to)| *from..=*to).collect();
    if cells.len() <= CELLS_MAX {
        return cells.into_iter().map(ListScope::Cell).collect();
    }
    let areas: BTreeSet<i64> = cells.into_iter().map(place::area_of_cell).collect();
    areas.into_iter().map(ListScope::Area).collect()
}

/// Calls `touch` with every dependency that this change makes stale.
pub fn touched_by(change: &Change, mut touch: impl FnMut(Dependency)) {
    touch(Dependency::Anything);
    let scopes: BTreeSet<ListScope> = scopes_of(&change.before).chain(scopes_of(&change.after)).collect();
    match change.kind {
        EntityKind::Category => {
            touch(Dependency::Category(change.entity_id));
            touch(Dependency::Categories);
        }
        EntityKind::Product => {
            touch(Dependency::Product(change.entity_id));
            touch_product_lists(change.aspects, &scopes, &mut touch);
        }
        EntityKind::Producer => {
            touch(Dependency::Producer(change.entity_id));
            scopes.iter().for_each(|scope| touch(Dependency::Producers(*scope)));
            // Its products moved with it, or became another kind's, which is not told again for each of them.
            if change.aspects.contains(Aspects::SCOPE) {
                touch_product_lists(Aspects::SCOPE, &scopes, &mut touch);
            }
        }
    }
}

fn touch_product_lists(aspects: Aspects, scopes: &BTreeSet<ListScope>, touch: &mut impl FnMut(Dependency)) {
    let members = [Aspects::CREATED, Aspects::REMOVED, Aspects::AVAILABILITY, Aspects::SCOPE];
    let facets = [
        (Facet::Members, members.iter().any(|aspect| aspects.contains(*aspect))),
        (Facet::Price, aspects.contains(Aspects::PRICE)),
        (Facet::Name, aspects.contains(Aspects::NAME)),
    ];
    for (facet, _) in facets.into_iter().filter(|(_, moved)| *moved) {
        scopes.iter().for_each(|scope| touch(Dependency::Products(*scope, facet)));
    }
    let beyond = [
        (Facet::Text, aspects.contains(Aspects::NAME) || aspects.contains(Aspects::DETAILS)),
        (Facet::Stock, aspects.contains(Aspects::STOCK)),
    ];
    for (facet, _) in beyond.into_iter().filter(|(_, moved)| *moved) {
        touch(Dependency::Products(ListScope::All, facet));
    }
}

fn scopes_of(scope: &Scope) -> impl Iterator<Item = ListScope> {
    let cell = scope.cell;
    [
        Some(ListScope::All),
        scope.category_id.map(ListScope::Category),
        scope.producer_id.map(ListScope::Producer),
        cell.map(ListScope::Cell),
        cell.map(place::area_of_cell).map(ListScope::Area),
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Scope = Scope { category_id: Some(3), producer_id: Some(7), cell: Some(100) };

    fn touched(kind: EntityKind, aspects: Aspects, before: Scope, after: Scope) -> BTreeSet<Dependency> {
        let change = Change { seq: 1, kind, entity_id: 42, version: 2, aspects, before, after, at_ms: 0 };
        let mut touched = BTreeSet::new();
        touched_by(&change, |dependency| {
            touched.insert(dependency);
        });
        touched
    }

    #[test]
    fn a_quantity_moves_no_list_and_a_price_the_lists_by_price() {
        let counts = Dependency::Products(ListScope::All, Facet::Stock);
        let alone = BTreeSet::from([Dependency::Anything, Dependency::Product(42), counts]);
        assert_eq!(touched(EntityKind::Product, Aspects::STOCK, HERE, HERE), alone);
        let priced = touched(EntityKind::Product, Aspects::PRICE, HERE, HERE);
        assert!(priced.contains(&Dependency::Products(ListScope::Category(3), Facet::Price)));
        assert!(!priced.contains(&Dependency::Products(ListScope::Category(3), Facet::Members)));
    }

    #[test]
    fn a_product_that_moves_touches_the_lists_it_leaves_and_those_it_enters() {
        let there = Scope { category_id: Some(4), ..HERE };
        let moved = touched(EntityKind::Product, Aspects::SCOPE, HERE, there);
        for scope in [ListScope::All, ListScope::Category(3), ListScope::Category(4), ListScope::Cell(100)] {
            assert!(moved.contains(&Dependency::Products(scope, Facet::Members)), "{scope:?}");
        }
    }

    #[test]
    fn a_producer_that_moves_takes_its_products_along_and_one_that_is_renamed_does_not() {
        let (here, there) = (Scope { category_id: None, ..HERE }, Scope { category_id: None, cell: Some(200), ..HERE });
        let moved = touched(EntityKind::Producer, Aspects::SCOPE, here, there);
        for scope in [ListScope::Producer(7), ListScope::Cell(100), ListScope::Cell(200)] {
            assert!(moved.contains(&Dependency::Products(scope, Facet::Members)), "{scope:?}");
            assert!(moved.contains(&Dependency::Producers(scope)), "{scope:?}");
        }
        let renamed = touched(EntityKind::Producer, Aspects::NAME, here, here);
        assert!(!renamed.iter().any(|dependency| matches!(dependency, Dependency::Products(..))));
    }

    #[test]
    fn a_new_word_touches_what_was_searched() {
        let searched = Dependency::Products(ListScope::All, Facet::Text);
        for aspect in [Aspects::NAME, Aspects::DETAILS] {
            assert!(touched(EntityKind::Product, aspect, HERE, HERE).contains(&searched));
        }
    }

    #[test]
    fn what_is_read_behind_the_feed_is_as_old_as_the_oldest_of_it() {
        let mut dependencies = Dependencies::default();
        assert_eq!(dependencies.as_of(), None);
        dependencies.limit_as_of(9);
        dependencies.limit_as_of(12);
        assert_eq!(dependencies.as_of(), Some(9));
    }

    #[test]
    fn too_many_dependencies_become_anything_and_too_many_cells_areas() {
        let mut dependencies = Dependencies::default();
        dependencies.extend((0..=DEPENDENCIES_MAX as i64).map(Dependency::Product));
        assert_eq!(dependencies.iter().collect::<Vec<_>>(), [Dependency::Anything]);
        assert_eq!(scopes_of_cells(&[(1, 3)]), [ListScope::Cell(1), ListScope::Cell(2), ListScope::Cell(3)]);
        assert!(scopes_of_cells(&[(0, 100)]).iter().all(|scope| matches!(scope, ListScope::Area(_))));
    }
}
