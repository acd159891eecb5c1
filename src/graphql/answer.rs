//! What comes back for a request, and how the engine's errors become ours.

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, PathSegment, Response, ServerError, Value};
use bytes::Bytes;

use super::document::{Refusal, RefusalCode};
use super::json::Json;
use crate::domain::Dependencies;
use crate::error::ErrorCode;

/// Errors in one answer; more would only repeat themselves.
const ERRORS_MAX: usize = 20;
/// Characters of one message.
const MESSAGE_MAX_CHARS: usize = 400;

/// Room for what stands around the lists of an answer. Answers are kept, so it is not generous.
const BODY_BYTES: usize = 200;

/// The answer to a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The whole response as JSON.
    pub body: Bytes,
    /// What kind of answer it is.
    pub outcome: Outcome,
    /// What the operation cost, in points.
    pub cost: u64,
    /// The operation's name.
    pub operation_name: Option<Arc<str>>,
    /// What it was made of.
    pub dependencies: Dependencies,
}

/// What kind of answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The operation ran; the body has `data`.
    Data {
        /// Whether there is no error beside it.
        whole: bool,
        /// Whether there are errors by our fault beside it.
        failed: bool,
    },
    /// The operation did not run, or nothing came of it; the body has no `data`.
    RequestError(ErrorCode),
    /// A mutation came by GET and did not run.
    MutationByGet,
}

impl Answer {
    /// The answer to a request that did not run.
    pub(super) fn refused(refusal: &Refusal, operation_name: Option<Arc<str>>) -> Self {
        let outcome = Outcome::RequestError(code_of(refusal));
        Self { body: refusal_body(refusal), outcome, cost: 0, operation_name, dependencies: Dependencies::default() }
    }

    /// The answer to a mutation that came by GET.
    pub(super) fn mutation_by_get(operation_name: Option<Arc<str>>) -> Self {
        let body = error_body(ErrorCode::BadRequest, "a mutation must come by POST");
        Self { body, outcome: Outcome::MutationByGet, cost: 0, operation_name, dependencies: Dependencies::default() }
    }

    /// The answer that the engine's response stands for.
    pub(super) fn of(response: Response, cost: u64, operation_name: Option<Arc<str>>, dependencies: Dependencies) -> Self {
        let refused = is_refused(&response);
        let (data, mut errors) = (response.data, response.errors);
        errors.truncate(ERRORS_MAX);
        for err in &mut errors {
            ensure_code(err);
            clip(&mut err.message);
        }
        let (body, outcome) = if refused {
            (errors_only(&errors), Outcome::RequestError(ErrorCode::GraphqlValidationFailed))
        } else if let Some(code) = nothing_came(&data, &errors) {
            (errors_only(&errors), Outcome::RequestError(code))
        } else {
            let outcome = Outcome::Data { whole: errors.is_empty(), failed: errors.iter().any(is_ours) };
            (with_data(&data, &errors), outcome)
        };
        Self { body, outcome, cost, operation_name, dependencies }
    }
}

/// Whether the engine's validation let nothing run: only its errors have no path.
pub(super) fn is_refused(response: &Response) -> bool {
    response.data == Value::Null && response.errors.iter().any(|err| err.path.is_empty())
}

/// The body of a request error.
pub(super) fn error_body(code: ErrorCode, message: &str) -> Bytes {
    let error = serde_json::json!({ "message": message, "extensions": { "code": code.as_str() } });
    Bytes::from(serde_json::json!({ "errors": [error] }).to_string())
}

/// When every root field failed because something is away for now, the caller should come back: that is no answer with
/// nulls in it, which a cache or a client would take for the truth.
fn nothing_came(data: &Value, errors: &[ServerError]) -> Option<ErrorCode> {
    let all_null = match data {
        Value::Null => true,
        Value::Object(fields) => !fields.is_empty() && fields.values().all(|value| *value == Value::Null),
        _ => false,
    };
    let passing = [ErrorCode::ServiceUnavailable, ErrorCode::Timeout, ErrorCode::Overloaded];
    let code = |err: &ServerError| passing.into_iter().find(|code| has_code(err, code.as_str()));
    let codes: Option<Vec<ErrorCode>> = errors.iter().map(code).collect();
    let failed_fields = || match data {
        Value::Object(fields) => fields.keys().all(|key| errors.iter().any(|err| is_below(err, key))),
        _ => true,
    };
    if all_null && failed_fields() { codes?.into_iter().next() } else { None }
}

fn is_below(err: &ServerError, key: &str) -> bool {
    matches!(err.path.first(), Some(PathSegment::Field(field)) if field == key)
}

fn has_code(err: &ServerError, code: &str) -> bool {
    err.extensions.as_ref().and_then(|extensions| extensions.get("code")).is_some_and(|value| *value == Value::from(code))
}

fn is_ours(err: &ServerError) -> bool {
    [ErrorCode::InternalServerError, ErrorCode::ServiceUnavailable, ErrorCode::Timeout]
        .iter()
        .any(|code| has_code(err, code.as_str()))
}

/// Messages of the engine quote names of the document, however long they are.
fn clip(message: &mut String) {
    if let Some((end, _)) = message.char_indices().nth(MESSAGE_MAX_CHARS) {
        message.truncate(end);
        message.push('…');
    }
}

/// Errors of the engine carry no code.
fn ensure_code(err: &mut ServerError) {
    let code = if err.path.is_empty() { ErrorCode::GraphqlValidationFailed } else { ErrorCode::BadUserInput };
    let extensions = err.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", code.as_str());
    }
}

fn errors_only(errors: &[ServerError]) -> Bytes {
    json(&serde_json::json!({ "errors": errors }))
}

fn with_data(data: &Value, errors: &[ServerError]) -> Bytes {
    let mut json = Json::with_capacity(BODY_BYTES + Json::written_bytes(data));
    json.raw("{\"data\":");
    json.value(data);
    if !errors.is_empty() {
        json.raw(",\"errors\":");
        json.plain(errors);
    }
    json.raw("}");
    json.into_bytes()
}

fn json(value: &impl serde::Serialize) -> Bytes {
    serde_json::to_vec(value).map_or_else(|_| error_body(ErrorCode::InternalServerError, "internal server error"), Bytes::from)
}

fn refusal_body(refusal: &Refusal) -> Bytes {
    let mut error = serde_json::json!({ "message": refusal.message, "extensions": { "code": code_of(refusal).as_str() } });
    if let Some(at) = refusal.location {
        error["locations"] = serde_json::json!([{ "line": at.line, "column": at.column }]);
    }
    json(&serde_json::json!({ "errors": [error] }))
}

fn code_of(refusal: &Refusal) -> ErrorCode {
    match refusal.code {
        RefusalCode::ParseFailed => ErrorCode::GraphqlParseFailed,
        RefusalCode::ValidationFailed => ErrorCode::GraphqlValidationFailed,
        RefusalCode::TooComplex => ErrorCode::QueryTooComplex,
        RefusalCode::TooDeep => ErrorCode::QueryTooDeep,
        RefusalCode::BadUserInput => ErrorCode::BadUserInput,
        RefusalCode::BadRequest => ErrorCode::BadRequest,
        RefusalCode::PersistedNotFound => ErrorCode::PersistedQueryNotFound,
        RefusalCode::PersistedRequired => ErrorCode::PersistedQueryRequired,
    }
}
