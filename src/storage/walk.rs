//! The text of one product list: parts that are walked along an index or gathered, merged, and joined with what was asked
//! for beside them.

use super::clause::{push_equality, push_keyset, push_limit, push_order_by, skip_of};
use super::dialect::Engine;
use super::gather::push_gather;
use super::plan::{Access, Branch, Part, Plan};
use super::product_query::{ProductOrder, ProductQuery};
use super::rows::{
    CATEGORY_COLUMN_COUNT, CATEGORY_COLUMNS, Columns, PRODUCER_COLUMN_COUNT, PRODUCER_COLUMNS, PRODUCT_COLUMN_COUNT,
    product_columns,
};
use super::selection::{push_bounds, push_residuals};
use super::sql::{Sql, padded};

/// Writes the statement that reads `query` by `plan`.
pub(crate) fn list_statement(engine: Engine, query: &ProductQuery, plan: &Plan) -> Sql {
    let mut sql = Sql::new(engine);
    let joined = query.columns.category || query.columns.producer;
    if !joined {
        push_list(&mut sql, query, &plan.parts);
        return sql;
    }
    push_joined_columns(&mut sql, query.columns);
    sql.push(" FROM (");
    push_list(&mut sql, query, &plan.parts);
    sql.push(") p");
    push_joins(&mut sql, query.columns);
    push_order(&mut sql, "p", query);
    sql
}

/// Writes the statement that reads rows by their ids.
pub(crate) fn ids_statement(engine: Engine, ids: &[i64], columns: Columns) -> Sql {
    let mut sql = Sql::new(engine);
    push_joined_columns(&mut sql, columns);
    sql.push(" FROM products p");
    push_joins(&mut sql, columns);
    sql.push(" WHERE p.id IN ").bind_list(padded(ids));
    sql
}

/// `SELECT` of the outer columns: the list's own, then those of the joined tables; gives how many.
pub(crate) fn push_joined_columns(sql: &mut Sql, wanted: Columns) -> usize {
    let mut columns = PRODUCT_COLUMN_COUNT;
    sql.push("SELECT ").push(&product_columns("p", wanted.description));
    if wanted.category {
        sql.push(", ").push(CATEGORY_COLUMNS);
        columns += CATEGORY_COLUMN_COUNT;
    }
    if wanted.producer {
        sql.push(", ").push(PRODUCER_COLUMNS);
        columns += PRODUCER_COLUMN_COUNT;
    }
    columns
}

/// The tables that [`push_joined_columns`] takes from, behind `p`.
pub(crate) fn push_joins(sql: &mut Sql, wanted: Columns) {
    if wanted.category {
        sql.push(" JOIN categories c ON c.id = p.category_id");
    }
    if wanted.producer {
        // PostgreSQL would read all producers to hash them, but not behind a fence.
        sql.push(match sql.engine() {
            Engine::Postgres => " JOIN LATERAL (SELECT r.* FROM producers r WHERE r.id = p.producer_id OFFSET 0) r ON TRUE",
            Engine::Sqlite | Engine::MySql => " JOIN producers r ON r.id = p.producer_id",
        });
    }
}

/// Writes one statement for several lists of one part that want the same columns; the number of the list stands in the
/// column whose position is returned.
pub(crate) fn many_statement(engine: Engine, lists: &[(&ProductQuery, Part)]) -> (Sql, usize) {
    let mut sql = Sql::new(engine);
    let Some((first, _)) = lists.first() else { return (sql, 0) };
    let page_at = push_joined_columns(&mut sql, first.columns);
    sql.push(", p.list FROM (");
    for (number, (query, part)) in (0_i64..).zip(lists) {
        sql.push(if number > 0 { " UNION ALL " } else { "" });
        // Bound, the number has 64 bits on every engine.
        sql.push("SELECT * FROM (SELECT w.*, ").bind(number).push(" AS list FROM (");
        push_list(&mut sql, query, &[*part]);
        sql.push(") w) v");
    }
    sql.push(") p");
    push_joins(&mut sql, first.columns);
    (sql, page_at)
}

