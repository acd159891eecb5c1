//! Measures the `farmlokal` binary against the figures it promises: `scripts/bench` builds both and runs this.
//!
//! ```text
//! main ─ command_line ─ parts: start, pages, search, cost, seed, hostile; cached, herd, freshness, hitrate, faults, budgets, slow
//!                         │
//!          ┌──────────────┼──────────────────┬─────────────────┐
//!        target         load               databases         report
//!        fleet          traffic            real engines,     figures, bars,
//!        the servers,   saturate           seeded catalogues table, JSON
//!        pinned         steady
//!          │              │
//!        door           shapes, filter, sample, cursor; question, shop, ledger: what is asked, and what it must show
//! ```
//!
//! `load` has the loops over the catalogue, `traffic` the one that goes on while something happens to the servers, `saturate`
//! and `steady` those for answers of microseconds, in `rounds` in which the `host` left the machine alone. `door` names what the
//! server calls its things.
//!
//! `farmlokal-bench bare …` are the limits that the server is compared with: the same bytes, the same SQL through prepared
//! statements, and answers kept in memory or in Redis, by axum alone.

mod bare;
mod command_line;
mod cores;
mod cursor;
mod databases;
mod door;
mod engine;
mod filter;
mod fleet;
mod graphql;
mod histogram;
mod host;
mod http_client;
mod ledger;
mod load;
mod pacer;
mod parts;
mod process;
mod queries;
mod question;
mod redis_count;
mod report;
mod rounds;
mod sample;
mod saturate;
mod shapes;
mod shop;
mod sqlite_load;
mod statements;
mod steady;
mod stopwatch;
mod target;
mod traffic;
mod wire;

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
