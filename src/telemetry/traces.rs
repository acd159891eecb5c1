//! What a trace tells of a request: its span, and one for each SQL statement in it. Where the spans go is the business of
//! `otlp`; while nobody takes them they are never made.

use axum::http::{HeaderMap, HeaderValue, Method};
use tracing::field::Empty;
use tracing::{Level, Span};

/// The target of spans that are for traces alone; the log leaves it out.
pub(super) const TARGET: &str = "farmlokal::traces";

/// Whether and where traces are sent.
#[derive(Debug, Clone, Default)]
pub struct TraceSettings {
    /// The collector; `None` for no traces.
    pub endpoint: Option<String>,
    /// Who we are in them.
    pub service_name: String,
}

/// The traces of this process.
#[derive(Debug, Default)]
pub struct Traces {
    #[cfg(feature = "otlp")]
    pub(super) provider: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

impl Traces {
    /// Sends what has not been sent yet; gives up after two seconds.
    pub fn finish(&self) {
        #[cfg(feature = "otlp")]
        if let Some(provider) = &self.provider {
            super::otlp::finish(provider);
        }
    }
}

/// What is told of a request when it has been answered.
#[derive(Debug, Clone, Copy)]
pub struct Traced<'a> {
    /// Status of the answer.
    pub status: u16,
    /// Name of the GraphQL operation.
    pub operation: Option<&'a str>,
    /// Points that the caller's budget was charged.
    pub cost: Option<u64>,
    /// Where the answer came from.
    pub cache: Option<&'static str>,
    /// SQL statements that the request waited for.
    pub statements: u32,
    /// Whether it failed by our fault.
    pub failed: bool,
}

/// The span of a request: lines about it in the log carry its id, and its trace begins here, or goes on if the caller sent a
/// `traceparent`.
pub fn request_span(id: &HeaderValue, method: &Method, path: &str, headers: &HeaderMap) -> Span {
    let id = id.to_str().unwrap_or_default();
    if !tracing::span_enabled!(target: TARGET, Level::INFO) {
        return tracing::info_span!("request", id);
    }
    let span = tracing::info_span!("request", id, otel.kind = "server");
    #[cfg(feature = "otlp")]
    super::otlp::request_received(&span, method, path, headers);
    // Without the feature nobody takes spans of this target, and this is not reached.
    let _ = (method, path, headers);
    span
}

/// The span of a request of which there is no trace: those of load balancers and scrapers.
pub fn probe_span(id: &HeaderValue) -> Span {
    tracing::info_span!("probe", id = id.to_str().unwrap_or_default())
}

/// Tells how a request was answered; to be called before its span ends.
pub fn request_answered(span: &Span, traced: &Traced<'_>) {
    #[cfg(feature = "otlp")]
    super::otlp::request_answered(span, traced);
    let _ = (span, traced);
}

/// The span of one SQL statement: its kind and the engine, never its text or its values.
pub fn statement_span(kind: &'static str, engine: &'static str) -> Span {
    tracing::debug_span!(
        target: TARGET,
        "statement",
        otel.name = kind,
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = engine,
        db.operation.name = kind,
    )
}

/// The span of one request to a partner: which upstream, what for, and whether it is a try again; never its address or its
/// headers, which may be secret.
pub fn upstream_span(upstream: &'static str, operation: &'static str, attempt: u32) -> Span {
    tracing::debug_span!(
        target: TARGET,
        "upstream",
        otel.name = operation,
        otel.kind = "client",
        otel.status_code = Empty,
        peer.service = upstream,
        http.request.resend_count = attempt.saturating_sub(1),
    )
}

/// The value of `traceparent` by which whoever is asked puts spans of their own below this one (W3C Trace Context); `None` while
/// nobody takes ours.
pub fn traceparent(span: &Span) -> Option<HeaderValue> {
    #[cfg(feature = "otlp")]
    return super::otlp::traceparent(span);
    #[cfg(not(feature = "otlp"))]
    {
        let _ = span;
        None
    }
}

/// Tells that the request of this span failed.
pub fn upstream_failed(span: &Span) {
    span.record("otel.status_code", "ERROR");
}

/// Tells that the statement of this span failed.
pub fn statement_failed(span: &Span) {
    span.record("otel.status_code", "ERROR");
}
