//! Servers killed in a storm of deliveries: nothing lost, nothing applied twice, no id answered `processed` twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::stand::{Engine, Stand, event, product, runtime, send, signed};

const PRODUCTS: usize = 40;
const SENDERS: usize = 16;

/// How many deliveries and kills: `WEBHOOK_KILLS` makes it a soak.
fn size() -> (usize, usize) {
    let kills = std::env::var("WEBHOOK_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(20);
    (10_000, kills)
}

#[test]
fn nothing_is_lost_or_applied_twice_on_sqlite() {
    storm(Engine::Sqlite);
}

#[test]
fn nothing_is_lost_or_applied_twice_on_postgresql() {
    storm(Engine::Postgres);
}

#[test]
fn nothing_is_lost_or_applied_twice_on_mariadb() {
    storm(Engine::MariaDb);
}

/// The provider: knows what was answered, and sends again what was not.
struct Provider {
    client: reqwest::Client,
    url: RwLock<String>,
    next: AtomicUsize,
    done: AtomicUsize,
    processed: Mutex<HashMap<String, usize>>,
}

impl Provider {
    /// Events 0 to 8 332, every fifth sent twice.
    async fn send_all(&self, deliveries: usize) {
        loop {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            if n >= deliveries {
                return;
            }
            let (number, _repeat) = (n * 5 / 6, n % 6 == 5);
            self.send_until_taken(number).await;
            self.done.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn send_until_taken(&self, number: usize) {
        let (id, body) = delivery(number);
        for _ in 0..2_000 {
            let url = self.url.read().unwrap().clone();
            match send(signed(&self.client, &url, &id, &body.to_string())).await {
                Ok(answer) if answer.status == 200 => {
                    if answer.receipt() == "processed" {
                        *self.processed.lock().unwrap().entry(id).or_default() += 1;
                    }
                    return;
                }
                Ok(answer) => assert!(matches!(answer.status, 429 | 503), "{id}: {} {}", answer.status, answer.body),
                Err(_) => {}
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{id} was never taken");
    }
}

/// Each event gives its product a price that no other gives it.
fn delivery(number: usize) -> (String, Value) {
    let (subject, version) = (number % PRODUCTS, number / PRODUCTS + 2);
    let price = json!({"price": {"amount": format!("{version}.00"), "currency": "INR"}});
    let body = event("product.price_changed", &format!("P-{subject}"), i64::try_from(version).unwrap(), &price);
    (format!("evt-{number}"), body)
}

fn storm(engine: Engine) {
    let (deliveries, kills) = size();
    let mut stand = Stand::start(engine, 1, &[]);
    for n in 0..PRODUCTS {
        let created = event("product.created", &format!("P-{n}"), 1, &product(&format!("Milk {n}"), "1.00", 1));
        assert_eq!(stand.deliver(&format!("made-{n}"), &created).receipt(), "processed");
    }
    let provider = Arc::new(Provider {
        client: stand.client.clone(),
        url: RwLock::new(stand.servers[0].base_url().to_owned()),
        next: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        processed: Mutex::default(),
    });
    let sending = runtime().spawn({
        let provider = Arc::clone(&provider);
        async move { join_all((0..SENDERS).map(|_| provider.send_all(deliveries))).await }
    });
    for kill in 0..kills {
        let due = deliveries * (kill + 1) / (kills + 1);
        farmlokal_testbed::wait_until("the storm goes on", Duration::from_secs(120), || {
            provider.done.load(Ordering::Relaxed) >= due
        });
        stand.servers[0].kill();
        stand.servers[0] = stand.program().start();
        stand.servers[0].base_url().clone_into(&mut provider.url.write().unwrap());
    }
    runtime().block_on(sending).unwrap();
    check(&stand, &provider, deliveries);
}

fn check(stand: &Stand, provider: &Provider, deliveries: usize) {
    let events = (deliveries - 1) * 5 / 6 + 1;
    let over = stand.count("{types: [\"product.price_changed\"], states: [APPLIED, SUPERSEDED]}");
    assert_eq!(usize::try_from(over).unwrap(), events, "every event is stored and over");
    let twice: Vec<_> =
        provider.processed.lock().unwrap().iter().filter(|(_, times)| **times > 1).map(|(id, _)| id.clone()).collect();
    assert_eq!(twice, Vec::<String>::new(), "answered `processed` twice");
    for n in 0..PRODUCTS {
        let filter = format!("{{types: [\"product.price_changed\"], states: [APPLIED], subject: \"product:P-{n}\"}}");
        let applied = stand.count(&filter);
        let shown = stand.product(&format!("Milk {n}"));
        // A product's version counts its changes: each applied event is one.
        assert_eq!(shown["version"], json!((applied + 1).to_string()), "P-{n}");
        let last = (0..events).rev().find(|number| number % PRODUCTS == n).unwrap() / PRODUCTS + 2;
        assert_eq!(shown["price"]["amount"], json!(format!("{last}.00")), "P-{n}");
    }
}
