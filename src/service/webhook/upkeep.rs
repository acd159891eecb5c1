//! What waits in the inbox, for those who watch; and what is no longer kept.

use std::time::Duration;

use crate::error::Error;
use crate::service::Marketplace;
use crate::storage::webhook_events::{self, Pending};

/// Payloads forgotten in one statement.
const BATCH: u32 = 500;

impl Marketplace {
    /// What waits, and what was given up.
    ///
    /// # Errors
    /// When the database fails.
    pub(in crate::service) async fn pending_webhooks(&self) -> Result<Pending, Error> {
        webhook_events::pending(&self.database).await
    }

    /// For how long the oldest waiting event has been waiting; zero when none is, or the database does not tell.
    pub async fn oldest_pending_webhook(&self) -> Duration {
        let pending = self.pending_webhooks().await.unwrap_or_default();
        self.waited(&pending)
    }

    pub(in crate::service) fn waited(&self, pending: &Pending) -> Duration {
        let since = pending.oldest_received_at_ms.map_or(0, |received| self.clock.now_ms() - received);
        Duration::from_millis(u64::try_from(since).unwrap_or(0))
    }

    /// Forgets the payloads of old events that are over; gives how many went.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_old_payloads(&self) -> Result<u64, Error> {
        let kept_ms = i64::try_from(self.webhooks.payload_retention.as_millis()).unwrap_or(i64::MAX);
        let before_ms = self.clock.now_ms().saturating_sub(kept_ms);
        let mut total = 0;
        loop {
            let forgotten = webhook_events::forget_payloads(&self.database, before_ms, BATCH).await?;
            total += forgotten;
            if forgotten < u64::from(BATCH) {
                return Ok(total);
            }
        }
    }
}
