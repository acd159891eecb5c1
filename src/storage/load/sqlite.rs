//! SQLite: one transaction of prepared INSERTs.
//!
//! A file that this process has just made is written without a journal; any other keeps its write-ahead log, and with
//! it readers and what was there before.

use std::sync::Arc;

use migration::Index;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, Decode, Sqlite, Type};

use super::batches::{self, Batch, Limits};
use super::events::LoadSettings;
use super::road::{Job, Road, build_each};
use super::row::Encoder;
use super::table::Table;
use crate::error::Error;
use crate::storage::database::Database;
use crate::storage::dialect::Engine;

/// Rows per statement.
const STATEMENT_ROWS: usize = 200;
/// Values that a statement may bind, in the bundled library.
const BOUND_MAX: usize = 32_766;
/// Bytes per statement.
const STATEMENT_BYTES: usize = 1024 * 1024;

/// What the load changes on its connection, with the value that it takes meanwhile: a large cache in place of the mapped
/// file, and temporary files instead of memory. Building an index keeps up to four times the cache in memory (the cache,
/// and a run of sorted keys for each thread and the next one): measured with 3 million products, 148 MB in all.
const PRAGMAS: [(&str, &str); 4] = [("cache_size", "-32768"), ("mmap_size", "0"), ("temp_store", "file"), ("threads", "2")];

/// The writer's connection. It is closed unless everything went well: that rolls back.
pub(super) struct SqliteRoad {
    connection: PoolConnection<Sqlite>,
    done: bool,
    /// Pragmas to set again at the end, in order.
    before: Vec<(&'static str, i64)>,
    unjournaled: bool,
}

impl Drop for SqliteRoad {
    fn drop(&mut self) {
        if !self.done {
            self.connection.close_on_drop();
        }
    }
}

impl SqliteRoad {
    /// Takes the writer's connection.
    pub(super) async fn open(database: &Database, settings: &LoadSettings) -> Result<Self, Error> {
        if settings.fresh_file {
            // A file that a second connection has open cannot leave its write-ahead log.
            let readers = database.reads.get_sqlite_connection_pool();
            while let Some(idle) = readers.try_acquire() {
                idle.close().await?;
            }
        }
        let connection = database.writes.get_sqlite_connection_pool().acquire().await?;
        Ok(Self { connection, done: false, before: Vec::new(), unjournaled: false })
    }

    async fn set(&mut self, pragma: &'static str, value: &str) -> Result<(), Error> {
        if let Some(before) = self.ask(format!("PRAGMA {pragma}")).await?.pop() {
            self.before.insert(0, (pragma, before));
        }
        self.execute(format!("PRAGMA {pragma} = {value}")).await
    }

    /// The first column of a query.
    async fn ask<T>(&mut self, sql: String) -> Result<Vec<T>, Error>
    where
        T: for<'row> Decode<'row, Sqlite> + Type<Sqlite>,
    {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut *self.connection).await?;
        Ok(rows.iter().map(|row| sqlx::Row::try_get(row, 0)).collect::<Result<_, _>>()?)
    }
}

impl Road for SqliteRoad {
    const ENGINE: Engine = Engine::Sqlite;

