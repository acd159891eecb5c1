//! An empty database of each engine, for one story.

use std::sync::Arc;
use std::time::Duration;

use farmlokal::app;
use farmlokal::domain::Currency;
use farmlokal::storage::feed::FollowerSettings;
use farmlokal::storage::{Connector, Database, PoolSettings};
use farmlokal_testbed::{MariaDb, Postgres, fresh_sqlite};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The currency of all prices here.
pub(crate) const CURRENCY: &str = "INR";

/// A database of its own.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) engine: &'static str,
    pub(crate) url: String,
    _folder: Option<Arc<TempDir>>,
}

impl Stage {
    pub(crate) fn sqlite() -> Self {
        let (url, folder) = fresh_sqlite();
        Self { engine: "SQLite", url, _folder: Some(Arc::new(folder)) }
    }

    pub(crate) fn postgres() -> Self {
        Self::at("PostgreSQL", Postgres::shared().fresh_database())
    }

    pub(crate) fn mariadb() -> Self {
        Self::at("MariaDB", MariaDb::shared().fresh_database())
    }

    /// The database of a server that the story owns.
    pub(crate) fn at(engine: &'static str, url: String) -> Self {
        Self { engine, url, _folder: None }
    }

    /// Opens the database as a process does at its start.
    pub(crate) async fn database(&self) -> Database {
        let settings = PoolSettings {
            max_connections: 4,
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
            first_connect_timeout: Duration::from_secs(30),
            prepared_statements: true,
        };
        let database = app::open_database(&Connector::new(&self.url, settings).unwrap()).await.unwrap();
        app::install_defaults(&database, Currency::parse(CURRENCY).unwrap()).await.unwrap();
        database
    }
}

/// Tells a story on each engine in turn.
pub(crate) fn on_every_engine<F: Future<Output = ()>>(story: impl Fn(Stage) -> F) {
    for make in [Stage::sqlite, Stage::postgres, Stage::mariadb] {
        let stage = make();
        println!("on {}", stage.engine);
        runtime().block_on(story(stage));
    }
}

/// A runtime for one story.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Polls often, whether anybody asks or not.
pub(crate) fn often() -> FollowerSettings {
    FollowerSettings { poll_interval: Duration::from_millis(50), ..never() }
}

/// Polls once at its start, and then only when nudged.
pub(crate) fn never() -> FollowerSettings {
    const NEVER: Duration = Duration::from_secs(24 * 3600);
    FollowerSettings { poll_interval: NEVER, idle_interval: NEVER, idle_after: NEVER }
}
