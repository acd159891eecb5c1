//! Deliveries that come while others are being stored are stored together, with the next commit. A delivery that comes alone is
//! stored at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::entry::{Entry, Fate};
use super::receive::Receipt;
use super::together::Together;
use crate::domain::WebhookEventState;
use crate::error::Error;
use crate::service::Marketplace;
use crate::storage::{Engine, rows_of_a_statement};
use crate::telemetry::statements;

/// Deliveries of one transaction.
const TOGETHER_MAX: usize = 32;
/// Bytes of their bodies, but for a single one: a statement of MariaDB may have 16 MiB (`max_allowed_packet`).
const TOGETHER_BYTES_MAX: usize = 1 << 20;

/// What a sender is told: `None` for a duplicate.
pub(super) type Answer = Result<Option<Receipt>, Error>;

#[derive(Debug)]
struct Waiting {
    entry: Entry,
    /// The answer, and how many SQL statements its transaction took.
    answer: oneshot::Sender<(Answer, u32)>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Tasks that store what waits.
    writers: usize,
}

/// Deliveries that wait for the next transaction.
#[derive(Debug, Default)]
pub(crate) struct Gathering(Mutex<State>);

impl Gathering {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lines up; tells whether another writer is to be started.
    fn join(&self, waiting: Waiting, writers_max: usize) -> bool {
        let mut state = self.state();
        state.waiting.push_back(waiting);
        let is_free = state.writers < writers_max;
        state.writers += usize::from(is_free);
        is_free
    }

    /// What a writer is to store next; after `None` it has to end.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut state = self.state();
        if state.waiting.is_empty() {
            state.writers -= 1;
            return None;
        }
        let mut bytes = 0;
        let fits = |waiting: &&Waiting| {
            bytes += waiting.entry.body_bytes();
            bytes <= TOGETHER_BYTES_MAX
        };
        let count = state.waiting.iter().take(TOGETHER_MAX).take_while(fits).count().max(1);
        // As many as go into one statement for each table: who is left waits for fewer turns to the database, not for more.
        let count = rows_of_a_statement(count);
        Some(state.waiting.drain(..count).collect())
    }
}

/// Transactions under way at the same time: while one waits for its commit, others are prepared. More of them are each smaller,
/// and gain nothing (`docs/decisions/0022-deliveries-together.md`). SQLite has one writer.
fn writers_max(engine: Engine) -> usize {
    if engine == Engine::Sqlite { 1 } else { 3 }
}

impl Marketplace {
    /// Stores an entry with whatever else waits. It is stored even when its sender leaves.
    pub(super) async fn store_with_others(self: &Arc<Self>, entry: Entry) -> Answer {
        let (answer, answered) = oneshot::channel();
        if self.webhooks.gathering.join(Waiting { entry, answer }, writers_max(self.database.engine())) {
            tokio::spawn(Arc::clone(self).store_what_waits());
        }
        let (answer, statements) = answered.await.map_err(|_| Error::internal("the delivery's writer is gone"))?;
        statements::count(statements);
        answer
    }

    async fn store_what_waits(self: Arc<Self>) {
        while let Some(waiting) = self.webhooks.gathering.next() {
            let writer = Arc::clone(&self);
            // A task of its own: whatever becomes of it, this one goes on.
            if let Err(err) = tokio::spawn(async move { writer.store_all(waiting).await }).await {
                Error::internal(err).log();
            }
        }
    }

    async fn store_all(&self, waiting: Vec<Waiting>) {
        let entries: Vec<&Entry> = waiting.iter().map(|waiting| &waiting.entry).collect();
        let (stored, statements) = statements::counted(self.store_together(&entries)).await;
        match stored {
            Ok(fates) => answer_all(waiting, |n| (Ok(fates[n].receipt()), statements)),
            // The database is away: for one after the other it would be away as well.
            Err(err) if waiting.len() == 1 || matches!(err, Error::Unavailable { .. }) => {
                answer_all(waiting, |_| (Err(err.clone()), statements))
            }
            Err(err) => {
                tracing::debug!(detail = err.detail().unwrap_or_default(), "deliveries are stored one by one");
                for waiting in waiting {
                    let (stored, statements) = statements::counted(self.store_together(&[&waiting.entry])).await;
                    let _ = waiting.answer.send((stored.map(|fates| fates[0].receipt()), statements));
                }
            }
        }
    }

    async fn store_together(&self, entries: &[&Entry]) -> Result<Vec<Fate>, Error> {
        let fates = self.commit(&Together { marketplace: self, entries }).await.map_err(Error::from)?;
        for (entry, fate) in entries.iter().zip(&fates) {
            self.fate_is_stored(fate);
            if let (Fate::Over(WebhookEventState::Applied), Some((_, subject))) = (fate, entry.facts()) {
                self.applied(subject);
            }
        }
        Ok(fates)
    }
}

fn answer_all(waiting: Vec<Waiting>, answer: impl Fn(usize) -> (Answer, u32)) {
    for (n, waiting) in waiting.into_iter().enumerate() {
        // A sender that has left sends again, and is told then.
        let _ = waiting.answer.send(answer(n));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::webhook::incoming::Incoming;
    use serde_json::json;

    fn waiting(bytes: usize) -> Waiting {
        let incoming = Incoming::read(&json!({"event": "courier.late"})).unwrap();
        Waiting { entry: Entry::new("default", "e", incoming, &" ".repeat(bytes), 0), answer: oneshot::channel().0 }
    }

    #[test]
    fn so_many_and_so_much_goes_into_one_transaction() {
        let gathering = Gathering::default();
        let next = || gathering.next().map(|together| together.len());
        assert!(gathering.join(waiting(10), 1), "the first one starts a writer");
        assert!((1..47).all(|_| !gathering.join(waiting(10), 1)), "the others wait for it");
        assert_eq!([next(), next(), next(), next()], [Some(32), Some(12), Some(2), Some(1)]);
        for bytes in [TOGETHER_BYTES_MAX / 2, TOGETHER_BYTES_MAX / 2, 1, 2 * TOGETHER_BYTES_MAX, 1] {
            gathering.join(waiting(bytes), 1);
        }
        assert_eq!([next(), next(), next(), next()], [Some(2), Some(1), Some(1), Some(1)]);
        assert_eq!(next(), None, "the writer ends");
        assert!(gathering.join(waiting(10), 1), "and the next one starts another");
    }
}
