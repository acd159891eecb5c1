//! Tokens of an issuer that is really asked for its keys: who may see what, field by field, and what happens when keys change.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use farmlokal::clock::Clock;
use farmlokal_testbed::{Server, free_port, wait_until};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::answer::Answer;
use crate::engine::{Database, Engine};
use crate::harness::{BINARY, Call, TOKEN, TestApp, TestAppBuilder, runtime};
use crate::shop::REMOVE_PRODUCTS;

const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "farmlokal";
const INVALID: &str = "Bearer error=\"invalid_token\"";

/// One guarded field between two that everybody may see.
const GUARDED: &str = "{ first: categories { slug } metrics { uptimeSeconds } last: producers { totalCount } }";

/// A key of the issuer.
struct Key {
    id: &'static str,
    secret: EncodingKey,
}

impl Key {
    fn new(id: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        Self { id, secret: EncodingKey::from_ec_der(&pair.serialize_der()) }
    }

    fn published(&self) -> Value {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&self.secret, Algorithm::ES256).unwrap()).unwrap();
        jwk["kid"] = json!(self.id);
        jwk
    }

    /// A token for five minutes.
    fn token(&self, sub: &str, scope: &str) -> String {
        let expires_s = Clock::system().now_ms() / 1_000 + 300;
        let claims = json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": sub, "scope": scope, "exp": expires_s });
        encode(&Header { kid: Some(self.id.to_owned()), ..Header::new(Algorithm::ES256) }, &claims, &self.secret).unwrap()
    }
}

/// An issuer that publishes keys on this machine.
struct Issuer {
    published: Arc<Mutex<String>>,
    jwks_url: String,
}

impl Issuer {
    fn start(keys: &[&Key]) -> Self {
        let published = Arc::new(Mutex::new(String::new()));
        let shown = Arc::clone(&published);
        let router = Router::new().route("/keys", get(move || std::future::ready(shown.lock().unwrap().clone())));
        let listener = runtime().block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let jwks_url = format!("http://{}/keys", listener.local_addr().unwrap());
        runtime().spawn(async move { axum::serve(listener, router).await });
        let issuer = Self { published, jwks_url };
        issuer.publish(keys);
        issuer
    }

    fn publish(&self, keys: &[&Key]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.published()).collect();
        *self.published.lock().unwrap() = json!({ "keys": keys }).to_string();
    }
}

fn trusting(jwks_url: &str) -> TestAppBuilder {
    let app = TestApp::on(Database::fresh(Engine::Sqlite)).env("ANONYMOUS_SCOPES", "");
    app.env("JWT_ISSUER", ISSUER).env("JWT_AUDIENCE", AUDIENCE).env("JWT_JWKS_URL", jwks_url)
}

fn with(token: &str, call: Call) -> Call {
    call.header("authorization", &format!("Bearer {token}"))
}

fn ask(app: &TestApp, token: &str, document: &str) -> Answer {
    app.send(with(token, Call::graphql(document, &json!({}))))
}

/// The guarded field and its code; the fields around it are there.
fn guarded(answer: &Answer) -> (bool, Vec<String>) {
    let told = answer.json();
    assert_eq!(
        (answer.status, &told["data"]["first"], &told["data"]["last"]["totalCount"]),
        (200, &json!([]), &json!(0)),
        "{told}"
    );
    (!told["data"]["metrics"].is_null(), answer.codes())
}

#[test]
fn scopes_of_tokens_open_fields_one_by_one() {
    let key = Key::new("1");
    let app = trusting(&Issuer::start(&[&key]).jwks_url).start();
    let (reader, writer) = (key.token("reader", "openid ops:read"), key.token("writer", "catalogue:write"));

    assert_eq!(guarded(&app.query(GUARDED)), (false, vec!["UNAUTHENTICATED".to_owned()]));
    assert_eq!(guarded(&ask(&app, &writer, GUARDED)), (false, vec!["FORBIDDEN".to_owned()]));
    assert_eq!(guarded(&ask(&app, &reader, GUARDED)), (true, Vec::new()));
    assert_eq!(guarded(&ask(&app, TOKEN, GUARDED)), (true, Vec::new()), "a development token that was asked for holds as well");

    let remove = |token: &str| app.send(with(token, Call::graphql(REMOVE_PRODUCTS, &json!({ "input": { "slugs": [] } }))));
    assert_eq!(remove(&writer).data()["removeProducts"]["removed"], 0);
    assert_eq!(remove(&reader).code(), "FORBIDDEN");

    let metrics = |call: Call| {
        let answer = app.send(call);
        (answer.status, answer.header("www-authenticate").to_owned())
    };
    let call = || Call::new(Method::GET, "/metrics");
    assert_eq!(metrics(with(&reader, call())), (200, String::new()));
    let scraped = app.send(with(&reader, Call::new(Method::GET, "/metrics/prometheus")));
    for line in ["farmlokal_issuer_keys 1", "farmlokal_issuer_key_fetches_total{outcome=\"ok\"} "] {
        assert!(scraped.text().lines().any(|told| told.starts_with(line)), "{line} in {}", scraped.text());
    }
    assert_eq!(metrics(with(&writer, call())), (403, "Bearer error=\"insufficient_scope\"".to_owned()));
    assert_eq!(metrics(call()), (401, "Bearer".to_owned()));
    let forged = Key::new("1").token("reader", "ops:read");
    assert_eq!(metrics(with(&forged, call())), (401, INVALID.to_owned()));

    let refused = ask(&app, &forged, "{ categories { slug } }");
    assert_eq!((refused.status, refused.code().as_str(), refused.header("www-authenticate")), (401, "UNAUTHENTICATED", INVALID));
    let logs = app.server.logs();
    for token in [&reader, &writer, &forged] {
        assert!(!logs.contains(token.as_str()) && !logs.contains(token.rsplit('.').next().unwrap()));
    }
}

