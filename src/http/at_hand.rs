//! A GET whose answer is in the process's memory. Nothing of it waits, so it needs neither a task nor a span, and nobody need
//! take the request apart: this is what most requests of a shop are.

use std::net::IpAddr;

use axum::http::header::TRANSFER_ENCODING;
use axum::http::{Method, Request, Response};
use bytes::Bytes;
use http_body_util::Full;

use super::access;
use super::cached_response::{self, Wish};
use super::kept_headers::Form;
use super::media_type::GraphqlType;
use super::observe::{self, Answered, Noted};
use super::purse::{self, RATE_LIMIT};
use super::request_id::X_REQUEST_ID;
use super::state::AppState;
use crate::cache::response::Source;

/// The answer, when the request is an ordinary one, was understood before, and can be answered and paid for at once. In any
/// other case nothing has happened.
pub(super) fn answer<B>(state: &AppState, request: &Request<B>, peer: IpAddr) -> Option<Response<Full<Bytes>>> {
    let headers = request.headers();
    if *request.method() != Method::GET || headers.contains_key(TRANSFER_ENCODING) {
        return None;
    }
    let meaning = state.understood.recall(true, request.uri().query()?.as_bytes())?;
    let now = state.cache.now();
    let entry = state.cache.at_hand(&meaning.key, || now)?;
    let form = GraphqlType::negotiate(headers)?;
    let caller = access::caller(&state.access, headers).ok()?;
    let standing = match &state.budgets {
        Some(budgets) => Some(budgets.pay_one(peer, headers, &caller, now)?),
        None => None,
    };
    state.marketplace.request_seen();
    state.cache.count_served_at_hand();
    let id = state.request_ids.of(headers);
    let wish = Wish { method: request.method(), headers, form: Form::Graphql(form) };
    let mut response = cached_response::of_entry(state, &entry, Source::Memory, wish, now.ms);
    if let Some(standing) = &standing {
        response.headers_mut().insert(RATE_LIMIT, purse::rate_limit(standing));
    }
    let took = now.instant.elapsed();
    state.telemetry.requests().answered(took);
    let noted = Noted { operation: Some(meaning.operation.clone()), ..cached_response::noted(&entry, Source::Memory, 0) };
    let answered = Answered { status: response.status(), took, at_ms: now.ms };
    observe::log(state, &id, (request.method(), request.uri()), answered, &noted);
    response.headers_mut().insert(X_REQUEST_ID, id);
    Some(response)
}
