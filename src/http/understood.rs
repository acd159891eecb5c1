//! Requests whose very bytes were read before: what they ask for need not be read out of them again.
//!
//! Shops send the same bodies over and over. Reading one takes longer than finding its answer; comparing it with one that was
//! read before takes a tenth of that. Only requests that everybody gets the same answer to are remembered, and what is
//! remembered is their meaning, never an answer. Nothing expires here, and nothing is told when it leaves, so a leaner cache
//! will do than the one that answers are kept in.

use std::sync::Arc;

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::observe::NotedOperation;
use crate::cache::response::CacheKey;
use crate::graphql::{Prepared, RawVariables};

/// Memory for remembered requests, in bytes, for each method.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// Requests that are expected to be remembered, for each method; more of them are no harm.
const EXPECTED: usize = 8 * 1024;
/// Longer requests are read every time.
const REQUEST_MAX_BYTES: usize = 8 * 1024;

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Meaning {
    /// The answer's name.
    pub(super) key: CacheKey,
    /// What is told of the operation.
    pub(super) operation: Arc<NotedOperation>,
    /// The operation.
    pub(super) prepared: Prepared,
    /// The values of its variables.
    pub(super) variables: RawVariables,
    /// How long an answer may be kept, in seconds.
    pub(super) max_age_s: u32,
}

/// Meanings by the bytes of a body, or of a query string.
#[derive(Debug)]
pub(super) struct Understood {
    bodies: Remembered,
    queries: Remembered,
}

type Remembered = Cache<Bytes, Arc<Meaning>, InBytes>;

/// Weighs what is remembered, in bytes, about.
#[derive(Debug, Clone)]
struct InBytes;

impl Weighter<Bytes, Arc<Meaning>> for InBytes {
    fn weight(&self, request: &Bytes, _: &Arc<Meaning>) -> u64 {
        2 * request.len() as u64 + 512
    }
}

impl Default for Understood {
    fn default() -> Self {
        let remembered = || Cache::with_weighter(EXPECTED, MAX_BYTES, InBytes);
        Self { bodies: remembered(), queries: remembered() }
    }
}

impl Understood {
    /// What these bytes ask for, if they were read before.
    pub(super) fn recall(&self, via_get: bool, bytes: &[u8]) -> Option<Arc<Meaning>> {
        self.of(via_get).get(bytes)
    }

    /// Remembers what these bytes ask for.
    pub(super) fn remember(&self, via_get: bool, bytes: &[u8], meaning: &Arc<Meaning>) {
        if bytes.len() <= REQUEST_MAX_BYTES {
            // A copy: the bytes may be a small part of a large buffer of the connection.
            self.of(via_get).insert(Bytes::copy_from_slice(bytes), Arc::clone(meaning));
        }
    }

    fn of(&self, via_get: bool) -> &Remembered {
        if via_get { &self.queries } else { &self.bodies }
    }
}
