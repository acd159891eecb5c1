//! `/graphql`: GraphQL over HTTP.
//!
//! In this order: the token (an invalid one is 401, always), the caller's budget (429), the forms the caller takes (406), the form it sends (415), the
//! body (413, 408, 400), and only then the operation. Nothing that browsers send across origins without asking gets as far
//! as the body, and mutations are not run by GET, so no page can have one run in its visitor's name.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::graphql_request::{self, Wanted};
use super::media_type::{self, GraphqlType};
use super::purse::Purse;
use super::refusal::Refusal;
use super::state::AppState;
use super::{access, graphql_response, request_body};
use crate::error::Error;
use crate::graphql;
use crate::service::Caller;

const METHODS: &str = "GET, HEAD, POST, OPTIONS";

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
    let caller = access::caller(&state.access, &parts.headers);
    let mut purse = Purse::of(&state, &parts, caller.as_ref().ok());
    let mut response = match answer(&state, &parts, body, form, caller, &mut purse).await {
        Ok(answer) => graphql_response::answered(answer, form.unwrap_or(GraphqlType::Response)),
        Err(refusal) => graphql_response::refused(&refusal, form.unwrap_or(GraphqlType::Json { named: false })),
    };
    purse.add_headers(response.headers_mut());
    response
}

async fn answer(
    state: &AppState,
    parts: &Parts,
    body: Body,
    form: Option<GraphqlType>,
    caller: Result<Caller, Error>,
    purse: &mut Purse<'_>,
) -> Result<graphql::Answer, Refusal> {
    let caller = match purse.pay_one().and_then(|()| admit(parts, form, caller)) {
        Ok(caller) => caller,
        Err(refusal) => {
            request_body::discard(&parts.headers, body);
            return Err(refusal);
        }
    };
    let via_get = parts.method != Method::POST;
    let Wanted { query, operation_name, variables } = if via_get {
        graphql_request::from_query(parts.uri.query().unwrap_or_default())?
    } else {
        let settings = &state.settings;
        let body = request_body::read(&parts.headers, body, settings.body_limit_bytes, settings.body_read_timeout).await?;
        graphql_request::from_body(&body)?
    };
    let request = graphql::Request { query, operation_name, variables, via_get, caller };
    let prepared = match state.api.prepare(request) {
        Ok(prepared) => prepared,
        Err(answer) => return Ok(answer),
    };
    purse.pay_rest(prepared.cost()).await?;
    let answer = tokio::time::timeout(state.settings.request_timeout, state.api.run(prepared, purse.standing())).await;
    answer.map_err(|_| Refusal::timed_out())
}

/// Everything that can be told from the head of the request.
fn admit(parts: &Parts, form: Option<GraphqlType>, caller: Result<Caller, Error>) -> Result<Caller, Refusal> {
    let is_post = parts.method == Method::POST;
    if !is_post && parts.method != Method::GET && parts.method != Method::HEAD {
        return Err(Refusal::method_not_allowed(METHODS));
    }
    let caller = caller?;
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
    let has_query = || parts.uri.query().is_some_and(|query| query.split('&').any(|part| part.starts_with("query=")));
    state.settings.graphiql && parts.method == Method::GET && takes_html(&parts.headers) && !has_query()
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
