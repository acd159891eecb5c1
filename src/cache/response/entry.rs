//! A kept answer.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::change_table::{ChangeTable, Mark};
use super::gzip::{Effort, compress};
use super::key::CacheKey;
use super::lazy_dependencies::LazyDependencies;

/// How long an answer that no longer holds may still stand in for an origin that fails, after its age would have ended.
pub(crate) const STALE_IF_ERROR: Duration = Duration::from_secs(600);

/// What is known of an answer besides its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Where its process stood before the first read.
    pub(crate) mark: Mark,
    /// When it was made, in milliseconds since 1970.
    pub(crate) computed_at_ms: i64,
    /// How long it may be served without being made again, in seconds.
    pub(crate) max_age_s: u32,
    /// What making it cost, in points.
    pub(crate) cost: u64,
    /// What it was made of.
    pub(crate) dependencies: LazyDependencies,
}

/// An answer and what it was made of.
#[derive(Debug)]
pub struct Entry {
    body: Bytes,
    etag: Bytes,
    facts: Facts,
    expires_at_ms: i64,
    /// The position at which it was last found to hold.
    held_at: AtomicI64,
    /// Made when the first caller takes it.
    compressed: OnceLock<Option<Bytes>>,
}

impl Entry {
    /// An answer that was made now.
    pub(crate) fn new(key: &CacheKey, body: Bytes, facts: Facts) -> Self {
        let hash = Sha256::digest(&body);
        // Weak, because the same answer is sent compressed as well.
        let etag = format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..12]));
        Self::tagged(key, body, etag, facts)
    }

    /// An answer whose entity tag is known.
    pub(crate) fn tagged(key: &CacheKey, body: Bytes, etag: String, facts: Facts) -> Self {
        let expires_at_ms = facts.computed_at_ms.saturating_add(lifetime_ms(key, facts.max_age_s));
        let held_at = AtomicI64::new(facts.mark.position);
        Self { body, etag: Bytes::from(etag), facts, expires_at_ms, held_at, compressed: OnceLock::new() }
    }

    /// The bytes of the answer.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Its entity tag, in quotes: letters, digits, `-` and `_`.
    pub fn etag(&self) -> &Bytes {
        &self.etag
    }

    /// What making it cost, in points.
    pub fn cost(&self) -> u64 {
        self.facts.cost
    }

    /// How long it may be served without being made again, in seconds.
    pub fn max_age_s(&self) -> u32 {
        self.facts.max_age_s
    }

    /// How long ago it was made, in whole seconds.
    pub fn age_s(&self, now_ms: i64) -> u64 {
        u64::try_from((now_ms - self.facts.computed_at_ms) / 1_000).unwrap_or(0)
    }

    /// The bytes compressed by gzip; `None` when that would not make them fewer.
    pub fn gzip(&self) -> Option<&Bytes> {
        self.compressed.get_or_init(|| compress(Effort::Kept, &self.body)).as_ref()
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Whether its age has ended.
    pub(crate) fn is_expired(&self, now_ms: i64) -> bool {
        now_ms >= self.expires_at_ms
    }

    /// Whether it may stand in for an origin that fails.
    pub(crate) fn may_stand_in(&self, now_ms: i64) -> bool {
        let grace_ms = i64::try_from(STALE_IF_ERROR.as_millis()).unwrap_or(i64::MAX);
        now_ms < self.expires_at_ms.saturating_add(grace_ms)
    }

    /// Whether nothing that this process knows of has changed since. Looked up once for each position of the feed.
    pub(crate) fn holds(&self, table: &ChangeTable) -> bool {
        let now = table.mark();
        if now.epoch == self.facts.mark.epoch && self.held_at.load(Ordering::Relaxed) == now.position {
            return true;
        }
        let holds = table.holds(self.facts.mark, self.facts.dependencies.list());
        if holds {
            self.held_at.store(now.position, Ordering::Relaxed);
        }
        holds
    }

    /// Memory that it takes, in bytes, about: the compressed form is counted as large as the body.
    pub(crate) fn weight_bytes(&self) -> usize {
        2 * self.body.len() + self.facts.dependencies.weight_bytes() + 512
    }
}

/// Nine to eleven tenths of its age, spread by the key, so that what was made together does not end together.
fn lifetime_ms(key: &CacheKey, max_age_s: u32) -> i64 {
    let [first, second, ..] = *key.as_bytes();
    let share = i64::from(u16::from_be_bytes([first, second])) * 200 / i64::from(u16::MAX);
    i64::from(max_age_s) * (900 + share)
}
