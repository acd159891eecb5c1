//! Which documents pass the filters of a list, told from the columns alone.

use tantivy::DocId;

use super::found::Wanted;
use super::segment::{Columns, Values};
use crate::domain::place::squared_reach;
use crate::domain::{Circle, Place};
use crate::storage::{Bounds, ProducerSelection, ProductSelection};

/// Documents whose columns are read at once: a few pages of memory, whatever the number of matches.
pub(super) const CHUNK: usize = 4_096;

/// Filters of a product list, each apart: facets ask for all but one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProductFilter {
    Categories,
    Producers,
    Kinds,
    Price,
    Created,
    Stock,
    Near,
}

/// Every one of them.
pub(super) const PRODUCT_FILTERS: [ProductFilter; 7] = [
    ProductFilter::Categories,
    ProductFilter::Producers,
    ProductFilter::Kinds,
    ProductFilter::Price,
    ProductFilter::Created,
    ProductFilter::Stock,
    ProductFilter::Near,
];

/// Whether each document passes a filter; `None` when there is no such filter and all pass.
pub(super) fn passes(
    filter: ProductFilter,
    selection: &ProductSelection,
    columns: &Columns,
    docs: &[DocId],
) -> Option<Vec<bool>> {
    match filter {
        ProductFilter::Categories => one_of(&columns.category, docs, selection.category_ids.as_deref()?),
        ProductFilter::Producers => one_of(&columns.producer, docs, selection.producer_ids.as_deref()?),
        ProductFilter::Kinds => {
            let kinds: Vec<i64> = selection.kinds.as_ref()?.iter().map(|kind| kind.code().into()).collect();
            one_of(&columns.kind, docs, &kinds)
        }
        ProductFilter::Price => {
            let bounds = closed(selection.price)?;
            Some(each(&columns.price, docs, |price| bounds.contains(signed(price))))
        }
        ProductFilter::Created => {
            let bounds = closed(selection.created)?;
            Some(each(&columns.created, docs, |created| bounds.contains(created)))
        }
        ProductFilter::Stock => {
            let wanted = selection.in_stock?;
            Some(each(&columns.stock, docs, |code| is_in_stock(code) == wanted))
        }
        ProductFilter::Near => {
            let circle = selection.near?;
            Some(places(columns, docs).map(|place| circle.contains(place)).collect())
        }
    }
}

/// Whether each producer passes all filters.
pub(super) fn producers_pass(selection: &ProducerSelection, columns: &Columns, docs: &[DocId]) -> Vec<bool> {
    let mut pass = vec![true; docs.len()];
    let mut and = |other: Vec<bool>| pass.iter_mut().zip(other).for_each(|(pass, other)| *pass &= other);
    if let Some(kinds) = &selection.kinds {
        let kinds: Vec<i64> = kinds.iter().map(|kind| kind.code().into()).collect();
        and(each(&columns.kind, docs, |kind| kinds.contains(&signed(kind))));
    }
    if let Some(circle) = selection.near {
        and(places(columns, docs).map(|place| circle.contains(place)).collect());
    }
    if let Some(Circle { center, .. }) = selection.delivers_to {
        let circle = Circle { center, radius_meters: 0 };
        let reaches = values(&columns.reach, docs).into_iter().map(|meters| squared_reach(signed(meters)));
        and(places(columns, docs).zip(reaches).map(|(place, reach)| circle.squared_distance(place) <= reach).collect());
    }
    pass
}

/// Whether each product passes all filters.
pub(super) fn products_pass(selection: &ProductSelection, columns: &Columns, docs: &[DocId]) -> Vec<bool> {
    let mut pass = vec![true; docs.len()];
    for filter in PRODUCT_FILTERS {
        if let Some(other) = passes(filter, selection, columns, docs) {
            pass.iter_mut().zip(other).for_each(|(pass, other)| *pass &= other);
        }
    }
    pass
}

/// Whether each document passes all filters of what is wanted.
pub(super) fn pass(wanted: &Wanted<'_>, columns: &Columns, docs: &[DocId]) -> Vec<bool> {
    match wanted {
        Wanted::Products(selection) => products_pass(selection, columns, docs),
        Wanted::Producers(selection) => producers_pass(selection, columns, docs),
    }
}

/// The values of a column, read at once.
pub(super) fn values<T: Copy + Default + PartialOrd + 'static>(column: &Values<T>, docs: &[DocId]) -> Vec<T> {
    let mut values = vec![T::default(); docs.len()];
    column.get_vals(docs, &mut values);
    values
}

/// Where each document is.
pub(super) fn places(columns: &Columns, docs: &[DocId]) -> impl Iterator<Item = Place> {
    let (lats, lngs) = (values(&columns.lat, docs), values(&columns.lng, docs));
    lats.into_iter().zip(lngs).map(|(lat_e3, lng_e3)| Place { lat_e3, lng_e3 })
}

/// Whether stock as a column means that it can be bought: untracked, or more than none.
pub(super) fn is_in_stock(code: u64) -> bool {
    code != 1
}

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn each<T: Copy + Default + PartialOrd + 'static>(column: &Values<T>, docs: &[DocId], passes: impl Fn(T) -> bool) -> Vec<bool> {
    values(column, docs).into_iter().map(passes).collect()
}

/// The ids of a selection are sorted.
fn one_of(column: &Values<u64>, docs: &[DocId], wanted: &[i64]) -> Option<Vec<bool>> {
    Some(each(column, docs, |value| wanted.binary_search(&signed(value)).is_ok()))
}

fn closed(bounds: Bounds) -> Option<Bounds> {
    (!bounds.is_open()).then_some(bounds)
}
