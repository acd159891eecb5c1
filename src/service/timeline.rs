//! Lists by time, newest first: orders, webhook events.

use std::sync::Arc;

use super::Marketplace;
use super::cursor::{CursorCodec, ListStamp};
use super::page::{PageRequest, PageWindow};
use crate::error::Error;
use crate::storage::{Database, Seek, Window};

/// Which rows of one kind.
pub trait TimelineSelection: Clone + Send + Sync {
    /// A row.
    type Row: Send + Sync;
    /// The number of this list in cursors.
    const TAG: u8;

    /// A hash of everything that selects rows.
    fn hash(&self) -> [u8; 8];
    /// Where a row stands.
    fn position(row: &Self::Row) -> Seek;
    /// Reads a stretch.
    fn read(&self, database: &Database, window: &Window) -> impl Future<Output = Result<Vec<Self::Row>, Error>> + Send;
    /// Counts, up to `cap`.
    fn count(&self, database: &Database, cap: u64) -> impl Future<Output = Result<u64, Error>> + Send;
}

/// A page of such a list.
#[derive(Debug, Clone)]
pub struct Timeline<S: TimelineSelection> {
    /// The rows, newest first.
    pub rows: Vec<S::Row>,
    selection: S,
    window: PageWindow,
    stamp: ListStamp,
    cursors: Arc<CursorCodec>,
    more: bool,
}

impl<S: TimelineSelection> Timeline<S> {
    /// The cursor of a row of this page.
    pub fn cursor(&self, row: &S::Row) -> String {
        self.cursors.encode(self.stamp, &S::position(row))
    }
}

impl Marketplace {
    /// One page.
    pub(super) async fn timeline<S: TimelineSelection>(&self, selection: S, page: &PageRequest) -> Result<Timeline<S>, Error> {
        let stamp = ListStamp { tag: S::TAG, filter_hash: selection.hash() };
        let window = page.window(&self.cursors, stamp)?;
        let rows = selection.read(&self.database, &window.stretch(true)).await?;
        let (rows, more) = window.cut(rows);
        Ok(Timeline { rows, selection, window, stamp, cursors: Arc::clone(&self.cursors), more })
    }

    /// Whether there are older rows behind this page.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_older<S: TimelineSelection>(&self, page: &Timeline<S>) -> Result<bool, Error> {
        if page.window.forward { Ok(page.more) } else { self.beyond(page).await }
    }

    /// Whether there are newer rows in front of this page.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_newer<S: TimelineSelection>(&self, page: &Timeline<S>) -> Result<bool, Error> {
        if page.window.forward { self.beyond(page).await } else { Ok(page.more) }
    }

    /// How many rows the whole list holds, at most `cap`.
    ///
    /// # Errors
    /// When the database fails or takes too long.
    pub async fn count_timeline<S: TimelineSelection>(&self, page: &Timeline<S>, cap: u64) -> Result<u64, Error> {
        page.selection.count(&self.database, cap).await
    }

    async fn beyond<S: TimelineSelection>(&self, page: &Timeline<S>) -> Result<bool, Error> {
        let Some(window) = page.window.other_side(true) else { return Ok(false) };
        Ok(!page.selection.read(&self.database, &window).await?.is_empty())
    }
}
