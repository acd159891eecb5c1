//! Product lists: one statement for a page, or a documented few.

use super::branches::Estimate;
use super::cells::cells;
use super::database::Database;
use super::gather::range_counts_statement;
use super::nearest;
use super::plan::{Access, Branch, Part, Plan, Step, plan};
pub use super::product_query::{ProductOrder, ProductQuery};
use super::rows::{Columns, ProductRow, product_row, read_products};
use super::statistics::Statistics;
use super::walk::{ids_statement, list_statement, many_statement};
use crate::error::Error;

/// Reads a stretch of a list.
///
/// One statement; a range on another column than the sort's is probed by one more, and a list by distance reads producers
/// nearest-first in rounds.
///
/// # Errors
/// When the database fails.
pub async fn read(database: &Database, statistics: &Statistics, query: &ProductQuery) -> Result<Vec<ProductRow>, Error> {
    if query.selection.is_empty() {
        return Ok(Vec::new());
    }
    if query.order == ProductOrder::Distance {
        return nearest::read(database, query).await;
    }
    let plan = match plan(query, statistics) {
        Step::Ready(plan) => plan,
        Step::Probe { gathers, parts, cap } => probed(database, query, gathers, parts, cap).await?,
    };
    if plan.parts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = list_statement(database.engine(), query, &plan);
    read_products(database, sql, query.columns).await
}

/// The products with these ids, in any order; unknown ones are left out.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(database: &Database, ids: &[i64], columns: Columns) -> Result<Vec<ProductRow>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    read_products(database, ids_statement(database.engine(), ids, columns), columns).await
}

/// Gathers the smallest range of a branch when it holds fewer than `cap` rows and than its part would read anyway.
async fn probed(
    database: &Database,
    query: &ProductQuery,
    gathers: Vec<Access>,
    parts: Vec<Estimate>,
    cap: u64,
) -> Result<Plan, Error> {
    let branches: Vec<Branch> = parts.iter().map(|estimate| estimate.part.branch).collect();
    let unprobed = |Estimate { part, rows }: &Estimate| match part.access {
        Access::GatherRare => (cap.min(*rows), Access::GatherRare),
        _ => (cap, Access::Walk),
    };
    let mut best: Vec<(u64, Access)> = parts.iter().map(unprobed).collect();
    for access in gathers {
        let sql = range_counts_statement(database.engine(), query, &branches, access, cap);
        let row = database.one(sql).await?.ok_or_else(|| Error::internal("count without a row"))?;
        for (n, best) in best.iter_mut().enumerate() {
            let found: i64 = row.try_get_by_index(n)?;
            if found.unsigned_abs() < best.0 {
                *best = (found.unsigned_abs(), access);
            }
        }
    }
    let part = |(branch, (_, access))| Part { branch, access };
    Ok(Plan { parts: branches.into_iter().zip(best).map(part).collect() })
}

/// Reads several stretches: those that are of one part, and want the same columns, share one statement.
///
/// # Errors
/// When the database fails.
pub async fn read_many(
    database: &Database,
    statistics: &Statistics,
    queries: &[&ProductQuery],
) -> Result<Vec<Vec<ProductRow>>, Error> {
    let mut pages: Vec<Vec<ProductRow>> = vec![Vec::new(); queries.len()];
    let mut together: Vec<(usize, &ProductQuery, Part)> = Vec::new();
    for (n, query) in queries.iter().enumerate() {
        match single_part(query, statistics) {
            Some(part) if together.first().is_none_or(|(_, first, _)| first.columns == query.columns) => {
                together.push((n, query, part));
            }
            _ => pages[n] = read(database, statistics, query).await?,
        }
    }
    for batch in together.chunks(LISTS_PER_STATEMENT) {
        if let [(n, query, _)] = batch {
            pages[*n] = read(database, statistics, query).await?;
            continue;
        }
        let lists: Vec<(&ProductQuery, Part)> = batch.iter().map(|(_, query, part)| (*query, *part)).collect();
        let (sql, list_at) = many_statement(database.engine(), &lists);
        for row in cells(&database.all(sql).await?) {
            let list: i64 = row.get(list_at)?;
            let (n, query, _) = batch[usize::try_from(list).unwrap_or(0).min(batch.len() - 1)];
            pages[n].push(product_row(&row, query.columns)?);
        }
        for (n, query, _) in batch {
            sort(&mut pages[*n], query);
        }
    }
    Ok(pages)
}

/// Lists in one statement: a hundred nested ones, each with its own branch.
const LISTS_PER_STATEMENT: usize = 100;

fn single_part(query: &ProductQuery, statistics: &Statistics) -> Option<Part> {
    if query.selection.is_empty() || query.order == ProductOrder::Distance {
        return None;
    }
    match plan(query, statistics) {
        Step::Ready(plan) => match plan.parts.as_slice() {
            [part] => Some(*part),
            _ => None,
        },
        Step::Probe { .. } => None,
    }
}

/// A `UNION ALL` keeps no order, so that of each page is made again here; byte order of strings is that of the engines.
fn sort(rows: &mut [ProductRow], query: &ProductQuery) {
    rows.sort_by(|a, b| {
        let by_key = match query.order {
            ProductOrder::Name => a.name_key.cmp(&b.name_key),
            ProductOrder::Price => a.product.price_minor.cmp(&b.product.price_minor),
            ProductOrder::CreatedAt | ProductOrder::Distance => a.product.created_at_ms.cmp(&b.product.created_at_ms),
        };
        by_key.then(a.product.id.cmp(&b.product.id))
    });
    if query.window.descending {
        rows.reverse();
    }
}
