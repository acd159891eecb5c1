//! The partner that we ask: API A behind OAuth2.
//!
//! It knows HTTP as a client, and what may go wrong with it; it knows nothing of tables, GraphQL and axum.

mod answer;
mod api;
mod breaker;
mod bulkhead;
mod circuit;
mod client;
mod fault;
mod meter;
mod pause;
mod random;
mod retry;
mod retry_budget;
mod settings;
#[cfg(test)]
mod tests;
mod token;
mod token_endpoint;
mod token_renewal;
mod token_store;
mod transport;

pub use api::PartnerApi;
pub use settings::{BreakerSettings, BulkheadSettings, ClientAuth, PartnerSettings, RetrySettings, TokenSettings};

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
    /// Its circuit breaker; of the token endpoint: whether it is left alone because it failed.
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
