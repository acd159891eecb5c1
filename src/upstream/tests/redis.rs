//! What processes share, in a real Redis.

use std::time::Duration;

use farmlokal_testbed::Redis as Server;
use oauth2::AccessToken;
use tokio::time::Instant;

use crate::cache::redis::{Redis, RedisAddress, RedisSettings};
use crate::upstream::TokenSettings;
use crate::upstream::token_endpoint::Grant;
use crate::upstream::token_store::{RedisTokenStore, TokenStore as _};

async fn stores(url: &str) -> [RedisTokenStore; 2] {
    let address = RedisAddress::parse(url).unwrap();
    let settings = RedisSettings { deadline: Duration::from_millis(500), ..RedisSettings::new(address, "tokens") };
    let redis = Redis::connect_lazily(settings).unwrap();
    while !redis.is_healthy() {
        tokio::task::yield_now().await;
    }
    let token = TokenSettings::new("http://token.test", "us", "hush");
    [RedisTokenStore::new(redis.clone(), &token), RedisTokenStore::new(redis, &token)]
}

fn grant(name: &str, seconds: u64) -> Grant {
    let lifetime = Duration::from_secs(seconds);
    Grant { secret: AccessToken::new(name.to_owned()), lifetime, ends: Instant::now() + lifetime }
}

#[tokio::test]
async fn a_token_is_shared_until_it_ends_and_only_the_same_one_is_dropped() {
    let server = Server::start();
    let [one, other] = stores(&server.url()).await;
    assert!(other.read().await.unwrap().is_none());
    one.write(&grant("a:b%c", 100), "one").await.unwrap();
    let read = other.read().await.unwrap().unwrap();
    assert_eq!((read.secret.secret().as_str(), read.lifetime), ("a:b%c", Duration::from_secs(100)));
    let left = read.ends - Instant::now();
    assert!(left > Duration::from_secs(90) && left <= Duration::from_secs(100), "{left:?}");
    other.drop_token(&AccessToken::new("b%c".to_owned())).await.unwrap();
    assert!(one.read().await.unwrap().is_some(), "another one");
    other.drop_token(&read.secret).await.unwrap();
    assert!(one.read().await.unwrap().is_none());
}

#[tokio::test]
async fn the_lock_is_given_back_by_its_holder_alone() {
    let server = Server::start();
    let [one, other] = stores(&server.url()).await;
    let minute = Duration::from_secs(60);
    assert!(one.lock("one", minute).await.unwrap() && !other.lock("other", minute).await.unwrap());
    other.unlock("other").await.unwrap();
    assert!(!other.lock("other", minute).await.unwrap());
    other.write(&grant("late", 100), "other").await.unwrap();
    assert!(one.read().await.unwrap().is_none(), "who lost the lock writes nothing");
    one.write(&grant("t", 100), "one").await.unwrap();
    one.unlock("one").await.unwrap();
    assert!(other.read().await.unwrap().is_some() && other.lock("other", Duration::from_millis(1)).await.unwrap());
}
