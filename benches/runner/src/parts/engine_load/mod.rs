//! What an engine itself takes to load ready rows: dumps them out of a seeded catalogue, and loads them by the engine's
//! own tools into empty tables, with the same indexes and statistics.

mod mariadb;
mod postgres;
mod sqlite;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;

use super::Run;
use crate::engine::Engine;
use crate::process::{self, Usage};
use crate::queries::Queries;

/// The tables of a catalogue, in the order in which they are filled.
const TABLES: [&str; 3] = ["categories", "producers", "products"];

/// Rows and indexes, ready to be loaded.
pub(super) struct Ready {
    engine: Engine,
    /// The catalogue they come from.
    from_url: String,
    /// Where the rows are; a folder or a file, as the engine likes it.
    rows: PathBuf,
    /// Statements that drop the indexes of a migrated database; none for SQLite, whose file is new.
    drop_indexes: Vec<String>,
    /// Statements that make them.
    create_indexes: Vec<String>,
}

/// Dumps the catalogue of `url`.
pub(super) fn dump(run: &Run<'_>, engine: Engine, url: &str) -> anyhow::Result<Ready> {
    match engine {
        Engine::Postgres => postgres::dump(run, url),
        Engine::Mariadb => mariadb::dump(run, url),
        Engine::Sqlite => sqlite::dump(run, url),
    }
}

/// Loads it into a new database; gives what the client took, and the processor time of the server.
pub(super) fn load(run: &mut Run<'_>, ready: &Ready) -> anyhow::Result<(Usage, Duration)> {
    let engine = ready.engine;
    let url = run.databases.empty(engine);
    let mut command = match engine {
        Engine::Postgres => postgres::prepare(run, ready, &url)?,
        Engine::Mariadb => mariadb::prepare(run, ready, &url)?,
        Engine::Sqlite => sqlite::prepare(ready, &url)?,
    };
    let before = run.databases.server_cpu(engine);
    let usage = process::measure(&mut command, &run.databases.folder().join("load.log"))?;
    let server_cpu = run.databases.server_cpu(engine).saturating_sub(before);
    run.runtime.block_on(require_same_size(&ready.from_url, &url))?;
    Ok((usage, server_cpu))
}

/// An engine that loads nothing is the fastest of all.
async fn require_same_size(from_url: &str, to_url: &str) -> anyhow::Result<()> {
    let counts = TABLES.map(|table| format!("(SELECT count(*) FROM {table})")).join(", ");
    let sql = format!("SELECT concat_ws(' ', {counts})");
    let (from, to) = (Queries::open(from_url).await?, Queries::open(to_url).await?);
    let sizes = (from.text(&sql).await?, to.text(&sql).await?);
    from.close().await;
    to.close().await;
    ensure!(sizes.0 == sizes.1, "the engine's own load is not the same catalogue: {} rows instead of {}", sizes.1, sizes.0);
    Ok(())
}
