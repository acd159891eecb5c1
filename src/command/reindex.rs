//! `farmlokal reindex`.

use clap::Args;

use super::progress::IndexProgress;
use crate::app;
use crate::clock::Clock;
use crate::config::{DatabaseArgs, SearchArgs};
use crate::error::Error;
use crate::search::{self, IndexPlace, SearchIndex};
use crate::storage::{count, installation};

/// Settings of `farmlokal reindex`.
#[derive(Args)]
pub(super) struct ReindexArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    search: SearchArgs,
}

/// Makes a new index and puts it in the place of the old one.
pub(super) fn run(args: &ReindexArgs) -> Result<(), String> {
    let target = args.database.target()?;
    let IndexPlace::Folder(folder) = args.search.place(target.connector.sqlite_file().as_deref()) else {
        return Err("SEARCH_DIR names no folder: there is no index to make".to_owned());
    };
    let index = SearchIndex::new(args.search.synonyms()?);
    let rows = super::block_on(async {
        let database = app::open_database(&target.connector).await?;
        let id = installation::id(&database).await?.ok_or_else(|| app::refused("there is no catalogue yet".to_owned()))?;
        let rows = count::everything(&database).await?;
        let progress = IndexProgress::new(rows);
        search::rebuild(&database, &id, &index, &folder, &Clock::system(), |rows| progress.advance(rows)).await?;
        progress.finish();
        database.close().await;
        Ok::<_, Error>(rows)
    })?;
    super::say(&format!("{rows} rows are indexed in {}; running servers take it over within a second", folder.display()));
    Ok(())
}
