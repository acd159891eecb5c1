//! What can go wrong, by what the caller can do about it.
//!
//! `Display` is safe to show; the detail of an internal failure is for our log and is written there once, where the
//! error leaves the house (`graphql::fault`, `http::problem`).

use std::fmt;

/// The one list of codes: in `userErrors.code`, in `errors[].extensions.code` and as `code` in REST problem documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The HTTP request cannot be read.
    BadRequest,
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// An argument or input value cannot be used.
    BadUserInput,
    /// A cursor that is malformed, forged, expired or of another list.
    InvalidCursor,
    /// The thing to act on does not exist.
    NotFound,
    /// The thing is not in the state that the caller expects.
    Conflict,
    /// An idempotency key came back with other input.
    IdempotencyMismatch,
    /// No caller, or an invalid token.
    Unauthenticated,
    /// The caller lacks a scope.
    Forbidden,
    /// A webhook's signature does not fit.
    SignatureInvalid,
    /// A webhook's timestamp is too old or in the future.
    TimestampOutOfTolerance,
    /// The body is larger than allowed.
    PayloadTooLarge,
    /// The document costs more than allowed.
    QueryTooComplex,
    /// The document nests deeper than allowed.
    QueryTooDeep,
    /// The caller's budget is used up.
    RateLimited,
    /// The persisted document is not known here; send its text once.
    PersistedQueryNotFound,
    /// Only persisted documents are taken.
    PersistedQueryRequired,
    /// A partner did not answer in time.
    UpstreamTimeout,
    /// A partner is away.
    UpstreamUnavailable,
    /// A partner failed too often and is not asked for a while.
    CircuitOpen,
    /// The work took longer than its time limit.
    Timeout,
    /// Too much is waiting already.
    Overloaded,
    /// A part we cannot work without is away.
    ServiceUnavailable,
    /// Our fault.
    InternalServerError,
}

impl ErrorCode {
    /// The code as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::InvalidCursor => "INVALID_CURSOR",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::SignatureInvalid => "SIGNATURE_INVALID",
            Self::TimestampOutOfTolerance => "TIMESTAMP_OUT_OF_TOLERANCE",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::RateLimited => "RATE_LIMITED",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::PersistedQueryRequired => "PERSISTED_QUERY_REQUIRED",
            Self::UpstreamTimeout => "UPSTREAM_TIMEOUT",
            Self::UpstreamUnavailable => "UPSTREAM_UNAVAILABLE",
            Self::CircuitOpen => "CIRCUIT_OPEN",
            Self::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Self::QueryTooDeep => "QUERY_TOO_DEEP",
            Self::Timeout => "TIMEOUT",
            Self::Overloaded => "OVERLOADED",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }

    /// Whether the same request may succeed a little later, without a change on the caller's side.
    pub fn is_passing(self) -> bool {
        matches!(self, Self::Timeout | Self::Overloaded | Self::ServiceUnavailable)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn upstream_sentence(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::UpstreamTimeout => "the partner did not answer in time",
        ErrorCode::CircuitOpen => "the partner failed too often and is not asked for a while",
        _ => "the partner is not available at the moment",
    }
}

/// What went wrong.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The caller sent something we cannot act on, and can read why.
    #[error("{message}")]
    Refused {
        /// Which kind of refusal.
        code: ErrorCode,
        /// Safe to show.
        message: String,
    },
    /// A part we cannot work without is away or too slow; worth another try.
    #[error("{}", if *.timed_out { "the request took too long" } else { "the database is not available at the moment" })]
    Unavailable {
        /// Whether it answered too late, rather than not at all.
        timed_out: bool,
        /// For the log.
        detail: String,
    },
    /// A write lost against another one and was rolled back whole; the same write may be tried again.
    #[error("the write met another one; please try again")]
    Contended {
        /// For the log.
        detail: String,
    },
    /// A partner that we ask did not give an answer we can use.
    #[error("{}", upstream_sentence(*.code))]
    Upstream {
        /// `UPSTREAM_UNAVAILABLE`, `UPSTREAM_TIMEOUT` or `CIRCUIT_OPEN`.
        code: ErrorCode,
        /// For the log.
        detail: String,
    },
    /// Our fault.
    #[error("internal server error")]
    Internal {
        /// For the log.
        detail: String,
    },
}

impl Error {
    /// A refusal with this code.
    pub fn refused(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Refused { code, message: message.into() }
    }

    /// A refusal of an argument.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::refused(ErrorCode::BadUserInput, message)
    }

    /// A fault of our own.
    pub fn internal(detail: impl fmt::Display) -> Self {
        Self::Internal { detail: detail.to_string() }
    }

    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused { code, .. } | Self::Upstream { code, .. } => *code,
            Self::Unavailable { timed_out: true, .. } => ErrorCode::Timeout,
            Self::Unavailable { timed_out: false, .. } | Self::Contended { .. } => ErrorCode::ServiceUnavailable,
            Self::Internal { .. } => ErrorCode::InternalServerError,
        }
    }

    /// What the log should know beyond what is shown; `None` for a mere refusal.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Refused { .. } => None,
            Self::Unavailable { detail, .. }
            | Self::Contended { detail }
            | Self::Upstream { detail, .. }
            | Self::Internal { detail } => Some(detail),
        }
    }

    /// Writes the detail to the log. To be called once, where the error leaves the house.
    pub fn log(&self) {
        match self {
            Self::Refused { .. } => {}
            Self::Unavailable { detail, .. } | Self::Contended { detail } | Self::Upstream { detail, .. } => {
                tracing::warn!(code = self.code().as_str(), detail, "request failed");
            }
            Self::Internal { detail } => tracing::error!(code = self.code().as_str(), detail, "request failed"),
        }
    }
}
