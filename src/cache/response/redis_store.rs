//! Redis as the store that processes share answers through.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::shared::{Lease, SharedStore};
use crate::cache::redis::{Redis, Script};

/// Gives a lease back if it is still ours.
const RELEASE: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

/// Answers in Redis. Every call is bounded by Redis' own deadline.
pub(crate) struct RedisStore {
    redis: Redis,
    /// In front of all names.
    prefix: String,
    release: Script,
}

impl RedisStore {
    /// Keeps answers in `redis`.
    pub(crate) fn new(redis: Redis) -> Self {
        Self { prefix: redis.key("answer", ""), redis, release: Script::new(RELEASE) }
    }

    fn key(&self, name: &[u8]) -> String {
        let mut key = String::with_capacity(128);
        key.push_str(&self.prefix);
        URL_SAFE_NO_PAD.encode_string(name, &mut key);
        key
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl SharedStore for RedisStore {
    fn get<'a>(&'a self, name: &'a [u8]) -> BoxFuture<'a, Option<Bytes>> {
        async move {
            let mut get = redis::cmd("GET");
            get.arg(self.key(name));
            let found: Option<Vec<u8>> = self.redis.command(&get).await.ok()?;
            found.map(Bytes::from)
        }
        .boxed()
    }

    fn put<'a>(&'a self, name: &'a [u8], value: Bytes, keep: Duration) -> BoxFuture<'a, ()> {
        async move {
            let mut set = redis::cmd("SET");
            set.arg(self.key(name)).arg(&value[..]).arg("PX").arg(ms(keep));
            let _ = self.redis.command::<()>(&set).await;
        }
        .boxed()
    }

    fn lease<'a>(&'a self, name: &'a [u8], holder: u64, keep: Duration) -> BoxFuture<'a, Lease> {
        async move {
            let mut set = redis::cmd("SET");
            set.arg(self.key(name)).arg(holder).arg("NX").arg("PX").arg(ms(keep));
            match self.redis.command::<Option<String>>(&set).await {
                Ok(Some(_)) => Lease::Granted,
                Ok(None) => Lease::Held,
                Err(_) => Lease::Away,
            }
        }
        .boxed()
    }

    fn release<'a>(&'a self, name: &'a [u8], holder: u64) -> BoxFuture<'a, ()> {
        async move {
            let key = self.key(name);
            let _ = self.redis.script::<i64>(&self.release, &[&key], holder).await;
        }
        .boxed()
    }
}
