//! `/graphql`: GraphQL over HTTP.
//!
//! In this order: the token (an invalid one is 401, always), the forms the caller takes (406), the form it sends (415), the
//! body (413, 408, 400), and only then the operation. Nothing that browsers send across origins without asking gets as far
//! as the body, and mutations are not run by GET, so no page can have one run in its visitor's name.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::graphql_request::{self, Envelope};
use super::media_type::{self, GraphqlType};
use super::refusal::Refusal;
use super::state::AppState;
use super::{access, graphql_response, request_body};
use crate::graphql::{Answer, Api};
use crate::service::Caller;

const METHODS: &str = "GET, HEAD, POST, OPTIONS";
/// Parameters of an address that ask for something.
const DOCUMENT_PARAMETERS: [&str; 5] = ["query", "extensions", "documentId", "doc_id", "id"];

/// All methods of `/graphql`.
pub(super) async fn graphql(State(state): State<AppState>, request: Request) -> Response<Body> {
    state.marketplace.request_seen();
    let (parts, body) = request.into_parts();
    if parts.method == Method::OPTIONS {
        return options();
    }
    if asks_for_the_page(&state, &parts) {
        return to_the_page();
    }
    let form = GraphqlType::negotiate(&parts.headers);
    match answer(&state, &parts, body, form).await {
        Ok(answer) => graphql_response::answered(answer, form.unwrap_or(GraphqlType::Response)),
        Err(refusal) => graphql_response::refused(&refusal, form.unwrap_or(GraphqlType::Json { named: false })),
    }
}

async fn answer(state: &AppState, parts: &Parts, body: Body, form: Option<GraphqlType>) -> Result<Answer, Refusal> {
    let caller = match admit(state, parts, form) {
        Ok(caller) => caller,
        Err(refusal) => {
            request_body::discard(&parts.headers, body);
            return Err(refusal);
        }
    };
    let read;
    let via_get = parts.method != Method::POST;
    let envelope = if via_get {
        graphql_request::from_query(parts.uri.query().unwrap_or_default())?
    } else {
        let settings = &state.settings;
        read = request_body::read(&parts.headers, body, settings.body_limit_bytes, settings.body_read_timeout).await?;
        graphql_request::from_body(&read)?
    };
    let running = run(&state.api, &envelope, via_get, caller);
    tokio::time::timeout(state.settings.request_timeout, running).await.map_err(|_| Refusal::timed_out())?
}

async fn run(api: &Api, envelope: &Envelope<'_>, via_get: bool, caller: Caller) -> Result<Answer, Refusal> {
    match api.prepare(envelope.wanted(via_get)).await {
        Ok(prepared) => Ok(api.run(prepared, envelope.variables()?, caller).await),
        Err(answer) => Ok(answer),
    }
}

/// Everything that can be told from the head of the request.
fn admit(state: &AppState, parts: &Parts, form: Option<GraphqlType>) -> Result<Caller, Refusal> {
    let is_post = parts.method == Method::POST;
    if !is_post && parts.method != Method::GET && parts.method != Method::HEAD {
        return Err(Refusal::method_not_allowed(METHODS));
    }
    let caller = access::caller(&state.access, &parts.headers)?;
    if form.is_none() {
        let message = "The answer is application/graphql-response+json or application/json; `Accept` takes neither.";
        return Err(Refusal::bad_request(message).with_status(StatusCode::NOT_ACCEPTABLE));
    }
    if is_post {
        media_type::require_json(&parts.headers)?;
    }
    Ok(caller)
}

/// Somebody who opens the address of the API in a browser.
fn asks_for_the_page(state: &AppState, parts: &Parts) -> bool {
    let asks =
        |part: &str| DOCUMENT_PARAMETERS.iter().any(|name| part.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')));
    let names_a_document = || parts.uri.query().is_some_and(|query| query.split('&').any(asks));
    state.settings.graphiql && parts.method == Method::GET && takes_html(&parts.headers) && !names_a_document()
}

fn takes_html(request: &HeaderMap) -> bool {
    let html = media_type::rate(request, "text/html");
    html.named && html.quality > 0
}

/// The page is beside the endpoint, also behind a proxy that puts both below a prefix.
fn to_the_page() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("./"));
    response
}

fn options() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
    response
}
