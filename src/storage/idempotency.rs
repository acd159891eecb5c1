//! Idempotency keys of mutations: what the same key answered before. Failures are not kept.

use super::database::{Database, Transaction};
use super::sql::Sql;
use crate::error::Error;

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Hash of the input that came with it.
    pub input_sha256: String,
    /// The product it was about.
    pub product_id: i64,
    /// The stock that was the result.
    pub quantity: i64,
    /// The product's version that was the result.
    pub version: i64,
}

/// What `key` stands for, if it is known. The product's row must be locked before: that makes repeats wait for each other.
pub(crate) async fn recall(tx: &Transaction, key: &str) -> Result<Option<Remembered>, Error> {
    let mut sql =
        Sql::of(tx.engine(), "SELECT input_sha256, product_id, quantity, version FROM idempotency_keys WHERE idempotency_key = ");
    sql.bind(key);
    let Some(row) = tx.one(sql).await? else { return Ok(None) };
    Ok(Some(Remembered {
        input_sha256: row.try_get_by_index(0)?,
        product_id: row.try_get_by_index(1)?,
        quantity: row.try_get_by_index(2)?,
        version: row.try_get_by_index(3)?,
    }))
}

/// Remembers the result of `key`.
pub(crate) async fn remember(tx: &Transaction, key: &str, result: &Remembered, now_ms: i64) -> Result<(), Error> {
    let mut sql = Sql::of(
        tx.engine(),
        "INSERT INTO idempotency_keys (idempotency_key, input_sha256, product_id, quantity, version, created_at_ms) VALUES (",
    );
    sql.bind(key).push(", ").bind(result.input_sha256.as_str()).push(", ").bind(result.product_id);
    sql.push(", ").bind(result.quantity).push(", ").bind(result.version).push(", ").bind(now_ms).push(")");
    tx.execute(sql).await.map(|_| ())
}

/// Forgets keys made before `before_ms`.
///
/// # Errors
/// When the database fails.
pub async fn forget_before(database: &Database, before_ms: i64) -> Result<u64, Error> {
    let mut sql = Sql::of(database.engine(), "DELETE FROM idempotency_keys WHERE created_at_ms < ");
    sql.bind(before_ms);
    database.execute(sql).await.map(|result| result.rows_affected())
}
