//! What can be chosen at the start.

use std::net::{Ipv4Addr, SocketAddr};

use crate::clock::Clock;
use crate::faults::Faults;
use crate::schedule::Shares;
use crate::signer::SecretError;

/// The client that may have tokens, unless another one is named.
pub const DEV_CLIENT_ID: &str = "farmlokal";
/// Its secret. It protects nothing: the simulator listens on this machine alone.
pub const DEV_CLIENT_SECRET: &str = "farmlokal-secret";
/// The secret that webhooks are signed with, unless another one is named.
pub const DEV_WEBHOOK_SECRET: &str = "whsec_ZmFybWxva2FsLXNpbXVsYXRvci1kZXYtc2VjcmV0LTE=";

/// Settings of a simulator.
#[derive(Debug, Clone)]
pub struct SimulatorSettings {
    /// Where it listens. Default: 127.0.0.1, a free port.
    pub listen: SocketAddr,
    /// The number that the world and all mischief grow from. Default: 1.
    pub seed: u64,
    /// Products at the start. Default: 200.
    pub products: u64,
    /// Orders at the start. Default: 50.
    pub orders: u64,
    /// Events per second; 0: nothing happens by itself. Default: 0.
    pub rate: f64,
    /// Stop after so many events. Default: none.
    pub events: Option<u64>,
    /// Events that count as sent already: the world has passed them when it starts. Default: 0.
    pub skip_events: u64,
    /// Where webhooks go. Default: none are sent.
    pub webhook_url: Option<String>,
    /// What they are signed with. Default: [`DEV_WEBHOOK_SECRET`].
    pub webhook_secret: String,
    /// What happens to them on the way. Default: nothing.
    pub shares: Shares,
    /// How often one is sent at most until there is a 2xx. Default: 12.
    pub attempts: u32,
    /// Who may have tokens. Default: [`DEV_CLIENT_ID`].
    pub client_id: String,
    /// Its secret. Default: [`DEV_CLIENT_SECRET`].
    pub client_secret: String,
    /// How long a token is good for, in seconds. Default: 300.
    pub token_seconds: u32,
    /// What goes wrong from the start. Default: nothing.
    pub faults: Faults,
    /// The time.
    pub clock: Clock,
}

impl SimulatorSettings {
    /// The defaults for tests: a free port, and a world that stands still until it is told to change.
    pub fn new(clock: Clock) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            products: 200,
            orders: 50,
            rate: 0.0,
            events: None,
            skip_events: 0,
            webhook_url: None,
            webhook_secret: DEV_WEBHOOK_SECRET.to_owned(),
            shares: Shares::default(),
            attempts: 12,
            client_id: DEV_CLIENT_ID.to_owned(),
            client_secret: DEV_CLIENT_SECRET.to_owned(),
            token_seconds: 300,
            faults: Faults::default(),
            clock,
        }
    }
}

/// Why a simulator does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else has the port, or it may not be had.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        reason: std::io::Error,
    },
    /// The secret cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The address of the webhooks is none.
    #[error("{0:?} is no http:// or https:// address")]
    WebhookUrl(String),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(reqwest::Error),
}