#[test]
fn kept_answers_are_for_tokens_that_hold() {
    let key = Key::new("1");
    let app = trusting(&Issuer::start(&[&key]).jwks_url).start();
    let by_get = || Call::new(Method::GET, "/graphql?query={categories{slug}}");
    let (reader, forged) = (key.token("reader", ""), Key::new("1").token("reader", ""));
    for _ in 0..2 {
        app.send(by_get()).data();
        app.send(with(&reader, by_get())).data();
        assert_eq!(app.send(with(&forged, by_get())).status, 401);
    }
    assert_eq!(app.send(with(&reader, by_get())).header("cache-status"), "farmlokal; hit; detail=memory");
}

#[test]
fn a_new_key_is_taken_and_an_old_one_is_no_more() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let issuer = Issuer::start(&[&old]);
    let app = trusting(&issuer.jwks_url).start();
    let (by_old, by_new) = (old.token("reader", "ops:read"), new.token("reader", "ops:read"));
    assert_eq!(guarded(&ask(&app, &by_old, GUARDED)), (true, Vec::new()));
    assert_eq!(ask(&app, &by_new, GUARDED).code(), "UNAUTHENTICATED");
    issuer.publish(&[&new]);
    // Keys are fetched at most every ten seconds.
    wait_until("the new key is known", Duration::from_secs(20), || ask(&app, &by_new, GUARDED).status == 200);
    assert_eq!(ask(&app, &by_old, GUARDED).code(), "UNAUTHENTICATED");
}

#[test]
fn a_server_starts_without_its_issuer() {
    let app = trusting(&format!("http://127.0.0.1:{}/keys", free_port())).start();
    let token = Key::new("1").token("reader", "ops:read");
    let told = ask(&app, &token, GUARDED);
    assert_eq!((told.status, told.code().as_str(), told.header("retry-after")), (503, "SERVICE_UNAVAILABLE", "1"));
    assert_eq!(ask(&app, "no-token-of-anybody", GUARDED).code(), "UNAUTHENTICATED");
    assert_eq!(guarded(&app.query(GUARDED)), (false, vec!["UNAUTHENTICATED".to_owned()]));
}

#[test]
fn a_subject_has_one_budget_for_all_of_its_tokens() {
    let key = Key::new("1");
    let app = trusting(&Issuer::start(&[&key]).jwks_url).env("FARMLOKAL_BUDGET_POINTS_PER_MINUTE", "60").start();
    let left = |token: &str| {
        let answer = ask(&app, token, GUARDED);
        let (_, left) = answer.header("ratelimit").split_once(";r=").unwrap();
        left.split(';').next().unwrap().parse::<u64>().unwrap()
    };
    let first = left(&key.token("asha", "ops:read"));
    let second = left(&key.token("asha", "ops:read catalogue:write"));
    let other = left(&key.token("bela", "ops:read"));
    assert!(second < first && other > second, "{first} {second} {other}");
}

#[test]
fn with_an_issuer_no_development_token_is_made() {
    let server = Server::builder(BINARY).env("FARMLOKAL_DEMO_PRODUCTS", "0");
    let server = server.env("JWT_ISSUER", ISSUER).env("JWT_AUDIENCE", AUDIENCE);
    let server = server.env("JWT_JWKS_URL", format!("http://127.0.0.1:{}/keys", free_port())).start();
    assert!(!server.stdout().contains("#token="), "{}", server.stdout());
}
