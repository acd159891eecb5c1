//! A GET that was understood before, and whose answer is kept: what most requests of a shop are. Nothing of it waits, or only for
//! Redis, so it needs neither a task nor a span, and nobody need take the request apart.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, Request, Response};
use bytes::Bytes;
use http_body_util::Full;

use super::cached_response::{self, Wish};
use super::kept_headers::{self, Form, Known};
use super::media_type::GraphqlType;
use super::observe::{self, Answered};
use super::purse;
use super::sent_headers::SentHeaders;
use super::state::AppState;
use super::understood::Meaning;
use super::{access, content_coding};
use crate::cache::budget::Standing;
use crate::cache::response::{CacheKey, Entry, Look, Seen, Source};
use crate::clock::Moment;

/// A GET whose caller has paid for a kept answer.
pub(super) struct Paid {
    /// What it asks for.
    pub(super) meaning: Arc<Meaning>,
    /// When it came.
    pub(super) came: Moment,
    /// What is left after the first point was paid.
    pub(super) standing: Option<Standing>,
    form: GraphqlType,
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

/// A request with nothing unusual about it.
pub(super) struct Ordinary<'r> {
    pub(super) paid: Paid,
    sent: SentHeaders<'r>,
}

/// The answer out of memory.
pub(super) fn at_hand(state: &AppState, key: &CacheKey, now: impl FnOnce() -> Moment) -> Option<Arc<Entry>> {
    state.cache.at_hand(key, now).inspect(|_| state.cache.count_served_at_hand())
}

/// The answer out of memory, or out of the shared store; else what was seen there.
pub(super) async fn find(state: &AppState, key: &CacheKey) -> Result<(Arc<Entry>, Source), Option<Seen>> {
    if let Some(entry) = at_hand(state, key, || state.cache.now()) {
        return Ok((entry, Source::Memory));
    }
    // In a box: the future of an answer out of memory is moved about, and should be small.
    Box::pin(in_shared_store(state, key)).await.map(|entry| (entry, Source::Shared))
}

/// The answer out of the shared store; else what was seen there.
pub(super) async fn in_shared_store(state: &AppState, key: &CacheKey) -> Result<Arc<Entry>, Option<Seen>> {
    match state.cache.look_into_shared(key).await {
        Look::Found(entry) => Ok(entry),
        Look::Missed(seen) => Err(seen),
    }
}

impl Paid {
    /// Hands it on, with what the shared store had.
    pub(super) fn begun(self, seen: Option<Seen>) -> Begun {
        Begun { meaning: self.meaning, standing: self.standing, seen }
    }
}

impl<'r> Ordinary<'r> {
    /// Recognises the request; `None` when anything about it is unusual, and then nothing has happened.
    pub(super) fn of<B>(state: &AppState, request: &'r Request<B>, peer: IpAddr) -> Option<Self> {
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
        Some(Self { paid: Paid { meaning, came, standing, form }, sent })
    }

    /// The request that was paid for.
    pub(super) fn paid<B>(paid: Paid, request: &'r Request<B>) -> Self {
        Self { paid, sent: SentHeaders::of(request.headers()).unwrap_or_default() }
    }

    /// Answers it with what is kept, and writes its line; `measured` counts it and gives how long it took.
    pub(super) fn answer<B>(
        self,
        state: &AppState,
        request: &Request<B>,
        (entry, source): (&Entry, Source),
        measured: impl FnOnce() -> Duration,
    ) -> Response<Full<Bytes>> {
        let Self { paid: Paid { meaning, came, standing, form }, sent } = self;
        state.marketplace.request_seen_at(came.instant);
        let wish = Wish {
            method: request.method(),
            if_none_match: sent.if_none_match,
            takes_gzip: content_coding::takes_gzip(sent.accept_encoding),
            form: Form::Graphql(form),
            known: Known {
                request_id: Some(state.request_ids.of(sent.request_id)),
                rate_limit: standing.as_ref().map(purse::rate_limit),
            },
        };
        let response = cached_response::of_entry(state, entry, source, wish, came.ms);
        let took = measured();
        let took_ms = i64::try_from(took.as_millis()).unwrap_or(0);
        let answered =
            Answered { operation: Some(&meaning.operation), status: response.status(), took, at_ms: came.ms + took_ms };
        if let Some(id) = kept_headers::request_id(response.headers()) {
            let noted = cached_response::noted(entry, source, 0);
            observe::log(state, id, (request.method(), request.uri()), answered, &noted);
        }
        response
    }
}
