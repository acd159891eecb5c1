//! Deliveries of events that were here before, counted now and written down a little later, many in one transaction: a storm of
//! repeats costs the database next to nothing. A killed process takes the counts of a second with it, and nothing else.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::service::Marketplace;
use crate::storage::webhook_events;

/// Counts that were not written down yet, by source and event id.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Mutex<HashMap<(String, String), i64>>);

impl Repeats {
    /// One more delivery of the event of this source and id.
    pub(super) fn add(&self, event: (String, String)) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(event).or_default() += 1;
    }

    fn take(&self) -> Vec<((String, String), i64)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // In one order for all processes, so that they wait for each other instead of deadlocking.
        let mut taken: Vec<_> = std::mem::take(&mut *counts).into_iter().collect();
        taken.sort_unstable();
        taken
    }

    fn give_back(&self, taken: Vec<((String, String), i64)>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (event, count) in taken {
            *counts.entry(event).or_default() += count;
        }
    }
}

impl Marketplace {
    /// Writes the counts down. What cannot be written stays for the next time.
    pub(super) async fn count_repeats(&self) {
        let taken = self.webhooks.repeats.take();
        if taken.is_empty() {
            return;
        }
        if let Err(err) = self.write_counts(&taken).await {
            tracing::debug!(detail = err.detail().unwrap_or_default(), "repeats are counted later");
            self.webhooks.repeats.give_back(taken);
        }
    }

    async fn write_counts(&self, counts: &[((String, String), i64)]) -> Result<(), Error> {
        let tx = self.database.begin().await?;
        for ((source, event_id), count) in counts {
            webhook_events::count_deliveries(&tx, source, event_id, *count).await?;
        }
        tx.commit().await
    }
}
