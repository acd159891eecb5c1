//! What can be asked of this program.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::bare::Bare;
use crate::engine::Engine;
use crate::sqlite_load::SqliteLoad;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(about = "Measures the farmlokal binary against the figures it promises")]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Measure, print a table, write JSON.
    Run(Settings),
    /// Serve as one of the limits that the server is compared with (started by `run`).
    Bare(Bare),
    /// Load ready SQL text into an SQLite file by the bundled library (started by `run`).
    LoadSqlite(SqliteLoad),
}

/// What is measured, and how long.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// The server's binary, of the `dist` profile.
    #[arg(long)]
    pub(crate) server: PathBuf,
    /// Engines, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres,mariadb")]
    pub(crate) engines: Vec<Engine>,
    /// Products of the large catalogue.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) rows: u64,
    /// Parts, separated by commas.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "start,cost,pages,search,hostile,cached,herd,freshness,hitrate,faults,budgets,slow,webhooks,partner,seed"
    )]
    pub(crate) only: Vec<Part>,
    /// How long each mix of pages is asked for.
    #[arg(long, default_value_t = 30)]
    pub(crate) seconds: u64,
    /// Requests per second of the open loop.
    #[arg(long, default_value_t = 200)]
    pub(crate) rate: u32,
    /// Where the figures are written as JSON.
    #[arg(long, overrides_with = "json")]
    pub(crate) json: Option<PathBuf>,
    /// Leave databases and servers running at the end, until Enter is pressed.
    #[arg(long)]
    pub(crate) keep: bool,
}

/// A part of the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// From an empty folder to the first answer; memory; size.
    Start,
    /// Server time of a page against the bare limits.
    Cost,
    /// Latency of first and deep pages at a fixed rate.
    Pages,
    /// Questions to the search index, beside PostgreSQL's own full text.
    Search,
    /// Documents made to hurt.
    Hostile,
    /// Answers out of the cache against the bare limits.
    Cached,
    /// A thousand people with one new question.
    Herd,
    /// How soon a changed price is seen.
    Freshness,
    /// How much is answered out of the cache while a shop sells.
    Hitrate,
    /// Redis or the database away.
    Faults,
    /// One limit over three processes.
    Budgets,
    /// Five hundred callers who take their time.
    Slow,
    /// Signed deliveries against a handler that stores one row.
    Webhooks,
    /// A partner that is ill.
    Partner,
    /// Seeding against the engine's own loading.
    Seed,
}
