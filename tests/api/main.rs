//! The server as its callers meet it: the real binary, over HTTP, on SQLite, PostgreSQL and MariaDB.
//!
//! ```text
//! engine     the three engines, a fresh database on each, one story on all of them
//! harness    `TestApp`: a running server with the verbs of its callers
//! answer     what came back
//! shop       a small catalogue, written through the API
//! wire       bytes on a socket, for what no HTTP library sends
//! node       the scripts in JavaScript
//! ```
//!
//! Everything else is one file per subject.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail as tests do")]

mod answer;
mod engine;
mod harness;
mod node;
mod shop;
mod wire;

mod at_hand;
mod bad_arguments;
mod bad_requests;
mod bad_writes;
mod catalogue;
mod commands;
mod compression;
mod conformance;
mod counts;
mod cross_origin;
mod degraded;
mod doors;
mod errors;
mod graphql_over_http;
mod hostile;
mod issuer;
mod metrics;
mod pages;
mod persisted;
mod places;
mod refused_starts;
mod rest;
mod schema;
mod seed;
mod shutdown;
mod sockets;
mod start;
mod stock;
mod timeouts;
mod writes;
