//! Requests whose very bytes were read before: what they ask for need not be read out of them again.
//!
//! Shops send the same bodies over and over. Reading one takes longer than finding its answer; comparing it with one that was
//! read before takes a tenth of that. Only requests that everybody gets the same answer to are remembered, and what is
//! remembered is their meaning, never an answer.

use std::sync::Arc;

use bytes::Bytes;
use moka::sync::Cache;

use super::observe::NotedOperation;
use crate::cache::response::CacheKey;
use crate::graphql::{Prepared, RawVariables};

/// Memory for remembered requests, in bytes, for each method.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
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
    bodies: Cache<Bytes, Arc<Meaning>>,
    queries: Cache<Bytes, Arc<Meaning>>,
}

impl Default for Understood {
    fn default() -> Self {
        let remembered = || {
            let weight = |bytes: &Bytes, _: &Arc<Meaning>| u32::try_from(2 * bytes.len() + 512).unwrap_or(u32::MAX);
            Cache::builder().max_capacity(MAX_BYTES).weigher(weight).build()
        };
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

    fn of(&self, via_get: bool) -> &Cache<Bytes, Arc<Meaning>> {
        if via_get { &self.queries } else { &self.bodies }
    }
}
