//! Measures the `farmlokal` binary against the figures it promises: `scripts/bench` builds both and runs this.
//!
//! ```text
//! main ─ command_line ─ parts: start, pages, cost, seed, hostile
//!                         │
//!          ┌──────────────┼──────────────────┬─────────────────┐
//!        target         load               databases         report
//!        the server,    open and closed    real engines,     figures, bars,
//!        pinned         loops, latencies   seeded catalogues table, JSON
//!                         │
//!                       shapes, filter, sample, cursor: what is asked
//! ```
//!
//! `farmlokal-bench bare …` are the two limits that the server is compared with: the same bytes, and the same SQL through
//! prepared statements, answered by axum alone.

mod bare;
mod command_line;
mod cores;
mod cursor;
mod databases;
mod engine;
mod filter;
mod graphql;
mod histogram;
mod http_client;
mod load;
mod parts;
mod process;
mod queries;
mod report;
mod sample;
mod shapes;
mod sqlite_load;
mod stopwatch;
mod target;

use clap::Parser as _;
use mimalloc::MiMalloc;

use crate::command_line::{Command, CommandLine};

/// The server's allocator, so that the bare limits have it too.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> anyhow::Result<()> {
    match CommandLine::parse().command {
        Command::Run(settings) => parts::run(&settings),
        Command::Bare(limit) => bare::serve(&limit),
        Command::LoadSqlite(files) => sqlite_load::load(&files),
    }
}
