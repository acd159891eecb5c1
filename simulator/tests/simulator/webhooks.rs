//! What is sent.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use farmlokal_simulator::{EventKind, Shares, SimulatorSettings};
use serde_json::{Value, json};

use crate::harness::{Receiver, settings, start, switch};

const MISCHIEF: Shares =
    Shares { duplicate: 0.3, shuffle: 0.3, delay: 0.1, corrupt: 0.2, thin: 0.3, delay_by: Duration::from_millis(200) };

fn restless(url: String) -> SimulatorSettings {
    SimulatorSettings { rate: 500.0, events: Some(200), webhook_url: Some(url), shares: MISCHIEF, ..settings() }
}

#[tokio::test]
async fn every_event_arrives_and_nothing_corrupted_is_taken() {
    let (receiver, url) = Receiver::start(3).await;
    let mut running = start(restless(url)).await;
    running.finished().await;
    let stats = running.stats();
    let taken = receiver.taken.lock().unwrap();
    let ids: HashSet<_> = taken.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(ids, (1..=200).map(|number| format!("evt_1_{number}")).collect());
    assert_eq!((stats.events, stats.delivered, stats.accepted, stats.given_up), (200, 200, 200, 0));
    assert_eq!((stats.refused, stats.redelivered, stats.corrupted_taken), (3, 3, 0));
    assert_eq!(stats.corrupted_refused as usize, receiver.refused.load(Ordering::Relaxed));
    assert!(stats.duplicate > 30 && stats.corrupted_sent > 20, "{stats:?}");
    assert_eq!(stats.webhooks_sent, stats.accepted + stats.duplicate + stats.refused + stats.corrupted_sent);
    for (_, body) in taken.iter() {
        let thin = body.as_object().unwrap().len() == 2;
        assert!(EventKind::parse(body["event"].as_str().unwrap()).is_some());
        assert!(body["id"].is_string() && (thin || (body["version"].is_i64() && body["occurredAt"].is_string())));
    }
}

#[tokio::test]
async fn events_that_were_sent_are_skipped() {
    let (receiver, url) = Receiver::start(0).await;
    let settings = SimulatorSettings { events: Some(2), skip_events: 7, shares: Shares::default(), ..restless(url) };
    start(settings).await.finished().await;
    let taken = receiver.taken.lock().unwrap();
    assert_eq!(taken.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["evt_1_8", "evt_1_9"]);
}

#[tokio::test]
async fn one_webhook_is_sent_by_hand_and_its_answer_shown() {
    let running = start(settings()).await;
    let event = json!({"event": "order.updated", "id": "O-1-1"});
    assert_eq!(switch(&running, "/world/events", &event).await.0, 409);
    let (receiver, url) = Receiver::start(0).await;
    assert_eq!(switch(&running, "/target", &json!({"url": "ftp://x"})).await.0, 400);
    assert_eq!(switch(&running, "/target", &json!({"url": url})).await.0, 204);
    let order = switch(&running, "/world/orders/O-1-1", &json!({"status": "REFUNDED"})).await.1;
    let answer = switch(&running, "/world/events", &event).await.1;
    assert_eq!((&answer["status"], &answer["body"]["status"]), (&json!(200), &json!("accepted")));
    let again = json!({"event": "order.updated", "id": "O-1-1", "webhookId": answer["webhookId"]});
    assert_eq!(switch(&running, "/world/events", &again).await.1["body"]["status"], json!("duplicate"));
    for how in ["body", "signature", "id", "stale"] {
        let spoilt = json!({"event": "order.updated", "id": "O-1-1", "corrupt": how});
        assert_eq!(switch(&running, "/world/events", &spoilt).await.1["status"], json!(401), "{how}");
    }
    switch(&running, "/world/events", &json!({"event": "moon.rose", "id": 7})).await;
    let bodies: Vec<Value> = receiver.taken.lock().unwrap().iter().map(|(_, body)| body.clone()).collect();
    assert_eq!((&bodies[0]["data"], &bodies[2]), (&order, &json!({"event": "moon.rose", "id": 7})));
    let answer = running.send(EventKind::OrderUpdated, "O-1-2", true).await.unwrap();
    assert!(answer.is_taken());
}
