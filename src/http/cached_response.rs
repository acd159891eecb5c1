//! An answer from the cache as an HTTP response: validators, age, and what caches on the way may do with it (RFC 9111, 9211).

use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, GetAll, IF_NONE_MATCH, WARNING};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use bytes::Bytes;

use super::cache_status::{self, CACHE_STATUS};
use super::graphql_response::X_QUERY_COST;
use super::kept_headers::{Form, Known, Told};
use super::observe::Noted;
use super::refusal::Refusal;
use super::state::AppState;
use super::{content_coding, validator};
use crate::cache::response::{Entry, Source};
use crate::graphql::Answer;

/// An answer that is not kept.
#[derive(Debug, Clone)]
pub struct Unkept(pub(super) Kind);

/// What it is instead.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// Of an operation.
    Answer(Answer),
    /// Of anything.
    Refusal(Refusal),
}

/// What a caller wants to have.
pub(super) struct Wish<'a, T> {
    pub(super) method: &'a Method,
    /// The values of `If-None-Match`.
    pub(super) if_none_match: T,
    pub(super) takes_gzip: bool,
    pub(super) form: Form,
    /// The request's name, and what is left of the caller's budget, where they are known already.
    pub(super) known: Known,
}

impl<'a> Wish<'a, GetAll<'a, HeaderValue>> {
    /// What these headers wish for.
    pub(super) fn of(method: &'a Method, headers: &'a HeaderMap, form: Form) -> Self {
        let takes_gzip = content_coding::takes_gzip(headers.get_all(ACCEPT_ENCODING));
        Self { method, if_none_match: headers.get_all(IF_NONE_MATCH), takes_gzip, form, known: Known::default() }
    }
}

/// The response with this answer, or 304 when the caller has it already. Where its id and its caller's budget are not known, they
/// are still to be told.
pub(super) fn of_entry<'a, B: From<Bytes>>(
    state: &AppState,
    entry: &Entry,
    source: Source,
    wish: Wish<'a, impl IntoIterator<Item = &'a HeaderValue>>,
    now_ms: i64,
) -> Response<B> {
    let safe = *wish.method == Method::GET || *wish.method == Method::HEAD;
    let told = Told {
        etag: HeaderValue::from_maybe_shared(entry.etag().clone()).unwrap_or(HeaderValue::from_static("W/\"\"")),
        age_s: entry.age_s(now_ms),
        cache_control: safe.then(|| cache_control(state, entry, source)),
        known: wish.known,
    };
    let mut headers = state.kept_headers.of(wish.form, told);
    if source != Source::Memory {
        headers.insert(CACHE_STATUS, cache_status::of(source));
        headers.insert(X_QUERY_COST, HeaderValue::from(charged(entry, source)));
    }
    if source == Source::Stale {
        headers.insert(WARNING, HeaderValue::from_static("110 farmlokal \"Response is Stale\""));
    }
    let mut response = if safe && validator::matches(wish.if_none_match, entry.etag()) {
        headers.remove(CONTENT_TYPE);
        let mut response = Response::new(B::from(Bytes::new()));
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let compressed = if wish.takes_gzip { entry.gzip() } else { None };
        if compressed.is_some() {
            headers.insert(CONTENT_ENCODING, content_coding::GZIP);
        }
        Response::new(B::from(compressed.unwrap_or(entry.body()).clone()))
    };
    *response.headers_mut() = headers;
    response
}

/// Browsers ask again each time, with the tag; caches in front of us may keep it for as long as the setting says, and no
/// longer than we would.
fn cache_control(state: &AppState, entry: &Entry, source: Source) -> HeaderValue {
    match state.settings.shared_max_age_s.min(entry.max_age_s()) {
        0 => HeaderValue::from_static("no-cache"),
        _ if source == Source::Stale => HeaderValue::from_static("no-cache"),
        seconds => HeaderValue::try_from(format!("public, max-age=0, must-revalidate, s-maxage={seconds}"))
            .unwrap_or(HeaderValue::from_static("no-cache")),
    }
}

/// Points that the caller was charged: all of them only for an answer that was made for this request.
fn charged(entry: &Entry, source: Source) -> u64 {
    if source == Source::Origin { entry.cost() } else { 1 }
}

/// What is told of a request that was answered from the cache.
pub(super) fn noted(entry: &Entry, source: Source, statements: u32) -> Noted {
    Noted { cost: Some(charged(entry, source)), cache: Some(cache_status::name_of(source)), statements, ..Noted::default() }
}
