//! One connection, to a server or to a cluster, and how it is made.

use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisError, RedisResult, Value};

use super::address::RedisAddress;

/// Longest time for connecting, greeting included.
pub(super) const DIAL_LIMIT: Duration = Duration::from_secs(1);
/// Commands that may wait to be sent on one connection; at the library's 50 callers would queue in front of it.
const QUEUED_COMMANDS: usize = 1_024;

/// Makes connections.
pub(super) struct Dialler {
    /// The server; of a cluster the nodes that were named, any of which passes on what is published anywhere.
    nodes: Vec<Client>,
    cluster: Option<ClusterClient>,
}

impl Dialler {
    pub(super) fn new(address: &RedisAddress, deadline: Duration) -> Result<Self, String> {
        let failed = |error: RedisError| format!("Redis: {}", error.category());
        let nodes = address.nodes().iter().map(|node| Client::open(node.clone())).collect::<Result<_, _>>().map_err(failed)?;
        let cluster = || {
            ClusterClient::builder(address.nodes().iter().cloned())
                .connection_timeout(DIAL_LIMIT)
                .response_timeout(deadline)
                .overall_response_timeout(Some(deadline))
                // A caller has no time for more than one redirection.
                .retries(1)
                .build()
        };
        let cluster = address.is_cluster().then(cluster).transpose().map_err(failed)?;
        Ok(Self { nodes, cluster })
    }

    /// Connects, within [`DIAL_LIMIT`].
    pub(super) async fn dial(&self) -> RedisResult<Link> {
        if let Some(cluster) = &self.cluster {
            return within_limit(cluster.get_async_connection()).await.map(Link::Cluster);
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(DIAL_LIMIT))
            // Each call has its own deadline.
            .set_response_timeout(None)
            .set_pipeline_buffer_size(QUEUED_COMMANDS);
        within_limit(self.node(0)?.get_multiplexed_async_connection_with_config(&config)).await.map(Link::Single)
    }

    /// Connects for listening; in a cluster to another node each time. `attempt` counts upwards.
    pub(super) async fn dial_for_listening(&self, attempt: usize) -> RedisResult<PubSub> {
        within_limit(self.node(attempt)?.get_async_pubsub()).await
    }

    fn node(&self, n: usize) -> RedisResult<&Client> {
        let nobody = || RedisError::from((ErrorKind::InvalidClientConfig, "no address"));
        self.nodes.get(n % self.nodes.len().max(1)).ok_or_else(nobody)
    }
}

async fn within_limit<T>(dialling: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let timed_out = |_| RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
    tokio::time::timeout(DIAL_LIMIT, dialling).await.map_err(timed_out)?
}

/// A connection that any number of callers use at the same time; a clone is the same one.
#[derive(Clone)]
pub(super) enum Link {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    pub(super) async fn query(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::Single(connection) => command.query_async(connection).await,
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }
}
