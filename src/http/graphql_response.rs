//! Answers of the GraphQL endpoint: status, headers and body.

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, VARY};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};

use super::cache_status::CACHE_STATUS;
use super::content_coding;
use super::media_type::GraphqlType;
use super::observe::Noted;
use super::refusal::{self, Refusal};
use crate::error::ErrorCode;
use crate::graphql::{Answer, Api, Outcome};

/// What the operation cost, in points.
pub(super) const X_QUERY_COST: HeaderName = HeaderName::from_static("x-query-cost");

/// What an answer of this endpoint varies with.
pub(super) const VARIES: HeaderValue = HeaderValue::from_static("accept, accept-encoding");

/// The answer to a request that GraphQL has dealt with.
pub(super) fn answered(answer: Answer, form: GraphqlType, gzip: bool) -> (Response<Body>, Noted) {
    let (status, failed) = match answer.outcome {
        Outcome::Data { failed, .. } => (StatusCode::OK, failed),
        Outcome::RequestError(code) => (request_error_status(code, form), false),
        Outcome::MutationByGet => (StatusCode::METHOD_NOT_ALLOWED, false),
    };
    let mut response = with_type(status, form);
    content_coding::set_body(&mut response, gzip, answer.body);
    let headers = response.headers_mut();
    headers.insert(VARY, VARIES);
    headers.insert(CACHE_STATUS, HeaderValue::from_static("farmlokal; fwd=bypass"));
    match answer.outcome {
        Outcome::Data { .. } => {}
        Outcome::RequestError(code) => refusal::add_headers(code, headers),
        Outcome::MutationByGet => {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
    }
    headers.insert(X_QUERY_COST, HeaderValue::from(answer.cost));
    (response, Noted { cost: Some(answer.cost), failed, ..Noted::default() })
}

/// The answer to a request that did not get that far.
pub(super) fn refused(refusal: &Refusal, form: GraphqlType) -> Response<Body> {
    let mut response = with_type(refusal.status, form);
    *response.body_mut() = Body::from(Api::error_body(refusal.code, &refusal.message));
    response.headers_mut().insert(VARY, VARIES);
    refusal.add_headers(response.headers_mut());
    response
}

/// A document that cannot be run is 200 for those who name `application/json`: such clients (GraphQL over HTTP, "legacy
/// watershed") take any other status for a failure of the connection. Whatever has to be seen by proxies and retry
/// policies, and whatever protects the server, keeps its status.
///
/// A persisted document that is not known is part of a usual exchange (the client sends the text next): 200 in
/// `application/json`, as Apollo Server has it, and 404 in the newer form, where a body without data must not be 2xx. Never
/// 400, upon which older Apollo Clients stop sending hashes.
fn request_error_status(code: ErrorCode, form: GraphqlType) -> StatusCode {
    let in_json = match code {
        ErrorCode::GraphqlParseFailed | ErrorCode::GraphqlValidationFailed | ErrorCode::BadUserInput => {
            form == GraphqlType::Json { named: true }
        }
        ErrorCode::PersistedQueryNotFound => form != GraphqlType::Response,
        _ => false,
    };
    if in_json { StatusCode::OK } else { refusal::status_of(code) }
}

fn with_type(status: StatusCode, form: GraphqlType) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, form.content_type());
    response
}
