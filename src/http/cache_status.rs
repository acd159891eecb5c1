//! Where an answer came from, as told to callers and to the log.

use axum::http::{HeaderName, HeaderValue};

use crate::cache::response::Source;

/// The header (RFC 9211).
pub(super) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// What the log calls the place.
pub(super) fn name_of(source: Source) -> &'static str {
    match source {
        Source::Memory => "memory",
        Source::Shared => "shared",
        Source::Origin => "miss",
        Source::Coalesced => "coalesced",
        Source::Stale => "stale",
    }
}

/// The value of [`CACHE_STATUS`].
pub(super) fn of(source: Source) -> HeaderValue {
    HeaderValue::from_static(match source {
        Source::Memory => "farmlokal; hit; detail=memory",
        Source::Shared => "farmlokal; hit; detail=shared",
        Source::Origin => "farmlokal; fwd=miss; stored",
        Source::Coalesced => "farmlokal; fwd=miss; collapsed",
        Source::Stale => "farmlokal; hit; detail=stale",
    })
}
