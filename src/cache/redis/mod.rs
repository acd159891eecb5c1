//! Redis, as something that may be away at any moment.
//!
//! Every call has a deadline and ends in a value or in [`Away`]; a caller goes on without it. While Redis is away, a call
//! costs nothing: it is not even tried. One task per process ([`keeper`]) connects, listens for the heartbeat, and replaces
//! a connection that no longer answers. We do without the library's `ConnectionManager`: it keeps a connection on which
//! nothing answers, waits for ever behind a first answer such as `LOADING`, and lets every caller wait while it reconnects
//! (decision 13).

mod address;
mod away;
pub(in crate::cache) mod breaker;
mod keeper;
mod link;
mod listen;
mod script;
mod shared;

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, FromRedisValue, ToRedisArgs, Value};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

pub use address::RedisAddress;
pub use away::Away;
pub use script::Script;

use crate::error::Error;
use link::Dialler;
use shared::Shared;

/// How Redis is reached and used.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// Which server, or which nodes of a cluster.
    pub address: RedisAddress,
    /// Longest wait for one call, connecting not included: nothing is connected while somebody waits.
    pub deadline: Duration,
    /// Whose keys these are: the installation's id. Two installations may share a Redis.
    pub installation_id: String,
}

impl RedisSettings {
    /// Settings with a deadline of 40 ms: well above what Redis takes (under 1 ms in one network), well below what a
    /// caller notices.
    pub fn new(address: RedisAddress, installation_id: impl Into<String>) -> Self {
        Self { address, deadline: Duration::from_millis(40), installation_id: installation_id.into() }
    }
}

/// The Redis of this process; a clone is a pointer. The last one to go closes the connection.
#[derive(Clone)]
pub struct Redis(Arc<Handle>);

struct Handle {
    shared: Arc<Shared>,
    _keeper: AbortOnDropHandle<()>,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("healthy", &self.is_healthy()).finish_non_exhaustive()
    }
}

impl Redis {
    /// Returns at once, whether or not a server is there; it is connected in the background, now and after every loss.
    /// To be called inside a tokio runtime.
    ///
    /// # Errors
    /// One sentence when the nodes of a cluster do not fit together.
    pub fn connect_lazily(settings: RedisSettings) -> Result<Self, Error> {
        let RedisSettings { address, deadline, installation_id } = settings;
        let dialler = Dialler::new(&address, deadline).map_err(Error::bad_input)?;
        let shared = Arc::new(Shared::new(dialler, deadline, format!("farmlokal:{{{installation_id}}}:")));
        let keeper = tokio::spawn(keeper::keep(Arc::clone(&shared)));
        Ok(Self(Arc::new(Handle { shared, _keeper: AbortOnDropHandle::new(keeper) })))
    }

    /// The full name of a key or channel: `farmlokal:{<installation id>}:<kind>:<name>`. The braces are a hash tag: on a
    /// cluster all keys of an installation live on one node, so that a script may use several of them.
    pub fn key(&self, kind: &str, name: impl Display) -> String {
        format!("{}{kind}:{name}", self.0.shared.prefix)
    }

    /// Whether calls are being made: connected, and answering within the deadline.
    pub fn is_healthy(&self) -> bool {
        self.0.shared.is_healthy()
    }

    /// Runs one command.
    ///
    /// # Errors
    /// [`Away`] when there is no usable answer within the deadline.
    pub async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Away> {
        self.0.shared.call(async |link| link.query(command).await).await.and_then(read)
    }

    /// Runs a script. `keys` are all keys that it touches, by their full names.
    ///
    /// # Errors
    /// [`Away`] when there is no usable answer within the deadline.
    pub async fn script<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[&str],
        arguments: impl ToRedisArgs,
    ) -> Result<T, Away> {
        let by_hash = script.by_hash(keys, &arguments);
        let run = async |link: &mut link::Link| match link.query(&by_hash).await {
            Err(error) if away::is_unknown_script(&error) => link.query(&script.by_text(keys, &arguments)).await,
            answered => answered,
        };
        self.0.shared.call(run).await.and_then(read)
    }

    /// Tells everybody who listens on `channel`, in all processes, this one too.
    ///
    /// # Errors
    /// [`Away`] when there is no usable answer within the deadline.
    pub async fn publish(&self, channel: &str, payload: &[u8]) -> Result<(), Away> {
        self.command::<Value>(redis::cmd("PUBLISH").arg(channel).arg(payload)).await.map(|_| ())
    }

    /// Hands everything that is published on `channel` to `heard`, until `stop`. It connects by itself, and again after
    /// every loss; what is published in between is lost.
    pub async fn listen(&self, channel: &str, heard: impl Fn(&[u8]) + Send + Sync, stop: CancellationToken) {
        stop.run_until_cancelled(listen::for_ever(&self.0.shared.dialler, channel, &heard)).await;
    }
}

fn read<T: FromRedisValue>(value: Value) -> Result<T, Away> {
    T::from_redis_value(value).map_err(|_| Away::Refused)
}
