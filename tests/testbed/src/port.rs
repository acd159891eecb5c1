//! Free TCP ports that stay free while a server restarts.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};

/// Below the range that Linux hands to outgoing connections (`ip_local_port_range`, 32768 and up): a connection of
/// another test must not sit on the port of a server that is just restarting.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port of 127.0.0.1 on which nobody listens now, chosen at random.
///
/// # Panics
/// When a thousand random ports were all taken.
#[must_use]
pub fn free_port() -> u16 {
    (0..1_000_u32)
        .map(|attempt| {
            let random = RandomState::new().hash_one(attempt) % u64::from(COUNT);
            FIRST + u16::try_from(random).unwrap_or_default()
        })
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a free port between 20000 and 31999")
}
