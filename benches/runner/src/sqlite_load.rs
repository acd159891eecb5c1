//! What the bundled SQLite library itself takes to load ready SQL text: one transaction into a new file, then the indexes
//! and the statistics. A process of its own, so that its time and memory are its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};

/// Ends a statement in the file: no text of ours holds it.
pub(crate) const SEPARATOR: u8 = 0;

/// As for a load by the server: a file without a journal until the end, a large cache, temporary files on the disk.
const BEFORE: &str = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; PRAGMA mmap_size = 0; \
     PRAGMA temp_store = file; PRAGMA threads = 2; BEGIN IMMEDIATE";
const AFTER: &str = "ANALYZE; COMMIT; PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL";

/// The files of a load.
#[derive(Debug, Args)]
pub(crate) struct SqliteLoad {
    /// Statements that make tables, rows and indexes, each ended by a NUL byte.
    pub(crate) statements: PathBuf,
    /// The database to make.
    pub(crate) database: PathBuf,
}

/// Loads.
///
/// # Errors
/// When a statement fails.
pub(crate) fn load(files: &SqliteLoad) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let url = format!("sqlite://{}?mode=rwc", files.database.display());
        let mut connection = SqliteConnection::connect(&url).await?;
        connection.execute("PRAGMA page_size = 8192").await?;
        connection.execute(BEFORE).await?;
        let mut reader = BufReader::with_capacity(1 << 20, File::open(&files.statements).context("the statements")?);
        let mut statement = Vec::new();
        while reader.read_until(SEPARATOR, &mut statement)? > 0 {
            statement.pop();
            let text = String::from_utf8(std::mem::take(&mut statement))?;
            connection.execute(sqlx::raw_sql(AssertSqlSafe(text))).await?;
        }
        connection.execute(AFTER).await?;
        connection.close().await?;
        Ok(())
    })
}
