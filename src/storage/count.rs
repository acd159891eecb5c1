//! How many products or producers a list holds, never looking further than a cap.

use super::database::Database;
use super::producer_list;
use super::selection::{ProducerSelection, ProductSelection, push_bounds, push_cells, push_in, push_inside, push_kinds};
use super::sql::Sql;
use crate::error::Error;

/// The number of products, at most `cap`.
///
/// # Errors
/// When the database fails or takes too long.
pub async fn products(database: &Database, selection: &ProductSelection, cap: u64) -> Result<u64, Error> {
    if selection.is_empty() {
        return Ok(0);
    }
    // No order is asked for, so the planner is free to take any index that holds the filters.
    let mut sql = Sql::of(database.engine(), "SELECT count(*) FROM (SELECT 1 AS one FROM products p WHERE 1 = 1");
    push_bounds(&mut sql, "p.price_minor", selection.price);
    push_bounds(&mut sql, "p.created_at_ms", selection.created);
    if let Some(ids) = &selection.category_ids {
        push_in(&mut sql, "p.category_id", ids);
    }
    if let Some(ids) = &selection.producer_ids {
        push_in(&mut sql, "p.producer_id", ids);
    }
    push_kinds(&mut sql, "p.producer_kind", selection.kinds.as_deref());
    if let Some(in_stock) = selection.in_stock {
        sql.push(" AND p.in_stock = ").bind(i16::from(in_stock));
    }
    if let Some(circle) = &selection.near {
        push_cells(&mut sql, "p", circle);
        push_inside(&mut sql, "p", circle);
    }
    capped(database, sql, cap).await
}

/// The number of producers, at most `cap`.
///
/// # Errors
/// When the database fails or takes too long.
pub async fn producers(database: &Database, selection: &ProducerSelection, cap: u64) -> Result<u64, Error> {
    if selection.is_empty() {
        return Ok(0);
    }
    let mut sql = Sql::of(database.engine(), "SELECT count(*) FROM (SELECT 1 AS one FROM producers r WHERE 1 = 1");
    producer_list::push_filters(&mut sql, selection);
    capped(database, sql, cap).await
}

/// The number of all products and producers.
///
/// # Errors
/// When the database fails or takes too long.
pub async fn everything(database: &Database) -> Result<u64, Error> {
    let text = "SELECT (SELECT count(*) FROM products) + (SELECT count(*) FROM producers)";
    let row = database.one(Sql::of(database.engine(), text)).await?.ok_or_else(|| Error::internal("count without a row"))?;
    let count: i64 = row.try_get_by_index(0)?;
    Ok(count.unsigned_abs())
}

async fn capped(database: &Database, mut sql: Sql, cap: u64) -> Result<u64, Error> {
    sql.push(" LIMIT ").bind(i64::try_from(cap).unwrap_or(i64::MAX)).push(") t");
    let row = database.one(sql).await?.ok_or_else(|| Error::internal("count without a row"))?;
    let count: i64 = row.try_get_by_index(0)?;
    Ok(count.unsigned_abs())
}
