//! What a load is told to do, and what it tells of itself.

use std::time::Duration;

/// How to load.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoadSettings {
    /// Most rows per statement and per transaction, for small serverless databases; `None` for what is fastest. SQLite
    /// keeps its one transaction in any case.
    pub batch_rows: Option<usize>,
    /// Empty the catalogue first; otherwise one that is not empty is refused.
    pub replace: bool,
    /// SQLite: the file was made by this process and holds nothing that could be lost, so nothing is journaled. The
    /// caller deletes the file when the load fails.
    pub fresh_file: bool,
}

/// How far a load is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadEvent {
    /// Categories and producers are being written.
    Producers {
        /// How many producers there will be.
        total: u64,
    },
    /// Products are being written; told once at the start and again for every batch.
    Products {
        /// Written so far.
        loaded: u64,
        /// How many there will be.
        total: u64,
    },
    /// Indexes are being built.
    Indexes {
        /// Built so far.
        done: usize,
        /// How many there will be.
        total: usize,
        /// What is being built: an index, or a table whose indexes are all built at once.
        name: &'static str,
    },
    /// The engine takes its statistics.
    Analyze,
    /// Everything is in place.
    Done,
}

/// What was loaded, and how long it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoadReport {
    /// Categories written.
    pub categories: u64,
    /// Producers written.
    pub producers: u64,
    /// Products written.
    pub products: u64,
    /// Time for dropping indexes, emptying and writing rows.
    pub rows_took: Duration,
    /// Time for building the indexes.
    pub indexes_took: Duration,
    /// Time for making everything durable and taking the engine's statistics.
    pub analyze_took: Duration,
}

impl LoadReport {
    /// The whole time.
    pub fn took(&self) -> Duration {
        self.rows_took + self.indexes_took + self.analyze_took
    }
}
