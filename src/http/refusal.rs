//! Why a request gets no answer of its kind, before one of the doors (GraphQL, REST) puts it into its own format. The
//! numbers of all statuses are here.

use std::borrow::Cow;

use axum::http::header::{ALLOW, CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use crate::error::{Error, ErrorCode};

/// Seconds after which a passing failure is worth another try.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// The challenge to whoever presented a token that does not hold; without a token it names the scheme alone (RFC 6750 §3).
const INVALID_TOKEN: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");
const INSUFFICIENT_SCOPE: HeaderValue = HeaderValue::from_static("Bearer error=\"insufficient_scope\"");

/// The status of each code.
///
/// A document that does not fit the schema is 400: drafts of GraphQL over HTTP since 2026 say 422, the audits of
/// `graphql-http` 1.23.1 still ask for 400.
pub(super) fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadRequest
        | ErrorCode::GraphqlParseFailed
        | ErrorCode::GraphqlValidationFailed
        | ErrorCode::BadUserInput
        | ErrorCode::InvalidCursor
        | ErrorCode::QueryTooComplex
        | ErrorCode::QueryTooDeep
        | ErrorCode::PersistedQueryRequired => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthenticated | ErrorCode::SignatureInvalid | ErrorCode::TimestampOutOfTolerance => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::NotFound | ErrorCode::PersistedQueryNotFound => StatusCode::NOT_FOUND,
        ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::UpstreamUnavailable => StatusCode::BAD_GATEWAY,
        ErrorCode::UpstreamTimeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorCode::CircuitOpen | ErrorCode::Timeout | ErrorCode::Overloaded | ErrorCode::ServiceUnavailable => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorCode::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The headers that a refusal with this code carries.
pub(super) fn add_headers(code: ErrorCode, headers: &mut HeaderMap) {
    if code.is_passing() {
        headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    if code == ErrorCode::Unauthenticated {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if code == ErrorCode::Forbidden {
        headers.insert(WWW_AUTHENTICATE, INSUFFICIENT_SCOPE);
    }
}

/// A request that is refused.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    /// The status of the answer.
    pub(super) status: StatusCode,
    /// What kind of refusal.
    pub(super) code: ErrorCode,
    /// One sentence, safe to show.
    pub(super) message: Cow<'static, str>,
    /// The parameter of the query string that is meant.
    pub(super) parameter: Option<Cow<'static, str>>,
    allow: Option<&'static str>,
    retry_after_seconds: Option<u64>,
    close: bool,
    about_token: bool,
}

impl Refusal {
    /// A refusal with the usual status of `code`.
    pub(super) fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        let status = status_of(code);
        Self {
            status,
            code,
            message: message.into(),
            parameter: None,
            allow: None,
            retry_after_seconds: None,
            close: false,
            about_token: false,
        }
    }

    /// 400: the HTTP request cannot be read.
    pub(super) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }

    /// 405, naming the methods that there are.
    pub(super) fn method_not_allowed(allow: &'static str) -> Self {
        let refusal = Self::bad_request("This method is not allowed here.").with_status(StatusCode::METHOD_NOT_ALLOWED);
        Self { allow: Some(allow), ..refusal }
    }

    /// 503: the work took longer than it may.
    pub(super) fn timed_out() -> Self {
        Self::new(ErrorCode::Timeout, "The request took too long; please try again.")
    }

    /// 503: too much is waiting already.
    pub(super) fn overloaded() -> Self {
        Self::new(ErrorCode::Overloaded, "Too many requests are waiting; please try again.")
    }

    /// The same with another status.
    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same, with the time after which it is worth another try.
    pub(super) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after_seconds: Some(seconds), ..self }
    }

    /// The same about one parameter of the query string.
    pub(super) fn about(self, parameter: impl Into<Cow<'static, str>>) -> Self {
        Self { parameter: Some(parameter.into()), ..self }
    }

    /// The same, and the connection is closed behind the answer: what is left of the request cannot be told from the
    /// next one.
    pub(super) fn closing(self) -> Self {
        Self { close: true, ..self }
    }

    /// The same about a token that was presented.
    pub(super) fn about_token(self) -> Self {
        Self { about_token: true, ..self }
    }

    /// Adds what belongs to this refusal to the headers of its answer.
    pub(super) fn add_headers(&self, headers: &mut HeaderMap) {
        add_headers(self.code, headers);
        if self.about_token && self.code == ErrorCode::Unauthenticated {
            headers.insert(WWW_AUTHENTICATE, INVALID_TOKEN);
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.close {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

impl From<Error> for Refusal {
    /// Writes the error's detail to the log: here it leaves the house.
    fn from(error: Error) -> Self {
        error.log();
        Self::new(error.code(), error.to_string())
    }
}
