//! A GET that was understood before, and whose answer is kept: what most requests of a shop are. Nothing of it waits, or only for
//! Redis, so it needs neither a task nor a span, and nobody need take the request apart.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::TRANSFER_ENCODING;
use axum::http::{Method, Request, Response};
use bytes::Bytes;
use http_body_util::Full;

use super::access;
use super::cached_response::{self, Wish};
use super::kept_headers::{self, Form, Known};
use super::media_type::GraphqlType;
use super::observe::{self, Answered, Noted};
use super::purse;
use super::state::AppState;
use super::understood::Meaning;
use crate::cache::budget::Standing;
use crate::cache::response::{CacheKey, Entry, Look, Seen, Source};
use crate::clock::Moment;
use crate::telemetry::RequestGuard;

/// An ordinary GET whose caller has paid for a kept answer.
pub(super) struct Ordinary<'a> {
    pub(super) meaning: Arc<Meaning>,
    /// When it came.
    pub(super) came: Moment,
    form: GraphqlType,
    standing: Option<Standing>,
    meter: RequestGuard<'a>,
}

/// What has been done for a request whose answer is not kept.
pub(super) struct Begun {
    /// What it asks for.
    pub(super) meaning: Arc<Meaning>,
    /// What is left after the first point was paid.
    pub(super) standing: Option<Standing>,
    /// What the shared store had.
    pub(super) seen: Option<Seen>,
}

/// The answer out of memory, or out of the shared store; else what was seen there.
pub(super) async fn find(
    state: &AppState,
    key: &CacheKey,
    now: impl FnOnce() -> Moment,
) -> Result<(Arc<Entry>, Source), Option<Seen>> {
    if let Some(entry) = state.cache.at_hand(key, now) {
        state.cache.count_served_at_hand();
        return Ok((entry, Source::Memory));
    }
    // In a box: the future of an answer out of memory is moved about, and should be small.
    match Box::pin(state.cache.look_into_shared(key)).await {
        Look::Found(entry) => Ok((entry, Source::Shared)),
        Look::Missed(seen) => Err(seen),
    }
}

impl<'a> Ordinary<'a> {
    /// Recognises the request; `None` when anything about it is unusual, and then nothing has happened.
    pub(super) fn of<B>(state: &'a AppState, request: &Request<B>, peer: IpAddr) -> Option<Self> {
        let headers = request.headers();
        if *request.method() != Method::GET || headers.contains_key(TRANSFER_ENCODING) {
            return None;
        }
        let meaning = state.understood.recall(true, request.uri().query()?.as_bytes())?;
        let form = GraphqlType::negotiate(headers)?;
        let caller = access::caller_at_once(&state.access, headers)?;
        let came = state.cache.now();
        let standing = match &state.budgets {
            Some(budgets) => Some(budgets.pay_one(peer, headers, &caller, came)?),
            None => None,
        };
        let meter = state.telemetry.requests().started_at(came.instant.into_std());
        Some(Self { meaning, came, form, standing, meter })
    }

    /// Answers it with what is kept, and writes its line.
    pub(super) fn answer<B>(
        self,
        state: &AppState,
        request: &Request<B>,
        entry: &Entry,
        source: Source,
    ) -> Response<Full<Bytes>> {
        state.marketplace.request_seen_at(self.came.instant);
        let request_id = Some(state.request_ids.of(request.headers()));
        let known = Known { request_id, rate_limit: self.standing.as_ref().map(purse::rate_limit) };
        let wish = Wish { method: request.method(), headers: request.headers(), form: Form::Graphql(self.form), known };
        let response = cached_response::of_entry(state, entry, source, wish, self.came.ms);
        let took = self.meter.finish(false);
        let noted = Noted { operation: Some(Arc::clone(&self.meaning.operation)), ..cached_response::noted(entry, source, 0) };
        let took_ms = i64::try_from(took.as_millis()).unwrap_or(0);
        let answered = Answered { status: response.status(), took, at_ms: self.came.ms + took_ms };
        if let Some(id) = kept_headers::request_id(response.headers()) {
            observe::log(state, id, (request.method(), request.uri()), answered, &noted);
        }
        response
    }

    /// Hands it on, with what the shared store had.
    pub(super) fn begun(self, seen: Option<Seen>) -> (Begun, RequestGuard<'a>) {
        (Begun { meaning: self.meaning, standing: self.standing, seen }, self.meter)
    }
}
