//! Keys that come and go, and an issuer that is away.

use std::time::Duration;

use futures_util::future::join_all;
use jsonwebtoken::{Algorithm, Header};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::support::{NOW_S, P256, P256_LATER, Pair, World, claims, claims_with, raw};
use crate::identity::{Failure, Invalid};

const UNKNOWN_KEY: Failure = Failure::Invalid(Invalid::UnknownKey);
const LONG_VALID: i64 = NOW_S + 10 * 24 * 3_600;

fn token_of_long(pair: &Pair) -> String {
    pair.token(&claims_with(&json!({ "exp": LONG_VALID })))
}

fn token_of_nobody(number: usize) -> String {
    P256.token_with(&Header { kid: Some(format!("random-{number}")), ..Header::new(Algorithm::ES256) }, &claims())
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_unknown_names_makes_one_fetch() {
    let world = World::ready(&[&P256]).await;
    assert_eq!(world.published.fetches(), 1);
    for number in 0..500 {
        assert_eq!(world.present(&token_of_nobody(number)).await, Err(UNKNOWN_KEY));
    }
    assert_eq!(world.published.fetches(), 1, "the keys came a moment ago");
    world.pass(Duration::from_secs(10)).await;
    let tokens: Vec<_> = (0..500).map(token_of_nobody).collect();
    let told = join_all(tokens.iter().map(|token| world.present(token))).await;
    assert!(told.iter().all(|told| *told == Err(UNKNOWN_KEY)));
    assert_eq!(world.published.fetches(), 2, "one for all of them");
}

#[tokio::test(start_paused = true)]
async fn tokens_that_cannot_hold_make_no_fetch() {
    let world = World::ready(&[&P256]).await;
    world.pass(Duration::from_secs(60)).await;
    for token in [raw(&json!({ "alg": "none", "kid": "x" }), &claims(), b""), "a.b.c".to_owned(), "x".repeat(9_000)] {
        assert!(matches!(world.present(&token).await, Err(Failure::Invalid(_))));
    }
    assert_eq!(world.published.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_works_at_once_and_the_old_one_no_more() {
    let world = World::ready(&[&P256]).await;
    let old = token_of_long(&P256);
    assert!(world.present(&old).await.is_ok());
    world.published.keys(&[&P256_LATER]);
    world.pass(Duration::from_secs(10)).await;
    assert!(world.present(&old).await.is_ok(), "nobody has told yet");
    assert!(world.present(&token_of_long(&P256_LATER)).await.is_ok(), "its name is unknown, so the keys are fetched");
    assert_eq!(world.present(&old).await, Err(UNKNOWN_KEY), "what was verified by the old keys is verified again");
}

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_every_ten_minutes() {
    let world = World::new(&[&P256]);
    let ended = CancellationToken::new();
    let running = tokio::spawn(world.keys.clone().run(ended.clone()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.published.fetches(), 1);
    world.published.keys(&[&P256_LATER]);
    tokio::time::sleep(Duration::from_secs(661)).await;
    assert_eq!(world.published.fetches(), 2);
    assert!(world.issuer.verify(&token_of_long(&P256_LATER)).is_ok(), "without having been asked for");
    ended.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_is_away_at_the_start_is_asked_again() {
    let world = World::new(&[&P256]);
    world.published.go_away();
    let running = tokio::spawn(world.keys.clone().run(CancellationToken::new()));
    let token = token_of_long(&P256);
    assert_eq!(world.present(&token).await, Err(Failure::KeysAway), "nobody can tell whether it holds");
    assert!(matches!(world.present("a.b.c").await, Err(Failure::Invalid(_))), "this one never does");
    world.published.keys(&[&P256]);
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert!(world.issuer.verify(&token).is_ok());
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn keys_outlive_an_issuer_that_is_away_by_a_day() {
    let world = World::ready(&[&P256]).await;
    world.published.go_away();
    let token = token_of_long(&P256);
    world.pass(Duration::from_secs(24 * 3_600 - 1)).await;
    assert!(world.present(&token).await.is_ok());
    assert_eq!(world.present(&token_of_long(&P256_LATER)).await, Err(Failure::KeysAway), "it may have a new key");
    world.pass(Duration::from_secs(1)).await;
    assert_eq!(world.present(&token).await, Err(Failure::KeysAway), "the remembered one neither");
    world.pass(Duration::from_secs(10)).await;
    world.published.keys(&[&P256]);
    assert!(world.present(&token).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_two_seconds_for_an_issuer_that_hangs() {
    let world = World::new(&[&P256]);
    world.published.hang();
    let began = tokio::time::Instant::now();
    let token = token_of_long(&P256);
    let told = join_all((0..10).map(|_| world.present(&token))).await;
    assert!(told.iter().all(|told| *told == Err(Failure::KeysAway)));
    assert!(began.elapsed() < Duration::from_millis(2_100), "{:?}", began.elapsed());
    assert_eq!(world.published.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_does_not_end_the_fetch() {
    let world = World::new(&[&P256]);
    let token = token_of_long(&P256);
    let impatient = tokio::time::timeout(Duration::ZERO, world.present(&token)).await;
    assert!(impatient.is_err());
    assert!(world.present(&token).await.is_ok());
    assert_eq!(world.published.fetches(), 1);
}
