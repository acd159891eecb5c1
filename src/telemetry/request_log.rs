//! One line for each request: for people through the ordinary log, in production as JSON by a road of its own. Tens of
//! thousands of cached answers a second leave no time for the ordinary one, which takes as long as the answer.

mod json;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::line_buffer::LineBuffer;
use super::subscriber::LogFormat;

/// What is told of a request. The query string is not: it may hold what a caller typed.
#[derive(Debug, Clone, Copy)]
pub struct RequestLine<'a> {
    /// The request's name: letters, digits, `.`, `_` and `-`.
    pub id: &'a str,
    /// HTTP method, a token.
    pub method: &'a str,
    /// Path, without the query string.
    pub path: &'a str,
    /// Status of the answer.
    pub status: u16,
    /// From the end of the head to the answer.
    pub took: Duration,
    /// When it was answered, in milliseconds since 1970.
    pub at_ms: i64,
    /// The GraphQL operation.
    pub operation: Option<&'a LoggedOperation>,
    /// Points that the caller's budget was charged.
    pub cost: Option<u64>,
    /// Where the answer came from.
    pub cache: Option<&'static str>,
    /// SQL statements that this request waited for.
    pub statements: u32,
}

/// What is told of a GraphQL operation; its part of a JSON line is made once.
#[derive(Debug)]
pub struct LoggedOperation {
    name: Option<String>,
    document: String,
    json: Vec<u8>,
}

impl LoggedOperation {
    /// An operation of this name; `document` is the beginning of its document's SHA-256, in hexadecimal digits.
    pub fn new(name: Option<String>, document: String) -> Self {
        let json = json::of_operation(name.as_deref(), &document);
        Self { name, document, json }
    }

    /// The operation's name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

/// Writes the lines.
#[derive(Debug)]
pub enum RequestLog {
    /// As events of the ordinary log.
    Events,
    /// As JSON, many at a time.
    Lines {
        /// What is to be written.
        buffer: Arc<LineBuffer>,
        /// Whether the log's filter takes such lines; it never changes.
        are_wanted: OnceLock<bool>,
    },
}

impl RequestLog {
    /// A log in this format; the lines of [`LogFormat::Json`] go to stderr.
    pub fn of(format: LogFormat) -> Self {
        match format {
            LogFormat::Text => Self::Events,
            LogFormat::Json => Self::Lines { buffer: LineBuffer::to(std::io::stderr()), are_wanted: OnceLock::new() },
        }
    }

    /// Writes one line, unless the log's filter leaves such lines out.
    pub fn write(&self, line: &RequestLine<'_>) {
        match self {
            Self::Events => {
                let RequestLine { id, method, path, status, took, operation, cost, cache, statements, .. } = *line;
                let duration_ms = took.as_micros() as f64 / 1_000.0;
                let (document, operation) =
                    (operation.map(|operation| operation.document.as_str()), operation.and_then(LoggedOperation::name));
                tracing::info!(id, method, path, status, duration_ms, operation, document, cost, cache, statements, "answered");
            }
            Self::Lines { buffer, are_wanted } => {
                if *are_wanted.get_or_init(|| tracing::enabled!(tracing::Level::INFO)) {
                    buffer.append(line.at_ms, |timestamp, out| json::write(out, timestamp, line));
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
