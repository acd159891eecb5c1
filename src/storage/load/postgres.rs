//! PostgreSQL: COPY in binary, everything in one transaction.
//!
//! Rows that are copied into a table which was emptied in the same transaction may be written frozen: nothing has to
//! visit them again, and index-only scans work at once.

use migration::Index;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use super::batches::{self, Batch, Limits};
use super::events::LoadSettings;
use super::road::{Job, Road, build_each};
use super::row::Encoder;
use super::table::Table;
use crate::error::Error;
use crate::storage::database::Database;
use crate::storage::dialect::Engine;

/// Bytes per message while nothing bounds a transaction.
const CHUNK_BYTES: usize = 256 * 1024;
/// Bytes per transaction when rows bound it.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// How long to wait for those who use the tables.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '30s'";
/// Sorts of this size stay in memory; larger ones take few passes over temporary files of the server.
const MAINTENANCE_MEMORY: &str = "SET LOCAL maintenance_work_mem = '128MB'";
/// Signature, flags, and the length of the header's extension.
const COPY_HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// In place of a row's number of columns: the end.
const COPY_TRAILER: [u8; 2] = (-1_i16).to_be_bytes();
/// In place of a value's length: NULL.
const NULL_LENGTH: i32 = -1;

/// A connection of our own, closed at the end; when it breaks off, the server rolls back.
pub(super) struct PostgresRoad {
    connection: PgConnection,
    whole: bool,
}

impl PostgresRoad {
    /// Takes a connection out of the pool.
    pub(super) async fn open(database: &Database, settings: &LoadSettings) -> Result<Self, Error> {
        let connection = database.writes.get_postgres_connection_pool().acquire().await?.detach();
        Ok(Self { connection, whole: settings.batch_rows.is_none() })
    }

    /// Only inside of transactions: behind a pooler, a setting of the session would stay with the server's connection.
    async fn lift_limits(&mut self) -> Result<(), Error> {
        self.execute("SET LOCAL statement_timeout = 0".to_owned()).await?;
        self.execute("SET LOCAL idle_in_transaction_session_timeout = 0".to_owned()).await
    }

    /// All rows by one COPY.
    async fn copy_whole(&mut self, table: Table, job: &mut Job<'_>) -> Result<u64, Error> {
        let mut rows = 0;
        let limits = Limits { rows: usize::MAX, bytes: CHUNK_BYTES };
        let mut batches = batches::of_table(job.catalogue, table, limits, CopyRows::default);
        let statement = format!("COPY {} FROM STDIN (FORMAT binary, FREEZE)", table.with_columns());
        let mut copy = self.connection.copy_in_raw(&statement).await?;
        copy.send(COPY_HEADER).await?;
        while let Some(Batch { rows: more, encoded }) = batches.recv().await {
            copy.send(encoded.bytes).await?;
            rows += more as u64;
            job.wrote(table, rows);
        }
        copy.send(COPY_TRAILER.as_slice()).await?;
        copy.finish().await?;
        Ok(rows)
    }

    /// One COPY and one transaction for each batch.
    async fn copy_in_batches(&mut self, table: Table, batch_rows: usize, job: &mut Job<'_>) -> Result<u64, Error> {
        let mut rows = 0;
        let limits = Limits { rows: batch_rows.max(1), bytes: BATCH_BYTES };
        let mut batches = batches::of_table(job.catalogue, table, limits, CopyRows::default);
        let statement = format!("COPY {} FROM STDIN (FORMAT binary)", table.with_columns());
        while let Some(Batch { rows: more, encoded }) = batches.recv().await {
            let mut copy = self.connection.copy_in_raw(&statement).await?;
            copy.send(COPY_HEADER).await?;
            copy.send(encoded.bytes).await?;
            copy.send(COPY_TRAILER.as_slice()).await?;
            copy.finish().await?;
            rows += more as u64;
            job.wrote(table, rows);
        }
        Ok(rows)
    }
}

impl Road for PostgresRoad {
    const ENGINE: Engine = Engine::Postgres;

