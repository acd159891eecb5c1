//! How far a synchronisation with the partner has come, so that the next call goes on there.

use super::database::{Database, Transaction};
use super::sql::Sql;
use crate::error::Error;

/// What is being pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i16)]
pub enum SyncStage {
    /// Products, first.
    Products = 1,
    /// Orders, then.
    Orders = 2,
}

/// Where a synchronisation goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncProgress {
    /// Only what changed since then; milliseconds since 1970.
    pub updated_since_ms: Option<i64>,
    /// What is being pulled.
    pub stage: SyncStage,
    /// The partner's cursor of the next page.
    pub next_cursor: Option<String>,
}

/// Where the last call stopped; `None` when it came to its end.
///
/// # Errors
/// When the database fails.
pub async fn read(database: &Database) -> Result<Option<SyncProgress>, Error> {
    let sql = Sql::of(database.engine(), "SELECT updated_since_ms, stage, next_cursor FROM partner_sync WHERE id = 1");
    let Some(row) = database.one(sql).await? else { return Ok(None) };
    let stage: i16 = row.try_get_by_index(1)?;
    let stage = if stage == SyncStage::Orders as i16 { SyncStage::Orders } else { SyncStage::Products };
    Ok(Some(SyncProgress { updated_since_ms: row.try_get_by_index(0)?, stage, next_cursor: row.try_get_by_index(2)? }))
}

/// Remembers where to go on; `None`: nothing is left to do.
///
/// # Errors
/// When the database fails.
pub async fn write(database: &Database, progress: Option<&SyncProgress>) -> Result<(), Error> {
    let tx = database.begin().await?;
    delete(&tx).await?;
    if let Some(progress) = progress {
        let mut sql = Sql::of(tx.engine(), "INSERT INTO partner_sync (id, updated_since_ms, stage, next_cursor) VALUES (1, ");
        sql.bind(progress.updated_since_ms).push(", ").bind(progress.stage as i16);
        sql.push(", ").bind(progress.next_cursor.as_deref()).push(")");
        tx.execute(sql).await?;
    }
    tx.commit().await
}

async fn delete(tx: &Transaction) -> Result<(), Error> {
    tx.execute(Sql::of(tx.engine(), "DELETE FROM partner_sync WHERE id = 1")).await.map(|_| ())
}
