//! What goes wrong on purpose.

use std::time::Duration;

use farmlokal_simulator::Faults;
use serde_json::{Value, json};

use crate::harness::{ask, settings, start, switch, token};

#[tokio::test]
async fn failures_come_as_often_as_they_are_wished_for() {
    let running = start(settings()).await;
    let token = token(&running).await;
    let (status, faults) = switch(&running, "/faults", &json!({"status": 503, "retryAfterSeconds": 2, "times": 2})).await;
    assert_eq!((status, &faults["errorRate"]), (200, &json!(1.0)));
    for expected in [503, 503, 200] {
        let answer = ask(&running, &token, "/orders/O-1-1").await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers().contains_key("retry-after")), (expected, expected == 503));
    }
    assert_eq!(switch(&running, "/faults", &json!({"nonsense": 1})).await.0, 400);
    assert_eq!(switch(&running, "/faults", &json!({"errorRate": 0, "times": null, "revokeTokens": true})).await.0, 200);
    assert_eq!(ask(&running, &token, "/orders/O-1-1").await.unwrap().status(), 401);
    switch(&running, "/faults", &json!({"tokenDown": true})).await;
    assert_eq!(reqwest::Client::new().post(running.token_url()).send().await.unwrap().status(), 503);
    let url = format!("{}/faults", running.base_url);
    assert!(reqwest::Client::new().delete(&url).send().await.unwrap().status().is_success());
    let faults: Value = reqwest::get(&url).await.unwrap().json().await.unwrap();
    assert_eq!(faults["tokenDown"], json!(false));
}

#[tokio::test]
async fn connections_hang_and_are_reset() {
    let running = start(settings()).await;
    let token = token(&running).await;
    running.set_faults(Faults { hang: true, ..Faults::default() });
    let asked = tokio::time::timeout(Duration::from_millis(300), ask(&running, &token, "/orders/O-1-1")).await;
    assert!(asked.is_err(), "it was answered");

    running.set_faults(Faults { reset: true, ..Faults::default() });
    let err = ask(&running, &token, "/orders/O-1-1").await.unwrap_err();
    let mut source: &dyn std::error::Error = &err;
    while let Some(next) = source.source() {
        source = next;
    }
    let kind = source.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    assert_eq!(kind, Some(std::io::ErrorKind::ConnectionReset), "{err:?}");
}

#[tokio::test]
async fn answers_are_garbage_huge_and_slow() {
    let running = start(settings()).await;
    let token = token(&running).await;
    running.set_faults(Faults { garbage: true, ..Faults::default() });
    let answer = ask(&running, &token, "/orders/O-1-1").await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.json::<Value>().await.is_err());

    running.set_faults(Faults { huge_body: true, ..Faults::default() });
    let mut answer = ask(&running, &token, "/orders").await.unwrap();
    let mut length = 0;
    while length < 10_000_000 {
        length += answer.chunk().await.unwrap().unwrap().len();
    }

    running.set_faults(Faults { drip: true, latency_ms: 50, ..Faults::default() });
    let mut answer = ask(&running, &token, "/orders/O-1-1").await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "{");
    assert!(tokio::time::timeout(Duration::from_millis(200), answer.chunk()).await.is_err());
}
