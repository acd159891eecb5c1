//! Traces to an OpenTelemetry collector, by OTLP over HTTP.
//!
//! Finished spans wait in a queue of bounded length (2 048), and a thread of its own sends them, many at a time. Whatever the
//! collector does, a request never waits for it: when the queue is full, spans are dropped.

mod collector;
mod only_requests;

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use opentelemetry::trace::{
    SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use self::collector::Collector;
use self::only_requests::OnlyRequests;
use super::traces::{TraceSettings, Traced};

/// How long the end of the process waits for the last spans to be sent.
const FINISH_LIMIT: Duration = Duration::from_secs(2);
/// Paths that are part of a span's name. Others are whatever callers make up, and names should be few.
const NAMED_PATHS: [&str; 3] = ["/graphql", "/products", "/api/products"];

/// What sends spans to `endpoint`: the layer that makes them, and what is to be finished at the end.
///
/// # Errors
/// One sentence when the endpoint is none.
pub(super) fn layer<S>(endpoint: &str, settings: &TraceSettings) -> Result<(impl Layer<S> + use<S>, SdkTracerProvider), String>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::default())
        .with_endpoint(traces_url(endpoint)?)
        .build()
        .map_err(|err| format!("traces cannot be sent: {err}"))?;
    let resource = Resource::builder()
        .with_service_name(settings.service_name.clone())
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let provider = SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
    // Where in our source a span is made, on which thread and at which level would be most of what is sent.
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("farmlokal"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_context_activation(false)
        .with_filter(OnlyRequests);
    Ok((layer, provider))
}

/// Sends what is left, if the collector takes it in time.
pub(super) fn finish(provider: &SdkTracerProvider) {
    if provider.shutdown_with_timeout(FINISH_LIMIT).is_err() {
        tracing::warn!("the last traces could not be sent");
    }
}

/// The collector's address for traces: the standard says that it is below the endpoint.
fn traces_url(endpoint: &str) -> Result<String, String> {
    let uri: Option<Uri> = endpoint.parse().ok();
    match uri.as_ref().map(|uri| (uri.scheme_str(), uri.query())) {
        Some((Some("http"), None)) => Ok(format!("{}/v1/traces", endpoint.trim_end_matches('/'))),
        Some((Some("https"), _)) => {
            Err("OTEL_EXPORTER_OTLP_ENDPOINT: TLS is not spoken here; name a collector beside the server by http://".to_owned())
        }
        _ => Err("OTEL_EXPORTER_OTLP_ENDPOINT is no address such as http://127.0.0.1:4318".to_owned()),
    }
}

/// Names the span of a request, and puts it below the caller's.
pub(super) fn request_received(span: &Span, method: &Method, path: &str, headers: &HeaderMap) {
    if let Some(caller) = headers.get("traceparent").and_then(|value| caller(value.to_str().ok()?)) {
        // It fails only for a span that has begun, and this one is new.
        let _ = span.set_parent(Context::new().with_remote_span_context(caller));
    }
    let name = if NAMED_PATHS.contains(&path) { format!("{method} {path}") } else { method.to_string() };
    span.context().span().update_name(name);
    span.set_attribute("http.request.method", method.to_string());
    span.set_attribute("url.path", path.to_owned());
}

/// Tells how a request was answered.
pub(super) fn request_answered(span: &Span, traced: &Traced<'_>) {
    let context = span.context();
    let span = context.span();
    if !span.is_recording() {
        return;
    }
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(traced.status)));
    span.set_attribute(KeyValue::new("farmlokal.statements", i64::from(traced.statements)));
    if let Some(operation) = traced.operation {
        span.set_attribute(KeyValue::new("graphql.operation.name", operation.to_owned()));
    }
    if let Some(cost) = traced.cost {
        span.set_attribute(KeyValue::new("farmlokal.cost", i64::try_from(cost).unwrap_or(i64::MAX)));
    }
    if let Some(cache) = traced.cache {
        span.set_attribute(KeyValue::new("farmlokal.cache", cache));
    }
    if traced.failed || traced.status >= 500 {
        span.set_status(Status::error(""));
    }
    // Now, and not when the last who holds it lets it go: an entry that was stale is made anew after the answer.
    span.end();
}

/// The span as whoever is asked by it is told.
pub(super) fn traceparent(span: &Span) -> Option<HeaderValue> {
    let context = span.context();
    let span = context.span();
    let named = span.span_context();
    let (trace, id, flags) = (named.trace_id(), named.span_id(), named.trace_flags().to_u8());
    named.is_valid().then(|| HeaderValue::try_from(format!("00-{trace}-{id}-{flags:02x}")).ok())?
}

/// The caller's span as its `traceparent` names it (W3C Trace Context): version, trace, span, flags. The library's own reader
/// wants to be told of all headers at once; these four are quicker read than that.
fn caller(header: &str) -> Option<SpanContext> {
    let mut parts = header.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let sizes_fit = (version.len(), trace.len(), span.len(), flags.len()) == (2, 32, 16, 2);
    let is_lower_hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    // Later versions may have more parts, the first has not; `ff` is none.
    let has_rest = parts.next().is_some();
    if !sizes_fit || ![version, trace, span, flags].iter().all(|part| is_lower_hex(part)) {
        return None;
    }
    if version == "ff" || (version == "00" && has_rest) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_below_the_endpoint() {
        assert_eq!(traces_url("http://127.0.0.1:4318").unwrap(), "http://127.0.0.1:4318/v1/traces");
        assert_eq!(traces_url("http://otel.internal/in/").unwrap(), "http://otel.internal/in/v1/traces");
        for bad in ["https://otel.example", "127.0.0.1:4318", "grpc://a", "", "http://a/?b=c"] {
            assert!(traces_url(bad).unwrap_err().starts_with("OTEL_EXPORTER_OTLP_ENDPOINT"), "{bad}");
        }
    }

    #[test]
    fn the_caller_is_read_from_its_header() {
        let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        let read = caller(&format!("00-{trace}-{span}-01")).unwrap();
        assert_eq!((read.trace_id().to_string(), read.span_id().to_string()), (trace.to_owned(), span.to_owned()));
        assert!(read.is_sampled() && read.is_remote());
        assert!(!caller(&format!("00-{trace}-{span}-00")).unwrap().is_sampled());
        assert!(caller(&format!("01-{trace}-{span}-01-later")).is_some());
    }

    #[test]
    fn what_is_no_caller_is_left_aside() {
        let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        let zeroes = "0".repeat(32);
        for bad in [
            String::new(),
            format!("00-{trace}-{span}"),
            format!("00-{trace}-{span}-01-more"),
            format!("ff-{trace}-{span}-01"),
            format!("00-{zeroes}-{span}-01"),
            format!("00-{trace}-{}-01", &zeroes[..16]),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00-{trace}-{span}-+1"),
        ] {
            assert!(caller(&bad).is_none(), "{bad}");
        }
    }
}
