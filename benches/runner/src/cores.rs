//! Which processor core does what: the server has one to itself, the load and the databases share the other.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::process::tree;

/// The server's core.
const SERVER: &str = "0";
/// The core of load and databases.
const LOAD: &str = "1";
/// Both of them.
pub(crate) const USED: [&str; 2] = [SERVER, LOAD];
/// What nobody is bound to.
const ALL: &str = "0-1";

/// Where a process may run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cores {
    /// On the server's core alone.
    Server,
    /// On the load's core alone.
    Load,
    /// On both.
    All,
}

impl Cores {
    fn list(self) -> &'static str {
        match self {
            Self::Server => SERVER,
            Self::Load => LOAD,
            Self::All => ALL,
        }
    }

    /// A command that runs `program` there from its first instruction on, so that it counts its cores right.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", self.list()]).arg(program);
        command
    }

    /// The arguments with which `taskset` starts a program there.
    pub(crate) fn taskset_arguments(self) -> [&'static str; 2] {
        ["--cpu-list", self.list()]
    }

    /// Moves a running process, its threads and its children there.
    ///
    /// # Errors
    /// When `taskset` cannot be run. Processes that ended meanwhile are no error.
    pub(crate) fn hold(self, pid: u32) -> anyhow::Result<()> {
        for pid in tree(pid) {
            Command::new("taskset")
                .args(["--all-tasks", "--cpu-list", "--pid", self.list(), &pid.to_string()])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .context("`taskset` (Debian package util-linux) cannot be run")?;
        }
        Ok(())
    }

    /// Moves this process there.
    ///
    /// # Errors
    /// As [`Cores::hold`].
    pub(crate) fn hold_this_process(self) -> anyhow::Result<()> {
        Self::hold(self, std::process::id())
    }
}

/// Refuses a machine with a single core: there load and server would measure each other.
///
/// # Errors
/// One sentence.
pub(crate) fn require_two() -> anyhow::Result<()> {
    let cores = fs::read_to_string("/proc/cpuinfo").context("/proc/cpuinfo")?.matches("processor\t").count();
    ensure!(cores >= 2, "the server and the load need a core each; this machine has {cores}");
    Ok(())
}
