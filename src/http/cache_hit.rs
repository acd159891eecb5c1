//! A GET that was understood before, and whose answer is kept: what most requests of a shop are. Nothing of it waits, or only for
//! Redis, so it needs neither a task nor a span, and nobody need take the request apart.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{Method, Request, Response};
use bytes::Bytes;
use http_body_util::Full;

use super::cached_response::{self, Wish};
use super::kept_headers::{self, Form, Known};
use super::media_type::GraphqlType;
use super::observe::{self, Answered, Noted};
use super::purse;
use super::sent_headers::SentHeaders;
use super::state::AppState;
use super::understood::Meaning;
use super::{access, content_coding};
use crate::cache::budget::Standing;
use crate::cache::response::{CacheKey, Entry, Look, Seen, Source};
use crate::clock::Moment;
use crate::telemetry::RequestGuard;

/// An ordinary GET whose caller has paid for a kept answer.
pub(super) struct Ordinary<'s, 'r> {
    pub(super) meaning: Arc<Meaning>,
    /// When it came.
    pub(super) came: Moment,
    sent: SentHeaders<'r>,
    form: GraphqlType,
    standing: Option<Standing>,
    meter: RequestGuard<'s>,
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

impl<'s, 'r> Ordinary<'s, 'r> {
    /// Recognises the request; `None` when anything about it is unusual, and then nothing has happened.
    pub(super) fn of<B>(state: &'s AppState, request: &'r Request<B>, peer: IpAddr) -> Option<Self> {
        if *request.method() != Method::GET {
            return None;
        }
        let headers = request.headers();
        let meaning = state.understood.recall(true, request.uri().query()?.as_bytes())?;
        let sent = SentHeaders::of(headers)?;
        let form = GraphqlType::of(sent.accept, headers)?;
        let caller = access::caller_at_once(&state.access, sent.authorization)?;
        let came = state.cache.now();
        let standing = match &state.budgets {
            Some(budgets) => Some(budgets.pay_one(peer, headers, &caller, came)?),
            None => None,
        };
        let meter = state.telemetry.requests().started_at(came.instant.into_std());
        Some(Self { meaning, came, sent, form, standing, meter })
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
        let SentHeaders { request_id, if_none_match, accept_encoding, .. } = self.sent;
        let request_id = Some(state.request_ids.of(request_id));
        let wish = Wish {
            method: request.method(),
            if_none_match,
            takes_gzip: content_coding::takes_gzip(accept_encoding),
            form: Form::Graphql(self.form),
            known: Known { request_id, rate_limit: self.standing.as_ref().map(purse::rate_limit) },
        };
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
    pub(super) fn begun(self, seen: Option<Seen>) -> (Begun, RequestGuard<'s>) {
        (Begun { meaning: self.meaning, standing: self.standing, seen }, self.meter)
    }
}
