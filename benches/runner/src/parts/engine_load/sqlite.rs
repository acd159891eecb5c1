//! SQLite: ready INSERTs of 100 rows, by the bundled library (`farmlokal-bench load-sqlite`).

use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::Command;

use anyhow::Context as _;

use super::super::Run;
use super::{Ready, TABLES};
use crate::engine::Engine;
use crate::queries::Queries;
use crate::sqlite_load::SEPARATOR;

/// Rows per statement.
const STATEMENT_ROWS: i64 = 100;

pub(super) fn dump(run: &Run<'_>, url: &str) -> anyhow::Result<Ready> {
    let rows = run.databases.folder().join("sqlite-rows.sql");
    let mut file = BufWriter::new(File::create(&rows)?);
    run.runtime.block_on(async {
        let database = Queries::open(url).await?;
        for table in TABLES {
            let sql = database.text(&format!("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = '{table}'")).await?;
            write(&mut file, &sql)?;
            dump_rows(&database, table, &mut file).await?;
        }
        let indexes = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL \
                       AND tbl_name IN ('categories', 'producers', 'products') ORDER BY rowid";
        for sql in database.texts(indexes).await? {
            write(&mut file, &sql)?;
        }
        database.close().await;
        anyhow::Ok(())
    })?;
    file.flush()?;
    Ok(Ready { engine: Engine::Sqlite, from_url: url.to_owned(), rows, drop_indexes: Vec::new(), create_indexes: Vec::new() })
}

async fn dump_rows(database: &Queries, table: &str, file: &mut impl Write) -> anyhow::Result<()> {
    let columns = database.texts(&format!("SELECT name FROM pragma_table_info('{table}')")).await?;
    let quoted: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
    let values = quoted.join(" || ',' || ");
    let most: i64 = database.text(&format!("SELECT CAST(coalesce(max(id), 0) AS TEXT) FROM {table}")).await?.parse()?;
    let mut from = 1;
    while from <= most {
        let to = from + STATEMENT_ROWS - 1;
        let rows =
            database.texts(&format!("SELECT '(' || {values} || ')' FROM {table} WHERE id BETWEEN {from} AND {to}")).await?;
        if !rows.is_empty() {
            write(file, &format!("INSERT INTO {table} ({}) VALUES {}", columns.join(","), rows.join(",")))?;
        }
        from = to + 1;
    }
    Ok(())
}

fn write(file: &mut impl Write, statement: &str) -> anyhow::Result<()> {
    file.write_all(statement.as_bytes())?;
    Ok(file.write_all(&[SEPARATOR])?)
}

/// The command that makes and fills the file.
pub(super) fn prepare(ready: &Ready, url: &str) -> anyhow::Result<Command> {
    let file = url.strip_prefix("sqlite://").context("an SQLite address")?;
    let mut command = Command::new(std::env::current_exe().context("where this program is")?);
    command.arg("load-sqlite").arg(&ready.rows).arg(file);
    Ok(command)
}
