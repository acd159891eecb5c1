//! How a product list is read: which index is walked, in how many branches, and when gathering and sorting is cheaper.
//!
//! The choice is made here, the same for every engine, and never by an engine's estimate. Let `n` be the rows wanted and
//! `R` the rows there are. A walk along the sort index reads about `n · R / matches` rows, a gather reads `matches`;
//! the smaller of the two is at most √(n · R). Equalities are counted in advance (`branches`), ranges when asked for.

use super::branches::{Estimate, cheapest, usual_branches};
use super::product_query::{ProductOrder, ProductQuery};
use super::selection::ProductSelection;
use super::statistics::Statistics;

/// A circle is split into one branch per grid cell only up to so many cells: beyond, the statement grows faster than it saves.
const MAX_CELL_BRANCHES: u64 = 40;

/// The equality at the front of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Branch {
    /// All products.
    All,
    /// One category.
    Category(i64),
    /// One producer.
    Producer(i64),
    /// One grid cell.
    Cell(i64),
    /// What is sold out of producers of the kind with this code.
    SoldOut(i16),
}

/// How the rows of a branch are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Along the sort index, checking every filter on the way.
    Walk,
    /// All rows of the price range, then sorted.
    GatherPrice,
    /// All rows of the creation range, then sorted.
    GatherCreated,
    /// All rows of the circle's cells, then sorted.
    GatherCells,
    /// All rows with these kinds, stock and categories, then sorted.
    GatherRare,
}

/// A part of a list, read in the order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) branch: Branch,
    pub(crate) access: Access,
}

/// How a list is read: parts without a row in common, merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) parts: Vec<Part>,
}

impl Plan {
    /// A walk along each branch.
    fn walk(branches: Vec<Branch>) -> Self {
        Self { parts: branches.into_iter().map(|branch| Part { branch, access: Access::Walk }).collect() }
    }
}

/// What has to be known before the plan can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Read it like this.
    Ready(Plan),
    /// First count the rows in these ranges of each branch, up to `cap`: a branch with fewer is gathered.
    Probe { gathers: Vec<Access>, parts: Vec<Estimate>, cap: u64 },
}

/// Decides how to read `query`.
pub(crate) fn plan(query: &ProductQuery, statistics: &Statistics) -> Step {
    let selection = &query.selection;
    if let Some(ids) = &selection.producer_ids {
        return Step::Ready(Plan::walk(ids.iter().copied().map(Branch::Producer).collect()));
    }
    if selection.near.is_some() {
        return Step::Ready(near_plan(query, statistics));
    }
    let parts = cheapest(query, statistics);
    let gathers = gathers(selection, query.order);
    if gathers.is_empty() {
        return Step::Ready(Plan { parts: parts.into_iter().map(|estimate| estimate.part).collect() });
    }
    let cap = balance(query.window.limit, statistics.total / parts.len().max(1) as u64);
    Step::Probe { gathers, parts, cap }
}

/// Where a walk and a gather cost the same: √(n · R).
fn balance(limit: u64, total: u64) -> u64 {
    limit.saturating_mul(total.max(1)).isqrt().max(limit)
}

/// The ranges that could be gathered instead of walked past: those on another column than the sort's.
fn gathers(selection: &ProductSelection, order: ProductOrder) -> Vec<Access> {
    let mut gathers = Vec::new();
    if !selection.price.is_open() && order != ProductOrder::Price {
        gathers.push(Access::GatherPrice);
    }
    if !selection.created.is_open() && order != ProductOrder::CreatedAt {
        gathers.push(Access::GatherCreated);
    }
    gathers
}

