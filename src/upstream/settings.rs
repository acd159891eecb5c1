//! How the partner is reached, and how much of it is asked.

use std::time::Duration;

use oauth2::ClientSecret;

/// How the partner is reached.
#[derive(Debug, Clone)]
pub struct PartnerSettings {
    /// Root of its API.
    pub url: String,
    /// How an access token is got; `None`: the API is asked without one.
    pub token: Option<TokenSettings>,
    /// Longest wait for a connection, 1 s: three times a round trip around the world, or one lost SYN (RFC 6298 §2.1: 1 s).
    pub connect_timeout: Duration,
    /// Longest time for one request with its answer, 2 s: two of them fit into a call.
    pub attempt_timeout: Duration,
    /// Longest time for a call with all its tries, 4.5 s: everybody has an answer within 5 s.
    pub total_timeout: Duration,
    /// When a request is tried again.
    pub retry: RetrySettings,
    /// When the partner is left alone.
    pub breaker: BreakerSettings,
    /// How many calls are made at the same time.
    pub bulkhead: BulkheadSettings,
    /// Largest body of an answer, in bytes: 4 MiB (`docs/partner-api.md`).
    pub body_limit_bytes: usize,
    /// Items of one page of a list: 100; with 4 MiB each of them may have 40 kB.
    pub page_size: u32,
}

impl PartnerSettings {
    /// The defaults, without an access token.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: None,
            connect_timeout: Duration::from_secs(1),
            attempt_timeout: Duration::from_secs(2),
            total_timeout: Duration::from_millis(4_500),
            retry: RetrySettings::default(),
            breaker: BreakerSettings::default(),
            bulkhead: BulkheadSettings::default(),
            body_limit_bytes: 4 << 20,
            page_size: 100,
        }
    }
}

/// How a client says who it is at the token endpoint (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientAuth {
    /// HTTP Basic, which every server must know.
    #[default]
    Basic,
    /// `client_id` and `client_secret` in the body.
    Body,
}

/// OAuth2 client credentials (RFC 6749 §4.4).
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// The token endpoint.
    pub url: String,
    /// Who we are.
    pub client_id: String,
    /// Proves it; never shown.
    pub client_secret: ClientSecret,
    /// What is asked for, separated by blanks; `None`: what the provider gives.
    pub scope: Option<String>,
    /// How the two are sent.
    pub client_auth: ClientAuth,
    /// A token is replaced so long before it ends, at most: 60 s, for short tokens a fifth of their life. Half of it is jitter.
    pub margin: Duration,
    /// Longest time for getting a token, with all tries, 2.5 s: a call that waits for it has time left to ask.
    pub timeout: Duration,
    /// How long one process may keep the others from getting a token, 3 s: longer than it can take. One second after it nobody
    /// waits any more.
    pub lock: Duration,
    /// First pause after the token endpoint failed, 500 ms; doubled with every further failure.
    pub pause: Duration,
    /// Longest such pause, 10 s.
    pub pause_max: Duration,
}

impl TokenSettings {
    /// The defaults for a client.
    pub fn new(url: impl Into<String>, client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            client_id: client_id.into(),
            client_secret: ClientSecret::new(client_secret.into()),
            scope: None,
            client_auth: ClientAuth::default(),
            margin: Duration::from_secs(60),
            timeout: Duration::from_millis(2_500),
            lock: Duration::from_secs(3),
            pause: Duration::from_millis(500),
            pause_max: Duration::from_secs(10),
        }
    }
}

/// When a request is tried again.
#[derive(Debug, Clone, Copy)]
pub struct RetrySettings {
    /// Most requests of one call: 3, the first included.
    pub attempts: u32,
    /// The first wait is up to so long, 200 ms; the second up to twice as long.
    pub backoff: Duration,
    /// No wait is longer, 1 s, unless the partner asks for it.
    pub backoff_max: Duration,
    /// Tries again per request that was made: 0.2 (linkerd `retryRatio`, finagle and tower `Budget`).
    pub share: f64,
    /// Tries again per second that are always allowed: 10 (linkerd `minRetriesPerSecond`, tower `Budget`).
    pub per_second: f64,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            attempts: 3,
            backoff: Duration::from_millis(200),
            backoff_max: Duration::from_secs(1),
            share: 0.2,
            per_second: 10.0,
        }
    }
}

/// When the partner is left alone. The terms are those of resilience4j (`CircuitBreakerConfig`), whose defaults are made for
/// thousands of calls a minute: a window of 100, a minimum of 100, open for 60 s. A partner here is asked less often.
#[derive(Debug, Clone, Copy)]
pub struct BreakerSettings {
    /// Calls that are looked back on: 20.
    pub window: usize,
    /// With fewer calls nothing is decided: 10.
    pub minimum: usize,
    /// Opens at this share of failures: 0.5, as resilience4j.
    pub failure_rate: f64,
    /// Opens at this share of slow calls: 0.8.
    pub slow_rate: f64,
    /// A call that took so long is slow: 1.5 s, three quarters of what one request may take.
    pub slow: Duration,
    /// How long it stays open: 5 s, as Polly.
    pub open: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            window: 20,
            minimum: 10,
            failure_rate: 0.5,
            slow_rate: 0.8,
            slow: Duration::from_millis(1_500),
            open: Duration::from_secs(5),
        }
    }
}

/// How many calls are made at the same time.
#[derive(Debug, Clone, Copy)]
pub struct BulkheadSettings {
    /// Calls under way: 32 (resilience4j's `BulkheadConfig`: 25); with 50 ms each they are 640 a second.
    pub calls: usize,
    /// Longest wait for one of them to end: 100 ms.
    pub wait: Duration,
}

impl Default for BulkheadSettings {
    fn default() -> Self {
        Self { calls: 32, wait: Duration::from_millis(100) }
    }
}
