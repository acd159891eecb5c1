//! The bytes of events, which are not kept for ever.

use super::super::clause::{push_keyset, push_limit, push_order_by};
use super::super::database::Database;
use super::super::seek::{Seek, SortKey};
use super::super::sql::{Sql, padded};
use super::waiting::WAITING;
use crate::domain::WebhookEventState;
use crate::error::Error;

/// An event that came before some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldEvent {
    /// Database id.
    pub id: i64,
    /// Milliseconds since 1970.
    pub received_at_ms: i64,
    /// Whether it is over, and its bytes are kept still.
    pub is_to_be_emptied: bool,
}

/// The events behind `after`, as (received at, id), that came before `before_ms`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn older_than(database: &Database, after: (i64, i64), before_ms: i64, limit: u64) -> Result<Vec<OldEvent>, Error> {
    let mut sql = Sql::of(database.engine(), "SELECT id, received_at_ms, CASE WHEN body IS NOT NULL AND state NOT IN ");
    sql.bind_list(WAITING.map(WebhookEventState::code)).push(" THEN 1 ELSE 0 END FROM webhook_events WHERE received_at_ms < ");
    sql.bind(before_ms).push(" AND ");
    let after = Seek { key: SortKey::Number(after.0), producer_id: 0, id: after.1, inclusive: false };
    push_keyset(&mut sql, "received_at_ms", "id", &after, false);
    push_order_by(&mut sql, "received_at_ms", "id", false);
    push_limit(&mut sql, limit);
    let rows = database.all(sql).await?;
    let old = |row: &sea_orm::QueryResult| {
        let is_to_be_emptied = row.try_get_by_index::<i32>(2)? != 0;
        Ok(OldEvent { id: row.try_get_by_index(0)?, received_at_ms: row.try_get_by_index(1)?, is_to_be_emptied })
    };
    rows.iter().map(old).collect()
}

/// Forgets the bytes of these events. Their rows stay: an event that is sent again is still known.
///
/// # Errors
/// When the database fails.
pub async fn forget(database: &Database, ids: &[i64]) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::of(database.engine(), "UPDATE webhook_events SET body = NULL WHERE id IN ");
    sql.bind_list(padded(ids)).push(" AND state NOT IN ").bind_list(WAITING.map(WebhookEventState::code));
    database.execute(sql).await.map(|_| ())
}
