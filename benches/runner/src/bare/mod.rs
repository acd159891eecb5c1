//! The limits that the server is compared with, each axum and nothing else, with the server's allocator and runtime: the same
//! bytes, the same SQL through prepared statements, and answers that are kept in memory or in Redis.

mod bytes;
mod hit;
mod insert;
mod node;
mod sql;
mod statement;

use std::net::Ipv4Addr;
use std::path::PathBuf;

use anyhow::Context as _;
use axum::Router;
use axum::serve::ListenerExt as _;
use clap::{Args, Subcommand};
use tokio::net::TcpListener;

pub(crate) use self::statement::statement;

/// A limit to serve as.
#[derive(Debug, Args)]
pub(crate) struct Bare {
    #[command(subcommand)]
    limit: Limit,
}

/// Which limit.
#[derive(Debug, Clone, Subcommand)]
enum Limit {
    /// Answers every request with the bytes of a file.
    Bytes {
        /// The answer.
        file: PathBuf,
    },
    /// Answers every GET with the bytes of a file, and every POST whose JSON can be parsed.
    Memory {
        /// The answer.
        file: PathBuf,
    },
    /// Answers every GET with a value out of Redis.
    Redis {
        /// The Redis server.
        url: String,
        /// The value's key.
        key: String,
    },
    /// Stores the body of every POST as one row.
    Insert {
        /// The database.
        url: String,
    },
    /// Answers every request with the newest twenty products of a database.
    Sql {
        /// The database.
        url: String,
        /// With producer and category.
        #[arg(long)]
        joined: bool,
    },
}

/// Serves until it is killed.
///
/// # Errors
/// When the file or the database cannot be opened.
pub(crate) fn serve(bare: &Bare) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let router = match &bare.limit {
            Limit::Bytes { file } => bytes::router(file)?,
            Limit::Memory { file } => hit::memory(file)?,
            Limit::Redis { url, key } => hit::redis(url, key.clone()).await?,
            Limit::Insert { url } => insert::router(url).await?,
            Limit::Sql { url, joined } => sql::router(url, *joined).await?,
        };
        listen(router).await
    })
}

#[expect(clippy::print_stdout, reason = "whoever started it waits for the address")]
async fn listen(router: Router) -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("a free port")?;
    println!("listens on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // As the server does; a failure shows itself in the latency.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await.context("the listener failed")
}
