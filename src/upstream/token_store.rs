//! The access token that processes share, and the lock under which one of them gets a new one.
//!
//! The lock saves work, nothing more: after a failover of Redis two processes may hold it, and then there are two tokens, which
//! are both good.

use std::time::Duration;

use futures_util::future::BoxFuture;
use oauth2::AccessToken;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::TokenSettings;
use super::token_endpoint::Grant;
use crate::cache::redis::{Away, Redis, Script};

/// What processes share. Times are what is left, never times of day: the clocks of two machines may differ by minutes.
pub(super) trait TokenStore: std::fmt::Debug + Send + Sync {
    /// The token that is there.
    fn read(&self) -> BoxFuture<'_, Result<Option<Grant>, Away>>;
    /// Takes the lock for so long, unless somebody has it.
    fn lock<'a>(&'a self, holder: &'a str, time: Duration) -> BoxFuture<'a, Result<bool, Away>>;
    /// Gives the lock back, if it is still the holder's.
    fn unlock<'a>(&'a self, holder: &'a str) -> BoxFuture<'a, Result<(), Away>>;
    /// Keeps a token until it ends, unless somebody else has the lock by now.
    fn write<'a>(&'a self, grant: &'a Grant, holder: &'a str) -> BoxFuture<'a, Result<(), Away>>;
    /// Drops the token, if it is still this one.
    fn drop_token<'a>(&'a self, secret: &'a AccessToken) -> BoxFuture<'a, Result<(), Away>>;
}

const READ: &str = "return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}";

const UNLOCK: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1";

const WRITE: &str = "local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1";

/// The value is `<lifetime in ms>:<token>`.
const DROP: &str = "local value = redis.call('GET', KEYS[1])
if value and string.sub(value, (string.find(value, ':', 1, true) or 0) + 1) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1";

/// The one in Redis.
#[derive(Debug)]
pub(super) struct RedisTokenStore {
    redis: Redis,
    token_key: String,
    lock_key: String,
    read: Script,
    unlock: Script,
    write: Script,
    drop: Script,
}

impl RedisTokenStore {
    /// The place of this client's token.
    pub(super) fn new(redis: Redis, settings: &TokenSettings) -> Self {
        let name = name(settings);
        Self {
            token_key: redis.key("token", &name),
            lock_key: redis.key("token-lock", &name),
            redis,
            read: Script::new(READ),
            unlock: Script::new(UNLOCK),
            write: Script::new(WRITE),
            drop: Script::new(DROP),
        }
    }
}

/// Tokens of another client, endpoint or scope are other tokens.
fn name(settings: &TokenSettings) -> String {
    let mut hash = Sha256::new();
    for part in [&settings.url, &settings.client_id, settings.scope.as_deref().unwrap_or_default()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl TokenStore for RedisTokenStore {
    fn read(&self) -> BoxFuture<'_, Result<Option<Grant>, Away>> {
        Box::pin(async {
            let asked = Instant::now();
            let found: (Option<String>, i64) = self.redis.script(&self.read, &[&self.token_key], &[] as &[&str]).await?;
            let (Some(value), Ok(left_ms @ 1..)) = (found.0, u64::try_from(found.1)) else { return Ok(None) };
            let grant = value.split_once(':').and_then(|(lifetime_ms, secret)| {
                let lifetime = Duration::from_millis(lifetime_ms.parse().ok()?);
                // From before the question: this way it is never too late.
                let ends = asked + Duration::from_millis(left_ms).min(lifetime);
                Some(Grant { secret: AccessToken::new(secret.to_owned()), lifetime, ends })
            });
            Ok(grant)
        })
    }

    fn lock<'a>(&'a self, holder: &'a str, time: Duration) -> BoxFuture<'a, Result<bool, Away>> {
        Box::pin(async move {
            let mut set = redis::cmd("SET");
            set.arg(&self.lock_key).arg(holder).arg("NX").arg("PX").arg(whole_ms(time));
            Ok(self.redis.command::<Option<String>>(&set).await?.is_some())
        })
    }

    fn unlock<'a>(&'a self, holder: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        Box::pin(async move { self.redis.script::<i64>(&self.unlock, &[&self.lock_key], holder).await.map(|_| ()) })
    }

    fn write<'a>(&'a self, grant: &'a Grant, holder: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        Box::pin(async move {
            let left = whole_ms(grant.ends.saturating_duration_since(Instant::now()));
            if left == 0 {
                return Ok(());
            }
            let value = format!("{}:{}", whole_ms(grant.lifetime), grant.secret.secret());
            let keys = [&*self.token_key, &*self.lock_key];
            self.redis.script::<i64>(&self.write, &keys, (holder, value, left)).await.map(|_| ())
        })
    }

    fn drop_token<'a>(&'a self, secret: &'a AccessToken) -> BoxFuture<'a, Result<(), Away>> {
        Box::pin(async move { self.redis.script::<i64>(&self.drop, &[&self.token_key], secret.secret()).await.map(|_| ()) })
    }
}

fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
