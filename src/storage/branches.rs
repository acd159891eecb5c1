//! Into which branches a list is split, and whether each is walked or gathered, by how many rows of each category, kind and
//! stock there are.
//!
//! A walk reads `n · R / matches` rows when the matches are spread evenly over the `R` rows of its branch. They are not: what
//! one kind of producer sells lies together by name and by price, and what a category holds even more so. What a gather
//! reads is certain. So a walk is taken for dearer than it is on average.

use super::plan::{Access, Branch, Part};
use super::product_query::ProductQuery;
use super::selection::ProductSelection;
use super::statistics::Statistics;

/// How much dearer a walk is taken for that passes over other kinds, or over what is in stock.
const WALK_PAST_KINDS: u64 = 2;
/// How much dearer a walk is taken for where nearly all that it passes over is of other categories.
const WALK_PAST_CATEGORIES: u64 = 8;

/// A part, and the rows that it is expected to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Estimate {
    pub(crate) part: Part,
    pub(crate) rows: u64,
}

/// A branch per category, or everything: each row of them is a match as far as only categories are filtered.
pub(crate) fn usual_branches(selection: &ProductSelection) -> Vec<Branch> {
    match &selection.category_ids {
        Some(ids) => ids.iter().copied().map(Branch::Category).collect(),
        None => vec![Branch::All],
    }
}

/// The split that is expected to read the fewest rows, of a list without a circle and without producers.
pub(crate) fn cheapest(query: &ProductQuery, statistics: &Statistics) -> Vec<Estimate> {
    let selection = &query.selection;
    let usual = usual_branches(selection);
    if !statistics.is_known() || !selection.filters_kind_or_stock() {
        let walk = |branch| Estimate { part: Part { branch, access: Access::Walk }, rows: query.window.limit };
        return usual.into_iter().map(walk).collect();
    }
    let mut splits = vec![usual];
    if selection.category_ids.as_ref().is_some_and(|ids| ids.len() > 1) {
        // First, since of equals the first is taken: one gather of all rather than several.
        splits.insert(0, vec![Branch::All]);
    }
    if selection.in_stock == Some(false) {
        splits.push(selection.kind_codes().into_iter().map(Branch::SoldOut).collect());
    }
    let estimated = splits.into_iter().map(|split| split.into_iter().map(|branch| estimate(query, branch, statistics)).collect());
    estimated.min_by_key(|parts: &Vec<Estimate>| parts.iter().map(|part| part.rows).sum::<u64>()).unwrap_or_default()
}

/// The cheaper of walking a branch and gathering its matches.
fn estimate(query: &ProductQuery, branch: Branch, statistics: &Statistics) -> Estimate {
    const BOTH: &[bool] = &[false, true];
    let (selection, limit) = (&query.selection, query.window.limit);
    let every_kind = ProductSelection::default().kind_codes();
    let wanted_kinds = selection.kind_codes();
    let wanted_stocks = selection.in_stock.as_ref().map_or(BOTH, std::slice::from_ref);
    let (one_category, one_kind);
    let (categories, kinds, stocks, all_rows) = match branch {
        Branch::Category(id) => {
            one_category = [id];
            (Some(&one_category[..]), &wanted_kinds[..], wanted_stocks, None)
        }
        Branch::SoldOut(code) => {
            one_kind = [code];
            let rows = statistics.products_of(None, &one_kind, &[false]);
            (selection.category_ids.as_deref(), &one_kind[..], &[false][..], Some(rows))
        }
        Branch::All | Branch::Producer(_) | Branch::Cell(_) => {
            (selection.category_ids.as_deref(), &wanted_kinds[..], wanted_stocks, Some(statistics.total))
        }
    };
    let matches = statistics.products_of(categories, kinds, stocks);
    // The rows of the branch that are of these categories, whether they match or not.
    let own = match branch {
        Branch::SoldOut(_) => matches,
        _ => statistics.products_of(categories, &every_kind, BOTH),
    };
    let rows = all_rows.unwrap_or(own);
    let past = if matches == rows { rows } else { weighed(own.min(rows), rows) };
    let walk = limit.saturating_mul(past) / matches.max(1);
    // What is gathered are ids: the rows of the page are read once more.
    let gather = matches.saturating_add(matches.min(limit));
    let (access, rows) = if gather <= walk { (Access::GatherRare, gather) } else { (Access::Walk, walk) };
    Estimate { part: Part { branch, access }, rows }
}

