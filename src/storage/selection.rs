//! Which rows a list holds: filters resolved to ids and integers, and their text as a WHERE clause.

use super::seek::Bounds;
use super::sql::{Sql, padded};
use crate::domain::place::squared_reach;
use crate::domain::product::in_stock;
use crate::domain::{Circle, Producer, ProducerKind, Product};

/// Filters of a product list. `None` does not filter; an empty list matches nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ProductSelection {
    /// Any of these categories; sorted, without repeats.
    pub category_ids: Option<Vec<i64>>,
    /// Any of these producers; sorted, without repeats.
    pub producer_ids: Option<Vec<i64>>,
    /// Any of these kinds of producer.
    pub kinds: Option<Vec<ProducerKind>>,
    /// Price in minor units.
    pub price: Bounds,
    /// Creation instant in milliseconds.
    pub created: Bounds,
    /// In stock, or not.
    pub in_stock: Option<bool>,
    /// Only within this circle.
    pub near: Option<Circle>,
}

impl ProductSelection {
    /// Whether nothing can match, so that the database need not be asked.
    pub fn is_empty(&self) -> bool {
        let no = |list: Option<usize>| list == Some(0);
        no(self.category_ids.as_ref().map(Vec::len))
            || no(self.producer_ids.as_ref().map(Vec::len))
            || no(self.kinds.as_ref().map(Vec::len))
            || self.price.is_empty()
            || self.created.is_empty()
    }

    /// Whether a row passes every filter: the same as the WHERE clause says.
    pub fn admits(&self, product: &Product) -> bool {
        self.category_ids.as_ref().is_none_or(|ids| ids.contains(&product.category_id))
            && self.producer_ids.as_ref().is_none_or(|ids| ids.contains(&product.producer_id))
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&product.producer_kind))
            && self.price.contains(product.price_minor)
            && self.created.contains(product.created_at_ms)
            && self.in_stock.is_none_or(|wanted| wanted == in_stock(product.stock))
            && self.near.is_none_or(|circle| circle.contains(product.place))
    }

    /// The codes of the kinds that pass: all of them when there is no filter.
    pub(crate) fn kind_codes(&self) -> Vec<i16> {
        let passes = |kind: &ProducerKind| self.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind));
        ProducerKind::ALL.into_iter().filter(passes).map(ProducerKind::code).collect()
    }

    /// Whether kinds or stock are filtered.
    pub(crate) fn filters_kind_or_stock(&self) -> bool {
        self.in_stock.is_some() || self.kind_codes().len() < ProducerKind::ALL.len()
    }
}

/// Filters of a producer list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ProducerSelection {
    /// Any of these kinds.
    pub kinds: Option<Vec<ProducerKind>>,
    /// Only within this circle.
    pub near: Option<Circle>,
    /// Only producers that deliver to the middle of this circle, whose radius is the largest delivery radius there is.
    pub delivers_to: Option<Circle>,
}

impl ProducerSelection {
    /// Whether a row passes every filter: the same as the WHERE clause says.
    pub fn admits(&self, producer: &Producer) -> bool {
        let reaches = |circle: Circle| circle.squared_distance(producer.place) <= squared_reach(producer.delivery_radius_meters);
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&producer.kind))
            && self.near.is_none_or(|circle| circle.contains(producer.place))
            && self.delivers_to.is_none_or(reaches)
    }

    /// Whether nothing can match.
    pub fn is_empty(&self) -> bool {
        self.kinds.as_ref().is_some_and(Vec::is_empty)
    }
}

/// Appends ` AND low <= column AND column <= high`, as far as there are bounds.
pub(crate) fn push_bounds(sql: &mut Sql, column: &str, bounds: Bounds) {
    if let Some(min) = bounds.min {
        sql.push(&format!(" AND {column} >= ")).bind(min);
    }
    if let Some(max) = bounds.max {
        sql.push(&format!(" AND {column} <= ")).bind(max);
    }
}

/// Appends ` AND column IN (…)`.
pub(crate) fn push_in(sql: &mut Sql, column: &str, ids: &[i64]) {
    sql.push(&format!(" AND {column} IN ")).bind_list(padded(ids));
}

