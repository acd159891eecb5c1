//! The servers that are asked: `farmlokal` itself and the bare limits, each alone on the server's core.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
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
    /// Starts one of the bare limits.
    ///
    /// # Errors
    /// With its log when it does not start.
    pub(crate) fn bare(arguments: &[&str]) -> anyhow::Result<Self> {
        let this_program = std::env::current_exe().context("where this program is")?;
        Self::start(&this_program, &[&["bare"], arguments].concat(), &[])
    }

    /// Starts `binary` on the server's core, with settings beside those of every server.
    ///
    /// # Errors
    /// With the end of its log when it does not start.
    pub(crate) fn start(binary: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut builder =
            Server::builder("taskset").args(Cores::Server.taskset_arguments()).args([binary]).args(arguments.iter().copied());
        for (name, value) in environment {
            builder = builder.env(name, *value);
        }
        let server = builder
            .try_start()
            .map_err(|failed| anyhow!("{} did not start: {}: {}", binary.display(), failed.status, failed.stderr.trim()))?;
        let address = server.base_url().trim_start_matches("http://").parse().context("the server's address")?;
        Ok(Self { server, address })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&self) -> bool {
        self.server.is_running()
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

    /// Time in which it ran or waited for its core.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn cpu_or_queue(&self) -> anyhow::Result<Duration> {
        process::cpu_or_queue(self.pid())
    }

    /// Asks once, on a connection of its own.
    ///
    /// # Errors
    /// When it does not answer.
    pub(crate) async fn ask(&self, body: Bytes) -> anyhow::Result<Answer> {
        Connection::open(self.address).await?.post(body).await
    }
}
