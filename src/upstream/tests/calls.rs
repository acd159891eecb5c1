//! One call: what is asked, what is taken, and when it is tried again.

use std::time::Duration;

use tokio::time::Instant;

use super::partner::{Partner, Reply, client, code, product, settings, status};
use crate::error::ErrorCode::{UpstreamTimeout, UpstreamUnavailable};
use crate::upstream::{BreakerSettings, BulkheadSettings, PartnerSettings};

#[tokio::test(start_paused = true)]
async fn ids_are_one_segment_and_lists_have_their_query() {
    let partner = Partner::new(|arrived, _| match arrived.url.contains('?') {
        true => Reply::Body(200, r#"{"items":[{"id":1,"version":1,"deleted":true}],"nextCursor":"b&c"}"#.to_owned()),
        false => product("a/../%2f?#"),
    });
    let api = client(&partner, PartnerSettings { url: "http://api.test/v1/".to_owned(), ..settings() });
    assert!(api.product("a/../%2f?#").await.unwrap().is_some());
    let page = api.products_page(Some(0), Some("a b&")).await.unwrap();
    assert_eq!((page.items[0].id.as_str(), page.next_cursor.as_deref()), ("1", Some("b&c")));
    for id in ["", ".", "..", "a b"] {
        assert_eq!(code(api.order(id).await), UpstreamUnavailable);
    }
    let urls: Vec<_> = partner.asked().into_iter().map(|arrived| arrived.url).collect();
    let list = "http://api.test/v1/products?updatedSince=1970-01-01T00%3A00%3A00.000Z&cursor=a+b%26&limit=100";
    assert_eq!(urls, ["http://api.test/v1/products/a%2F..%2F%252f%3F%23", list]);
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_tried_three_times_at_growing_waits() {
    for reply in [status(500), status(503), status(429), Reply::Reset] {
        let partner = Partner::new(move |_, _| reply.clone());
        let api = client(&partner, settings());
        assert_eq!(code(api.product("P-1").await), UpstreamUnavailable);
        let at: Vec<_> = partner.asked().iter().map(|arrived| arrived.at.as_millis() / 10).collect();
        assert_eq!(at, [0, 10, 30], "half of 200 ms, and half of 400 ms");
        let report = &api.reports()[0];
        assert_eq!((report.requests, report.failures, report.retries), (3, 3, 2));
    }
    let partner = Partner::new(|_, n| if n < 2 { status(502) } else { product("P-1") });
    assert!(client(&partner, settings()).product("P-1").await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_is_tried_once() {
    let garbage = || Reply::Body(200, "<html>".to_owned());
    for reply in [status(400), status(401), status(403), status(408), status(301), garbage(), product("P-2"), status(200)] {
        let partner = Partner::new(move |_, _| reply.clone());
        assert_eq!(code(client(&partner, settings()).product("P-1").await), UpstreamUnavailable);
        assert_eq!(partner.asked().len(), 1);
    }
    let partner = Partner::new(|_, _| status(404));
    let api = client(&partner, settings());
    assert!(api.product("P-1").await.unwrap().is_none() && api.order("O-1").await.unwrap().is_none());
    assert_eq!(code(api.orders_page(None, None).await), UpstreamUnavailable);
    assert_eq!((partner.asked().len(), api.reports()[0].retries), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_heeded_when_there_is_time() {
    let partner = Partner::new(|_, n| if n == 0 { Reply::Later(429, 2) } else { product("P-1") });
    assert!(client(&partner, settings()).product("P-1").await.is_ok());
    assert_eq!(partner.asked()[1].at.as_secs(), 2);
    let partner = Partner::new(|_, _| Reply::Later(503, u64::from(u32::MAX)));
    let started = Instant::now();
    assert_eq!(code(client(&partner, settings()).product("P-1").await), UpstreamUnavailable);
    assert_eq!((partner.asked().len(), started.elapsed().as_millis()), (1, 0), "nobody waits for what comes too late");
}

#[tokio::test(start_paused = true)]
async fn a_partner_that_hangs_takes_no_longer_than_the_total_deadline() {
    let partner = Partner::new(|_, _| Reply::Hang);
    let started = Instant::now();
    assert_eq!(code(client(&partner, settings()).product("P-1").await), UpstreamTimeout);
    assert_eq!(partner.asked().len(), 3);
    assert_eq!(started.elapsed().as_millis() / 10, 450);
}

#[tokio::test(start_paused = true)]
async fn tries_again_have_a_budget() {
    let partner = Partner::new(|_, _| status(500));
    let breaker = BreakerSettings { minimum: 1_000, window: 1_000, ..BreakerSettings::default() };
    let bulkhead = BulkheadSettings { calls: 1_000, ..BulkheadSettings::default() };
    let api = client(&partner, PartnerSettings { breaker, bulkhead, ..settings() });
    super::partner::at_once(&api, 200).await;
    let retries = api.reports()[0].retries;
    assert!((20..=70).contains(&retries), "{retries} of up to 400: 20 at once, 40 for 200 calls, 10 a second");
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_bulkhead_are_refused_soon() {
    let partner = Partner::new(|_, _| Reply::Hang);
    let api = client(&partner, settings());
    let started = Instant::now();
    let callers = (0..300).map(|_| async { (code(api.product("P-1").await), started.elapsed()) });
    let outcomes = futures_util::future::join_all(callers).await;
    let refused: Vec<_> = outcomes.iter().filter(|(code, _)| *code == UpstreamUnavailable).collect();
    assert_eq!(refused.len(), 300 - 32);
    assert!(refused.iter().all(|(_, took)| *took < Duration::from_millis(150)));
}