/// Appends ` AND column IN (…)` for kinds of producer. All four are no filter.
pub(crate) fn push_kinds(sql: &mut Sql, column: &str, kinds: Option<&[ProducerKind]>) {
    match kinds {
        Some(kinds) if kinds.len() < ProducerKind::ALL.len() => {
            let codes: Vec<i16> = kinds.iter().map(|kind| kind.code()).collect();
            sql.push(&format!(" AND {column} IN ")).bind_list(padded(&codes));
        }
        _ => {}
    }
}

/// The squared distance of a row with `lat_e3` and `lng_e3` from the circle's centre: the same integer as
/// [`Circle::squared_distance`].
pub(crate) fn push_squared_distance(sql: &mut Sql, alias: &str, circle: &Circle) {
    let (lat, lng) = (circle.center.lat_e3, circle.center.lng_e3);
    sql.push(&format!("(({alias}.lat_e3 - ")).bind(lat).push(&format!(") * ({alias}.lat_e3 - ")).bind(lat);
    sql.push(&format!(") * {} + ({alias}.lng_e3 - ", Circle::LATITUDE_WEIGHT)).bind(lng);
    sql.push(&format!(") * ({alias}.lng_e3 - ")).bind(lng).push(") * ").bind(circle.longitude_weight()).push(")");
}

/// Appends ` AND distance <= radius`.
pub(crate) fn push_inside(sql: &mut Sql, alias: &str, circle: &Circle) {
    sql.push(" AND ");
    push_squared_distance(sql, alias, circle);
    sql.push(" <= ").bind(circle.limit());
}

/// Appends ` AND (cell in one of the circle's ranges)`.
pub(crate) fn push_cells(sql: &mut Sql, alias: &str, circle: &Circle) {
    sql.push(" AND (");
    for (n, (from, to)) in circle.cell_ranges().into_iter().enumerate() {
        let or = if n > 0 { " OR " } else { "" };
        sql.push(&format!("{or}{alias}.cell BETWEEN ")).bind(from).push(" AND ").bind(to);
    }
    sql.push(")");
}

/// How a walk along an index checks the filters that the index does not hold, so that none of them chooses the plan.
pub(crate) fn push_residuals(sql: &mut Sql, selection: &ProductSelection, skip: Skip) {
    if !has_residuals(selection, skip) {
        return;
    }
    let engine = sql.engine();
    let (open, close) = engine.residual();
    sql.push(open);
    if !skip.price {
        push_bounds(sql, &engine.opaque("p.price_minor"), selection.price);
    }
    if !skip.created {
        push_bounds(sql, &engine.opaque("p.created_at_ms"), selection.created);
    }
    if let (false, Some(ids)) = (skip.categories, &selection.category_ids) {
        push_in(sql, &engine.opaque("p.category_id"), ids);
    }
    if let (false, Some(ids)) = (skip.producers, &selection.producer_ids) {
        push_in(sql, &engine.opaque("p.producer_id"), ids);
    }
    if !skip.kinds {
        push_kinds(sql, "p.producer_kind", selection.kinds.as_deref());
    }
    if let (false, Some(in_stock)) = (skip.stock, selection.in_stock) {
        sql.push(" AND p.in_stock = ").bind(i16::from(in_stock));
    }
    if let Some(circle) = &selection.near {
        push_inside(sql, "p", circle);
    }
    sql.push(close);
}

fn has_residuals(selection: &ProductSelection, skip: Skip) -> bool {
    (!skip.price && !selection.price.is_open())
        || (!skip.created && !selection.created.is_open())
        || (!skip.categories && selection.category_ids.is_some())
        || (!skip.producers && selection.producer_ids.is_some())
        || (!skip.kinds && selection.kinds.is_some())
        || (!skip.stock && selection.in_stock.is_some())
        || selection.near.is_some()
}

/// Filters that the access path has taken care of already.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Skip {
    pub(crate) price: bool,
    pub(crate) created: bool,
    pub(crate) categories: bool,
    pub(crate) producers: bool,
    pub(crate) kinds: bool,
    pub(crate) stock: bool,
}
