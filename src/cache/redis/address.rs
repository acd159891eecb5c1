//! Which Redis is meant: one server, or the first nodes of a cluster.

use std::fmt;

use redis::{ConnectionInfo, IntoConnectionInfo, ProtocolVersion};

/// What a URL of Redis looks like.
const FORM: &str = "`redis://[user:password@]host[:port][/database]`, or `rediss://…` for TLS; several separated by commas, \
                    or one with `?cluster=true`, are nodes of a cluster";

/// One server, or some nodes of a cluster, which name the others.
#[derive(Clone)]
pub struct RedisAddress {
    nodes: Vec<ConnectionInfo>,
    is_cluster: bool,
}

impl RedisAddress {
    /// Reads one URL, or several separated by commas (a comma in a password is `%2C`). Of the parameters only `cluster` is
    /// read.
    ///
    /// # Errors
    /// One sentence, without the URL: it may hold a password.
    pub fn parse(urls: &str) -> Result<Self, String> {
        let urls: Vec<&str> = urls.split(',').map(str::trim).collect();
        let mut nodes = Vec::with_capacity(urls.len());
        let mut is_cluster = urls.len() > 1;
        for url in urls {
            let (node, cluster) = read(url)?;
            nodes.push(node);
            is_cluster |= cluster;
        }
        if is_cluster && nodes.iter().any(|node| node.redis_settings().db() != 0) {
            return Err("a Redis Cluster has no numbered databases; leave the path out".to_owned());
        }
        Ok(Self { nodes, is_cluster })
    }

    /// One server without TLS and password.
    ///
    /// # Errors
    /// One sentence when `host` cannot be a host.
    pub fn of_host(host: &str, port: u16) -> Result<Self, String> {
        let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        if host.contains(['/', '@', '?', '#', ',']) {
            return Err("a host is a name or an address, without a scheme".to_owned());
        }
        Self::parse(&format!("redis://{host}:{port}"))
    }

    /// Whether the nodes are those of a cluster.
    pub fn is_cluster(&self) -> bool {
        self.is_cluster
    }

    pub(super) fn nodes(&self) -> &[ConnectionInfo] {
        &self.nodes
    }
}

/// Hosts and ports; no user, no password.
impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, node) in self.nodes.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{}", node.addr())?;
        }
        Ok(())
    }
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisAddress({self})")
    }
}

/// A node, and whether its URL says that it belongs to a cluster.
fn read(url: &str) -> Result<(ConnectionInfo, bool), String> {
    let refused = || format!("a Redis URL is {FORM}");
    let mut parsed = redis::parse_redis_url(url).ok_or_else(refused)?;
    let cluster = match parsed.query_pairs().find(|(name, _)| name == "cluster").map(|(_, value)| value.into_owned()).as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err("`cluster` in a Redis URL is true or false".to_owned()),
    };
    parsed.set_query(None);
    let node = parsed.into_connection_info().map_err(|_| refused())?;
    // Pub/Sub of the library speaks this version alone, and nothing here needs the other one.
    let settings = node.redis_settings().clone().set_protocol(ProtocolVersion::RESP2);
    Ok((node.set_redis_settings(settings), cluster))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(urls: &str) -> String {
        let address = RedisAddress::parse(urls).unwrap();
        format!("{address}{}", if address.is_cluster() { " cluster" } else { "" })
    }

    #[test]
    fn one_server_or_a_cluster() {
        assert_eq!(shown("redis://cache"), "cache:6379");
        assert_eq!(shown("redis://user:pass@cache:7000/2?family=6"), "cache:7000");
        assert_eq!(shown("rediss://:pass@cache"), "cache:6379");
        assert_eq!(shown("redis://a:1, redis://b:2"), "a:1, b:2 cluster");
        assert_eq!(shown("redis://a:1?cluster=true"), "a:1 cluster");
        assert_eq!(shown("redis://a:1?cluster=false"), "a:1");
        assert_eq!(RedisAddress::of_host("::1", 7000).unwrap().to_string(), "::1:7000");
        assert_eq!(RedisAddress::of_host("cache", 6379).unwrap().to_string(), "cache:6379");
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for urls in ["", "http://secret", "redis://", "redis://secret:99999", "redis://secret/x", "redis://a,secret", "secret"] {
            let why = RedisAddress::parse(urls).unwrap_err();
            assert!(!why.contains("secret") && why.contains("redis://"), "{urls}: {why}");
        }
        assert!(RedisAddress::parse("redis://a/1?cluster=true").unwrap_err().contains("numbered"));
        assert!(RedisAddress::parse("redis://a?cluster=yes").unwrap_err().contains("true or false"));
        assert!(RedisAddress::of_host("redis://a", 1).is_err());
    }

    #[test]
    fn no_password_is_ever_shown() {
        let address = RedisAddress::parse("redis://user:secret@cache").unwrap();
        assert!(!format!("{address} {address:?}").contains("secret"));
    }
}
