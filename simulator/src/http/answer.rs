//! Answers that are not what was asked for.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A problem with one sentence.
pub(super) fn problem(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("failed");
    let body = Json(json!({ "title": title, "status": status.as_u16(), "detail": detail }));
    (status, [("content-type", "application/problem+json")], body).into_response()
}

/// There is no such thing.
pub(super) async fn not_found() -> Response {
    problem(StatusCode::NOT_FOUND, "there is no such thing")
}
