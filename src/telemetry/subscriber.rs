//! The log: to stderr, for people in development and as JSON lines in production. Traces are taken from the same spans, and
//! installed with it.

use std::io::IsTerminal as _;

use tracing::Subscriber;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use super::traces::{self, TraceSettings, Traces};

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

/// Installs the log and the traces of this process. A second one in the same process is no failure.
///
/// # Errors
/// One sentence when the settings of traces are wrong.
pub fn install_subscriber(format: LogFormat, filter: Targets, settings: &TraceSettings) -> Result<Traces, String> {
    let filter = filter.with_target(traces::TARGET, None);
    let layer = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let registry = tracing_subscriber::registry();
    match format {
        LogFormat::Text => install(registry.with(layer.with_ansi(std::io::stderr().is_terminal()).with_filter(filter)), settings),
        LogFormat::Json => install(registry.with(layer.json().with_span_list(false).with_filter(filter)), settings),
    }
}

#[cfg(feature = "otlp")]
fn install<S>(log: S, settings: &TraceSettings) -> Result<Traces, String>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    // Two ways, so that without a collector the log is built as if there were no traces.
    let Some(endpoint) = &settings.endpoint else {
        let _ = log.try_init();
        return Ok(Traces::default());
    };
    let (layer, provider) = super::otlp::layer(endpoint, settings)?;
    let _ = log.with(layer).try_init();
    Ok(Traces { provider: Some(provider) })
}

#[cfg(not(feature = "otlp"))]
fn install<S>(log: S, settings: &TraceSettings) -> Result<Traces, String>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let _ = log.try_init();
    if settings.endpoint.is_some() {
        tracing::warn!(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but this binary is built without the feature `otlp`: no traces are sent"
        );
    }
    Ok(Traces::default())
}
