//! API A as the rooms above see it.

use std::sync::Arc;
use std::time::Duration;

use oauth2::TokenUrl;
use reqwest::Url;

use super::answer::{self, Thing};
use super::client::{Client, Question};
use super::fault::Fault;
use super::meter::Meter;
use super::random::Random;
use super::token::Tokens;
use super::token_endpoint::TokenEndpoint;
use super::token_store::{RedisTokenStore, TokenStore};
use super::transport::{Http, Transport};
use super::{PartnerPage, PartnerSettings, TokenSettings, UpstreamReport};
use crate::cache::redis::Redis;
use crate::clock::{Clock, rfc3339};
use crate::domain::partner::{PartnerOrder, PartnerProduct, is_external_id};
use crate::error::Error;

/// No worker looks more often than this whether the partner may be asked again.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// API A; a clone is a pointer.
#[derive(Debug, Clone)]
pub struct PartnerApi(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: Url,
    page_size: u32,
    client: Client,
    token_meter: Option<Arc<Meter>>,
}

impl PartnerApi {
    /// A client. Nothing is asked yet.
    ///
    /// # Errors
    /// One sentence when the settings do not fit together.
    pub fn new(settings: PartnerSettings, redis: Option<Redis>, clock: Clock) -> Result<Self, Error> {
        let token_url = settings.token.as_ref().map_or("", |token| &token.url);
        let is_encrypted = [&*settings.url, token_url].iter().any(|url| !url.starts_with("http://"));
        let transport = Arc::new(Http::new(settings.connect_timeout, settings.body_limit_bytes, is_encrypted)?);
        let store = settings.token.as_ref().zip(redis);
        let store = store.map(|(token, redis)| Arc::new(RedisTokenStore::new(redis, token)) as Arc<dyn TokenStore>);
        Self::over(settings, transport, store, Random::system(), clock)
    }

    pub(super) fn over(
        settings: PartnerSettings,
        transport: Arc<dyn Transport>,
        store: Option<Arc<dyn TokenStore>>,
        random: Random,
        clock: Clock,
    ) -> Result<Self, Error> {
        let root = address(&settings.url)?;
        let page_size = settings.page_size;
        let tokens = match &settings.token {
            None => None,
            Some(token) => Some(endpoint(token, &settings, &transport, &random)?),
        };
        let token_meter = tokens.as_ref().map(|endpoint| Arc::clone(&endpoint.meter));
        let tokens = tokens.map(|endpoint| Tokens::new(endpoint, store, clock));
        let client = Client::new(settings, transport, tokens, random);
        Ok(Self(Arc::new(Inner { root, page_size, client, token_meter })))
    }

    /// The product with this id; `None` when the partner knows none (404).
    ///
    /// # Errors
    /// `UPSTREAM_UNAVAILABLE`, `UPSTREAM_TIMEOUT`, `CIRCUIT_OPEN`.
    pub async fn product(&self, id: &str) -> Result<Option<PartnerProduct>, Error> {
        self.one(id).await
    }

    /// The order with this number; `None` when the partner knows none (404).
    ///
    /// # Errors
    /// As [`Self::product`].
    pub async fn order(&self, id: &str) -> Result<Option<PartnerOrder>, Error> {
        self.one(id).await
    }

    /// One page of what changed since then, or of everything.
    ///
    /// # Errors
    /// As [`Self::product`].
    pub async fn products_page(
        &self,
        updated_since_ms: Option<i64>,
        cursor: Option<&str>,
    ) -> Result<PartnerPage<PartnerProduct>, Error> {
        self.page(updated_since_ms, cursor).await
    }

    /// As [`Self::products_page`].
    ///
    /// # Errors
    /// As [`Self::product`].
    pub async fn orders_page(
        &self,
        updated_since_ms: Option<i64>,
        cursor: Option<&str>,
    ) -> Result<PartnerPage<PartnerOrder>, Error> {
        self.page(updated_since_ms, cursor).await
    }

    /// Whether calls are made: the circuit breaker is not open, or a probe is due, and an access token can be had. For workers,
    /// which can wait.
    pub fn is_callable(&self) -> bool {
        self.0.client.circuit.is_callable() && self.token_pause().is_zero()
    }

    /// How long a worker should wait when it is not callable.
    pub fn pause(&self) -> Duration {
        self.0.client.circuit.open_for().max(self.token_pause()).max(SHORTEST_PAUSE)
    }

    /// What is measured: the API, and its token endpoint if there is one.
    pub fn reports(&self) -> Vec<UpstreamReport> {
        let client = &self.0.client;
        let api = client.meter.report(client.circuit.state(), None);
        let endpoint = client
            .tokens()
            .zip(self.0.token_meter.as_ref())
            .map(|(tokens, meter)| meter.report(tokens.circuit(), tokens.expires_at_ms()));
        std::iter::once(api).chain(endpoint).collect()
    }

    fn token_pause(&self) -> Duration {
        self.0.client.tokens().map_or(Duration::ZERO, Tokens::pause)
    }

    async fn one<T: Thing>(&self, id: &str) -> Result<Option<T>, Error> {
        // As a segment of a path these two mean another place, even when they are encoded.
        if !is_external_id(id) || id == "." || id == ".." {
            return Err(Fault::Unusable("no such id can be asked for".to_owned()).into());
        }
        let url = self.url(&[T::PATH, id]);
        let question = Question { operation: T::ONE, url };
        Ok(self.0.client.get(&question, |body| answer::one(body, id)).await?)
    }

    async fn page<T: Thing>(&self, since_ms: Option<i64>, cursor: Option<&str>) -> Result<PartnerPage<T>, Error> {
        let mut url = self.url(&[T::PATH]);
        {
            let mut query = url.query_pairs_mut();
            if let Some(since_ms) = since_ms {
                query.append_pair("updatedSince", &rfc3339(since_ms));
            }
            if let Some(cursor) = cursor {
                query.append_pair("cursor", cursor);
            }
            query.append_pair("limit", &self.0.page_size.to_string());
        }
        let question = Question { operation: T::PAGE, url };
        let page = self.0.client.get(&question, |body| answer::page(body, cursor)).await?;
        page.ok_or_else(|| Fault::Status { status: 404, retry_after: None }.into())
    }

    fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.0.root.clone();
        // Every http address has a path; `address` has seen to it.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

/// The address of an API: http or https, and nothing in it that would be lost or told.
fn address(text: &str) -> Result<Url, Error> {
    let url = without_secrets(text, "the address of the partner's API")?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Error::bad_input("the address of the partner's API must not have a query or a fragment"));
    }
    Ok(url)
}

/// An http or https address without a user: addresses may be logged.
fn without_secrets(text: &str, name: &str) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|_| Error::bad_input(format!("{name} is no URL")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(Error::bad_input(format!("{name} must begin with http:// or https://")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::bad_input(format!("{name} must not have a user or a password")));
    }
    Ok(url)
}

fn endpoint(
    token: &TokenSettings,
    settings: &PartnerSettings,
    transport: &Arc<dyn Transport>,
    random: &Random,
) -> Result<TokenEndpoint, Error> {
    let url = without_secrets(&token.url, "the address of the token endpoint")?;
    let url = TokenUrl::from_url(url);
    Ok(TokenEndpoint {
        transport: Arc::clone(transport),
        settings: token.clone(),
        url,
        retry: settings.retry,
        attempt_timeout: settings.attempt_timeout,
        random: random.clone(),
        meter: Arc::new(Meter::new("token-endpoint")),
    })
}
