//! The text that finds all rows of a narrow range by the range's own index, and sorts them.
//!
//! Only ids and sort keys are gathered; the rows of the page are read by their ids.

use super::clause::{push_equality, push_keyset, push_limit, push_order_by, skip_of};
use super::dialect::Engine;
use super::plan::{Access, Branch, Part};
use super::product_query::ProductQuery;
use super::rows::product_columns;
use super::selection::{Skip, push_bounds, push_cells, push_in, push_residuals};
use super::sql::{Sql, padded};

/// Writes a SELECT of the rows of a part that belong to the window, in no order.
pub(super) fn push_gather(sql: &mut Sql, query: &ProductQuery, part: Part) {
    sql.push("SELECT ").push(&product_columns("p", query.columns.description)).push(" FROM (");
    if sql.engine() == Engine::Postgres {
        push_fenced(sql, query, part);
    } else {
        push_found(sql, query, part);
    }
    push_limit(sql, query.window.limit);
    sql.push(") g JOIN products p ON p.id = g.found");
}

/// The ids in order, by an index that is forced or a sort key that no index serves.
fn push_found(sql: &mut Sql, query: &ProductQuery, part: Part) {
    let key = sql.engine().opaque(query.order.column());
    sql.push("SELECT p.id AS found FROM products p");
    push_range(sql, query, part.branch, part.access);
    push_range_residuals(sql, query, part);
    if let Some(after) = &query.window.after {
        sql.push(" AND ");
        push_keyset(sql, &key, "p.id", after, query.window.descending);
    }
    push_order_by(sql, &key, "p.id", query.window.descending);
}

/// The same for PostgreSQL, which has no hints: behind the fence it sees neither the order nor the limit, and so no reason
/// to walk the sort index.
fn push_fenced(sql: &mut Sql, query: &ProductQuery, part: Part) {
    let column = query.order.column();
    sql.push(&format!("SELECT g.id AS found FROM (SELECT p.id, {column} AS sort_key FROM products p"));
    push_range(sql, query, part.branch, part.access);
    push_range_residuals(sql, query, part);
    sql.push(" OFFSET 0) g");
    if let Some(after) = &query.window.after {
        sql.push(" WHERE ");
        push_keyset(sql, "g.sort_key", "g.id", after, query.window.descending);
    }
    push_order_by(sql, "g.sort_key", "g.id", query.window.descending);
}

fn push_range_residuals(sql: &mut Sql, query: &ProductQuery, part: Part) {
    let mut skip = skip_of(part.branch);
    skip.price |= part.access == Access::GatherPrice;
    skip.created |= part.access == Access::GatherCreated;
    if part.access == Access::GatherRare {
        skip = Skip { kinds: true, stock: true, categories: true, ..skip };
    }
    push_residuals(sql, &query.selection, skip);
}

/// Writes how many rows the range holds in each branch, at most `cap`, by its index alone: one row of numbers.
pub(super) fn range_counts_statement(engine: Engine, query: &ProductQuery, branches: &[Branch], access: Access, cap: u64) -> Sql {
    let mut sql = Sql::of(engine, "SELECT ");
    for (n, branch) in branches.iter().enumerate() {
        sql.push(if n > 0 { ", " } else { "" });
        sql.push("(SELECT count(*) FROM (SELECT 1 AS one FROM products p");
        push_range(&mut sql, query, *branch, access);
        if engine == Engine::Postgres {
            // Without an order it would rather read the table until it has met so many.
            push_order_by(&mut sql, range_column(access), "p.id", false);
        }
        push_limit(&mut sql, cap);
        sql.push(") t)");
    }
    sql
}

/// The index hint and the WHERE clause that find the rows of a range.
fn push_range(sql: &mut Sql, query: &ProductQuery, branch: Branch, access: Access) {
    let engine = sql.engine();
    let index = match access {
        Access::GatherPrice => format!("ix_products_{}price", branch.index_prefix()),
        Access::GatherCreated | Access::Walk => format!("ix_products_{}created", branch.index_prefix()),
        Access::GatherCells => "ix_products_cell_price".to_owned(),
        Access::GatherRare => "ix_products_rare".to_owned(),
    };
    // SQLite takes several ranges by one index only when it is free to choose the form.
    if engine == Engine::MySql || access != Access::GatherCells {
        sql.push(&engine.index_hint(&index));
    }
    sql.push(" WHERE ");
    if access == Access::GatherRare {
        push_rare(sql, query, branch);
        return;
    }
    push_equality(sql, branch);
    match (access, &query.selection.near) {
        (Access::GatherCells, Some(circle)) => push_cells(sql, "p", circle),
        (Access::GatherPrice, _) => push_bounds(sql, range_column(access), query.selection.price),
        _ => push_bounds(sql, range_column(access), query.selection.created),
    }
}

/// The equalities of `ix_products_rare`, from its first column on: what is not filtered is listed whole.
fn push_rare(sql: &mut Sql, query: &ProductQuery, branch: Branch) {
    let selection = &query.selection;
    if let Branch::SoldOut(_) = branch {
        push_equality(sql, branch);
    } else {
        sql.push("p.producer_kind IN ").bind_list(padded(&selection.kind_codes()));
        sql.push(match selection.in_stock {
            None => " AND p.in_stock IN (0, 1)",
            Some(false) => " AND p.in_stock = 0",
            Some(true) => " AND p.in_stock = 1",
        });
    }
    match (branch, &selection.category_ids) {
        (Branch::Category(_), _) => {
            sql.push(" AND ");
            push_equality(sql, branch);
        }
        (_, Some(ids)) => push_in(sql, "p.category_id", ids),
        (_, None) => {}
    }
}

fn range_column(access: Access) -> &'static str {
    if access == Access::GatherPrice { "p.price_minor" } else { "p.created_at_ms" }
}
