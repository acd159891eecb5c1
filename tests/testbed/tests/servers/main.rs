//! Every server of the testbed starts, answers, bears pause, crash and restart, and is gone afterwards.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod gone;
mod mariadb;
mod postgres;
mod redis;
mod server;
mod sqlite;
mod watchdog;
