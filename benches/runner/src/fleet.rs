//! Server processes as they are deployed: on one database, perhaps with one Redis, all of them on the server's core.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::door;
use crate::target::Target;

/// The token of all processes: for this run alone, on this machine alone.
const TOKEN: &str = "bench-0123456789abcdef";
/// The same as a header.
pub(crate) const AUTHORIZATION: (&str, &str) = ("authorization", "Bearer bench-0123456789abcdef");

/// How processes are set up.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    binary: PathBuf,
    settings: Vec<(&'static str, String)>,
}

impl Deployment {
    /// In production mode, with budgets that nobody exceeds.
    pub(crate) fn new(binary: &Path) -> Self {
        let deployment = Self { binary: binary.to_owned(), settings: Vec::new() };
        let plenty = door::PLENTY.to_string();
        // The index is made in the background, on the core that is measured: only those who search want it.
        let deployment = deployment.set(door::SEARCH_FOLDER, "off");
        deployment.set("FARMLOKAL_ENV", "production").set(door::POINTS_PER_MINUTE, &plenty).set(door::BURST_POINTS, &plenty)
    }

    /// With a token for writing, whose file is made in `folder`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn with_token(self, folder: &Path) -> anyhow::Result<Self> {
        let token_file = folder.join("token");
        fs::write(&token_file, TOKEN).context("the token's file")?;
        fs::set_permissions(&token_file, fs::Permissions::from_mode(0o600))?;
        Ok(self.set(door::TOKEN_FILE, token_file.display().to_string()))
    }

    /// With every answer computed anew.
    pub(crate) fn without_cache(self) -> Self {
        self.set(door::CACHE, "false").set(door::MEMORY_BYTES, "0")
    }

    /// With another setting, or another value for one.
    pub(crate) fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.retain(|(known, _)| *known != name);
        self.settings.push((name, value.into()));
        self
    }

    /// The settings that this server program does not know: they are left out, so that a program from before its front door
    /// can be measured as far as it goes.
    ///
    /// # Errors
    /// When it cannot be run.
    pub(crate) fn unknown(&self) -> anyhow::Result<Vec<String>> {
        let names: Vec<&str> = self.settings.iter().map(|(name, _)| *name).collect();
        door::unknown(&self.binary, &names)
    }

    /// Starts a process on each of these databases (or several on one).
    ///
    /// # Errors
    /// With its log when one does not start.
    pub(crate) fn start(&self, database_urls: &[String]) -> anyhow::Result<Vec<Target>> {
        let unknown = self.unknown()?;
        let known: Vec<(&str, &str)> = self
            .settings
            .iter()
            .filter(|(name, _)| !unknown.iter().any(|unknown| unknown == name))
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let start = |url: &String| Target::start(&self.binary, &["serve"], &[&known[..], &[("DATABASE_URL", url)]].concat());
        database_urls.iter().map(start).collect()
    }
}

/// Where they listen.
pub(crate) fn addresses(targets: &[Target]) -> Vec<SocketAddr> {
    targets.iter().map(Target::address).collect()
}