/// Inside a circle: a branch per cell, a walk along the whole sort index, or all cells gathered, by estimated rows.
///
/// The branches are all cells that the circle touches, not only those that the statistics know of: these may be older
/// than a product, and choose plans, never answers.
fn near_plan(query: &ProductQuery, statistics: &Statistics) -> Plan {
    let branches = usual_branches(&query.selection);
    let Some(circle) = &query.selection.near else { return Plan::walk(branches) };
    let ranges = circle.cell_ranges();
    let touched: u64 = ranges.iter().map(|(from, to)| from.abs_diff(*to) + 1).sum();
    let gather = statistics.products_in(&ranges) as f64;
    let share = circle_share(circle.radius_meters, touched);
    let wanted = query.window.limit as f64;
    let walk = wanted * statistics.total as f64 / (gather * share).max(1.0);
    let split = (wanted * touched as f64 / share.max(0.05)).min(gather);

    let has_cell_index = matches!(query.order, ProductOrder::Price | ProductOrder::CreatedAt);
    let may_split = has_cell_index && touched <= MAX_CELL_BRANCHES;
    if may_split && (!statistics.is_known() || (split <= walk && split <= gather)) {
        return Plan::walk(ranges.into_iter().flat_map(|(from, to)| from..=to).map(Branch::Cell).collect());
    }
    if statistics.is_known() && walk < gather {
        return Plan::walk(branches);
    }
    Plan { parts: vec![Part { branch: Branch::All, access: Access::GatherCells }] }
}

/// The part of the touched cells that the circle covers, by area.
fn circle_share(radius_meters: i64, touched_cells: u64) -> f64 {
    /// Area of a grid cell at 20 degrees north, in square metres.
    const CELL_AREA: f64 = 5_560.0 * 5_225.0;
    let radius = radius_meters as f64;
    (std::f64::consts::PI * radius * radius / (touched_cells as f64 * CELL_AREA)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Circle, Place};
    use crate::storage::{Bounds, Columns, Window};

    fn query(order: ProductOrder, selection: ProductSelection) -> ProductQuery {
        let window = Window { descending: false, after: None, limit: 21 };
        ProductQuery { selection, order, window, columns: Columns::default() }
    }

    fn pune(radius_meters: i64) -> Circle {
        Circle { center: Place { lat_e3: 18_520, lng_e3: 73_857 }, radius_meters }
    }

    #[test]
    fn a_range_on_the_sort_column_is_walked_and_one_on_another_is_probed() {
        let selection = ProductSelection { price: Bounds { min: Some(1), max: None }, ..Default::default() };
        let statistics = Statistics::of([(1, 1_000_000)]);
        let walk = Step::Ready(Plan::walk(vec![Branch::All]));
        assert_eq!(plan(&query(ProductOrder::Price, selection.clone()), &statistics), walk);
        let Step::Probe { gathers, cap, .. } = plan(&query(ProductOrder::Name, selection), &statistics) else { panic!() };
        assert_eq!((gathers, cap), (vec![Access::GatherPrice], 4_582));
    }

    #[test]
    fn producers_drive_before_categories() {
        let selection = ProductSelection { producer_ids: Some(vec![7, 9]), category_ids: Some(vec![1]), ..Default::default() };
        let Step::Ready(plan) = plan(&query(ProductOrder::Name, selection), &Statistics::default()) else { panic!() };
        assert_eq!(plan, Plan::walk(vec![Branch::Producer(7), Branch::Producer(9)]));
    }

    #[test]
    fn a_small_circle_is_split_a_wide_one_in_a_full_country_walked_and_an_empty_one_gathered() {
        let cells = |per_cell: u64| {
            let wide = pune(50_000).cell_ranges();
            Statistics::of(wide.into_iter().flat_map(|(from, to)| (from..=to).map(move |cell| (cell, per_cell))))
        };
        let near = |meters| ProductSelection { near: Some(pune(meters)), ..Default::default() };
        let read = |meters, statistics: &Statistics| match plan(&query(ProductOrder::Price, near(meters)), statistics) {
            Step::Ready(plan) => (plan.parts.len() > 1, plan.parts[0].access),
            Step::Probe { .. } => panic!("no range to probe"),
        };
        assert_eq!(read(5_000, &cells(3_000)), (true, Access::Walk));
        assert_eq!(read(50_000, &cells(3_000)), (false, Access::Walk));
        assert_eq!(read(50_000, &Statistics::of([(1, 1_000_000)])), (false, Access::GatherCells));
        assert_eq!(read(5_000, &Statistics::of([(1, 1_000_000)])), (true, Access::Walk));
        assert_eq!(read(50_000, &Statistics::default()), (false, Access::GatherCells));
    }
}
