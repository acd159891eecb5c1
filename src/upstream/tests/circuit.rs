//! The circuit breaker in front of calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use super::partner::{Partner, Reply, at_once, client, code, product, settings, status};
use crate::error::ErrorCode::{CircuitOpen, UpstreamUnavailable};
use crate::upstream::{CircuitState, PartnerApi};

/// A partner that answers with a status that the test sets, after 50 ms.
fn partner(now: &Arc<AtomicU16>) -> Arc<Partner> {
    let now = Arc::clone(now);
    Partner::new(move |_, _| {
        let reply = match now.load(Ordering::Relaxed) {
            200 => product("P-1"),
            other => status(other),
        };
        Reply::Slow(Duration::from_millis(50), Box::new(reply))
    })
}

async fn opened(api: &PartnerApi) {
    for _ in 0..10 {
        assert_eq!(code(api.product("P-1").await), UpstreamUnavailable);
    }
    assert_eq!(api.reports()[0].circuit, CircuitState::Open);
    assert!(!api.is_callable() && api.pause() <= Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn open_nobody_asks_and_half_open_exactly_one_of_a_hundred_does() {
    let now = Arc::new(AtomicU16::new(500));
    let partner = partner(&now);
    let api = client(&partner, settings());
    opened(&api).await;
    let before = partner.asked().len();
    assert!(at_once(&api, 200).await.into_iter().all(|outcome| code(outcome) == CircuitOpen));
    assert_eq!(partner.asked().len(), before);
    for (answer, state) in [(500, CircuitState::Open), (429, CircuitState::Open), (200, CircuitState::Closed)] {
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(api.is_callable());
        now.store(answer, Ordering::Relaxed);
        let before = partner.asked().len();
        let outcomes = at_once(&api, 100).await;
        assert_eq!(outcomes.iter().filter(|outcome| !matches!(outcome, Err(err) if err.code() == CircuitOpen)).count(), 1);
        assert_eq!((partner.asked().len() - before, api.reports()[0].circuit), (1, state));
    }
    assert!(at_once(&api, 20).await.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn a_probe_whose_caller_goes_away_is_made_by_the_next() {
    let now = Arc::new(AtomicU16::new(500));
    let api = client(&partner(&now), settings());
    opened(&api).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    now.store(200, Ordering::Relaxed);
    assert!(tokio::time::timeout(Duration::from_millis(20), api.product("P-1")).await.is_err());
    assert!(api.product("P-1").await.is_ok());
    assert_eq!(api.reports()[0].circuit, CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_try_nothing_again_once_it_has_opened() {
    let partner = partner(&Arc::new(AtomicU16::new(500)));
    let api = client(&partner, settings());
    at_once(&api, 32).await;
    assert_eq!(
        (partner.asked().len(), api.reports()[0].circuit),
        (32, CircuitState::Open),
        "those without budget have opened it"
    );
}

#[tokio::test(start_paused = true)]
async fn refusals_do_not_open_it() {
    let api = client(&partner(&Arc::new(AtomicU16::new(403))), settings());
    for _ in 0..30 {
        assert_eq!(code(api.product("P-1").await), UpstreamUnavailable);
    }
    assert_eq!(api.reports()[0].circuit, CircuitState::Closed);
}
