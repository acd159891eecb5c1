//! The front door: what servers share through Redis, and how they do without it.
//!
//! ```text
//! redis      the connection itself: away at the start, hanging, killed, restarted empty, a cluster
//! points     the budget in Redis, point by point
//! budgets    three servers, one budget
//! spoofing   who one may not pretend to be
//! fleet      some servers over one database, with the verbs of their callers
//! ```
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail and tell as tests do")]

mod budgets;
mod fleet;
mod points;
mod redis;
mod spoofing;
