//! `/graphql`: GraphQL over HTTP.
//!
//! In this order: the token (an invalid one is 401, always), the forms the caller takes (406), the form it sends (415), the
//! body (413, 408, 400), and only then the operation. Nothing that browsers send across origins without asking gets as far
//! as the body, and mutations are not run by GET, so no page can have one run in its visitor's name.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_ENCODING, ALLOW, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use bytes::Bytes;
use tracing::Instrument as _;

use super::cache_hit::Begun;
use super::cached_response::{self, Kind, Unkept, Wish};
use super::graphql_request::{self, Envelope};
use super::kept_headers::Form;
use super::media_type::{self, GraphqlType};
use super::observe::{self, Noted, NotedOperation};
use super::purse::Purse;
use super::refusal::Refusal;
use super::state::AppState;
use super::understood::Meaning;
use super::{access, cache_hit, client_address, content_coding, graphql_origin, graphql_response, request_body};
use crate::cache::response::{Answered, CacheKey, Entry, Seen, Source};
use crate::error::ErrorCode;
use crate::graphql::{Answer, Prepared};
use crate::service::Caller;
use crate::telemetry::traces;

const METHODS: &str = "GET, HEAD, POST, OPTIONS";
/// Parameters of an address that ask for something.
const DOCUMENT_PARAMETERS: [&str; 5] = ["query", "extensions", "documentId", "doc_id", "id"];

/// All methods of `/graphql`, behind a router.
pub(super) async fn graphql(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let peer = client_address::peer(&head.extensions);
    let (mut response, noted) = answer(&state, &head, body, peer, None, None).await;
    response.extensions_mut().insert(noted);
    response
}

/// All methods of `/graphql`. `id` names the request in the log, unless something around it does so already.
pub(super) async fn answer(
    state: &AppState,
    parts: &Parts,
    body: Body,
    peer: IpAddr,
    id: Option<&HeaderValue>,
    begun: Option<Begun>,
) -> (Response<Body>, Noted) {
    state.marketplace.request_seen();
    if parts.method == Method::OPTIONS {
        return (options(), Noted::default());
    }
    if asks_for_the_page(state, parts) {
        return (to_the_page(), Noted::default());
    }
    let form = GraphqlType::negotiate(&parts.headers);
    let local = client_address::is_from_here(peer, &parts.headers, state.settings.trusted_proxies);
    let caller = access::caller(&state.access, &parts.headers).await.map(|caller| caller.on_this_machine(local));
    let purse = Purse::of(state, peer, &parts.headers, caller.as_ref().ok());
    let (paid, known) = match begun {
        Some(Begun { meaning, standing, seen }) => {
            purse.has_paid_one(standing);
            (Ok(()), Some((meaning, seen)))
        }
        None => (purse.pay_one(), None),
    };
    let admitted = paid.and_then(|()| admit(parts, form, caller));
    let purse = Arc::new(purse);
    let (mut response, noted) = match ask(state, parts, body, admitted, &purse, id, known).await {
        Ok(answered) => answered,
        Err(refusal) => {
            let form = form.unwrap_or(GraphqlType::Json { named: false });
            (graphql_response::refused(&refusal, form), Noted::default())
        }
    };
    purse.add_headers(response.headers_mut());
    (response, noted)
}

async fn ask(
    state: &AppState,
    parts: &Parts,
    body: Body,
    admitted: Result<(Caller, GraphqlType), Refusal>,
    purse: &Arc<Purse>,
    id: Option<&HeaderValue>,
    known: Option<(Arc<Meaning>, Option<Seen>)>,
) -> Result<(Response<Body>, Noted), Refusal> {
    let (caller, form) = match admitted {
        Ok(admitted) => admitted,
        Err(refusal) => {
            request_body::discard(&parts.headers, body);
            return Err(refusal);
        }
    };
    let via_get = parts.method != Method::POST;
    let read = if via_get {
        Bytes::new()
    } else {
        let settings = &state.settings;
        request_body::read(&parts.headers, body, settings.body_limit_bytes, settings.body_read_timeout).await?
    };
    let bytes = if via_get { parts.uri.query().unwrap_or_default().as_bytes() } else { &read };
    let asked = Asked { parts, bytes, via_get, form, caller, purse };
    let known = match known {
        Some(known) => Some(known),
        None => match state.understood.recall(via_get, bytes) {
            Some(meaning) => match cache_hit::find(state, &meaning.key).await {
                Ok((entry, source)) => {
                    return Ok(asked.answered_from(state, &entry, source, 0, Arc::clone(&meaning.operation)));
                }
                Err(seen) => Some((meaning, seen)),
            },
            None => None,
        },
    };
    // In a box: the future of a kept answer should be small.
    let understood = Box::pin(async move {
        match known {
            Some((meaning, seen)) => asked.answer(state, &meaning, seen).await,
            None => asked.understand(state).await,
        }
    });
    let Some(id) = id else { return understood.await };
    let span = traces::request_span(id, &parts.method, parts.uri.path(), &parts.headers);
    let answered = understood.instrument(span.clone()).await;
    match &answered {
        Ok((response, noted)) => observe::trace(&span, response.status(), noted),
        Err(refusal) => observe::trace(&span, refusal.status, &Noted::default()),
    }
    answered
}

