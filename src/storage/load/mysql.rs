//! MariaDB and MySQL: INSERTs of many rows as text, indexes afterwards.
//!
//! Every DDL statement commits, so this road cannot be one transaction; see the module's description.

use std::io::Write as _;

use migration::Index;
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use super::batches::{self, Batch, Limits};
use super::events::{LoadEvent, LoadSettings};
use super::road::{Job, Road};
use super::row::Encoder;
use super::table::Table;
use crate::error::Error;
use crate::storage::database::Database;
use crate::storage::dialect::Engine;

/// Rows per statement.
const STATEMENT_ROWS: usize = 2_000;
/// Bytes per statement, if the server takes as much.
const STATEMENT_BYTES: usize = 1024 * 1024;
/// Room for the last row of a statement: at most 4 000 characters of description, escaped, and the rest.
const ROW_BYTES: usize = 64 * 1024;
/// Rows per transaction.
const TRANSACTION_ROWS: u64 = 50_000;

/// A connection of our own, closed at the end.
pub(super) struct MySqlRoad {
    connection: MySqlConnection,
    statement_bytes: usize,
}

impl MySqlRoad {
    /// Takes a connection out of the pool.
    pub(super) async fn open(database: &Database) -> Result<Self, Error> {
        let connection = database.writes.get_mysql_connection_pool().acquire().await?.detach();
        Ok(Self { connection, statement_bytes: STATEMENT_BYTES })
    }

    async fn is_mariadb(&mut self) -> Result<bool, Error> {
        let version = self.texts("SELECT VERSION()").await?;
        Ok(version.iter().any(|version| version.contains("MariaDB")))
    }
}

impl Road for MySqlRoad {
    const ENGINE: Engine = Engine::MySql;

