//! The servers that are asked: `farmlokal` itself and the bare limits, each alone on the server's core.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use farmlokal_testbed::Server;

use crate::cores::Cores;
use crate::http_client::{Answer, Connection};
use crate::process;

/// A running server.
#[derive(Debug)]
pub(crate) struct Target {
    server: Server,
    address: SocketAddr,
}

impl Target {
    /// Starts `farmlokal serve` as it is deployed, on this database.
    ///
    /// # Errors
    /// When its address cannot be read.
    ///
    /// # Panics
    /// With its log when it does not start.
    pub(crate) fn farmlokal(binary: &Path, database_url: &str) -> anyhow::Result<Self> {
        // Budgets are kept, but one address asks faster than any usual budget allows.
        let budget = [("FARMLOKAL_BUDGET_POINTS_PER_MINUTE", "1000000000"), ("FARMLOKAL_BUDGET_BURST", "1000000000")];
        let environment = [("DATABASE_URL", database_url), ("FARMLOKAL_ENV", "production"), budget[0], budget[1]];
        Self::start(binary, &["serve"], &environment)
    }

    /// Starts one of the bare limits.
    ///
    /// # Errors
    /// As [`Target::farmlokal`].
    pub(crate) fn bare(arguments: &[&str]) -> anyhow::Result<Self> {
        let this_program = std::env::current_exe().context("where this program is")?;
        Self::start(&this_program, &[&["bare"], arguments].concat(), &[])
    }

    fn start(binary: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut builder =
            Server::builder("taskset").args(Cores::Server.taskset_arguments()).args([binary]).args(arguments.iter().copied());
        for (name, value) in environment {
            builder = builder.env(name, *value);
        }
        let server = builder.start();
        let address = server.base_url().trim_start_matches("http://").parse().context("the server's address")?;
        Ok(Self { server, address })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Process id.
    pub(crate) fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// Processor time it has used.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        process::cpu(self.pid())
    }

    /// Asks once, on a connection of its own.
    ///
    /// # Errors
    /// When it does not answer.
    pub(crate) async fn ask(&self, body: Bytes) -> anyhow::Result<Answer> {
        Connection::open(self.address).await?.post(body).await
    }
}
