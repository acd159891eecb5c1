//! A simulator and somebody who takes its webhooks.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use farmlokal_simulator::{Clock, DEV_WEBHOOK_SECRET, Running, Signer, Simulator, SimulatorSettings};
use serde_json::Value;

/// A clock that goes on by hand, from September 2026.
#[derive(Clone)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_790_000_000_000)))
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn clock(&self) -> Clock {
        let now_ms = Arc::clone(&self.0);
        Clock::of(move || now_ms.load(Ordering::Relaxed))
    }
}

pub(crate) fn settings() -> SimulatorSettings {
    SimulatorSettings { products: 30, orders: 10, ..SimulatorSettings::new(Hand::new().clock()) }
}

pub(crate) async fn start(settings: SimulatorSettings) -> Running {
    Simulator::start(settings).await.unwrap()
}

/// A token, got as a client of the API gets one.
pub(crate) async fn token(running: &Running) -> String {
    let form = [("grant_type", "client_credentials"), ("client_id", "farmlokal"), ("client_secret", "farmlokal-secret")];
    let answer = reqwest::Client::new().post(running.token_url()).form(&form).send().await.unwrap();
    let body: Value = answer.json().await.unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

/// Asks API A.
pub(crate) async fn ask(running: &Running, token: &str, path: &str) -> reqwest::Result<reqwest::Response> {
    reqwest::Client::new().get(format!("{}{path}", running.api_url())).bearer_auth(token).send().await
}

/// Uses one of the simulator's switches.
pub(crate) async fn switch(running: &Running, path: &str, body: &Value) -> (u16, Value) {
    let answer = reqwest::Client::new().post(format!("{}{path}", running.base_url)).json(body).send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
}

/// Somebody who takes webhooks, and looks at signatures.
#[derive(Default)]
pub(crate) struct Receiver {
    /// Bodies with a good signature, by id and in the order of their arrival.
    pub(crate) taken: Mutex<Vec<(String, Value)>>,
    pub(crate) refused: AtomicUsize,
    /// So many are answered with 503 first.
    pub(crate) failing: AtomicUsize,
}

impl Receiver {
    /// Listens; the address for the webhooks.
    pub(crate) async fn start(failing: usize) -> (Arc<Self>, String) {
        let receiver = Arc::new(Self { failing: AtomicUsize::new(failing), ..Self::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let router = Router::new().route("/webhook", post(take)).with_state(Arc::clone(&receiver));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }
}

async fn take(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let (id, timestamp): (_, i64) = (header("webhook-id"), header("webhook-timestamp").parse().unwrap());
    let signed = Signer::new(DEV_WEBHOOK_SECRET).unwrap().sign(&id, timestamp * 1_000, body.clone());
    if signed.signature != header("webhook-signature") || timestamp < 1_789_999_700 {
        receiver.refused.fetch_add(1, Ordering::Relaxed);
        return (StatusCode::UNAUTHORIZED, String::new());
    }
    if receiver.failing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        return (StatusCode::SERVICE_UNAVAILABLE, String::new());
    }
    let mut taken = receiver.taken.lock().unwrap();
    let word = if taken.iter().any(|(known, _)| *known == id) { "duplicate" } else { "accepted" };
    taken.push((id.clone(), serde_json::from_str(&body).unwrap()));
    (StatusCode::OK, format!(r#"{{"status":"{word}","eventId":"{id}"}}"#))
}
