//! The simulator as others meet it: over HTTP, and as a library.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod api;
mod faults;
mod harness;
mod webhooks;
