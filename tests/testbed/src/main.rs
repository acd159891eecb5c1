//! `cargo run -p farmlokal-testbed -- postgres mariadb redis`: throw-away servers for work by hand.
//!
//! Prints a line `name pid url folder` for each, and keeps them until standard input ends or it is killed.
#![expect(clippy::print_stdout, reason = "the lines are what this program is for")]

use std::io;

use farmlokal_testbed::{Daemon, Engine, MariaDb, Postgres, Redis};

fn main() -> io::Result<()> {
    for name in std::env::args().skip(1) {
        let line = match name.as_str() {
            "postgres" => describe(Postgres::shared(), &Postgres::shared().url()),
            "mariadb" => describe(MariaDb::shared(), &MariaDb::shared().url()),
            "redis" => describe(Redis::shared(), &Redis::shared().url()),
            other => {
                let message = format!("unknown server {other:?}: postgres, mariadb or redis");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
        };
        println!("{line}");
    }
    io::copy(&mut io::stdin(), &mut io::sink()).map(drop)
}

fn describe<E: Engine>(daemon: &Daemon<E>, url: &str) -> String {
    format!("{} {} {url} {}", E::NAME, daemon.pid(), daemon.folder().display())
}
