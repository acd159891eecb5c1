//! What of the HTTP room can be set.

use std::time::Duration;

use super::admission::AdmissionSettings;

/// Limits and choices of the HTTP room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// Largest request body, in bytes; a larger one is answered with 413.
    pub body_limit_bytes: usize,
    /// Longest work on one request once it has been read; then the answer is 503 with `TIMEOUT`.
    pub request_timeout: Duration,
    /// Longest time from the first byte of a request's head to its last one, and from connecting to the first byte.
    pub header_read_timeout: Duration,
    /// Longest time in which a request's body may arrive; then the answer is 408.
    pub body_read_timeout: Duration,
    /// How long requests that run when the server stops may go on.
    pub shutdown_grace: Duration,
    /// Origins (`https://shop.example`) whose pages may read answers. No wildcard; none by default.
    pub cors_origins: Vec<String>,
    /// Whether GraphiQL is served at `/`.
    pub graphiql: bool,
    /// Largest head of a request, in bytes; a larger one is answered with 431. At least 8 192.
    pub max_header_bytes: usize,
    /// Connections served at the same time; further ones wait in the queue of the operating system.
    pub max_connections: usize,
    /// Requests that may work, and wait.
    pub admission: AdmissionSettings,
    /// Proxies of our own in front, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: usize,
    /// How long caches in front of us may keep an answer without asking, in seconds; 0 for not at all.
    pub shared_max_age_s: u32,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            body_limit_bytes: 1024 * 1024,
            request_timeout: Duration::from_secs(10),
            header_read_timeout: Duration::from_secs(10),
            body_read_timeout: Duration::from_secs(15),
            shutdown_grace: Duration::from_secs(10),
            cors_origins: Vec::new(),
            graphiql: true,
            max_header_bytes: 64 * 1024,
            max_connections: 4_096,
            admission: AdmissionSettings::default(),
            trusted_proxies: 0,
            shared_max_age_s: 0,
        }
    }
}
