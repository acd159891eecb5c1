//! Problem documents (RFC 9457): the form of errors everywhere but at `/graphql`.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, Uri};
use axum::response::IntoResponse;
use serde::Serialize;

use super::refusal::Refusal;
use crate::error::ErrorCode;

/// The members of the document. `type` is left out, which means `about:blank`: `code` tells kinds of problems apart.
#[derive(Serialize)]
struct Problem<'a> {
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'a str>,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let problem = Problem {
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.message,
            code: self.code.as_str(),
            parameter: self.parameter.as_deref(),
        };
        // Strings and a number always serialise.
        let mut response = Response::new(Body::from(serde_json::to_vec(&problem).unwrap_or_default()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        self.add_headers(headers);
        response
    }
}

/// The answer for a path that does not exist.
pub(super) async fn not_found(uri: Uri) -> Refusal {
    tracing::debug!(path = uri.path(), "no such path");
    Refusal::new(ErrorCode::NotFound, "There is nothing at this path.")
}

/// The answer for a method that a path does not have; the router names those it has in `Allow`.
pub(super) async fn method_not_allowed() -> Refusal {
    Refusal::bad_request("This method is not allowed here.").with_status(axum::http::StatusCode::METHOD_NOT_ALLOWED)
}
