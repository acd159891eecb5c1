//! Real databases for a run: an engine each, and a seeded catalogue per size, made when first asked for and kept until the
//! end of the run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use farmlokal_testbed::{MariaDb, Postgres, Redis};
use tempfile::TempDir;

use crate::cores::Cores;
use crate::engine::Engine;
use crate::process::{self, Usage};
use crate::report::say;

/// PostgreSQL as one sets it up for a catalogue on a small machine; durable. The last two let whole
/// statements be seen, and tell in the log whose they are.
const POSTGRES: [(&str, &str); 6] = [
    ("fsync", "on"),
    ("shared_buffers", "512MB"),
    ("max_wal_size", "4GB"),
    ("random_page_cost", "1.1"),
    ("track_activity_query_size", "8192"),
    ("log_line_prefix", "%u "),
];
/// The same for MariaDB.
const MARIADB: [(&str, &str); 3] =
    [("innodb-buffer-pool-size", "1G"), ("innodb-log-file-size", "512M"), ("innodb-flush-log-at-trx-commit", "1")];

/// A catalogue that was made by `farmlokal seed`.
#[derive(Debug, Clone)]
pub(crate) struct Seeded {
    /// Its database.
    pub(crate) url: String,
    /// What making it took of the client.
    pub(crate) client: Usage,
    /// What it took of the database server, in processor time; nothing for SQLite, which is the client.
    pub(crate) server_cpu: Duration,
}

/// All databases of a run.
#[derive(Debug)]
pub(crate) struct Databases {
    binary: PathBuf,
    folder: TempDir,
    postgres: Option<Postgres>,
    mariadb: Option<MariaDb>,
    redis: Option<Redis>,
    seeded: HashMap<(Engine, u64), Seeded>,
    files: u32,
}

impl Databases {
    /// None yet; `binary` will seed them.
    ///
    /// # Errors
    /// When there is no room for temporary files.
    pub(crate) fn new(binary: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("farmlokal-bench-").tempdir().context("the temporary folder")?;
        Ok(Self {
            binary: binary.to_owned(),
            folder,
            postgres: None,
            mariadb: None,
            redis: None,
            seeded: HashMap::new(),
            files: 0,
        })
    }

    /// A folder for files that go with the run.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The catalogue of this size, made now unless it is there.
    ///
    /// # Errors
    /// When seeding fails.
    pub(crate) fn seeded(&mut self, engine: Engine, rows: u64) -> anyhow::Result<Seeded> {
        if let Some(seeded) = self.seeded.get(&(engine, rows)) {
            return Ok(seeded.clone());
        }
        let seeded = self.seed(engine, rows)?;
        self.seeded.insert((engine, rows), seeded.clone());
        Ok(seeded)
    }

    /// Makes one more catalogue of this size.
    ///
    /// # Errors
    /// When seeding fails.
    pub(crate) fn seed(&mut self, engine: Engine, rows: u64) -> anyhow::Result<Seeded> {
        say(format!("seeding {rows} products into {engine}"));
        let url = self.empty(engine);
        self.hold(engine, Cores::All)?;
        // For SQLite the tables are made by the job itself: a file that did not exist is written without a journal.
        if engine != Engine::Sqlite {
            self.migrate(&url)?;
        }
        let before = self.server_cpu(engine);
        let mut command = Command::new(&self.binary);
        command.args(["seed", "--products", &rows.to_string()]).env("DATABASE_URL", &url);
        let client = process::measure(&mut command, &self.folder().join("seed.log"))?;
        Ok(Seeded { url, client, server_cpu: self.server_cpu(engine).saturating_sub(before) })
    }

    /// The address of a new empty database.
    pub(crate) fn empty(&mut self, engine: Engine) -> String {
        match engine {
            Engine::Sqlite => {
                self.files += 1;
                format!("sqlite://{}/{}.db", self.folder().display(), self.files)
            }
            Engine::Postgres => self.postgres().fresh_database(),
            Engine::Mariadb => self.mariadb().fresh_database(),
        }
    }

    /// Brings the tables of an empty database up to date.
    ///
    /// # Errors
    /// When that fails.
    pub(crate) fn migrate(&self, url: &str) -> anyhow::Result<()> {
        let log = self.folder().join("migrate.log");
        process::measure(Command::new(&self.binary).arg("migrate").env("DATABASE_URL", url), &log).map(|_| ())
    }

    /// Processor time that the engine's server has used so far.
    pub(crate) fn server_cpu(&self, engine: Engine) -> Duration {
        self.server_pid(engine).map(process::cpu_of_tree).unwrap_or_default()
    }

    /// Says where the engine's server may run.
    ///
    /// # Errors
    /// When that cannot be said.
    pub(crate) fn hold(&self, engine: Engine, cores: Cores) -> anyhow::Result<()> {
        self.server_pid(engine).map_or(Ok(()), |pid| cores.hold(pid))
    }

    /// What was made, for people.
    pub(crate) fn addresses(&self) -> Vec<String> {
        self.seeded.iter().map(|((engine, rows), seeded)| format!("{engine}, {rows} products: {}", seeded.url)).collect()
    }

    fn server_pid(&self, engine: Engine) -> Option<u32> {
        match engine {
            Engine::Sqlite => None,
            Engine::Postgres => self.postgres.as_ref().map(Postgres::pid),
            Engine::Mariadb => self.mariadb.as_ref().map(MariaDb::pid),
        }
    }

    /// The PostgreSQL server.
    pub(crate) fn postgres(&mut self) -> &Postgres {
        self.postgres.get_or_insert_with(|| Postgres::start_with(&POSTGRES))
    }

    /// The PostgreSQL server, if it was started.
    ///
    /// # Errors
    /// When it was not.
    pub(crate) fn running_postgres(&self) -> anyhow::Result<&Postgres> {
        self.postgres.as_ref().context("no PostgreSQL was started")
    }

    /// The Redis server, started when first asked for, on the load's core; empty.
    ///
    /// # Errors
    /// When it cannot be held there.
    pub(crate) fn empty_redis(&mut self) -> anyhow::Result<&Redis> {
        let redis = self.redis.get_or_insert_with(Redis::start);
        Cores::Load.hold(redis.pid())?;
        redis.query(&["FLUSHALL"]);
        Ok(redis)
    }

    /// The Redis server, if it was started.
    ///
    /// # Errors
    /// When it was not.
    pub(crate) fn redis(&self) -> anyhow::Result<&Redis> {
        self.redis.as_ref().context("no Redis was started")
    }

    fn mariadb(&mut self) -> &MariaDb {
        self.mariadb.get_or_insert_with(|| MariaDb::start_with(&MARIADB))
    }
}
