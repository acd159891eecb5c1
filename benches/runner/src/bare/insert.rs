//! The limit of webhooks: a handler that stores each body as one row, durably, and nothing else.

use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::post;
use bytes::Bytes;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection, Database, Encode, Executor, IntoArguments, MySql, Pool, Postgres, Sqlite,
    Type,
};

/// Connections of the server's pool; SQLite has one writer.
const CONNECTIONS: u32 = 16;
const TABLE: &str = "CREATE TABLE bench_inbox (id BIGINT PRIMARY KEY, body TEXT NOT NULL)";

/// Stores the body of every POST.
pub(super) async fn router(url: &str) -> anyhow::Result<Router> {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    Ok(match scheme {
        "sqlite" => {
            let options = SqliteConnectOptions::from_str(url)?.create_if_missing(true);
            let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
            over(connect::<Sqlite>(options.disable_statement_logging(), 1).await?, "INSERT INTO bench_inbox VALUES (?, ?)")
                .await?
        }
        "mysql" => {
            let options = MySqlConnectOptions::from_str(url)?.charset("utf8mb4").disable_statement_logging();
            over(connect::<MySql>(options, CONNECTIONS).await?, "INSERT INTO bench_inbox VALUES (?, ?)").await?
        }
        _ => {
            let options = PgConnectOptions::from_str(url)?.disable_statement_logging();
            over(connect::<Postgres>(options, CONNECTIONS).await?, "INSERT INTO bench_inbox VALUES ($1, $2)").await?
        }
    })
}

async fn connect<DB: Database>(options: <DB::Connection as Connection>::Options, most: u32) -> anyhow::Result<Pool<DB>> {
    Ok(PoolOptions::<DB>::new().max_connections(most).test_before_acquire(false).connect_with(options).await?)
}

async fn over<DB: Database>(pool: Pool<DB>, insert: &'static str) -> anyhow::Result<Router>
where
    for<'c> &'c Pool<DB>: Executor<'c, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    String: Type<DB> + for<'q> Encode<'q, DB>,
{
    sqlx::query(AssertSqlSafe(TABLE)).execute(&pool).await?;
    let next = Arc::new(AtomicI64::new(0));
    let handler = move |body: Bytes| {
        let (pool, id) = (pool.clone(), next.fetch_add(1, Ordering::Relaxed));
        async move {
            let text = String::from_utf8_lossy(&body).into_owned();
            match sqlx::query(insert).bind(id).bind(text).execute(&pool).await {
                Ok(_) => "{\"status\":\"processed\"}".into_response(),
                Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
            }
        }
    };
    Ok(Router::new().route("/webhook", post(handler)))
}
