//! Categories: look-ups and writes.

use sea_orm::QueryResult;

use super::cells::cells;
use super::database::{Database, Transaction};
use super::rows::{CATEGORY_COLUMNS, category_row};
use super::sql::{Sql, padded};
use crate::domain::{Category, CategoryDraft};
use crate::error::Error;

/// All categories in display order.
///
/// # Errors
/// When the database fails.
pub async fn all(database: &Database) -> Result<Vec<Category>, Error> {
    let text = format!("SELECT {CATEGORY_COLUMNS} FROM categories c ORDER BY c.position, c.slug");
    categories(&database.all(Sql::of(database.engine(), &text)).await?)
}

/// The categories with these ids; unknown ones are left out.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(database: &Database, ids: &[i64]) -> Result<Vec<Category>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = select(database, "c.id IN ");
    sql.bind_list(padded(ids));
    categories(&database.all(sql).await?)
}

/// The categories with these slugs; unknown ones are left out.
///
/// # Errors
/// When the database fails.
pub async fn by_slugs(database: &Database, slugs: &[&str]) -> Result<Vec<Category>, Error> {
    if slugs.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = select(database, "c.slug IN ");
    sql.bind_list(padded(slugs));
    categories(&database.all(sql).await?)
}

/// Locks the categories with these slugs, in the order of the slugs.
pub(crate) async fn lock(tx: &Transaction, slugs: &[&str]) -> Result<Vec<Category>, Error> {
    let mut sql = Sql::of(tx.engine(), &format!("SELECT {CATEGORY_COLUMNS} FROM categories c WHERE c.slug IN "));
    sql.bind_list(padded(slugs)).push(" ORDER BY c.slug").push(tx.engine().for_update());
    categories(&tx.all(sql).await?)
}

/// Adds a category with version 1.
pub(crate) async fn insert(tx: &Transaction, draft: &CategoryDraft, now_ms: i64) -> Result<i64, Error> {
    let mut sql =
        Sql::of(tx.engine(), "INSERT INTO categories (slug, name, position, created_at_ms, updated_at_ms, version) VALUES ");
    sql.push("(").bind(draft.slug.as_str()).push(", ").bind(draft.name.as_str()).push(", ").bind(draft.position);
    sql.push(", ").bind(now_ms).push(", ").bind(now_ms).push(", 1)");
    tx.insert(sql).await
}

/// Overwrites a locked category.
pub(crate) async fn update(tx: &Transaction, category: &Category, now_ms: i64) -> Result<(), Error> {
    let mut sql = Sql::of(tx.engine(), "UPDATE categories SET name = ");
    sql.bind(category.name.as_str()).push(", position = ").bind(category.position);
    sql.push(", updated_at_ms = ").bind(now_ms).push(", version = ").bind(category.version);
    sql.push(" WHERE id = ").bind(category.id);
    tx.execute(sql).await.map(|_| ())
}

fn select(database: &Database, condition: &str) -> Sql {
    Sql::of(database.engine(), &format!("SELECT {CATEGORY_COLUMNS} FROM categories c WHERE {condition}"))
}

fn categories(rows: &[QueryResult]) -> Result<Vec<Category>, Error> {
    cells(rows).map(|row| category_row(&row, 0)).collect()
}
