//! Where persisted documents outlive a process, and are shared between processes.

use std::fmt;

use futures_util::future::BoxFuture;

/// Keeps the texts of documents by their SHA-256. It may be slow, away, or hold anything: what is read from it is hashed and
/// checked again. Every call must end soon (40 ms); what goes wrong is the same as nothing there.
pub trait DocumentArchive: fmt::Debug + Send + Sync {
    /// The text that was kept with this hash.
    fn get<'a>(&'a self, hash: &'a [u8; 32]) -> BoxFuture<'a, Option<String>>;
    /// Keeps a text whose hash this is.
    fn put<'a>(&'a self, hash: &'a [u8; 32], text: &'a str) -> BoxFuture<'a, ()>;
}