    async fn execute(&mut self, sql: String) -> Result<(), Error> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *self.connection).await?;
        Ok(())
    }

    async fn texts(&mut self, sql: &'static str) -> Result<Vec<String>, Error> {
        self.ask(sql.to_owned()).await
    }

    async fn begin(&mut self, settings: &LoadSettings) -> Result<(), Error> {
        for (pragma, value) in PRAGMAS {
            self.set(pragma, value).await?;
        }
        if settings.fresh_file {
            // Somebody else may have opened the file meanwhile: then it keeps its log, and nothing is risked.
            let mode = self.ask("PRAGMA journal_mode = OFF".to_owned()).await;
            self.unjournaled = mode.is_ok_and(|mode: Vec<String>| mode == ["off"]);
        }
        if self.unjournaled {
            self.set("synchronous", "OFF").await?;
        }
        self.execute("BEGIN IMMEDIATE".to_owned()).await
    }

    async fn empty(&mut self, table: &'static str) -> Result<(), Error> {
        self.execute(format!("DELETE FROM {table}")).await
    }

    async fn fill(&mut self, table: Table, job: &mut Job<'_>) -> Result<u64, Error> {
        job.wrote(table, 0);
        let columns = table.columns().len();
        let most = STATEMENT_ROWS.min(BOUND_MAX / columns);
        let statement_rows = job.settings.batch_rows.map_or(most, |rows| rows.clamp(1, most));
        let limits = Limits { rows: statement_rows, bytes: STATEMENT_BYTES };
        let statement = insert_sql(table, statement_rows);
        let mut batches = batches::of_table(job.catalogue, table, limits, BoundRows::default);
        let mut rows = 0;
        while let Some(Batch { rows: more, encoded }) = batches.recv().await {
            let statement = if more == statement_rows { Arc::clone(&statement) } else { insert_sql(table, more) };
            let arguments = encoded.of_values(more * columns)?;
            sqlx::query_with(AssertSqlSafe(statement), arguments).execute(&mut *self.connection).await?;
            rows += more as u64;
            job.wrote(table, rows);
        }
        Ok(rows)
    }

    async fn build(&mut self, indexes: &[Index], job: &mut Job<'_>) -> Result<(), Error> {
        build_each(self, indexes, job).await
    }

    async fn finish(mut self) -> Result<(), Error> {
        self.execute("ANALYZE".to_owned()).await?;
        self.execute("COMMIT".to_owned()).await?;
        for (pragma, value) in std::mem::take(&mut self.before) {
            self.execute(format!("PRAGMA {pragma} = {value}")).await?;
        }
        if self.unjournaled {
            // With `synchronous` back on, this also brings the whole file to the disk.
            self.execute("PRAGMA journal_mode = WAL".to_owned()).await?;
        }
        self.done = true;
        Ok(())
    }
}

fn insert_sql(table: Table, rows: usize) -> Arc<str> {
    let row = format!("({})", vec!["?"; table.columns().len()].join(","));
    format!("INSERT INTO {} VALUES {}", table.with_columns(), vec![row; rows].join(",")).into()
}

/// Values to bind, and about how large they are.
#[derive(Default)]
struct BoundRows {
    arguments: SqliteArguments,
    size_bytes: usize,
}

impl BoundRows {
    /// The arguments, of which there must be so many.
    fn of_values(self, count: usize) -> Result<SqliteArguments, Error> {
        if self.arguments.len() != count {
            return Err(Error::internal(format!("{} of {count} values could be bound", self.arguments.len())));
        }
        Ok(self.arguments)
    }
}

impl Encoder for BoundRows {
    fn begin_row(&mut self, columns: usize) {
        if self.size_bytes == 0 {
            self.arguments.reserve(columns * STATEMENT_ROWS, 0);
        }
    }

    // A value that cannot be bound is left out, and missed when they are counted.

    fn big(&mut self, value: i64) {
        let _ = self.arguments.add(value);
        self.size_bytes += size_of::<i64>();
    }

    fn small(&mut self, value: i16) {
        self.big(i64::from(value));
    }

    fn text(&mut self, value: &str) {
        let _ = self.arguments.add(Arc::<str>::from(value));
        self.size_bytes += value.len();
    }

    fn null(&mut self) {
        let _ = self.arguments.add(None::<i64>);
    }

    fn end_row(&mut self) {}

    fn size_bytes(&self) -> usize {
        self.size_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_has_a_place_for_each_value() {
        let text = insert_sql(Table::Categories, 2);
        assert!(text.ends_with(" VALUES (?,?,?,?,?,?,?),(?,?,?,?,?,?,?)"), "{text}");
    }

    #[test]
    fn a_missing_value_is_noticed() {
        let mut rows = BoundRows::default();
        rows.big(1);
        rows.text("दूध");
        rows.null();
        assert_eq!(rows.size_bytes(), 8 + "दूध".len());
        assert!(rows.of_values(4).is_err());
    }
}
