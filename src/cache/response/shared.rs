//! What answers are shared through between processes. It may be slow, away, or hold anything.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

/// Keeps bytes by name. Every call must end soon (50 ms); what goes wrong is the same as nothing there.
pub(crate) trait SharedStore: Send + Sync {
    /// The bytes of this name.
    fn get<'a>(&'a self, name: &'a [u8]) -> BoxFuture<'a, Option<Bytes>>;
    /// Keeps bytes for so long.
    fn put<'a>(&'a self, name: &'a [u8], value: Bytes, keep: Duration) -> BoxFuture<'a, ()>;
    /// Asks to be the one who makes what belongs to this name.
    fn lease<'a>(&'a self, name: &'a [u8], holder: u64, keep: Duration) -> BoxFuture<'a, Lease>;
    /// Gives a granted lease back.
    fn release<'a>(&'a self, name: &'a [u8], holder: u64) -> BoxFuture<'a, ()>;
    /// Whether it answered when it was last asked.
    fn is_healthy(&self) -> bool;
}

/// Who makes an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lease {
    /// We do.
    Granted,
    /// Somebody else does.
    Held,
    /// Nobody knows.
    Away,
}
