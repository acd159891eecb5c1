//! Opens the database that a URL names.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{DatabaseConnection, IsolationLevel, SqlxMySqlConnector, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions, MySqlSslMode};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Executor as _};

use super::database::Database;
use super::dialect::Engine;
use crate::error::Error;
use crate::telemetry::LatencyHistogram;

/// Size and time limits of a pool.
#[derive(Debug, Clone, Copy)]
pub struct PoolSettings {
    /// Most connections open at once.
    pub max_connections: u32,
    /// Longest wait for a connection.
    pub acquire_timeout: Duration,
    /// Longest time for one statement.
    pub statement_timeout: Duration,
    /// How long to wait for a database that does not answer yet when the server starts.
    pub first_connect_timeout: Duration,
    /// Whether statements are prepared once per connection; off behind poolers that hand each transaction another one.
    pub prepared_statements: bool,
}

/// Knows how to open one database.
#[derive(Debug, Clone)]
pub struct Connector {
    target: Target,
    settings: PoolSettings,
}

#[derive(Debug, Clone)]
enum Target {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
    MySql(Box<MySqlConnectOptions>),
}

/// Statements a connection keeps prepared: one per shape of list.
const STATEMENTS_KEPT: usize = 256;
/// As every transaction wants it, said once per connection.
const POSTGRES_ISOLATION: &str = "SET default_transaction_isolation = 'read committed'";
const MYSQL_ISOLATION: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
/// How long SQLite waits for another process's write.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Room for SQLite's page cache per connection, in KiB; what is read often comes out of the mapped file anyway.
const SQLITE_CACHE_KIB: i64 = 4_096;

impl Connector {
    /// Reads a URL: `sqlite://file.db`, `postgres://…`, `mysql://…` or `mariadb://…`.
    ///
    /// # Errors
    /// One sentence for the person who set it; it never repeats the URL, which may hold a password.
    pub fn new(url: &str, settings: PoolSettings) -> Result<Self, String> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        let unreadable = |err: sqlx::Error| format!("the database URL cannot be read: {err}");
        let target = match scheme {
            "sqlite" if url.contains(":memory:") => {
                return Err(
                    "SQLite in memory is not supported: its connections would each see a database of their own; name a file"
                        .to_owned(),
                );
            }
            "sqlite" => Target::Sqlite(Box::new(sqlite_options(SqliteConnectOptions::from_str(url).map_err(unreadable)?))),
            "postgres" | "postgresql" => {
                let options = PgConnectOptions::from_str(url).map_err(unreadable)?.application_name("farmlokal");
                let kept = if settings.prepared_statements { STATEMENTS_KEPT } else { 0 };
                Target::Postgres(Box::new(options.statement_cache_capacity(kept).disable_statement_logging()))
            }
            "mysql" | "mariadb" => {
                let url = format!("mysql{}", &url[scheme.len()..]);
                Target::MySql(Box::new(mysql_options(MySqlConnectOptions::from_str(&url).map_err(unreadable)?, &settings)))
            }
            _ => return Err("the database URL must begin with sqlite:, postgres:, mysql: or mariadb:".to_owned()),
        };
        Ok(Self { target, settings })
    }

    /// A connector for a MySQL-family server that is given in parts.
    pub fn mysql(parts: &MySqlParts, settings: PoolSettings) -> Self {
        let mut options = MySqlConnectOptions::new()
            .host(&parts.host)
            .port(parts.port)
            .username(&parts.user)
            .database(&parts.database)
            .ssl_mode(parts.ssl_mode);
        if let Some(password) = &parts.password {
            options = options.password(password);
        }
        if let Some(ca) = &parts.ssl_ca {
            options = options.ssl_ca(ca);
        }
        Self { target: Target::MySql(Box::new(mysql_options(options, &settings))), settings }
    }

    /// Which engine it is for.
    pub fn engine(&self) -> Engine {
        match self.target {
            Target::Sqlite(_) => Engine::Sqlite,
            Target::Postgres(_) => Engine::Postgres,
            Target::MySql(_) => Engine::MySql,
        }
    }

    /// The file of an SQLite database.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        match &self.target {
            Target::Sqlite(options) => Some(options.get_filename().to_path_buf()),
            _ => None,
        }
    }

    /// Opens the database for serving.
    ///
    /// # Errors
    /// `Unavailable` when it does not answer in time; a refusal or an internal error when it answers with a no.
    pub async fn connect(&self) -> Result<Database, Error> {
        self.open(self.settings, true).await
    }

    /// Opens it for one slow task at a time (migration, bulk load): few connections and no time limit.
    ///
    /// # Errors
    /// As [`Connector::connect`].
    pub async fn connect_for_maintenance(&self) -> Result<Database, Error> {
        const NO_LIMIT: Duration = Duration::from_secs(24 * 3600);
        self.open(PoolSettings { max_connections: 4, statement_timeout: NO_LIMIT, ..self.settings }, false).await
    }

    /// Tries until the server answers or the time for it is over: serverless databases take seconds to wake up.
    async fn open(&self, settings: PoolSettings, limited: bool) -> Result<Database, Error> {
        let deadline = tokio::time::Instant::now() + settings.first_connect_timeout;
        let mut pause = Duration::from_millis(100);
        loop {
            match self.open_once(settings, limited).await {
                Err(Error::Unavailable { detail, .. }) if tokio::time::Instant::now() + pause < deadline => {
                    tracing::info!(detail, "the database does not answer yet; trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(3));
                }
                outcome => return outcome,
            }
        }
    }

    async fn open_once(&self, settings: PoolSettings, limited: bool) -> Result<Database, Error> {
        let limit_ms = limited.then_some(settings.statement_timeout.as_millis());
        // Behind a pooler that hands out another connection for each transaction, each has to say it again.
        let says_isolation = self.engine() != Engine::Sqlite && !settings.prepared_statements;
        let (reads, writes) = match &self.target {
            Target::Sqlite(options) => {
                // A delivery that was answered must outlive the machine, not only the process: its sender will not come again.
                let synchronous = if limited { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
                let writing = (**options).clone().synchronous(synchronous);
                let writes = sized(SqlitePoolOptions::new(), settings).max_connections(1).connect_with(writing).await?;
                let reading = (**options).clone().pragma("query_only", "1");
                let reads = sized(SqlitePoolOptions::new(), settings).connect_with(reading).await?;
                (SqlxSqliteConnector::from_sqlx_sqlite_pool(reads), SqlxSqliteConnector::from_sqlx_sqlite_pool(writes))
            }
            Target::Postgres(options) => {
                let pool = open_postgres(options, settings, limit_ms).await?;
                (pool.clone(), pool)
            }
            Target::MySql(options) => {
                let pool = open_mysql(options, settings).await?;
                (pool.clone(), pool)
            }
        };
        Ok(Database {
            engine: self.engine(),
            reads,
            writes,
            isolation: says_isolation.then_some(IsolationLevel::ReadCommitted),
            statement_timeout: settings.statement_timeout,
            latency: Arc::new(LatencyHistogram::default()),
            log: None,
        })
    }
}

async fn open_postgres(
    options: &PgConnectOptions,
    settings: PoolSettings,
    limit_ms: Option<u128>,
) -> Result<DatabaseConnection, Error> {
    let limit = limit_ms.map(|ms| format!("; SET statement_timeout = {ms}")).unwrap_or_default();
    let once = settings.prepared_statements.then(|| format!("{POSTGRES_ISOLATION}{limit}"));
    let pool = sized(PgPoolOptions::new(), settings).after_connect(move |connection, _| {
        let once = once.clone();
        Box::pin(async move {
            match once {
                Some(once) => connection.execute(sqlx::AssertSqlSafe(once)).await.map(|_| ()),
                None => Ok(()),
            }
        })
    });
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool.connect_with(options.clone()).await?))
}

