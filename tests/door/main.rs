//! The front door: what servers share through Redis, and how they do without it.
//!
//! ```text
//! redis    the connection itself: away at the start, hanging, killed, restarted empty, a cluster
//! ```
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod redis;