/// A request that has been read.
struct Asked<'a> {
    parts: &'a Parts,
    /// The body, or the query string.
    bytes: &'a [u8],
    via_get: bool,
    form: GraphqlType,
    caller: Caller,
    purse: &'a Arc<Purse>,
}

impl Asked<'_> {
    async fn understand(self, state: &AppState) -> Result<(Response<Body>, Noted), Refusal> {
        let envelope = if self.via_get {
            graphql_request::from_query(self.parts.uri.query().unwrap_or_default())?
        } else {
            graphql_request::from_body(self.bytes)?
        };
        let prepared = match state.api.prepare(envelope.wanted(self.via_get)).await {
            Ok(prepared) => prepared,
            Err(answer) => return Ok(self.answered(answer, 0, None)),
        };
        let operation = Arc::new(NotedOperation::of(state, &prepared));
        let variables = envelope.variables()?;
        let Some(max_age_s) = prepared.cacheable_for().filter(|_| state.cache.is_enabled()) else {
            let ran = graphql_origin::run(state, prepared, variables, self.caller, self.purse).await;
            let (answer, statements) = ran?;
            return Ok(self.answered(answer, statements, Some(operation)));
        };
        let key = key_of(state, &prepared, &envelope);
        let meaning = Arc::new(Meaning { key, operation, prepared, variables, max_age_s });
        state.understood.remember(self.via_get, self.bytes, &meaning);
        self.answer(state, &meaning, None).await
    }

    /// Out of the cache, or made.
    async fn answer(
        &self,
        state: &AppState,
        meaning: &Arc<Meaning>,
        seen: Option<Seen>,
    ) -> Result<(Response<Body>, Noted), Refusal> {
        let (origin, statements) = graphql_origin::of(state, meaning, &self.caller, self.purse);
        let answered = state.cache.answer(meaning.key, seen, origin).await;
        let (statements, operation) = (statements.load(Ordering::Relaxed), Arc::clone(&meaning.operation));
        match answered {
            Answered::Entry(entry, source) => Ok(self.answered_from(state, &entry, source, statements, operation)),
            Answered::Unkept(Unkept(Kind::Answer(answer))) => Ok(self.answered(answer, statements, Some(operation))),
            Answered::Unkept(Unkept(Kind::Refusal(refusal))) => Err(refusal),
            Answered::Lost => Err(Refusal::new(ErrorCode::InternalServerError, "internal server error")),
        }
    }

    fn answered(&self, answer: Answer, statements: u32, operation: Option<Arc<NotedOperation>>) -> (Response<Body>, Noted) {
        let gzip = content_coding::takes_gzip(self.parts.headers.get_all(ACCEPT_ENCODING));
        let (response, noted) = graphql_response::answered(answer, self.form, gzip);
        (response, Noted { operation, statements, ..noted })
    }

    fn answered_from(
        &self,
        state: &AppState,
        entry: &Entry,
        source: Source,
        statements: u32,
        operation: Arc<NotedOperation>,
    ) -> (Response<Body>, Noted) {
        let wish = Wish::of(&self.parts.method, &self.parts.headers, Form::Graphql(self.form));
        let response = cached_response::of_entry(state, entry, source, wish, state.clock.now_ms());
        (response, Noted { operation: Some(operation), ..cached_response::noted(entry, source, statements) })
    }
}

/// Everything that decides the answer to an operation that is the same for everybody.
fn key_of(state: &AppState, prepared: &Prepared, envelope: &Envelope<'_>) -> CacheKey {
    let name = prepared.operation_name().map_or(&b""[..], |name| name.as_bytes());
    state.keys.key(&[b"graphql", prepared.document_hash().as_bytes(), name, envelope.raw_variables().as_bytes()])
}

/// Everything that can be told from the head of the request.
fn admit(parts: &Parts, form: Option<GraphqlType>, caller: Result<Caller, Refusal>) -> Result<(Caller, GraphqlType), Refusal> {
    let is_post = parts.method == Method::POST;
    if !is_post && parts.method != Method::GET && parts.method != Method::HEAD {
        return Err(Refusal::method_not_allowed(METHODS));
    }
    let caller = caller?;
    let Some(form) = form else {
        let message = "The answer is application/graphql-response+json or application/json; `Accept` takes neither.";
        return Err(Refusal::bad_request(message).with_status(StatusCode::NOT_ACCEPTABLE));
    };
    if is_post {
        media_type::require_json(&parts.headers)?;
    }
    Ok((caller, form))
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
