//! The layer that only some installations need: CORS.

use std::time::Duration;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Method};
use tower_http::cors::CorsLayer;

use super::graphql_response::X_QUERY_COST;
use super::request_id::X_REQUEST_ID;

/// How long browsers may keep the answer to a preflight: two hours, the most that Chromium keeps it.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(7_200);

/// Lets pages of these origins read answers; `None` without origins, and then no page of another origin can. Cookies are
/// never used, so credentials are never allowed.
pub(super) fn cors(origins: &[String]) -> Option<CorsLayer> {
    let allowed: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin_header(origin)).collect();
    if allowed.is_empty() {
        return None;
    }
    let exposed = ["ratelimit", "ratelimit-policy"].map(HeaderName::from_static);
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, X_REQUEST_ID])
        .expose_headers([ETAG, RETRY_AFTER, X_REQUEST_ID, X_QUERY_COST].into_iter().chain(exposed).collect::<Vec<_>>())
        .max_age(PREFLIGHT_MAX_AGE);
    Some(layer)
}

/// `*` is left out: an origin is allowed by name or not at all.
fn origin_header(origin: &str) -> Option<HeaderValue> {
    let origin = origin.trim().trim_end_matches('/');
    let header = HeaderValue::from_str(origin).ok().filter(|_| origin.contains("://"));
    if header.is_none() {
        tracing::warn!(origin, "not an origin; it is left out of those that may read answers");
    }
    header
}
