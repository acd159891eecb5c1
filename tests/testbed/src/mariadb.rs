//! MariaDB 10.6 or newer.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use rustix::process::Signal;

use crate::command_line::{find_or_panic, run};
use crate::daemon::{Daemon, Engine};
use crate::process::Launch;
use crate::user::User;

const PACKAGE: &str = "mariadb-server";

/// Run by the server itself at every start, before it takes connections.
const INIT_SQL: &str = "\
CREATE USER IF NOT EXISTS farmlokal@'127.0.0.1' IDENTIFIED BY 'farmlokal';
GRANT ALL PRIVILEGES ON *.* TO farmlokal@'127.0.0.1' WITH GRANT OPTION;
CREATE DATABASE IF NOT EXISTS farmlokal;
";

/// Small, and durable against a killed process but not against a crash of the machine.
const DEFAULTS: [(&str, &str); 12] = [
    ("bind-address", "127.0.0.1"),
    ("skip-name-resolve", "ON"),
    ("character-set-server", "utf8mb4"),
    ("collation-server", "utf8mb4_general_ci"),
    ("max-connections", "200"),
    ("innodb-buffer-pool-size", "128M"),
    ("innodb-log-file-size", "48M"),
    ("innodb-flush-log-at-trx-commit", "2"),
    // Asynchronous file access of the kernel is scarce in containers and gains nothing here.
    ("innodb-use-native-aio", "OFF"),
    ("key-buffer-size", "1M"),
    ("aria-pagecache-buffer-size", "8M"),
    ("performance-schema", "OFF"),
];

/// A private MariaDB server: user `farmlokal` with all rights and the password `farmlokal`, over TCP.
pub type MariaDb = Daemon<MariaDbEngine>;

/// How MariaDB is set up and asked.
#[derive(Debug)]
pub struct MariaDbEngine;

impl Engine for MariaDbEngine {
    const NAME: &'static str = "mariadb";
    const ACCOUNTS: &'static [&'static str] = &["mysql", "nobody"];
    const STOP_SIGNAL: Signal = Signal::TERM;

    fn initialise(data: &Path, user: Option<User>) {
        let datadir = format!("--datadir={}", data.display());
        // In a shared one, each starting server removes the temporary tables of all others.
        let tmpdir = format!("--tmpdir={}", data.display());
        // "Force": do not ask the network what this machine is called.
        let arguments =
            ["--no-defaults", &datadir, &tmpdir, "--auth-root-authentication-method=normal", "--skip-test-db", "--force"];
        run(&find_or_panic("mariadb-install-db", PACKAGE), arguments, data, user).unwrap_or_else(|error| panic!("{error}"));
        let init = data.join("init.sql");
        fs::write(&init, INIT_SQL).expect("our own folder is writable");
        if let Some(user) = user {
            user.own(&init);
        }
    }

    fn launch(data: &Path, user: Option<User>, port: u16, settings: &[(String, String)]) -> Launch {
        let file = |name: &str| data.join(name).display().to_string();
        let here = [
            ("datadir", data.display().to_string()),
            ("tmpdir", data.display().to_string()),
            ("socket", file("mariadb.sock")),
            ("pid-file", file("mariadb.pid")),
            ("init-file", file("init.sql")),
            ("port", port.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        let defaults = DEFAULTS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let arguments = here
            .into_iter()
            .chain(defaults)
            .chain(settings.iter().cloned())
            .map(|(name, value)| OsString::from(format!("--{name}={value}")));
        Launch {
            program: find_or_panic("mariadbd", PACKAGE),
            arguments: [OsString::from("--no-defaults")].into_iter().chain(arguments).collect(),
            environment: Vec::new(),
            working_folder: data.into(),
            user,
        }
    }

    fn answers(_data: &Path, port: u16) -> bool {
        client("mariadb-admin", port, &["--connect-timeout=1", "ping"]).is_ok()
    }

    fn prepare(_data: &Path, _port: u16) {}
}

impl MariaDb {
    /// The server that all tests of one binary share, started by the first; it ends with the test process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<MariaDb> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// `mysql://…` of the database `farmlokal`, empty at first.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.port(), "farmlokal")
    }

    /// `mysql://…` of a new empty database.
    #[must_use]
    pub fn fresh_database(&self) -> String {
        let name = self.next_database();
        self.query(&self.url(), &format!("CREATE DATABASE {name}"));
        url(self.port(), &name)
    }

    /// Runs statements with the `mariadb` client in the database of `url`: rows a line, columns joined by tabs.
    ///
    /// # Panics
    /// With the server's message when a statement fails.
    pub fn query(&self, url: &str, sql: &str) -> String {
        let path = url.rsplit('/').next().unwrap_or_default();
        let database = path.split('?').next().unwrap_or_default();
        let arguments =
            ["--batch", "--skip-column-names", "--default-character-set=utf8mb4", "--database", database, "--execute", sql];
        client("mariadb", self.port(), &arguments).unwrap_or_else(|error| panic!("{error}")).trim_end().to_owned()
    }
}

fn url(port: u16, database: &str) -> String {
    format!("mysql://farmlokal:farmlokal@127.0.0.1:{port}/{database}")
}

fn client(program: &str, port: u16, arguments: &[&str]) -> Result<String, String> {
    let port = format!("--port={port}");
    let connection = ["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=farmlokal", "--password=farmlokal", &port];
    let arguments = connection.iter().chain(arguments);
    run(&find_or_panic(program, "mariadb-client"), arguments, Path::new("/"), None)
}
