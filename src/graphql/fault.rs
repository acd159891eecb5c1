//! The one road of an error out of the schema.
//!
//! `Fault` has no `Display` on purpose: with one, the engine would turn it into an error without code by itself, and the
//! detail would go to the caller.

use std::sync::Arc;

use async_graphql::{Enum, ErrorExtensionValues, ErrorExtensions as _};

use crate::error::Error;

/// The one list of codes: in `userErrors.code`, in `errors[].extensions.code`, and as `code` in REST problem documents.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::error::ErrorCode")]
pub(crate) enum ErrorCode {
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

/// An error on its way out.
#[derive(Debug, Clone)]
pub(crate) struct Fault(Arc<Error>);

impl From<Error> for Fault {
    fn from(err: Error) -> Self {
        Self(Arc::new(err))
    }
}

impl From<Arc<Error>> for Fault {
    fn from(err: Arc<Error>) -> Self {
        Self(err)
    }
}

impl From<Fault> for async_graphql::Error {
    fn from(Fault(err): Fault) -> Self {
        err.log();
        let code = err.code().as_str();
        Self::new(err.to_string()).extend_with(|_, extensions: &mut ErrorExtensionValues| extensions.set("code", code))
    }
}
