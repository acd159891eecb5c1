//! The access token of one process.

use std::time::Duration;

use tokio::time::Instant;

use super::partner::{Arrived, NOW_MS, Partner, Reply, at_once, client, code, grant, product, status, token_settings};
use crate::error::ErrorCode::{UpstreamTimeout, UpstreamUnavailable};
use crate::upstream::{BulkheadSettings, CircuitState, ClientAuth, PartnerSettings};

fn is_from(arrived: &Arrived, token: &str) -> bool {
    arrived.authorization.as_deref() == Some(&format!("Bearer {token}"))
}

/// Room for so many callers at once, so that the story is of tokens.
fn roomy() -> PartnerSettings {
    PartnerSettings { bulkhead: BulkheadSettings { calls: 1_000, ..BulkheadSettings::default() }, ..token_settings() }
}

#[tokio::test(start_paused = true)]
async fn three_hundred_callers_fetch_one_token() {
    let slow = |_: &Arrived, _| Reply::Slow(Duration::from_millis(200), Box::new(grant("t", 3_600)));
    let partner = Partner::with_tokens(|_, _| product("P-1"), slow);
    let api = client(&partner, roomy());
    assert!(at_once(&api, 300).await.iter().all(Result::is_ok));
    let asked = partner.asked_for_tokens();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].authorization.as_ref().unwrap().starts_with("Basic ") && !asked[0].body.contains("hush"));
    assert!(partner.asked().len() == 300 && partner.asked().iter().all(|arrived| is_from(arrived, "t")));
    let report = &api.reports()[1];
    assert_eq!((report.name, report.requests), ("token-endpoint", 1));
    assert_eq!(report.token_expires_at_ms, Some(NOW_MS + 3_600_000 - 200));
    assert!(!format!("{api:?}").contains("hush") && !format!("{api:?}").contains("Bearer"));
}

#[tokio::test(start_paused = true)]
async fn id_and_secret_can_be_sent_in_the_body() {
    let partner = Partner::new(|_, _| product("P-1"));
    let mut settings = token_settings();
    let token = settings.token.as_mut().unwrap();
    (token.client_auth, token.scope) = (ClientAuth::Body, Some("products:read orders:read".to_owned()));
    assert!(client(&partner, settings).product("P-1").await.is_ok());
    let asked = &partner.asked_for_tokens()[0];
    assert_eq!(asked.authorization, None);
    for part in ["grant_type=client_credentials", "client_id=us", "client_secret=hush", "scope=products%3Aread+orders%3Aread"] {
        assert!(asked.body.contains(part), "{}", asked.body);
    }
}

