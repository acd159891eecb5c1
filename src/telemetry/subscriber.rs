//! The log: to stderr, for people in development and as JSON lines in production.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Libraries that tell more at `info` than anybody wants to know; what `filter` says of them wins.
const QUIET: &str = "sea_orm_migration=warn,";

/// Installs the log of this process. `filter` is in the syntax of `RUST_LOG`; a malformed one falls back to `info`.
pub fn install_subscriber(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(format!("{QUIET}{filter}")).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second subscriber in one process (tests) is no failure.
    let _ = match format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
