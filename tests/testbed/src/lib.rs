//! Real servers for tests, each a private process on a free port of 127.0.0.1 in a temporary folder.
//!
//! ```text
//! Postgres, MariaDb, Redis   database servers: one `Daemon` each, the `Engine` says how it is set up and asked
//! Server                     the `farmlokal` binary itself
//! fresh_sqlite               an empty place for a SQLite file
//! ```
//!
//! Nothing is left behind: a server ends with its value, and a watchdog ends it when the test process dies without
//! dropping anything (a killed test, or a server kept in a `static` by `shared()`). What cannot be started panics with
//! the tail of the server's log; a missing engine is a failure of the test, never a skip.
#![expect(
    clippy::expect_used,
    reason = "test support: a panic with the reason is how a test learns that its server did not start"
)]

mod command_line;
mod daemon;
mod folder;
mod mariadb;
mod port;
mod postgres;
mod process;
mod redis;
mod server;
mod signal;
mod sqlite;
mod user;
mod wait;

pub use crate::daemon::{Builder, Daemon, Engine};
pub use crate::mariadb::{MariaDb, MariaDbEngine};
pub use crate::port::free_port;
pub use crate::postgres::{Postgres, PostgresEngine};
pub use crate::process::Launch;
pub use crate::redis::{Redis, RedisEngine};
pub use crate::server::{Exit, FailedStart, Server, ServerBuilder};
pub use crate::sqlite::fresh_sqlite;
pub use crate::user::User;
pub use crate::wait::{poll, wait_until};
