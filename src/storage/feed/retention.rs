//! Forgets old changes and old idempotency keys.

use std::time::Duration;

use crate::error::Error;
use crate::storage::database::Database;
use crate::storage::{changes, idempotency};

/// How long changes and idempotency keys are kept: longer than any follower may be away, and than callers repeat.
pub const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// Changes forgotten in one transaction.
const BATCH: u32 = 1_000;

/// Forgets everything older than [`KEPT_FOR`]; gives how many changes went.
///
/// # Errors
/// When the database fails.
pub async fn run(database: &Database, now_ms: i64) -> Result<u64, Error> {
    let before_ms = now_ms - i64::try_from(KEPT_FOR.as_millis()).unwrap_or(i64::MAX);
    idempotency::forget_before(database, before_ms).await?;
    let mut total = 0;
    loop {
        let forgotten = changes::forget_before(database, before_ms, BATCH).await?;
        total += forgotten;
        if forgotten < u64::from(BATCH) {
            return Ok(total);
        }
    }
}
