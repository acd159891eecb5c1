//! Redis as the place where documents are kept for all processes.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::document_archive::DocumentArchive;
use super::redis::Redis;

/// How long a document is kept that nobody asks for: a client that comes back later sends its text once more.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Texts of documents in Redis, by their hash. Every call is bounded by Redis' own deadline.
#[derive(Debug)]
pub struct RedisArchive(Redis);

impl RedisArchive {
    /// Keeps documents in `redis`.
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }

    fn key(&self, hash: &[u8; 32]) -> String {
        self.0.key("document", URL_SAFE_NO_PAD.encode(hash))
    }
}

impl DocumentArchive for RedisArchive {
    fn get<'a>(&'a self, hash: &'a [u8; 32]) -> BoxFuture<'a, Option<String>> {
        async move {
            let mut get = redis::cmd("GET");
            get.arg(self.key(hash));
            let found: Option<Vec<u8>> = self.0.command(&get).await.ok()?;
            String::from_utf8(found?).ok()
        }
        .boxed()
    }

    fn put<'a>(&'a self, hash: &'a [u8; 32], text: &'a str) -> BoxFuture<'a, ()> {
        async move {
            let mut set = redis::cmd("SET");
            set.arg(self.key(hash)).arg(text).arg("EX").arg(KEPT_FOR.as_secs());
            let _ = self.0.command::<()>(&set).await;
        }
        .boxed()
    }
}
