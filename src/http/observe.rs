//! What happens to every request, in one function: its id, its span and line in the log, its place in the meters, the
//! headers of every answer, and the answer when a handler panics.

use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, Version};
use axum::middleware::Next;
use axum::response::IntoResponse;
use futures_util::FutureExt;
use tracing::Instrument;

use super::media_type::GraphqlType;
use super::refusal::Refusal;
use super::request_id::X_REQUEST_ID;
use super::state::AppState;
use super::{graphql_response, problem, security_headers};
use crate::error::ErrorCode;
use crate::graphql::Prepared;
use crate::telemetry::traces::{self, Traced};
use crate::telemetry::{LoggedOperation, OperationMeter, RequestGuard, RequestLine};

/// Digits of a document's hash in the log: enough to find it, 64 would fill the line.
const DOCUMENT_DIGITS: usize = 16;

/// What the endpoint wants to have noted about a request; an extension of its answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Noted {
    /// The GraphQL operation.
    pub(super) operation: Option<Arc<NotedOperation>>,
    /// Points that the caller's budget was charged.
    pub(super) cost: Option<u64>,
    /// Where the answer came from.
    pub(super) cache: Option<&'static str>,
    /// SQL statements that the request waited for.
    pub(super) statements: u32,
    /// Whether it failed by our fault, although the status does not tell.
    pub(super) failed: bool,
}

/// What is told of a GraphQL operation.
#[derive(Debug)]
pub(super) struct NotedOperation {
    /// Its name, and the beginning of its document's hash.
    pub(super) logged: LoggedOperation,
    /// Its durations.
    pub(super) meter: Arc<OperationMeter>,
}

impl NotedOperation {
    /// What is told of this operation.
    pub(super) fn of(state: &AppState, prepared: &Prepared) -> Self {
        let name = prepared.operation_name().map(ToString::to_string);
        let mut document = prepared.document_hash().to_string();
        document.truncate(DOCUMENT_DIGITS);
        Self { meter: state.telemetry.operations().of(name.as_deref()), logged: LoggedOperation::new(name, document) }
    }
}

/// Runs the rest of the room and deals with what every request has in common.
pub(super) async fn observe(State(state): State<AppState>, request: Request, next: Next) -> Response<Body> {
    let id = state.request_ids.of(request.headers().get(X_REQUEST_ID));
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let last_on_connection = is_last_on_connection(request.version(), request.headers());
    let span = if is_probe(uri.path()) {
        traces::probe_span(&id)
    } else {
        traces::request_span(&id, &method, uri.path(), request.headers())
    };
    let inside = span.clone();
    let answer = pin!(
        async move {
            let mut response = next.run(request).await;
            let noted = response.extensions_mut().remove::<Noted>().unwrap_or_default();
            trace(&inside, response.status(), &noted);
            (response, noted)
        }
        .instrument(span)
    );
    let meter = (!is_probe(uri.path())).then(|| state.telemetry.requests().start());
    observed(&state, Observed { id: &id, method: &method, uri: &uri, last_on_connection, meter }, answer).await
}

/// What is to be known of a request when it has been answered.
#[derive(Debug)]
pub(super) struct Observed<'a> {
    pub(super) id: &'a HeaderValue,
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    /// Whether the connection ends with the answer.
    pub(super) last_on_connection: bool,
    /// Its place in the meters. Probes have none: they would drown the others in the log, and flatter the latencies.
    pub(super) meter: Option<RequestGuard<'a>>,
}

/// Behind a chunked body the guard of the connection does not look for the next head (`head_watch`).
pub(super) fn is_last_on_connection(version: Version, headers: &HeaderMap) -> bool {
    version == Version::HTTP_11 && headers.contains_key(TRANSFER_ENCODING)
}

/// Tells the span of a request how it was answered.
pub(super) fn trace(span: &tracing::Span, status: StatusCode, noted: &Noted) {
    let traced = Traced {
        status: status.as_u16(),
        operation: noted.operation.as_deref().and_then(|operation| operation.logged.name()),
        cost: noted.cost,
        cache: noted.cache,
        statements: noted.statements,
        failed: noted.failed,
    };
    traces::request_answered(span, &traced);
}

/// Waits for the answer to a request, and deals with what every request has in common. The answer comes pinned, because a future
/// that holds another by value is as large as both.
pub(super) async fn observed(
    state: &AppState,
    request: Observed<'_>,
    answer: Pin<&mut impl Future<Output = (Response<Body>, Noted)>>,
) -> Response<Body> {
    let Observed { id, method, uri, last_on_connection, meter } = request;
    let (mut response, noted) = run(answer, uri.path()).await;

    if response.status() == StatusCode::NOT_FOUND && !response.headers().contains_key(CONTENT_TYPE) {
        response = problem::not_found(uri.clone()).await.into_response();
    }
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, id.clone());
    security_headers::add_defaults(headers);
    if last_on_connection {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let status = response.status();
    if let Some(meter) = meter {
        let took = meter.finish(noted.failed || status.is_server_error());
        let answered = Answered { operation: noted.operation.as_deref(), status, took, at_ms: state.clock.now_ms() };
        log(state, id, (method, uri), answered, &noted);
    }
    response
}

/// The answer; 500 without details when making it panics.
async fn run(answer: Pin<&mut impl Future<Output = (Response<Body>, Noted)>>, path: &str) -> (Response<Body>, Noted) {
    let answer = AssertUnwindSafe(answer).catch_unwind().await;
    answer.unwrap_or_else(|_| {
        // What it panicked with has been written by the panic hook, and may hold anything.
        tracing::error!("the handler panicked");
        let refusal = Refusal::new(ErrorCode::InternalServerError, "internal server error");
        let response = match path {
            "/graphql" => graphql_response::refused(&refusal, GraphqlType::Json { named: false }),
            _ => refusal.into_response(),
        };
        (response, Noted::default())
    })
}

/// Requests of load balancers and scrapers.
fn is_probe(path: &str) -> bool {
    matches!(path, "/livez" | "/readyz" | "/metrics" | "/metrics/prometheus")
}

/// How a request was answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered<'a> {
    pub(super) operation: Option<&'a NotedOperation>,
    pub(super) status: StatusCode,
    pub(super) took: Duration,
    /// When, in milliseconds since 1970.
    pub(super) at_ms: i64,
}

/// One line, and the meter of the operation. The query string stays out of it: it may hold what a caller typed.
pub(super) fn log(
    state: &AppState,
    id: &HeaderValue,
    (method, uri): (&Method, &Uri),
    Answered { operation, status, took, at_ms }: Answered<'_>,
    noted: &Noted,
) {
    if let Some(operation) = operation {
        operation.meter.record(took);
    }
    let line = RequestLine {
        id: id.to_str().unwrap_or_default(),
        method: method.as_str(),
        path: uri.path(),
        status: status.as_u16(),
        took,
        at_ms,
        operation: operation.map(|operation| &operation.logged),
        cost: noted.cost,
        cache: noted.cache,
        statements: noted.statements,
    };
    state.request_log.write(&line);
}
