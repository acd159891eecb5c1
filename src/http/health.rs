//! `/livez`: is the process there. `/readyz`: can it do its work.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Serialize;

use super::state::AppState;
use crate::service::{Health, HealthCheck, HealthStatus};

/// State of one part.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part {
    status: &'static str,
    /// How long it took to answer; left out when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<f64>,
    /// How far it is, of something that is being made.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress_percent: Option<u64>,
    /// For how long the oldest event has been waiting, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_waiting_seconds: Option<f64>,
    /// Events that were given up, counted up to 1 000.
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letters: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Readiness {
    status: &'static str,
    checks: BTreeMap<&'static str, Part>,
}

/// `GET /livez`: 200 as long as the process answers at all.
pub(super) async fn live() -> impl IntoResponse {
    Json(BTreeMap::from([("status", "ok")]))
}

/// `GET /readyz`: the parts, and 503 when the server cannot do its work. While the database is away but kept answers may stand
/// in for it, the server is ready: taken out of service, it could not serve those either.
pub(super) async fn ready(State(state): State<AppState>) -> impl IntoResponse {
    let health = state.marketplace.health().await;
    let overall = match health.status {
        HealthStatus::Down if state.cache.serves_without_origin() => HealthStatus::Degraded,
        status => status,
    };
    let status = if overall == HealthStatus::Down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, Json(Readiness { status: word(overall), checks: parts(&health) }))
}

/// The parts by name.
pub(super) fn parts(health: &Health) -> BTreeMap<&'static str, Part> {
    let part = |check: &HealthCheck| {
        let HealthCheck { status, latency_ms, progress_percent, waiting, .. } = *check;
        let oldest_waiting_seconds = waiting.map(|waiting| waiting.oldest_seconds);
        let dead_letters = waiting.map(|waiting| waiting.dead_letters);
        (check.name, Part { status: word(status), latency_ms, progress_percent, oldest_waiting_seconds, dead_letters })
    };
    health.checks.iter().map(part).collect()
}

fn word(status: HealthStatus) -> &'static str {
    match status {
        HealthStatus::Ok => "ok",
        HealthStatus::Degraded => "degraded",
        HealthStatus::Down => "down",
    }
}
