//! A partner that lives in this process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use oauth2::http::header::AUTHORIZATION;
use oauth2::{HttpRequest, HttpResponse};
use tokio::time::Instant;

use crate::clock::Clock;
use crate::error::{Error, ErrorCode};
use crate::upstream::fault::Fault;
use crate::upstream::random::Random;
use crate::upstream::token_store::TokenStore;
use crate::upstream::transport::Transport;
use crate::upstream::{PartnerApi, PartnerSettings, TokenSettings};

pub(super) const NOW_MS: i64 = 1_795_836_600_000;

/// What it does with a request.
#[derive(Clone)]
pub(super) enum Reply {
    Body(u16, String),
    /// With `Retry-After`, in seconds.
    Later(u16, u64),
    Slow(Duration, Box<Reply>),
    Reset,
    Hang,
}

/// A deleted product, which is the shortest there is.
pub(super) fn product(id: &str) -> Reply {
    Reply::Body(200, format!(r#"{{"id":"{id}","version":1,"deleted":true}}"#))
}

pub(super) fn status(status: u16) -> Reply {
    Reply::Body(status, "{}".to_owned())
}

/// A grant of the token `name`.
pub(super) fn grant(name: &str, expires_in: u64) -> Reply {
    Reply::Body(200, format!(r#"{{"access_token":"{name}","token_type":"Bearer","expires_in":{expires_in}}}"#))
}

/// A request that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrived {
    pub(super) at: Duration,
    pub(super) url: String,
    pub(super) authorization: Option<String>,
    pub(super) body: String,
}

type Answer = dyn Fn(&Arrived, usize) -> Reply + Send + Sync;

/// The partner and its token endpoint, whose address ends in `/token`. Each has a function of the request and its number,
/// which begins with 0.
pub(super) struct Partner {
    began: Instant,
    api: Box<Answer>,
    token: Box<Answer>,
    arrived: Mutex<Vec<Arrived>>,
}

impl std::fmt::Debug for Partner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Partner")
    }
}

impl Partner {
    pub(super) fn new(api: impl Fn(&Arrived, usize) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Self::with_tokens(api, |_, n| grant(&format!("t{n}"), 3_600))
    }

    pub(super) fn with_tokens(
        api: impl Fn(&Arrived, usize) -> Reply + Send + Sync + 'static,
        token: impl Fn(&Arrived, usize) -> Reply + Send + Sync + 'static,
    ) -> Arc<Self> {
        let (api, token) = (Box::new(api), Box::new(token));
        Arc::new(Self { began: Instant::now(), api, token, arrived: Mutex::default() })
    }

    /// What arrived at the API.
    pub(super) fn asked(&self) -> Vec<Arrived> {
        self.of(false)
    }

    /// What arrived at the token endpoint.
    pub(super) fn asked_for_tokens(&self) -> Vec<Arrived> {
        self.of(true)
    }

    fn of(&self, token: bool) -> Vec<Arrived> {
        let arrived = self.arrived.lock().unwrap();
        arrived.iter().filter(|arrived| arrived.url.ends_with("/token") == token).cloned().collect()
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, Fault> {
        let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let arrived = Arrived {
            at: self.began.elapsed(),
            url: request.uri().to_string(),
            authorization: header(AUTHORIZATION),
            body: String::from_utf8(request.body().clone()).unwrap(),
        };
        let is_token = arrived.url.ends_with("/token");
        let n = self.of(is_token).len();
        self.arrived.lock().unwrap().push(arrived.clone());
        let mut reply = if is_token { (self.token)(&arrived, n) } else { (self.api)(&arrived, n) };
        while let Reply::Slow(time, then) = reply {
            tokio::time::sleep(time).await;
            reply = *then;
        }
        let mut response = HttpResponse::new(Vec::new());
        let status = match reply {
            Reply::Hang | Reply::Slow(..) => std::future::pending().await,
            Reply::Reset => return Err(Fault::Broken("reset".to_owned())),
            Reply::Later(status, seconds) => {
                response.headers_mut().insert("retry-after", seconds.into());
                status
            }
            Reply::Body(status, body) => {
                *response.body_mut() = body.into_bytes();
                status
            }
        };
        *response.status_mut() = status.try_into().unwrap();
        Ok(response)
    }
}

impl Transport for Partner {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Fault>> {
        Box::pin(self.answer(request))
    }
}

/// Settings without and with a token endpoint.
pub(super) fn settings() -> PartnerSettings {
    PartnerSettings::new("http://api.test/v1")
}

pub(super) fn token_settings() -> PartnerSettings {
    PartnerSettings { token: Some(TokenSettings::new("http://api.test/token", "us", "hush")), ..settings() }
}

/// A client of this partner; jitter takes the middle.
pub(super) fn client(partner: &Arc<Partner>, settings: PartnerSettings) -> PartnerApi {
    replica(partner, settings, None, 0.5)
}

/// One of several clients; no two of them should have the same `random`.
pub(super) fn replica(
    partner: &Arc<Partner>,
    settings: PartnerSettings,
    store: Option<Arc<dyn TokenStore>>,
    random: f64,
) -> PartnerApi {
    let transport = Arc::clone(partner) as Arc<dyn Transport>;
    PartnerApi::over(settings, transport, store, Random::of(move || random), Clock::of(|| NOW_MS)).unwrap()
}

/// The code of a failure.
pub(super) fn code<T: std::fmt::Debug>(outcome: Result<T, Error>) -> ErrorCode {
    outcome.unwrap_err().code()
}

/// Asks for the same product so many times at once.
pub(super) async fn at_once(api: &PartnerApi, callers: usize) -> Vec<Result<(), Error>> {
    let calls = (0..callers).map(|_| async { api.product("P-1").await.map(|_| ()) });
    futures_util::future::join_all(calls).await
}