#[tokio::test(start_paused = true)]
async fn short_tokens_are_replaced_before_they_end_and_nobody_waits() {
    let slow = |_: &Arrived, n| Reply::Slow(Duration::from_millis(100), Box::new(grant(&format!("t{n}"), 6)));
    let partner = Partner::with_tokens(|_, _| product("P-1"), slow);
    let api = client(&partner, token_settings());
    assert!(api.product("P-1").await.is_ok());
    for _ in 0..1_500 {
        let started = Instant::now();
        assert!(api.product("P-1").await.is_ok() && started.elapsed().is_zero());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let fetched: Vec<_> = partner.asked_for_tokens().iter().map(|arrived| arrived.at.as_millis() / 100).collect();
    assert_eq!(fetched, [0, 51, 102], "0.9 s before their ends");
    let used_late = partner.asked().iter().filter(|arrived| is_from(arrived, "t0")).all(|arrived| arrived.at.as_secs() < 6);
    assert!(used_late);
}

#[tokio::test(start_paused = true)]
async fn waiters_of_a_failing_fetch_fail_with_it_and_then_nobody_asks_for_a_while() {
    let fails = |_: &Arrived, _| Reply::Slow(Duration::from_millis(50), Box::new(status(500)));
    let partner = Partner::with_tokens(|_, _| product("P-1"), fails);
    let api = client(&partner, roomy());
    assert!(at_once(&api, 5).await.into_iter().all(|outcome| code(outcome) == UpstreamUnavailable));
    assert_eq!((partner.asked_for_tokens().len(), partner.asked().len()), (3, 0));
    let started = Instant::now();
    assert!(at_once(&api, 300).await.into_iter().all(|outcome| code(outcome) == UpstreamUnavailable));
    assert_eq!((partner.asked_for_tokens().len(), started.elapsed().as_millis()), (3, 0));
    assert!(!api.is_callable() && api.pause() > Duration::from_millis(300));
    assert_eq!(api.reports()[1].circuit, CircuitState::Open);
    tokio::time::sleep(api.pause()).await;
    assert_eq!((api.is_callable(), api.reports()[1].circuit), (true, CircuitState::HalfOpen));
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_comes_back_is_found_at_the_next_try() {
    let partner = Partner::with_tokens(|_, _| product("P-1"), |_, n| if n < 3 { status(503) } else { grant("t", 60) });
    let api = client(&partner, token_settings());
    assert_eq!(code(api.product("P-1").await), UpstreamUnavailable);
    tokio::time::sleep(api.pause()).await;
    assert!(api.product("P-1").await.is_ok());
    assert_eq!(api.reports()[1].circuit, CircuitState::Closed);
    // Refusals and nonsense are not tried again.
    for reply in [status(401), status(302), Reply::Body(200, r#"{"access_token":"x","token_type":"mac"}"#.to_owned())] {
        let partner = Partner::with_tokens(|_, _| product("P-1"), move |_, _| reply.clone());
        assert_eq!(code(client(&partner, token_settings()).product("P-1").await), UpstreamUnavailable);
        assert_eq!(partner.asked_for_tokens().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_hangs_ends_within_the_deadline() {
    let partner = Partner::with_tokens(|_, _| product("P-1"), |_, _| Reply::Hang);
    let started = Instant::now();
    let code = code(client(&partner, token_settings()).product("P-1").await);
    assert!([UpstreamTimeout, UpstreamUnavailable].contains(&code) && started.elapsed() <= Duration::from_millis(4_501));
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_is_replaced_once_for_all_callers() {
    let revoked = |arrived: &Arrived, _| {
        let reply = if is_from(arrived, "t0") && arrived.at > Duration::from_secs(1) { status(401) } else { product("P-1") };
        Reply::Slow(Duration::from_millis(20), Box::new(reply))
    };
    let partner = Partner::new(revoked);
    let api = client(&partner, roomy());
    assert!(api.product("P-1").await.is_ok());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(at_once(&api, 100).await.iter().all(Result::is_ok));
    assert_eq!((partner.asked_for_tokens().len(), partner.asked().len()), (2, 1 + 200));
    assert!(api.product("P-1").await.is_ok());
    assert_eq!(partner.asked().len(), 202);
}

#[tokio::test(start_paused = true)]
async fn a_partner_that_refuses_every_token_does_not_cost_the_token_endpoint_much() {
    let partner = Partner::new(|_, _| status(401));
    let api = client(&partner, token_settings());
    for _ in 0..100 {
        assert_eq!(code(api.product("P-1").await), UpstreamUnavailable);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let fetched = partner.asked_for_tokens().len();
    assert!((4..=12).contains(&fetched), "{fetched} fetches in 10 s");
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_takes_nothing_from_the_others() {
    let slow = |_: &Arrived, _| Reply::Slow(Duration::from_millis(200), Box::new(grant("t", 3_600)));
    let partner = Partner::with_tokens(|_, _| product("P-1"), slow);
    let api = client(&partner, token_settings());
    assert!(tokio::time::timeout(Duration::from_millis(50), api.product("P-1")).await.is_err());
    assert!(api.product("P-1").await.is_ok());
    assert_eq!(partner.asked_for_tokens().len(), 1);
}
