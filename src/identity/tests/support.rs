//! An issuer in memory.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::identity::source::{Fetching, KeySource};
use crate::identity::{Failure, Issuer, IssuerSettings, Jwks, Verified};

pub(super) const ISSUER: &str = "https://id.example";
pub(super) const AUDIENCE: &str = "farmlokal";
/// Seconds since 1970, when the tests begin.
pub(super) const NOW_S: i64 = 1_800_000_000;

/// A key pair of the issuer, or of somebody else.
pub(super) struct Pair {
    pub(super) id: &'static str,
    pub(super) algorithm: Algorithm,
    secret: EncodingKey,
    jwk: Value,
}

impl Pair {
    fn rsa(id: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
        // The library wants PKCS#1, which stands in PKCS#8 behind 26 bytes for a key of this size (RFC 5208 §5).
        Self::of(id, Algorithm::RS256, EncodingKey::from_rsa_der(&pair.serialize_der()[26..]))
    }

    fn p256(id: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        Self::of(id, Algorithm::ES256, EncodingKey::from_ec_der(&pair.serialize_der()))
    }

    fn ed25519(id: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        // The library finds the public half only where the newer PKCS#8 (RFC 8410 §7) does not put it.
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(pair.public_key_raw()) });
        Self { id, algorithm: Algorithm::EdDSA, secret: EncodingKey::from_ed_der(&pair.serialize_der()), jwk }
    }

    fn of(id: &'static str, algorithm: Algorithm, secret: EncodingKey) -> Self {
        let jwk = serde_json::to_value(Jwk::from_encoding_key(&secret, algorithm).unwrap()).unwrap();
        Self { id, algorithm, secret, jwk }
    }

    /// The public half, as the issuer publishes it.
    pub(super) fn jwk(&self) -> Value {
        let mut jwk = self.jwk.clone();
        jwk["kid"] = json!(self.id);
        jwk["use"] = json!("sig");
        jwk
    }

    /// A token with the key's name.
    pub(super) fn token(&self, claims: &Value) -> String {
        self.token_with(&Header { kid: Some(self.id.to_owned()), ..Header::new(self.algorithm) }, claims)
    }

    pub(super) fn token_with(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.secret).unwrap()
    }
}

// Making an RSA key takes a while.
pub(super) static RSA: LazyLock<Pair> = LazyLock::new(|| Pair::rsa("rsa-1"));
pub(super) static P256: LazyLock<Pair> = LazyLock::new(|| Pair::p256("ec-1"));
pub(super) static P256_LATER: LazyLock<Pair> = LazyLock::new(|| Pair::p256("ec-2"));
pub(super) static ED: LazyLock<Pair> = LazyLock::new(|| Pair::ed25519("ed-1"));

/// Claims of a token that holds.
pub(super) fn claims() -> Value {
    json!({ "iss": ISSUER, "sub": "asha", "aud": AUDIENCE, "exp": NOW_S + 300, "scope": "ops:read openid" })
}

/// The same but for some members; null leaves one out.
pub(super) fn claims_with(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

/// A token of any bytes: header, claims, signature.
pub(super) fn raw(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    format!("{}.{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()), part(signature))
}

/// The issuer's answers, to be changed by a test.
#[derive(Clone, Default)]
pub(super) struct Published(Arc<Mutex<Reply>>, Arc<AtomicUsize>);

#[derive(Clone, Default)]
enum Reply {
    #[default]
    Away,
    Hanging,
    Body(Vec<u8>),
}

impl Published {
    pub(super) fn keys(&self, pairs: &[&Pair]) {
        let keys: Vec<Value> = pairs.iter().map(|pair| pair.jwk()).collect();
        *self.0.lock().unwrap() = Reply::Body(json!({ "keys": keys }).to_string().into_bytes());
    }

    pub(super) fn go_away(&self) {
        *self.0.lock().unwrap() = Reply::Away;
    }

    pub(super) fn hang(&self) {
        *self.0.lock().unwrap() = Reply::Hanging;
    }

    /// How often it was asked.
    pub(super) fn fetches(&self) -> usize {
        self.1.load(Ordering::SeqCst)
    }
}

impl KeySource for Published {
    fn fetch(&self) -> Fetching<'_> {
        self.1.fetch_add(1, Ordering::SeqCst);
        let reply = self.0.lock().unwrap().clone();
        Box::pin(async move {
            // Whoever asks in the meantime finds it under way.
            tokio::task::yield_now().await;
            match reply {
                Reply::Away => Err("nobody is there".to_owned()),
                Reply::Hanging => std::future::pending().await,
                Reply::Body(body) => Ok(body),
            }
        })
    }
}

/// Our side of it.
pub(super) struct World {
    pub(super) published: Published,
    pub(super) keys: Jwks,
    pub(super) issuer: Arc<Issuer>,
    now_ms: Arc<AtomicI64>,
}

impl World {
    /// An issuer with these keys, which nobody has fetched yet.
    pub(super) fn new(pairs: &[&Pair]) -> Self {
        let published = Published::default();
        published.keys(pairs);
        let keys = Jwks::new(Box::new(published.clone()));
        let settings = IssuerSettings {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            jwks_url: "https://id.example/.well-known/jwks.json".to_owned(),
            algorithms: vec![Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA],
            leeway: Duration::from_secs(30),
        };
        let now_ms = Arc::new(AtomicI64::new(NOW_S * 1_000));
        let shown = Arc::clone(&now_ms);
        let clock = Clock::of(move || shown.load(Ordering::SeqCst));
        Self { published, issuer: Arc::new(Issuer::new(settings, keys.clone(), clock)), keys, now_ms }
    }

    /// The same, with its keys fetched.
    pub(super) async fn ready(pairs: &[&Pair]) -> Self {
        let world = Self::new(pairs);
        world.keys.refresh().await;
        world
    }

    /// Both clocks go on.
    pub(super) async fn pass(&self, time: Duration) {
        self.now_ms.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
        tokio::time::advance(time).await;
    }

    /// What a caller with this token meets.
    pub(super) async fn present(&self, token: &str) -> Result<Verified, Failure> {
        match self.issuer.verify(token) {
            Err(Failure::KeyMissing) => self.issuer.verify_with_new_keys(token).await,
            told => told,
        }
    }
}
