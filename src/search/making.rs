//! Making an index from the tables: the position of the feed first, then every row by id; what changed meanwhile is
//! replayed from that position.

use std::path::Path;
use std::sync::Arc;

use super::SearchIndex;
use super::live::{LiveIndex, Rows};
use super::stamp::Stamp;
use crate::error::Error;
use crate::storage::changes::{self, Head};
use crate::storage::{Database, producers, products};

/// Rows read at once.
const BATCH: u32 = 2_000;

/// Makes an index in a folder, or in memory. `seen` is told of every row.
///
/// # Errors
/// When the database or the disk fails; what was made so far is worth nothing.
pub(super) async fn make(
    database: &Database,
    installation: &str,
    index: &SearchIndex,
    path: Option<&Path>,
    seen: impl Fn(usize) + Send,
) -> Result<LiveIndex, Error> {
    let Head { seq, generation, .. } = changes::head(database).await?;
    let stamp = Stamp::new(installation, index.synonyms(), seq, generation);
    let (folder, begun, synonyms) = (path.map(Path::to_owned), stamp.clone(), Arc::clone(index.synonyms()));
    let mut live = blocking(move || LiveIndex::create(folder.as_deref(), begun, &synonyms).map_err(Error::internal)).await?;
    let mut last = 0;
    let mut next = products::after_id(database, last, BATCH).await?;
    while let Some(product) = next.last() {
        last = product.id;
        seen(next.len());
        let rows = Rows { products: next, ..Rows::default() };
        // The next rows are read while these are taken over.
        let (added, read) = tokio::join!(add(live, rows), products::after_id(database, last, BATCH));
        (live, next) = (added?, read?);
    }
    let mut last = 0;
    loop {
        let producers = producers::after_id(database, last, BATCH).await?;
        let Some(producer) = producers.last() else { break };
        last = producer.id;
        seen(producers.len());
        live = add(live, Rows { producers, ..Rows::default() }).await?;
    }
    blocking(move || {
        live.commit(stamp).and_then(|()| live.compact()).and_then(|()| live.rest()).map_err(Error::internal)?;
        Ok(live)
    })
    .await
}

async fn add(mut live: LiveIndex, rows: Rows) -> Result<LiveIndex, Error> {
    blocking(move || live.add(&rows).map(|()| live).map_err(Error::internal)).await
}

/// Runs what takes a processor or a disk for a while where it holds up nobody.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
