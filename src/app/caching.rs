//! Joins the response cache to the change feed, to Redis, and to the other processes.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::cache::redis::Redis;
use crate::cache::response::{CacheParts, CacheSettings, ChangeTable, RedisStore, ResponseCache, SharedStore};
use crate::clock::Clock;
use crate::http::Unkept;
use crate::service::CHANGES_CHANNEL;
use crate::storage::feed::{Follower, FollowerHandle};

/// Changes before the start that a process reads, so that it can judge what others left in Redis: at 20 writes a second,
/// those of the last eight minutes.
pub(super) const CHANGES_READ_BACK: i64 = 10_000;

/// A cache that follows `follower`, as the last of its subscribers.
pub(super) fn response_cache(
    settings: CacheSettings,
    follower: &mut Follower,
    redis: Option<&Redis>,
    clock: &Clock,
    process: u64,
) -> Arc<ResponseCache<Unkept>> {
    let handle = follower.handle();
    let table = Arc::new(ChangeTable::starting_at(handle.position(), follower.generation()));
    let told = Arc::clone(&table);
    follower.subscribe(Box::new(move |event| told.tell(event)));
    let shared = redis.map(|redis| Arc::new(RedisStore::new(redis.clone())) as Arc<dyn SharedStore>);
    let nudge = Box::new(move || handle.nudge());
    Arc::new(ResponseCache::new(CacheParts { settings, table, nudge, shared, clock: clock.clone(), process }))
}

/// Has the feed read whenever another process says that something changed.
pub(super) async fn hear_of_changes(redis: Redis, follower: FollowerHandle, ended: CancellationToken) {
    let channel = redis.key(CHANGES_CHANNEL, "head");
    redis.listen(&channel, move |_| follower.nudge(), ended).await;
}
