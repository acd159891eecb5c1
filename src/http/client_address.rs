//! Whose address a request comes from.
//!
//! Anybody can write anything into a header, so only what our own proxies wrote is read: each of them appends the address
//! that it was called from to `X-Forwarded-For`. With one trusted proxy the last entry is the client, with two the one in
//! front of it, and everything further left is hearsay. `Forwarded`, `X-Real-IP`, `CF-Connecting-IP` and their kin are never
//! read: a proxy that does not set them lets the client's own through.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::header::FORWARDED;
use axum::http::{Extensions, HeaderMap, HeaderName};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Whoever has connected, as told to what is behind the router.
pub(super) fn peer(extensions: &Extensions) -> IpAddr {
    let unknown = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
    extensions.get::<ConnectInfo<SocketAddr>>().map_or(unknown, |ConnectInfo(peer)| peer.ip())
}

/// The client's address, seen through `trusted_proxies` proxies of our own; 0: whoever has connected, the `peer`.
///
/// It is the entry of the last trusted proxy. Where an entry is missing or is no address, the hop in front of it counts as the
/// client: that proxy is known to have sent it.
pub(super) fn behind(peer: IpAddr, headers: &HeaderMap, trusted_proxies: usize) -> IpAddr {
    if trusted_proxies == 0 {
        return peer;
    }
    let lines = headers.get_all(X_FORWARDED_FOR).iter().rev();
    let entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    let mut client = peer;
    for entry in entries.take(trusted_proxies) {
        let Some(address) = address(entry) else { break };
        client = address;
    }
    client
}

/// Whether a request was made on this machine. One that a proxy passed on was not, even when the proxy runs here.
pub(super) fn is_from_here(peer: IpAddr, headers: &HeaderMap, trusted_proxies: usize) -> bool {
    let passed_on = headers.contains_key(&X_FORWARDED_FOR) || headers.contains_key(FORWARDED);
    let client = behind(peer, headers, trusted_proxies);
    client.to_canonical().is_loopback() && (trusted_proxies > 0 || !passed_on)
}

/// `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]`, each of them also with a port, as some proxies write it.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim_matches([' ', '\t']);
    let bracketed = || text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).and_then(|text| text.parse().ok());
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(with_port).or_else(|| bracketed().map(IpAddr::V6))
}

#[cfg(test)]
mod tests;
