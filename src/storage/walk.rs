//! The text of one product list: branches along an index, merged, and joined with what was asked for beside them.

use super::dialect::{Engine, push_keyset};
use super::plan::{Access, Branch, Plan};
use super::product_list::{ProductOrder, ProductQuery};
use super::rows::{
    CATEGORY_COLUMN_COUNT, CATEGORY_COLUMNS, PRODUCER_COLUMN_COUNT, PRODUCER_COLUMNS, PRODUCT_COLUMN_COUNT, product_columns,
};
use super::selection::{Skip, push_bounds, push_cells, push_residuals};
use super::sql::Sql;

/// Writes the statement that reads `query` by `plan`.
pub(crate) fn list_statement(engine: Engine, query: &ProductQuery, plan: &Plan) -> Sql {
    let mut sql = Sql::new(engine);
    let joined = query.columns.category || query.columns.producer;
    if !joined {
        push_merged(&mut sql, query, plan);
        return sql;
    }
    push_joined_columns(&mut sql, query);
    sql.push(" FROM (");
    push_merged(&mut sql, query, plan);
    sql.push(") p");
    push_joins(&mut sql, query);
    push_order(&mut sql, "p", query);
    sql
}

/// `SELECT` of the outer columns: the list's own, then those of the joined tables; gives how many.
pub(crate) fn push_joined_columns(sql: &mut Sql, query: &ProductQuery) -> usize {
    let mut columns = PRODUCT_COLUMN_COUNT;
    sql.push("SELECT ").push(&product_columns("p", true));
    if query.columns.category {
        sql.push(", ").push(CATEGORY_COLUMNS);
        columns += CATEGORY_COLUMN_COUNT;
    }
    if query.columns.producer {
        sql.push(", ").push(PRODUCER_COLUMNS);
        columns += PRODUCER_COLUMN_COUNT;
    }
    columns
}

/// The tables that [`push_joined_columns`] takes from, behind `p`.
pub(crate) fn push_joins(sql: &mut Sql, query: &ProductQuery) {
    if query.columns.category {
        sql.push(" JOIN categories c ON c.id = p.category_id");
    }
    if query.columns.producer {
        sql.push(" JOIN producers r ON r.id = p.producer_id");
    }
}

/// Writes one statement for several walks that want the same columns; the number of the walk stands in the column
/// whose position is returned.
pub(crate) fn many_statement(engine: Engine, walks: &[(&ProductQuery, Branch)]) -> (Sql, usize) {
    let mut sql = Sql::new(engine);
    let Some((first, _)) = walks.first() else { return (sql, 0) };
    let page_at = push_joined_columns(&mut sql, first);
    sql.push(", p.walk FROM (");
    for (n, (query, branch)) in walks.iter().enumerate() {
        sql.push(if n > 0 { " UNION ALL " } else { "" });
        sql.push(&format!("SELECT * FROM (SELECT w.*, {n} AS walk FROM ("));
        push_walk(&mut sql, query, *branch);
        sql.push(") w) v");
    }
    sql.push(") p");
    push_joins(&mut sql, first);
    (sql, page_at)
}

/// One branch as it is, or several merged by order and limit.
fn push_merged(sql: &mut Sql, query: &ProductQuery, plan: &Plan) {
    if let [branch] = plan.branches.as_slice() {
        push_branch(sql, query, *branch, plan.access);
        return;
    }
    sql.push("SELECT * FROM (");
    for (n, branch) in plan.branches.iter().enumerate() {
        sql.push(if n > 0 { " UNION ALL " } else { "" });
        sql.push(sql.engine().open_branch());
        push_branch(sql, query, *branch, plan.access);
        sql.push(")");
    }
    sql.push(") u");
    push_order(sql, "u", query);
    push_limit(sql, query);
}

fn push_branch(sql: &mut Sql, query: &ProductQuery, branch: Branch, access: Access) {
    match access {
        Access::Walk => push_walk(sql, query, branch),
        gather => push_gather(sql, query, branch, gather),
    }
}

