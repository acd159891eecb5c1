//! What is left of removed things: the last version under a slug, so that the same slug comes back above it.

use super::clause::push_overwrite;
use super::database::Transaction;
use super::sql::{Sql, padded};
use crate::domain::{EntityKind, Product};
use crate::error::Error;

/// The last versions that removed products with these slugs had, as (slug, version).
pub(crate) async fn last_versions(tx: &Transaction, slugs: &[&str]) -> Result<Vec<(String, i64)>, Error> {
    if slugs.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::of(tx.engine(), "SELECT slug, last_version FROM tombstones WHERE entity_kind = ");
    sql.bind(EntityKind::Product.code()).push(" AND slug IN ").bind_list(padded(slugs));
    let rows = tx.all(sql).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Remembers a removed product with the version that its removal got.
pub(crate) async fn bury(tx: &Transaction, product: &Product, version: i64, now_ms: i64) -> Result<(), Error> {
    let mut sql =
        Sql::of(tx.engine(), "INSERT INTO tombstones (entity_kind, slug, last_id, last_version, removed_at_ms) VALUES (");
    sql.bind(EntityKind::Product.code()).push(", ").bind(product.slug.as_str()).push(", ").bind(product.id);
    sql.push(", ").bind(version).push(", ").bind(now_ms).push(")");
    push_overwrite(&mut sql, "entity_kind, slug", ["last_id", "last_version", "removed_at_ms"]);
    tx.execute(sql).await.map(|_| ())
}
