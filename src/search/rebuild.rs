//! A new index beside the old one, brought to every process that shares the folder.

use std::path::Path;

use super::SearchIndex;
use super::folder::{self, Folder};
use super::indexer::unique_name;
use super::making::make;
use crate::clock::Clock;
use crate::error::Error;
use crate::storage::Database;

/// Makes a new index and has it take the place of the old, also of those that running servers hold: they see it within a
/// second and catch up with the feed.
///
/// # Errors
/// When the database or the disk fails; the old index then stays.
pub async fn rebuild(
    database: &Database,
    installation: &str,
    index: &SearchIndex,
    parent: &Path,
    clock: &Clock,
    seen: impl Fn(usize) + Send,
) -> Result<(), Error> {
    let places = Folder::all(parent).map_err(Error::internal)?;
    let Some((first, others)) = places.split_first() else { return Ok(()) };
    let name = unique_name(clock);
    let built = first.begin(&name).map_err(Error::internal)?;
    let maker = folder::hold(&built).map_err(Error::internal)?;
    make(database, installation, index, Some(&built), seen).await?;
    for other in others {
        let copy = other.begin(&name).map_err(Error::internal)?;
        let copying = folder::hold(&copy).map_err(Error::internal)?;
        folder::copy(&built, &copy).map_err(Error::internal)?;
        other.swap_in(&copy).map_err(Error::internal)?;
        drop(copying);
    }
    first.swap_in(&built).map_err(Error::internal)?;
    drop(maker);
    Ok(())
}
