//! The three engines: a fresh database on each, and one story told on all of them.

use std::panic::resume_unwind;
use std::thread;

use farmlokal_testbed::{MariaDb, Postgres, fresh_sqlite};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use tempfile::TempDir;

use crate::harness::runtime;

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
    MariaDb,
}

impl Engine {
    pub(crate) const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MariaDb];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MariaDb => "MariaDB",
        }
    }
}

/// Tells a story on each engine, all at the same time; a panic bears the engine's name.
pub(crate) fn on_each_engine(story: fn(Engine)) {
    on_engines(&Engine::ALL, story);
}

/// Tells a story on some engines.
pub(crate) fn on_engines(engines: &[Engine], story: fn(Engine)) {
    thread::scope(|scope| {
        let tell = |engine: &Engine| {
            let engine = *engine;
            thread::Builder::new().name(engine.name().to_owned()).spawn_scoped(scope, move || story(engine)).unwrap()
        };
        let stories: Vec<_> = engines.iter().map(tell).collect();
        let mut outcomes = stories.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>().into_iter();
        if let Some(Err(panic)) = outcomes.find(Result::is_err) {
            resume_unwind(panic);
        }
    });
}

/// A database of one test; what is in it goes with the server it is on.
#[derive(Debug)]
pub(crate) struct Database {
    engine: Engine,
    url: String,
    /// Of an SQLite file.
    _folder: Option<TempDir>,
}

impl Database {
    /// An empty one.
    pub(crate) fn fresh(engine: Engine) -> Self {
        let (url, folder) = match engine {
            Engine::Sqlite => {
                let (url, folder) = fresh_sqlite();
                (url, Some(folder))
            }
            Engine::Postgres => (Postgres::shared().fresh_database(), None),
            Engine::MariaDb => (MariaDb::shared().fresh_database(), None),
        };
        Self { engine, url, _folder: folder }
    }

    /// One that is there already.
    pub(crate) fn at(engine: Engine, url: &str) -> Self {
        Self { engine, url: url.to_owned(), _folder: None }
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// As `DATABASE_URL` takes it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Runs one statement behind the server's back, and gives the first column of each row as text, a row a line.
    pub(crate) fn sql(&self, sql: &str) -> String {
        match self.engine {
            Engine::Sqlite => runtime().block_on(sqlite(&self.url, sql)),
            Engine::Postgres => Postgres::shared().query(&self.url, sql),
            Engine::MariaDb => MariaDb::shared().query(&self.url, sql),
        }
    }

    /// The tables in it, sorted.
    pub(crate) fn tables(&self) -> Vec<String> {
        let names = self.sql(match self.engine {
            Engine::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table'",
            Engine::Postgres => "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()",
            Engine::MariaDb => "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
        });
        let mut names: Vec<_> = names.lines().map(str::to_owned).collect();
        names.sort();
        names
    }
}

async fn sqlite(url: &str, sql: &str) -> String {
    let mut connection = sqlite_connection(url).await;
    let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await.unwrap();
    let first = |row: &sqlx::sqlite::SqliteRow| row.try_get_unchecked::<Option<String>, _>(0).unwrap().unwrap_or_default();
    let lines: Vec<String> = rows.iter().map(first).collect();
    connection.close().await.unwrap();
    lines.join("\n")
}

/// A connection of our own to an SQLite file.
pub(crate) async fn sqlite_connection(url: &str) -> SqliteConnection {
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse().unwrap();
    options.busy_timeout(std::time::Duration::from_secs(30)).connect().await.unwrap()
}