/// Along the index that holds the branch's equality and the sort key: nothing is sorted, and reading stops at the limit.
fn push_walk(sql: &mut Sql, query: &ProductQuery, branch: Branch) {
    let (engine, order) = (sql.engine(), query.order);
    let index = format!("ix_products_{}{}", branch.index_prefix(), order.index_suffix());
    sql.push("SELECT ").push(&product_columns("p", query.columns.description));
    sql.push(" FROM products p").push(&engine.index_hint(&index)).push(" WHERE ");
    push_equality(sql, branch);
    if let Some(after) = &query.window.after {
        sql.push(" AND ");
        push_keyset(sql, order.column(), "p.id", after, query.window.descending);
    }
    match order {
        ProductOrder::Price => push_bounds(sql, "p.price_minor", query.selection.price),
        ProductOrder::CreatedAt => push_bounds(sql, "p.created_at_ms", query.selection.created),
        ProductOrder::Name | ProductOrder::Distance => {}
    }
    let mut skip = skip_of(branch);
    skip.price |= order == ProductOrder::Price;
    skip.created |= order == ProductOrder::CreatedAt;
    push_residuals(sql, engine, &query.selection, skip);
    push_order(sql, "p", query);
    push_limit(sql, query);
}

/// All rows of a narrow range, found by the range's own index, then sorted.
fn push_gather(sql: &mut Sql, query: &ProductQuery, branch: Branch, access: Access) {
    let engine = sql.engine();
    sql.push("SELECT * FROM (SELECT ").push(&product_columns("p", query.columns.description));
    sql.push(" FROM products p");
    push_range(sql, query, branch, access);
    let mut skip = skip_of(branch);
    skip.price |= access == Access::GatherPrice;
    skip.created |= access == Access::GatherCreated;
    push_residuals(sql, engine, &query.selection, skip);
    if engine != Engine::MySql {
        sql.push(" LIMIT ").push(if engine == Engine::Sqlite { "-1" } else { "ALL" });
    }
    sql.push(engine.fence()).push(") g");
    if let Some(after) = &query.window.after {
        sql.push(" WHERE ");
        push_keyset(sql, order_column(query.order, "g").as_str(), "g.id", after, query.window.descending);
    }
    push_order(sql, "g", query);
    push_limit(sql, query);
}

/// The index hint and the WHERE clause that find the rows of a range.
pub(crate) fn push_range(sql: &mut Sql, query: &ProductQuery, branch: Branch, access: Access) {
    let engine = sql.engine();
    let suffix = match access {
        Access::GatherPrice => "price",
        Access::GatherCreated | Access::Walk => "created",
        Access::GatherCells => "cell_price",
    };
    // SQLite takes several ranges by one index only when it is free to choose the form.
    if engine == Engine::MySql || access != Access::GatherCells {
        sql.push(&engine.index_hint(&format!("ix_products_{}{suffix}", branch.index_prefix())));
    }
    sql.push(" WHERE ");
    push_equality(sql, branch);
    match access {
        Access::GatherPrice => push_bounds(sql, "p.price_minor", query.selection.price),
        Access::GatherCreated | Access::Walk => push_bounds(sql, "p.created_at_ms", query.selection.created),
        Access::GatherCells => {
            if let Some(circle) = &query.selection.near {
                push_cells(sql, "p", circle);
            }
        }
    }
}

fn push_equality(sql: &mut Sql, branch: Branch) {
    match branch {
        Branch::All => sql.push("1 = 1"),
        Branch::Category(id) => sql.push("p.category_id = ").bind(id),
        Branch::Producer(id) => sql.push("p.producer_id = ").bind(id),
        Branch::Cell(cell) => sql.push("p.cell = ").bind(cell),
    };
}

fn skip_of(branch: Branch) -> Skip {
    Skip {
        categories: matches!(branch, Branch::Category(_)),
        producers: matches!(branch, Branch::Producer(_)),
        ..Skip::default()
    }
}

fn order_column(order: ProductOrder, alias: &str) -> String {
    order.column().replacen('p', alias, 1)
}

fn push_order(sql: &mut Sql, alias: &str, query: &ProductQuery) {
    let direction = if query.window.descending { " DESC" } else { "" };
    let column = order_column(query.order, alias);
    sql.push(&format!(" ORDER BY {column}{direction}, {alias}.id{direction}"));
}

fn push_limit(sql: &mut Sql, query: &ProductQuery) {
    sql.push(" LIMIT ").bind(i64::try_from(query.window.limit).unwrap_or(i64::MAX));
}

impl Branch {
    fn index_prefix(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Category(_) => "category_",
            Self::Producer(_) => "producer_",
            Self::Cell(_) => "cell_",
        }
    }
}
