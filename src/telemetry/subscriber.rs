//! The log: to stderr, for people in development and as JSON lines in production.

use std::io::IsTerminal as _;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Libraries that tell more at `info` than anybody wants to know; what the filter says of them wins.
const QUIET: &str = "sea_orm_migration=warn,sqlx=warn,";

/// Reads a filter: levels by target, for example `info,farmlokal=debug`.
///
/// # Errors
/// One sentence.
pub fn parse_filter(filter: &str) -> Result<Targets, String> {
    format!("{QUIET}{filter}").parse().map_err(|_| "levels by target, for example `info,farmlokal=debug`".to_owned())
}

/// Installs the log of this process. A second one in the same process is no failure.
pub fn install_subscriber(format: LogFormat, filter: Targets) {
    let layer = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let registry = tracing_subscriber::registry();
    let _ = match format {
        LogFormat::Text => registry.with(layer.with_ansi(std::io::stderr().is_terminal()).with_filter(filter)).try_init(),
        LogFormat::Json => registry.with(layer.json().with_span_list(false).with_filter(filter)).try_init(),
    };
}
