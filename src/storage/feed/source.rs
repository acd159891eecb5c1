//! Where a follower reads the feed.

use super::sequencer;
use crate::domain::Change;
use crate::error::Error;
use crate::storage::changes::{self, Head};
use crate::storage::database::Database;

/// The feed as a follower needs it: the database, or a model of one that a simulation can stop, slow down and lose.
pub trait FeedSource: Send + Sync + 'static {
    /// Numbers what is committed and has no number yet.
    fn number(&self) -> impl Future<Output = Result<(), Error>> + Send;
    /// Where the feed stands.
    fn head(&self) -> impl Future<Output = Result<Head, Error>> + Send;
    /// The numbered changes behind `position`, in order.
    fn after(&self, position: i64, limit: u32) -> impl Future<Output = Result<Vec<Change>, Error>> + Send;
}

impl FeedSource for Database {
    async fn number(&self) -> Result<(), Error> {
        if changes::any_unnumbered(self).await? {
            sequencer::run(self).await?;
        }
        Ok(())
    }

    async fn head(&self) -> Result<Head, Error> {
        changes::head(self).await
    }

    async fn after(&self, position: i64, limit: u32) -> Result<Vec<Change>, Error> {
        changes::after(self, position, limit).await
    }
}