/// The rows of a branch, `own` of them of the categories wanted, as dear as a walk past them is taken to be.
fn weighed(own: u64, rows: u64) -> u64 {
    let foreign = rows - own;
    // Evenly: with no row of these categories the one weight, with all of them the other.
    rows.saturating_mul(WALK_PAST_KINDS).saturating_add(foreign.saturating_mul(WALK_PAST_CATEGORIES - WALK_PAST_KINDS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ProducerKind::{self, Doodhwala, Farmer, Fpo};
    use crate::storage::product_query::ProductOrder;
    use crate::storage::statistics::Group;
    use crate::storage::{Columns, Window};

    /// 100 000 products: in the category 1 much of farmers and a little of FPOs, in 2 only of farmers; a tenth sold out.
    fn statistics() -> Statistics {
        let groups = [(1, Farmer, 50_000), (1, Fpo, 300), (2, Farmer, 49_600), (2, Fpo, 100)].into_iter().flat_map(
            |(category_id, kind, rows)| {
                let group = move |in_stock| Group { category_id, kind: kind.code(), in_stock };
                [(group(true), rows * 9 / 10), (group(false), rows / 10)]
            },
        );
        Statistics::of([(1, 100_000)]).with_groups(groups)
    }

    fn split(categories: Option<&[i64]>, kinds: Option<&[ProducerKind]>, in_stock: Option<bool>) -> Vec<(Branch, Access)> {
        let selection = ProductSelection {
            category_ids: categories.map(<[i64]>::to_vec),
            kinds: kinds.map(<[ProducerKind]>::to_vec),
            in_stock,
            ..ProductSelection::default()
        };
        let window = Window { descending: false, after: None, limit: 21 };
        let query = ProductQuery { selection, order: ProductOrder::Name, window, columns: Columns::default() };
        cheapest(&query, &statistics()).into_iter().map(|estimate| (estimate.part.branch, estimate.part.access)).collect()
    }

    #[test]
    fn what_is_rare_is_gathered_and_what_is_not_is_walked() {
        let first = Branch::Category(1);
        assert_eq!(split(Some(&[1]), Some(&[Fpo]), None), [(first, Access::GatherRare)]);
        assert_eq!(split(Some(&[1]), Some(&[Farmer]), None), [(first, Access::Walk)]);
        assert_eq!(split(Some(&[1]), Some(&[Doodhwala]), None), [(first, Access::GatherRare)]);
        assert_eq!(split(None, Some(&[Fpo]), Some(true)), [(Branch::All, Access::GatherRare)]);
    }

    #[test]
    fn several_categories_with_little_in_each_are_gathered_at_once() {
        assert_eq!(split(Some(&[1, 2]), Some(&[Fpo]), None), [(Branch::All, Access::GatherRare)]);
    }

    #[test]
    fn what_is_sold_out_of_a_kind_has_an_index_of_its_own() {
        let farmers = (Branch::SoldOut(Farmer.code()), Access::Walk);
        assert_eq!(split(None, Some(&[Farmer]), Some(false)), [farmers]);
        let nobody = |kind: ProducerKind| (Branch::SoldOut(kind.code()), Access::GatherRare);
        let fpos = (Branch::SoldOut(Fpo.code()), Access::Walk);
        let all = [farmers, nobody(Doodhwala), fpos, nobody(ProducerKind::SmallProducer)];
        assert_eq!(split(None, None, Some(false)), all);
        assert_eq!(split(Some(&[1]), Some(&[Farmer]), Some(true)), [(Branch::Category(1), Access::Walk)]);
    }
}
