//! The partner that we ask: API A behind OAuth2.
//!
//! It knows HTTP as a client, and what may go wrong with it; it knows nothing of tables, GraphQL and axum.

use std::time::Duration;

use crate::cache::redis::Redis;
use crate::clock::Clock;
use crate::domain::partner::{PartnerOrder, PartnerProduct};
use crate::error::{Error, ErrorCode};

/// How the partner is reached.
#[derive(Debug, Clone)]
pub struct PartnerSettings {
    /// Root of its API, without a slash at the end.
    pub url: String,
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct PartnerPage<T> {
    /// What it holds.
    pub items: Vec<T>,
    /// Where the next one begins; `None` on the last.
    pub next_cursor: Option<String>,
}

/// State of a circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitState {
    /// Calls are made.
    Closed,
    /// No calls are made.
    Open,
    /// One call is made, to see whether it succeeds.
    HalfOpen,
}

/// What is measured of one upstream.
#[derive(Debug, Clone)]
pub struct UpstreamReport {
    /// Its name.
    pub name: &'static str,
    /// Its circuit breaker.
    pub circuit: CircuitState,
    /// Requests sent, tries again included.
    pub requests: u64,
    /// Those that failed.
    pub failures: u64,
    /// Those that were tries again.
    pub retries: u64,
    /// How long requests take.
    pub latency: crate::telemetry::Quantiles,
    /// When the access token ends, in milliseconds since 1970; `None` without one.
    pub token_expires_at_ms: Option<i64>,
}

/// API A; a clone is a pointer.
#[derive(Debug, Clone)]
pub struct PartnerApi;

impl PartnerApi {
    /// A client. Nothing is asked yet.
    ///
    /// # Errors
    /// One sentence when the settings do not fit together.
    pub fn new(_settings: PartnerSettings, _redis: Option<Redis>, _clock: Clock) -> Result<Self, Error> {
        Ok(Self)
    }

    /// The product with this id; `None` when the partner knows none (404).
    ///
    /// # Errors
    /// `UPSTREAM_UNAVAILABLE`, `UPSTREAM_TIMEOUT`, `CIRCUIT_OPEN`.
    pub async fn product(&self, _id: &str) -> Result<Option<PartnerProduct>, Error> {
        Err(unfinished())
    }

    /// The order with this number; `None` when the partner knows none (404).
    ///
    /// # Errors
    /// As [`Self::product`].
    pub async fn order(&self, _id: &str) -> Result<Option<PartnerOrder>, Error> {
        Err(unfinished())
    }

    /// One page of what changed since then, or of everything.
    ///
    /// # Errors
    /// As [`Self::product`].
    pub async fn products_page(
        &self,
        _updated_since_ms: Option<i64>,
        _cursor: Option<&str>,
    ) -> Result<PartnerPage<PartnerProduct>, Error> {
        Err(unfinished())
    }

    /// As [`Self::products_page`].
    ///
    /// # Errors
    /// As [`Self::product`].
    pub async fn orders_page(
        &self,
        _updated_since_ms: Option<i64>,
        _cursor: Option<&str>,
    ) -> Result<PartnerPage<PartnerOrder>, Error> {
        Err(unfinished())
    }

    /// Whether calls are made: the circuit breaker is not open, or a probe is due. For workers, which can wait.
    pub fn is_callable(&self) -> bool {
        true
    }

    /// How long a worker should wait when it is not callable.
    pub fn pause(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// What is measured: the API, and its token endpoint.
    pub fn reports(&self) -> Vec<UpstreamReport> {
        Vec::new()
    }
}

fn unfinished() -> Error {
    Error::Upstream { code: ErrorCode::UpstreamUnavailable, detail: "not there yet".to_owned() }
}
