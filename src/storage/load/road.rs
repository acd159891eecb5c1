//! What each engine does in its own way while a catalogue is loaded.

use migration::Index;
use seed::Catalogue;

use super::batches::row_count;
use super::events::{LoadEvent, LoadSettings};
use super::table::Table;
use crate::error::Error;
use crate::storage::dialect::Engine;

/// A load under way.
pub(super) struct Job<'a> {
    /// What is loaded.
    pub(super) catalogue: &'a Catalogue,
    /// How.
    pub(super) settings: &'a LoadSettings,
    /// Who is told.
    pub(super) progress: &'a mut (dyn FnMut(LoadEvent) + Send),
}

impl Job<'_> {
    /// Tells how many rows of a table are written.
    pub(super) fn wrote(&mut self, table: Table, rows: u64) {
        match table {
            Table::Categories => {}
            Table::Producers if rows > 0 => {}
            Table::Producers => (self.progress)(LoadEvent::Producers { total: row_count(self.catalogue, table) }),
            Table::Products => (self.progress)(LoadEvent::Products { loaded: rows, total: row_count(self.catalogue, table) }),
        }
    }
}

/// One connection to one engine, and the fastest way through it. Whatever happens, nobody else gets this connection
/// with the settings of the load.
pub(super) trait Road {
    /// Which engine it leads to.
    const ENGINE: Engine;

    /// Runs one statement without values.
    async fn execute(&mut self, sql: String) -> Result<(), Error>;

    /// The first column of a query, as text.
    async fn texts(&mut self, sql: &'static str) -> Result<Vec<String>, Error>;

    /// Sets the connection up and takes the tables.
    async fn begin(&mut self, settings: &LoadSettings) -> Result<(), Error>;

    /// Removes all rows of a table.
    async fn empty(&mut self, table: &'static str) -> Result<(), Error>;

    /// Writes all rows of an empty table; gives how many.
    async fn fill(&mut self, table: Table, job: &mut Job<'_>) -> Result<u64, Error>;

    /// Builds all indexes, telling before each.
    async fn build(&mut self, indexes: &[Index], job: &mut Job<'_>) -> Result<(), Error>;

    /// Makes everything durable and visible, takes statistics, and gives the connection back.
    async fn finish(self) -> Result<(), Error>;
}

/// Builds the indexes one after the other.
pub(super) async fn build_each<R: Road>(road: &mut R, indexes: &[Index], job: &mut Job<'_>) -> Result<(), Error> {
    for (done, index) in indexes.iter().enumerate() {
        (job.progress)(LoadEvent::Indexes { done, total: indexes.len(), name: index.name });
        road.execute(index.create_sql(R::ENGINE.backend())).await?;
    }
    Ok(())
}
