//! How every write runs: one transaction, tried again when it lost against another one, its changes numbered and followed
//! before the caller gets an answer.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Marketplace, UserError};
use crate::error::Error;
use crate::storage::Transaction;
use crate::storage::feed::sequencer;

/// A write that deadlocked or lost a race for a unique key is tried so many times in all.
const ATTEMPTS: u32 = 8;
/// Kind of the channel on which processes tell each other that there are changes to follow.
pub const CHANGES_CHANNEL: &str = "changes";
/// Longest wait until this process has followed its own write.
const FOLLOW_LIMIT: Duration = Duration::from_secs(2);

/// Why a write did not happen. Nothing of it is stored then.
#[derive(Debug, Clone)]
pub enum WriteError {
    /// The input is at fault.
    Refused(Vec<UserError>),
    /// Something else is.
    Failed(Error),
}

impl From<Error> for WriteError {
    fn from(err: Error) -> Self {
        Self::Failed(err)
    }
}

impl From<UserError> for WriteError {
    fn from(err: UserError) -> Self {
        Self::Refused(vec![err])
    }
}

impl From<sea_orm::DbErr> for WriteError {
    fn from(err: sea_orm::DbErr) -> Self {
        Self::Failed(err.into())
    }
}

/// What a write does inside its transaction. It may run several times.
pub(super) trait Write: Sync {
    /// What it gives.
    type Output: Send;

    /// Does it; the transaction is rolled back when this fails.
    fn apply(&self, tx: &Transaction, now_ms: i64) -> impl Future<Output = Result<Self::Output, WriteError>> + Send;
}

impl Marketplace {
    /// Runs a write to its end.
    pub(super) async fn write<W: Write>(&self, write: &W) -> Result<W::Output, WriteError> {
        let output = self.commit(write).await?;
        // The write is durable. Numbering and following it may fail with the database; the next poll makes up for it.
        match sequencer::run(&self.database).await {
            Ok(head) => {
                self.announce(head);
                self.follower.reached(head, FOLLOW_LIMIT).await;
            }
            Err(err) => {
                tracing::warn!(detail = err.detail().unwrap_or_default(), "a committed change waits for its number");
                // No number to wait for. After this time either a poll has numbered and followed it, or the feed was not read
                // for so long that no kept answer without it passes for fresh any more.
                self.follower.reached(i64::MAX, FOLLOW_LIMIT).await;
            }
        }
        Ok(output)
    }

    /// Numbers what was committed without waiting for its number, and tells the others, until `stop`.
    pub async fn number_changes(&self, stop: CancellationToken) {
        while stop.run_until_cancelled(self.catalogue_changed.notified()).await.is_some() {
            if let Err(err) = self.number_now().await {
                tracing::warn!(detail = err.detail().unwrap_or_default(), "committed changes wait for their numbers");
            }
        }
    }

    /// Numbers what is committed, and tells the others.
    ///
    /// # Errors
    /// When the database fails; the next poll of any server makes up for it.
    pub async fn number_now(&self) -> Result<(), Error> {
        let head = sequencer::run(&self.database).await?;
        self.announce(head);
        self.follower.nudge();
        Ok(())
    }

    /// Tells the other processes that there is something to follow. Nobody waits for it: whoever misses it polls soon.
    fn announce(&self, head: i64) {
        if let Some(redis) = self.redis.clone() {
            let channel = redis.key(CHANGES_CHANNEL, "head");
            tokio::spawn(async move {
                let _ = redis.publish(&channel, head.to_string().as_bytes()).await;
            });
        }
    }

    /// Runs a write to its commit. Who changes the catalogue with it has to see to the numbering of its changes.
    pub(super) async fn commit<W: Write>(&self, write: &W) -> Result<W::Output, WriteError> {
        let mut attempt = 1;
        loop {
            match self.attempt(write).await {
                Err(WriteError::Failed(Error::Contended { .. })) if attempt < ATTEMPTS => {
                    // Deadlocked writers back off by different times: the connection's turn in the pool decides.
                    tokio::time::sleep(Duration::from_millis(5) * attempt * attempt).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt<W: Write>(&self, write: &W) -> Result<W::Output, WriteError> {
        let tx = self.database.begin().await?;
        let output = write.apply(&tx, self.clock.now_ms()).await?;
        tx.commit().await?;
        Ok(output)
    }
}
