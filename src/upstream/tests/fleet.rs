//! Several processes, one token.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use oauth2::AccessToken;
use tokio::time::Instant;

use super::partner::{Arrived, Partner, Reply, at_once, grant, product, replica, status, token_settings};
use crate::cache::redis::Away;
use crate::upstream::token_endpoint::Grant;
use crate::upstream::token_store::TokenStore;
use crate::upstream::{BulkheadSettings, PartnerApi, PartnerSettings};

/// What Redis does, by a clock that can be paused.
#[derive(Debug, Default)]
struct Memory {
    token: Mutex<Option<Grant>>,
    lock: Mutex<Option<(String, Instant)>>,
    is_away: AtomicBool,
}

impl Memory {
    fn when_there<'a, T: Send + 'a>(&'a self, act: impl FnOnce(&'a Self) -> T + Send + 'a) -> BoxFuture<'a, Result<T, Away>> {
        let is_away = self.is_away.load(Ordering::Relaxed);
        Box::pin(async move { if is_away { Err(Away::Skipped) } else { Ok(act(self)) } })
    }

    fn holder(&self) -> Option<String> {
        self.lock.lock().unwrap().clone().filter(|(_, until)| Instant::now() < *until).map(|(holder, _)| holder)
    }
}

impl TokenStore for Memory {
    fn read(&self) -> BoxFuture<'_, Result<Option<Grant>, Away>> {
        self.when_there(|store| store.token.lock().unwrap().clone().filter(|grant| Instant::now() < grant.ends))
    }

    fn lock<'a>(&'a self, holder: &'a str, time: Duration) -> BoxFuture<'a, Result<bool, Away>> {
        self.when_there(move |store| {
            let is_free = store.holder().is_none();
            if is_free {
                *store.lock.lock().unwrap() = Some((holder.to_owned(), Instant::now() + time));
            }
            is_free
        })
    }

    fn unlock<'a>(&'a self, holder: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        self.when_there(move |store| {
            if store.holder().as_deref() == Some(holder) {
                *store.lock.lock().unwrap() = None;
            }
        })
    }

    fn write<'a>(&'a self, grant: &'a Grant, holder: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        self.when_there(move |store| {
            if store.holder().is_none_or(|other| other == holder) {
                *store.token.lock().unwrap() = Some(grant.clone());
            }
        })
    }

    fn drop_token<'a>(&'a self, secret: &'a AccessToken) -> BoxFuture<'a, Result<(), Away>> {
        self.when_there(move |store| {
            store.token.lock().unwrap().take_if(|grant| grant.secret.secret() == secret.secret());
        })
    }
}

fn fleet(partner: &Arc<Partner>, store: &Arc<Memory>) -> [PartnerApi; 3] {
    let bulkhead = BulkheadSettings { calls: 1_000, ..BulkheadSettings::default() };
    [0.1, 0.5, 0.9].map(|random| {
        let store = Arc::clone(store) as Arc<dyn TokenStore>;
        replica(partner, PartnerSettings { bulkhead, ..token_settings() }, Some(store), random)
    })
}

async fn all_at_once(fleet: &[PartnerApi; 3], callers: usize) -> usize {
    let outcomes = futures_util::future::join_all(fleet.iter().map(|api| at_once(api, callers))).await;
    outcomes.iter().flatten().filter(|outcome| outcome.is_ok()).count()
}

fn slow_grant(_: &Arrived, n: usize) -> Reply {
    Reply::Slow(Duration::from_millis(300), Box::new(grant(&format!("t{n}"), 3_600)))
}

#[tokio::test(start_paused = true)]
async fn three_hundred_callers_of_three_processes_fetch_one_token() {
    let partner = Partner::with_tokens(|_, _| product("P-1"), slow_grant);
    let store = Arc::new(Memory::default());
    let fleet = fleet(&partner, &store);
    assert_eq!(all_at_once(&fleet, 100).await, 300);
    assert_eq!((partner.asked_for_tokens().len(), store.holder()), (1, None));
}

#[tokio::test(start_paused = true)]
async fn when_the_holder_of_the_lock_dies_the_others_go_on_in_time() {
    let partner = Partner::with_tokens(|_, _| product("P-1"), slow_grant);
    let store = Arc::new(Memory::default());
    assert!(store.lock("dead", Duration::from_secs(3)).await.unwrap());
    let started = Instant::now();
    assert_eq!(all_at_once(&fleet(&partner, &store), 10).await, 30);
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert_eq!(partner.asked_for_tokens().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_never_ends_keeps_nobody_for_longer_than_its_time_and_a_second() {
    let partner = Partner::new(|_, _| product("P-1"));
    let store = Arc::new(Memory::default());
    assert!(store.lock("immortal", Duration::from_secs(3_600)).await.unwrap());
    let started = Instant::now();
    assert_eq!(all_at_once(&fleet(&partner, &store), 1).await, 3);
    assert!(started.elapsed() <= Duration::from_millis(4_100), "{:?}", started.elapsed());
    assert_eq!(store.holder().as_deref(), Some("immortal"), "nobody gave back what is another's");
}

#[tokio::test(start_paused = true)]
async fn a_failing_token_endpoint_is_asked_by_each_process_once() {
    let partner = Partner::with_tokens(|_, _| product("P-1"), |_, _| status(500));
    let store = Arc::new(Memory::default());
    assert_eq!(all_at_once(&fleet(&partner, &store), 100).await, 0);
    assert!(partner.asked_for_tokens().len() <= 9, "at most the tries of each process");
    assert_eq!(store.holder(), None);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_is_replaced_once_for_all_processes() {
    let revoked = |arrived: &Arrived, _| {
        let is_revoked = arrived.authorization.as_deref() == Some("Bearer t0") && arrived.at > Duration::from_secs(1);
        if is_revoked { status(401) } else { product("P-1") }
    };
    let partner = Partner::with_tokens(revoked, slow_grant);
    let fleet = fleet(&partner, &Arc::new(Memory::default()));
    assert_eq!(all_at_once(&fleet, 1).await, 3);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(all_at_once(&fleet, 50).await, 150);
    assert_eq!(partner.asked_for_tokens().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn short_tokens_are_replaced_by_one_process_for_all() {
    let partner = Partner::with_tokens(|_, _| product("P-1"), |_, n| grant(&format!("t{n}"), 6));
    let fleet = fleet(&partner, &Arc::new(Memory::default()));
    for _ in 0..150 {
        assert_eq!(all_at_once(&fleet, 1).await, 3);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(partner.asked_for_tokens().len(), 4, "about every 4.9 s, by the one that is due first");
}

#[tokio::test(start_paused = true)]
async fn without_redis_each_process_has_its_own() {
    let partner = Partner::with_tokens(|_, _| product("P-1"), slow_grant);
    let store = Arc::new(Memory::default());
    store.is_away.store(true, Ordering::Relaxed);
    let started = Instant::now();
    assert_eq!(all_at_once(&fleet(&partner, &store), 100).await, 300);
    assert_eq!((partner.asked_for_tokens().len(), started.elapsed().as_millis() / 100), (3, 3));
}
