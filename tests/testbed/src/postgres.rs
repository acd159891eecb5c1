//! PostgreSQL 15 or newer.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::process::Signal;

use crate::command_line::{find_or_panic, run};
use crate::daemon::{Daemon, Engine};
use crate::process::Launch;
use crate::user::User;

const OLDEST: u32 = 15;
const USER: &str = "farmlokal";

/// A private PostgreSQL server: user `farmlokal` (superuser, no password), locale C.UTF-8.
///
/// It keeps what a killed process had committed, but not what a crash of the machine would lose (`fsync` is off unless
/// set).
pub type Postgres = Daemon<PostgresEngine>;

/// How PostgreSQL is set up and asked.
#[derive(Debug)]
pub struct PostgresEngine;

impl Engine for PostgresEngine {
    const NAME: &'static str = "postgres";
    const ACCOUNTS: &'static [&'static str] = &["postgres", "nobody"];
    /// "Fast shutdown": open transactions are rolled back, connections closed.
    const STOP_SIGNAL: Signal = Signal::INT;
    /// "Immediate shutdown": no checkpoint, but the backends end and shared memory is given back.
    const END_SIGNAL: &'static str = "QUIT";
    /// A killed server leaves its System V segment; its id is in line 7 of `postmaster.pid`.
    const TIDY: &'static str = r#"[ -f data/postmaster.pid ] && set -- $(sed -n 7p data/postmaster.pid) && ipcrm -m "$2""#;

    fn initialise(data: &Path, user: Option<User>) {
        let arguments =
            ["--no-sync", "--auth=trust", "--username=farmlokal", "--encoding=UTF8", "--locale=C.UTF-8", "--pgdata=."];
        run(&program("initdb"), arguments, data, user).unwrap_or_else(|error| panic!("{error}"));
    }

    fn launch(data: &Path, user: Option<User>, port: u16, settings: &[(String, String)]) -> Launch {
        let sockets = data.parent().unwrap_or(data).display().to_string();
        let defaults = [
            ("listen_addresses", "127.0.0.1"),
            ("port", &port.to_string()),
            ("unix_socket_directories", &sockets),
            ("fsync", "off"),
            ("max_connections", "200"),
            // In the data folder rather than in /dev/shm, where a killed server would leave it.
            ("dynamic_shared_memory_type", "mmap"),
            ("log_min_messages", "warning"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut arguments = vec![OsString::from("-D"), data.into()];
        for (name, value) in defaults.iter().chain(settings) {
            arguments.extend(["-c".into(), format!("{name}={value}").into()]);
        }
        Launch { program: program("postgres"), arguments, environment: Vec::new(), working_folder: data.into(), user }
    }

    fn answers(_data: &Path, port: u16) -> bool {
        let port = port.to_string();
        let arguments = ["--host=127.0.0.1", "--timeout=1", "--port", &port];
        run(&program("pg_isready"), arguments, Path::new("/"), None).is_ok()
    }

    fn prepare(_data: &Path, port: u16) {
        psql(&url(port, "postgres"), "CREATE DATABASE farmlokal");
    }
}

impl Postgres {
    /// The server that all tests of one binary share, started by the first; it ends with the test process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// `postgres://…` of the database `farmlokal`, empty at first.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.port(), "farmlokal")
    }

    /// `postgres://…` of a new empty database.
    #[must_use]
    pub fn fresh_database(&self) -> String {
        let name = self.next_database();
        psql(&url(self.port(), "postgres"), &format!("CREATE DATABASE {name}"));
        url(self.port(), &name)
    }

    /// Runs statements with `psql` in the database of `url`: rows a line, columns joined by `|`.
    ///
    /// # Panics
    /// With the server's message when a statement fails.
    pub fn query(&self, url: &str, sql: &str) -> String {
        psql(url, sql)
    }
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://{USER}@127.0.0.1:{port}/{database}")
}

fn psql(url: &str, sql: &str) -> String {
    let arguments =
        ["--no-psqlrc", "--no-align", "--tuples-only", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", url, "--command", sql];
    run(&program("psql"), arguments, Path::new("/"), None).unwrap_or_else(|error| panic!("{error}")).trim_end().to_owned()
}

/// A program of the newest PostgreSQL: Debian keeps every major version in a folder of its own, outside of `PATH`.
fn program(name: &str) -> PathBuf {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    match FOLDER.get_or_init(newest_debian_folder) {
        Some(folder) => folder.join(name),
        None => find_or_panic(name, "postgresql"),
    }
}

fn newest_debian_folder() -> Option<PathBuf> {
    fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(version, folder)| *version >= OLDEST && folder.join("postgres").is_file())
        .max()
        .map(|(_, folder)| folder)
}
