//! One line for each request: for people through the ordinary log, in production as JSON by a road of its own. Tens of
//! thousands of cached answers a second leave no time for the ordinary one, which takes as long as the answer.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::line_buffer::LineBuffer;
use super::subscriber::LogFormat;
use crate::clock::Clock;

/// What is told of a request. The query string is not: it may hold what a caller typed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct RequestLine<'a> {
    /// Always "answered".
    pub message: &'static str,
    /// The request's name.
    pub id: &'a str,
    /// HTTP method.
    pub method: &'a str,
    /// Path, without the query string.
    pub path: &'a str,
    /// Status of the answer.
    pub status: u16,
    /// From the end of the head to the answer, in milliseconds.
    pub duration_ms: f64,
    /// Name of the GraphQL operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<&'a str>,
    /// The beginning of the document's SHA-256, in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<&'a str>,
    /// Points that the caller's budget was charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<u64>,
    /// Where the answer came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<&'static str>,
    /// SQL statements that this request waited for.
    pub statements: u32,
}

#[derive(Serialize)]
struct JsonLine<'a> {
    timestamp: &'a str,
    level: &'static str,
    fields: &'a RequestLine<'a>,
}

/// Writes the lines.
#[derive(Debug)]
pub enum RequestLog {
    /// As events of the ordinary log.
    Events,
    /// As JSON, many at a time.
    Lines {
        /// Where they are gathered.
        buffer: Arc<LineBuffer>,
        /// The time on them.
        clock: Clock,
    },
}

impl RequestLog {
    /// A log in this format; the lines of [`LogFormat::Json`] go to stderr.
    pub fn of(format: LogFormat, clock: Clock) -> Self {
        match format {
            LogFormat::Text => Self::Events,
            LogFormat::Json => Self::Lines { buffer: LineBuffer::to(std::io::stderr()), clock },
        }
    }

    /// Milliseconds in a line, with three digits behind the point.
    pub fn rounded_ms(took: Duration) -> f64 {
        (took.as_secs_f64() * 1_000_000.0).round() / 1_000.0
    }

    /// Writes one line, unless the log's filter leaves such lines out.
    pub fn write(&self, line: &RequestLine<'_>) {
        match self {
            Self::Events => {
                let RequestLine { id, method, path, status, duration_ms, operation, document, cost, cache, statements, .. } =
                    *line;
                tracing::info!(id, method, path, status, duration_ms, operation, document, cost, cache, statements, "answered");
            }
            Self::Lines { buffer, clock } => {
                if tracing::enabled!(tracing::Level::INFO) {
                    buffer.append(clock.now_ms(), |timestamp, out| {
                        // Writing to memory cannot fail.
                        let _ = serde_json::to_writer(out, &JsonLine { timestamp, level: "INFO", fields: line });
                    });
                }
            }
        }
    }

    /// Writes out what is gathered.
    pub fn flush(&self) {
        if let Self::Lines { buffer, .. } = self {
            buffer.flush();
        }
    }
}