    async fn execute(&mut self, sql: String) -> Result<(), Error> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await?;
        Ok(())
    }

    async fn texts(&mut self, sql: &'static str) -> Result<Vec<String>, Error> {
        let rows = sqlx::raw_sql(sql).fetch_all(&mut self.connection).await?;
        Ok(rows.iter().map(|row| sqlx::Row::try_get(row, 0)).collect::<Result<_, _>>()?)
    }

    async fn begin(&mut self, _settings: &LoadSettings) -> Result<(), Error> {
        if !self.whole {
            return Ok(());
        }
        self.execute("BEGIN".to_owned()).await?;
        self.lift_limits().await?;
        self.execute(LOCK_TIMEOUT.to_owned()).await?;
        self.execute("LOCK TABLE categories, producers, products IN ACCESS EXCLUSIVE MODE".to_owned()).await
    }

    async fn empty(&mut self, table: &'static str) -> Result<(), Error> {
        self.execute(format!("TRUNCATE {table}")).await
    }

    async fn fill(&mut self, table: Table, job: &mut Job<'_>) -> Result<u64, Error> {
        job.wrote(table, 0);
        let rows = match job.settings.batch_rows {
            None => self.copy_whole(table, job).await?,
            Some(batch_rows) => self.copy_in_batches(table, batch_rows, job).await?,
        };
        // Ids were given, so the sequence has not moved; it never goes back.
        let name = table.name();
        self.execute(format!(
            "SELECT setval(s.name, greatest({rows}, pg_sequence_last_value(s.name), 1)) \
             FROM (SELECT pg_get_serial_sequence('{name}', 'id')::regclass AS name) s WHERE {rows} > 0"
        ))
        .await?;
        Ok(rows)
    }

    async fn build(&mut self, indexes: &[Index], job: &mut Job<'_>) -> Result<(), Error> {
        if self.whole {
            self.execute(MAINTENANCE_MEMORY.to_owned()).await?;
        } else {
            // A small server keeps its own bound on the memory of a sort.
            self.execute("BEGIN".to_owned()).await?;
            self.lift_limits().await?;
        }
        build_each(self, indexes, job).await
    }

    async fn finish(mut self) -> Result<(), Error> {
        self.execute("COMMIT".to_owned()).await?;
        // VACUUM runs in no transaction, so its limit can only be lifted for the session.
        self.execute("SET statement_timeout = 0".to_owned()).await?;
        for table in Table::ALL {
            self.execute(format!("VACUUM (ANALYZE) {}", table.name())).await?;
        }
        self.execute("RESET statement_timeout".to_owned()).await?;
        self.connection.close().await?;
        Ok(())
    }
}

/// Rows in the binary form of COPY.
#[derive(Debug, Default)]
struct CopyRows {
    bytes: Vec<u8>,
}

impl CopyRows {
    fn value(&mut self, value: &[u8]) {
        // Texts are bounded by their columns, far below 2 GiB.
        let length = i32::try_from(value.len()).unwrap_or(i32::MAX);
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(value);
    }
}

impl Encoder for CopyRows {
    fn begin_row(&mut self, columns: usize) {
        if self.bytes.is_empty() {
            self.bytes.reserve(CHUNK_BYTES + 16 * 1024);
        }
        let columns = i16::try_from(columns).unwrap_or(i16::MAX);
        self.bytes.extend_from_slice(&columns.to_be_bytes());
    }

    fn big(&mut self, value: i64) {
        self.value(&value.to_be_bytes());
    }

    fn small(&mut self, value: i16) {
        self.value(&value.to_be_bytes());
    }

    fn text(&mut self, value: &str) {
        self.value(value.as_bytes());
    }

    fn null(&mut self) {
        self.bytes.extend_from_slice(&NULL_LENGTH.to_be_bytes());
    }

    fn end_row(&mut self) {}

    fn size_bytes(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_preceded_by_their_length_and_null_has_none() {
        let mut rows = CopyRows::default();
        rows.begin_row(4);
        rows.big(258);
        rows.small(-2);
        rows.text("दूध");
        rows.null();
        rows.end_row();
        let expected: &[&[u8]] = &[
            &[0, 4],
            &[0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2],
            &[0, 0, 0, 2, 255, 254],
            &[0, 0, 0, 9],
            "दूध".as_bytes(),
            &[255, 255, 255, 255],
        ];
        assert_eq!(rows.bytes, expected.concat());
        assert_eq!(rows.size_bytes(), rows.bytes.len());
    }

    #[test]
    fn the_header_is_nineteen_bytes() {
        assert_eq!(COPY_HEADER.len(), 11 + 4 + 4);
        assert_eq!(COPY_TRAILER, [255, 255]);
    }
}