async fn open_mysql(options: &MySqlConnectOptions, settings: PoolSettings) -> Result<DatabaseConnection, Error> {
    let once = settings.prepared_statements.then_some(MYSQL_ISOLATION);
    let pool = sized(MySqlPoolOptions::new(), settings).after_connect(move |connection, _| {
        Box::pin(async move {
            match once {
                Some(once) => connection.execute(once).await.map(|_| ()),
                None => Ok(()),
            }
        })
    });
    Ok(SqlxMySqlConnector::from_sqlx_mysql_pool(pool.connect_with(options.clone()).await?))
}

/// A MySQL-family server given by `MYSQL_*` settings.
#[derive(Debug, Clone)]
pub struct MySqlParts {
    /// `MYSQL_HOST`.
    pub host: String,
    /// `MYSQL_PORT`.
    pub port: u16,
    /// `MYSQL_USER`.
    pub user: String,
    /// `MYSQL_PASSWORD`.
    pub password: Option<String>,
    /// `MYSQL_DB`.
    pub database: String,
    /// `MYSQL_SSL_MODE`.
    pub ssl_mode: MySqlSslMode,
    /// `MYSQL_SSL_CA`.
    pub ssl_ca: Option<PathBuf>,
}

/// A pool that does not ping before each use: a broken connection shows itself in the statement, and pings cost a round trip.
fn sized<DB: sqlx::Database>(options: PoolOptions<DB>, settings: PoolSettings) -> PoolOptions<DB> {
    options
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout)
        .test_before_acquire(false)
        .idle_timeout(Duration::from_secs(300))
}

fn sqlite_options(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(true)
        .page_size(8_192)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(SQLITE_BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENTS_KEPT)
        .pragma("cache_size", (-SQLITE_CACHE_KIB).to_string())
        .pragma("mmap_size", "268435456")
        .pragma("temp_store", "memory")
        .disable_statement_logging()
}

fn mysql_options(options: MySqlConnectOptions, settings: &PoolSettings) -> MySqlConnectOptions {
    let kept = if settings.prepared_statements { STATEMENTS_KEPT } else { 0 };
    options.charset("utf8mb4").statement_cache_capacity(kept).disable_statement_logging()
}
