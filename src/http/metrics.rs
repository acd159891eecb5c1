//! `/metrics`: JSON for the clients of the older backend, Prometheus text for scrapers.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::health::{self, Part};
use super::refusal::Refusal;
use super::state::AppState;
use super::{access, media_type};
use crate::clock::rfc3339;
use crate::service::Scope;
use crate::telemetry;

#[derive(Debug, Serialize)]
struct Metrics {
    /// Seconds since the process started.
    uptime: f64,
    memory: Memory,
    /// RFC 3339.
    timestamp: String,
    services: BTreeMap<&'static str, Part>,
}

/// The older backend's members, in bytes. There is no garbage-collected heap: both figures are what the process holds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Memory {
    rss: u64,
    heap_total: u64,
    heap_used: u64,
}

/// `GET /metrics`.
pub(super) async fn metrics(State(state): State<AppState>, request: HeaderMap) -> Result<Response, Refusal> {
    require_scope(&state, &request).await?;
    let mut response = if wants_text(&request) { text(&state) } else { json(&state).await.into_response() };
    response.headers_mut().insert(VARY, axum::http::HeaderValue::from_static("accept"));
    Ok(response)
}

/// `GET /metrics/prometheus`.
pub(super) async fn prometheus(State(state): State<AppState>, request: HeaderMap) -> Result<Response, Refusal> {
    require_scope(&state, &request).await?;
    Ok(text(&state))
}

async fn require_scope(state: &AppState, request: &HeaderMap) -> Result<(), Refusal> {
    Ok(access::caller(&state.access, request).await?.require(Scope::OpsRead)?)
}

/// Scrapers name the text formats and no JSON; HTTP libraries that name `text/plain` name JSON as well.
fn wants_text(request: &HeaderMap) -> bool {
    let named =
        |media_type| Some(media_type::rate(request, media_type)).filter(|rating| rating.named).map_or(0, |rating| rating.quality);
    named("text/plain").max(named("application/openmetrics-text")) > named("application/json")
}

fn text(state: &AppState) -> Response {
    let content_type = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (content_type, state.telemetry.prometheus_text()).into_response()
}

async fn json(state: &AppState) -> Json<Metrics> {
    let health = state.marketplace.health().await;
    let rss = telemetry::rss_bytes();
    Json(Metrics {
        uptime: state.telemetry.uptime().as_secs_f64(),
        memory: Memory { rss, heap_total: rss, heap_used: rss },
        timestamp: rfc3339(state.clock.now_ms()),
        services: health::parts(&health),
    })
}

#[cfg(test)]
mod tests {
    use super::wants_text;
    use axum::http::header::ACCEPT;
    use axum::http::{HeaderMap, HeaderValue};

    #[test]
    fn scrapers_get_text_and_everybody_else_json() {
        let of = |accept: &'static str| wants_text(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]));
        assert!(of("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"));
        assert!(of("text/plain"));
        assert!(!of("application/json, text/plain, */*") && !of("*/*") && !of("text/html"));
        assert!(!wants_text(&HeaderMap::new()));
    }
}