    async fn execute(&mut self, sql: String) -> Result<(), Error> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await?;
        Ok(())
    }

    async fn texts(&mut self, sql: &'static str) -> Result<Vec<String>, Error> {
        let rows = sqlx::raw_sql(sql).fetch_all(&mut self.connection).await?;
        Ok(rows.iter().map(|row| sqlx::Row::try_get(row, 0)).collect::<Result<_, _>>()?)
    }

    async fn begin(&mut self, _settings: &LoadSettings) -> Result<(), Error> {
        // Backslashes escape only without NO_BACKSLASH_ESCAPES, so the mode is set rather than asked.
        self.execute("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'".to_owned()).await?;
        self.execute("SET SESSION unique_checks = 0, foreign_key_checks = 0, autocommit = 1".to_owned()).await?;
        // In seconds on MariaDB; MySQL's limit holds for SELECT alone, of which there are none here.
        if self.is_mariadb().await? {
            self.execute("SET SESSION max_statement_time = 0".to_owned()).await?;
        }
        let packet = self.texts("SELECT CAST(@@max_allowed_packet AS CHAR)").await?;
        let packet: usize = packet.first().and_then(|bytes| bytes.parse().ok()).unwrap_or(STATEMENT_BYTES);
        self.statement_bytes = packet.saturating_sub(ROW_BYTES).clamp(1, STATEMENT_BYTES);
        Ok(())
    }

    async fn empty(&mut self, table: &'static str) -> Result<(), Error> {
        self.execute(format!("TRUNCATE TABLE {table}")).await
    }

    async fn fill(&mut self, table: Table, job: &mut Job<'_>) -> Result<u64, Error> {
        job.wrote(table, 0);
        let statement_rows = job.settings.batch_rows.unwrap_or(STATEMENT_ROWS).max(1);
        let transaction_rows = job.settings.batch_rows.map_or(TRANSACTION_ROWS, |rows| rows as u64);
        let limits = Limits { rows: statement_rows, bytes: self.statement_bytes };
        let capacity = self.statement_bytes + ROW_BYTES;
        let mut batches = batches::of_table(job.catalogue, table, limits, move || InsertText::into_table(table, capacity));
        let (mut rows, mut uncommitted) = (0, 0);
        while let Some(Batch { rows: more, encoded }) = batches.recv().await {
            if uncommitted == 0 {
                self.execute("START TRANSACTION".to_owned()).await?;
            }
            self.execute(encoded.into_statement()?).await?;
            rows += more as u64;
            uncommitted += more as u64;
            if uncommitted >= transaction_rows {
                self.execute("COMMIT".to_owned()).await?;
                uncommitted = 0;
            }
            job.wrote(table, rows);
        }
        self.execute("COMMIT".to_owned()).await?;
        Ok(rows)
    }

    async fn build(&mut self, indexes: &[Index], job: &mut Job<'_>) -> Result<(), Error> {
        let mut done = 0;
        // All indexes of a table by one statement: the table is read once, and they appear together.
        for of_table in indexes.chunk_by(|one, next| one.table == next.table) {
            let Some(first) = of_table.first() else { continue };
            (job.progress)(LoadEvent::Indexes { done, total: indexes.len(), name: first.table });
            self.execute(add_indexes(first.table, of_table)).await?;
            done += of_table.len();
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<(), Error> {
        for table in Table::ALL {
            self.execute(format!("ANALYZE TABLE {}", table.name())).await?;
        }
        self.connection.close().await?;
        Ok(())
    }
}

fn add_indexes(table: &str, indexes: &[Index]) -> String {
    let unique = |index: &Index| if index.unique { "UNIQUE " } else { "" };
    let columns = |index: &Index| index.columns_on(Engine::MySql.backend());
    let added = indexes.iter().map(|index| format!("ADD {}INDEX {} ({})", unique(index), index.name, columns(index)));
    format!("ALTER TABLE {table} {}", added.collect::<Vec<_>>().join(", "))
}

/// `INSERT INTO … VALUES (…), (…)`, with the values in it.
#[derive(Debug)]
struct InsertText {
    text: Vec<u8>,
    first_row: bool,
    first_value: bool,
}

impl InsertText {
    fn into_table(table: Table, capacity: usize) -> Self {
        let mut text = Vec::with_capacity(capacity);
        text.extend_from_slice(format!("INSERT INTO {} VALUES ", table.with_columns()).as_bytes());
        Self { text, first_row: true, first_value: true }
    }

    fn separate(&mut self) {
        if !self.first_value {
            self.text.push(b',');
        }
        self.first_value = false;
    }

    fn into_statement(self) -> Result<String, Error> {
        String::from_utf8(self.text).map_err(Error::internal)
    }
}

impl Encoder for InsertText {
    fn begin_row(&mut self, _columns: usize) {
        if !self.first_row {
            self.text.push(b',');
        }
        self.text.push(b'(');
        (self.first_row, self.first_value) = (false, true);
    }

    fn big(&mut self, value: i64) {
        self.separate();
        // Writing to memory does not fail.
        let _ = write!(self.text, "{value}");
    }

    fn small(&mut self, value: i16) {
        self.big(i64::from(value));
    }

    fn text(&mut self, value: &str) {
        self.separate();
        self.text.push(b'\'');
        for byte in value.bytes() {
            match byte {
                b'\'' => self.text.extend_from_slice(b"''"),
                b'\\' => self.text.extend_from_slice(b"\\\\"),
                0 => self.text.extend_from_slice(b"\\0"),
                _ => self.text.push(byte),
            }
        }
        self.text.push(b'\'');
    }

    fn null(&mut self) {
        self.separate();
        self.text.extend_from_slice(b"NULL");
    }

    fn end_row(&mut self) {
        self.text.push(b')');
    }

    fn size_bytes(&self) -> usize {
        self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_or_a_backslash_does_not_end_a_text() {
        let mut insert = InsertText::into_table(Table::Categories, 0);
        for name in ["O'Brien", "a\\", "दूध\0"] {
            insert.begin_row(3);
            insert.big(-1);
            insert.text(name);
            insert.null();
            insert.end_row();
        }
        let text = insert.into_statement().unwrap();
        let (_, values) = text.split_once(" VALUES ").unwrap();
        assert_eq!(values, r"(-1,'O''Brien',NULL),(-1,'a\\',NULL),(-1,'दूध\0',NULL)");
    }

    #[test]
    fn the_statement_names_its_columns() {
        let text = InsertText::into_table(Table::Categories, 0).into_statement().unwrap();
        assert_eq!(text, "INSERT INTO categories (id, slug, name, position, created_at_ms, updated_at_ms, version) VALUES ");
    }

    #[test]
    fn all_indexes_of_a_table_are_added_at_once() {
        let slug = Index { table: "t", name: "ux", columns: "slug", unique: true, sold_out: false };
        let price = Index { table: "t", name: "ix", columns: "price, id", unique: false, sold_out: true };
        let text = "ALTER TABLE t ADD UNIQUE INDEX ux (slug), ADD INDEX ix (in_stock, price, id)";
        assert_eq!(add_indexes("t", &[slug, price]), text);
    }
}
