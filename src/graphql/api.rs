//! One request through the schema: check the document, coerce the variables, execute, and tidy the errors.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{ErrorExtensionValues, PathSegment, Response, ServerError, Value, Variables};
use bytes::Bytes;

use super::document::{CheckedDocument, DocumentLimits, DocumentStore, InputTypes, Refusal, RefusalCode, coerce_variables};
use super::loader::Loaders;
use super::scalar;
use super::schema::{FarmSchema, SchemaParts, build, sdl};
use crate::error::{Error, ErrorCode};
use crate::service::{Caller, Marketplace, Standing};
use crate::telemetry::Telemetry;

/// Errors in one answer; more would only repeat themselves.
const ERRORS_MAX: usize = 20;
/// Characters of one message.
const MESSAGE_MAX_CHARS: usize = 400;
/// Memory for checked documents.
const DOCUMENTS_MAX_BYTES: u64 = 16 * 1024 * 1024;

/// A GraphQL request, its envelope read already.
#[derive(Debug)]
pub struct Request {
    /// The document.
    pub query: String,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// Raw variables.
    pub variables: serde_json::Map<String, serde_json::Value>,
    /// Whether it came by GET, which must not change anything.
    pub via_get: bool,
    /// Who asks.
    pub caller: Caller,
}

/// The answer to a request.
#[derive(Debug)]
pub struct Answer {
    /// The whole response as JSON.
    pub body: Bytes,
    /// What kind of answer it is.
    pub outcome: Outcome,
    /// What the operation cost, in points.
    pub cost: u64,
    /// The operation's name.
    pub operation_name: Option<String>,
}

/// What kind of answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The operation ran; the body has `data`.
    Data {
        /// Whether there are errors by our fault beside it.
        failed: bool,
    },
    /// The operation did not run, or nothing came of it; the body has no `data`.
    RequestError(ErrorCode),
    /// A mutation came by GET and did not run.
    MutationByGet,
}

/// A request that may run.
#[derive(Debug)]
pub struct Prepared {
    document: Arc<CheckedDocument>,
    is_query: bool,
    /// Coerced, defaults filled in.
    variables: Variables,
    cost: u64,
    operation_name: Option<String>,
    caller: Caller,
}

impl Prepared {
    /// What it costs, in points.
    pub fn cost(&self) -> u64 {
        self.cost
    }

    /// The operation's name.
    pub fn operation_name(&self) -> Option<&str> {
        self.operation_name.as_deref()
    }
}

/// Settings of the schema.
#[derive(Debug, Clone, Default)]
pub struct ApiSettings {
    /// Introspection, and suggestions in error messages.
    pub introspection: bool,
    /// Limits of documents.
    pub limits: DocumentLimits,
}

/// The schema, ready to answer.
pub struct Api {
    strict: FarmSchema,
    fast: FarmSchema,
    documents: DocumentStore,
    marketplace: Arc<Marketplace>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Api")
    }
}

impl Api {
    /// Builds the schema over a marketplace.
    ///
    /// # Errors
    /// When our own schema cannot be read back, which a test rules out.
    pub fn new(marketplace: Arc<Marketplace>, telemetry: Arc<Telemetry>, settings: ApiSettings) -> Result<Self, Error> {
        let types = InputTypes::from_sdl(&sdl(), scalar::check).map_err(Error::internal)?;
        let parts = SchemaParts { marketplace: Arc::clone(&marketplace), telemetry, introspection: settings.introspection };
        let (strict, fast) = build(&parts);
        let documents = DocumentStore::new(settings.limits, Arc::new(types), DOCUMENTS_MAX_BYTES);
        Ok(Self { strict, fast, documents, marketplace })
    }

    /// Answers one request, whatever it costs.
    pub async fn execute(&self, request: Request) -> Answer {
        match self.prepare(request) {
            Ok(prepared) => self.run(prepared, None).await,
            Err(answer) => answer,
        }
    }

    /// Checks a request and finds out what it costs. Nothing has run then.
    ///
    /// # Errors
    /// The whole answer, to a request that cannot be run.
    pub fn prepare(&self, request: Request) -> Result<Prepared, Answer> {
        let operation_name = request.operation_name.clone();
        self.check(request).unwrap_or_else(|refusal| {
            let (body, outcome) = (refusal_body(&refusal), Outcome::RequestError(code_of(&refusal)));
            Err(Answer { body, outcome, cost: 0, operation_name })
        })
    }

    /// The body of a request error.
    pub fn error_body(code: ErrorCode, message: &str) -> Bytes {
        let error = serde_json::json!({ "message": message, "extensions": { "code": code.as_str() } });
        Bytes::from(serde_json::json!({ "errors": [error] }).to_string())
    }

    fn check(&self, request: Request) -> Result<Result<Prepared, Answer>, Refusal> {
        let document = self.documents.get_or_check(&request.query)?;
        let operation = document.operation(request.operation_name.as_deref())?;
        let operation_name = operation.name.as_ref().map(ToString::to_string);
        if request.via_get && operation.kind != OperationType::Query {
            let body = Self::error_body(ErrorCode::BadRequest, "a mutation must come by POST");
            return Ok(Err(Answer { body, outcome: Outcome::MutationByGet, cost: 0, operation_name }));
        }
        let mut variables = Variables::from_json(serde_json::Value::Object(request.variables));
        coerce_variables(operation, self.documents.types(), &mut variables)?;
        // The literals of a query are the same every time, and its variables have been checked by themselves.
        if operation.kind == OperationType::Mutation || !document.is_validated_strict() {
            document.check_arguments(operation, self.documents.types(), &variables)?;
        }
        let cost = document.cost(operation, &variables);
        self.documents.limits().check_cost(cost)?;
        let is_query = operation.kind == OperationType::Query;
        Ok(Ok(Prepared { document, is_query, variables, cost, operation_name, caller: request.caller }))
    }

    /// Runs what was prepared. `standing` is what is left of the caller's budget.
    pub async fn run(&self, prepared: Prepared, standing: Option<Standing>) -> Answer {
        let Prepared { document, is_query, variables, cost, operation_name, caller } = prepared;
        let schema = if is_query && document.is_validated_strict() { &self.fast } else { &self.strict };
        let mut engine_request = async_graphql::Request::new("").variables(variables);
        engine_request.operation_name.clone_from(&operation_name);
        engine_request.set_parsed_query(document.document().clone());
        let engine_request = engine_request.data(caller).data(standing).data(Loaders::new(&self.marketplace));
        let response = schema.execute(engine_request).await;
        answer(&document, response, cost, operation_name)
    }
}

fn answer(document: &CheckedDocument, response: Response, cost: u64, operation_name: Option<String>) -> Answer {
    let (data, mut errors) = (response.data, response.errors);
    // An error without a path is one of validation: nothing ran.
    let refused = data == Value::Null && errors.iter().any(|err| err.path.is_empty());
    if !refused {
        document.set_validated_strict();
    }
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
        let failed = errors.iter().any(is_ours);
        (with_data(data, errors), Outcome::Data { failed })
    };
    Answer { body, outcome, cost, operation_name }
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

fn with_data(data: Value, errors: Vec<ServerError>) -> Bytes {
    let mut response = Response::new(data);
    response.errors = errors;
    json(&response)
}

fn json(value: &impl serde::Serialize) -> Bytes {
    serde_json::to_vec(value)
        .map_or_else(|_| Api::error_body(ErrorCode::InternalServerError, "internal server error"), Bytes::from)
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
    }
}
