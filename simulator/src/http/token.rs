//! The OAuth2 token endpoint: client credentials (RFC 6749 §4.4).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;

use super::answer::problem;
use crate::running::{Shared, lock};

/// A token, or why there is none (RFC 6749 §5).
pub(super) async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    lock(&shared.stats).token_requests += 1;
    let faults = *lock(&shared.faults);
    if faults.token_hang {
        return std::future::pending().await;
    }
    if faults.token_down {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "the token endpoint is down, as you wished");
    }
    let field = |wanted: &str| {
        let found = form_urlencoded::parse(&body).find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    };
    let client = basic(&headers).or_else(|| Some((field("client_id")?, field("client_secret").unwrap_or_default())));
    let known = (shared.settings.client_id.clone(), shared.settings.client_secret.clone());
    if client != Some(known) {
        let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"partner simulator\"")];
        return (challenge, refusal(StatusCode::UNAUTHORIZED, "invalid_client")).into_response();
    }
    match field("grant_type").as_deref() {
        Some("client_credentials") => {}
        Some(_) => return refusal(StatusCode::BAD_REQUEST, "unsupported_grant_type"),
        None => return refusal(StatusCode::BAD_REQUEST, "invalid_request"),
    }
    let seconds = shared.settings.token_seconds;
    let token = lock(&shared.tokens).issue(shared.settings.clock.now_ms(), seconds);
    let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": seconds });
    (no_store(), Json(body)).into_response()
}

/// The client of an `Authorization: Basic …`, both halves form-encoded (§2.3.1).
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = header.split_once(' ')?;
    let decoded = STANDARD.decode(rest.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    // A `&` or `=` inside would be read as a border, and is not: it was encoded.
    form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned()).unwrap_or_default()
}

fn refusal(status: StatusCode, error: &str) -> Response {
    (status, no_store(), Json(json!({ "error": error }))).into_response()
}

fn no_store() -> [(header::HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-store")]
}