/// The rows of the window in their order.
fn push_list(sql: &mut Sql, query: &ProductQuery, parts: &[Part]) {
    if sql.engine() == Engine::Sqlite {
        push_compound(sql, query, parts);
        return;
    }
    if let [part] = parts {
        push_part(sql, query, *part);
        return;
    }
    sql.push("SELECT * FROM (");
    for (n, part) in parts.iter().enumerate() {
        sql.push(if n > 0 { " UNION ALL (" } else { "(" });
        push_part(sql, query, *part);
        sql.push(")");
    }
    sql.push(") u");
    push_order(sql, "u", query);
    push_limit(sql, query.window.limit);
}

/// A part with an order and a limit of its own.
fn push_part(sql: &mut Sql, query: &ProductQuery, part: Part) {
    match part.access {
        Access::Walk => {
            push_walk(sql, query, part.branch, Reach::Window);
            push_order(sql, "p", query);
            push_limit(sql, query.window.limit);
        }
        _ => {
            push_gather(sql, query, part);
            push_order(sql, "p", query);
        }
    }
}

/// SQLite merges the members of a compound with an order row by row, and reads no more of each than it takes. Of a row
/// value it seeks the key alone and reads past all its ties, so a walk from a position has two members: what ties with the
/// position's key, and what is beyond it.
fn push_compound(sql: &mut Sql, query: &ProductQuery, parts: &[Part]) {
    let reaches: &[Reach] = if query.window.after.is_some() { &[Reach::Ties, Reach::Beyond] } else { &[Reach::Window] };
    let mut union = "";
    for part in parts {
        for reach in if part.access == Access::Walk { reaches } else { &[Reach::Window] } {
            sql.push(union);
            match part.access {
                Access::Walk => push_walk(sql, query, part.branch, *reach),
                _ => push_gather(sql, query, *part),
            }
            union = " UNION ALL ";
        }
    }
    // Names without a table are those of the result, also behind a compound.
    push_order_by(sql, query.order.column().trim_start_matches("p."), "id", query.window.descending);
    push_limit(sql, query.window.limit);
}

/// Which rows behind a position.
#[derive(Debug, Clone, Copy)]
enum Reach {
    /// All; there may be no position.
    Window,
    /// Those with the position's key.
    Ties,
    /// Those with another key.
    Beyond,
}

/// Along the index that holds the branch's equality and the sort key: nothing is sorted, and reading stops at the limit.
/// Order and limit are the caller's.
fn push_walk(sql: &mut Sql, query: &ProductQuery, branch: Branch, reach: Reach) {
    let order = query.order;
    let index = format!("ix_products_{}{}", branch.index_prefix(), order.index_suffix());
    sql.push("SELECT ").push(&product_columns("p", query.columns.description));
    let hint = sql.engine().index_hint(&index);
    sql.push(" FROM products p").push(&hint).push(" WHERE ");
    push_equality(sql, branch);
    push_reach(sql, query, reach);
    match order {
        ProductOrder::Price => push_bounds(sql, "p.price_minor", query.selection.price),
        ProductOrder::CreatedAt => push_bounds(sql, "p.created_at_ms", query.selection.created),
        ProductOrder::Name | ProductOrder::Distance => {}
    }
    let mut skip = skip_of(branch);
    skip.price |= order == ProductOrder::Price;
    skip.created |= order == ProductOrder::CreatedAt;
    push_residuals(sql, &query.selection, skip);
}

fn push_reach(sql: &mut Sql, query: &ProductQuery, reach: Reach) {
    let Some(after) = &query.window.after else { return };
    let (column, descending) = (query.order.column(), query.window.descending);
    let sign = if descending { "<" } else { ">" };
    sql.push(" AND ");
    match reach {
        Reach::Window => push_keyset(sql, column, "p.id", after, descending),
        Reach::Ties => {
            let end = if after.inclusive { "=" } else { "" };
            sql.push(&format!("{column} = ")).bind(after.key.value());
            sql.push(&format!(" AND p.id {sign}{end} ")).bind(after.id);
        }
        Reach::Beyond => {
            sql.push(&format!("{column} {sign} ")).bind(after.key.value());
        }
    }
}

fn push_order(sql: &mut Sql, alias: &str, query: &ProductQuery) {
    let key = query.order.column().replacen('p', alias, 1);
    push_order_by(sql, &key, &format!("{alias}.id"), query.window.descending);
}
