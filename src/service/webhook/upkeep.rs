//! What waits in the inbox, for those who watch; and what is no longer kept.

use std::sync::PoisonError;
use std::time::Duration;

use crate::error::Error;
use crate::service::Marketplace;
use crate::storage::webhook_events::{self, Pending, payloads};

/// Events looked at in one statement.
const BATCH: u64 = 500;

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
    pub async fn forget_old_payloads(&self) -> Result<usize, Error> {
        let kept_ms = i64::try_from(self.webhooks.payload_retention.as_millis()).unwrap_or(i64::MAX);
        let before_ms = self.clock.now_ms().saturating_sub(kept_ms);
        let waiting = self.pending_webhooks().await?.oldest_received_at_ms;
        let mut reached = *self.webhooks.emptied_to.lock().unwrap_or_else(PoisonError::into_inner);
        let mut total = 0;
        loop {
            let old = payloads::older_than(&self.database, reached, before_ms, BATCH).await?;
            let Some(last) = old.last() else { break };
            reached = (last.received_at_ms, last.id);
            let ids: Vec<i64> = old.iter().filter(|event| event.is_to_be_emptied).map(|event| event.id).collect();
            payloads::forget(&self.database, &ids).await?;
            total += ids.len();
        }
        // Next time from here on, but for those that wait still.
        let reached = waiting.map_or(reached, |waiting| reached.min((waiting.saturating_sub(1), 0)));
        *self.webhooks.emptied_to.lock().unwrap_or_else(PoisonError::into_inner) = reached;
        Ok(total)
    }
}
