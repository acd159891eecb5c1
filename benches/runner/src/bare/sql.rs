//! Limit (b): the same SQL through prepared statements, printed as JSON.

use std::str::FromStr as _;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use bytes::Bytes;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{
    AssertSqlSafe, ColumnIndex, ConnectOptions as _, Connection, Database, Decode, Encode, Executor, IntoArguments, MySql, Pool,
    Postgres, Sqlite, Type,
};

use super::node::{Answer, Data, Node, Products};
use super::statement::statement;
use crate::engine::Engine;

/// Connections of the server's pool.
const CONNECTIONS: u32 = 16;
/// Products on the page.
const PAGE: usize = 20;
/// Rows asked for: one more tells whether there is a next page.
const LIMIT: i64 = 21;

/// Reads each request and answers it with the newest twenty products of the database.
pub(super) async fn router(url: &str, joined: bool) -> anyhow::Result<Router> {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    Ok(match scheme {
        "sqlite" => {
            let options = SqliteConnectOptions::from_str(url)?.pragma("cache_size", "-4096").pragma("mmap_size", "268435456");
            over(connect::<Sqlite>(options.disable_statement_logging()).await?, &statement(Engine::Sqlite, joined), joined)
        }
        "mysql" => {
            let options = MySqlConnectOptions::from_str(url)?.charset("utf8mb4").disable_statement_logging();
            over(connect::<MySql>(options).await?, &statement(Engine::Mariadb, joined), joined)
        }
        _ => {
            let options = PgConnectOptions::from_str(url)?.disable_statement_logging();
            over(connect::<Postgres>(options).await?, &statement(Engine::Postgres, joined), joined)
        }
    })
}

async fn connect<DB: Database>(options: <DB::Connection as Connection>::Options) -> anyhow::Result<Pool<DB>> {
    // As the server's pool: no ping before each use.
    Ok(PoolOptions::<DB>::new().max_connections(CONNECTIONS).test_before_acquire(false).connect_with(options).await?)
}

fn over<DB: Database>(pool: Pool<DB>, sql: &str, joined: bool) -> Router
where
    for<'c> &'c Pool<DB>: Executor<'c, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    usize: ColumnIndex<DB::Row>,
    i64: Type<DB> + for<'q> Encode<'q, DB> + for<'r> Decode<'r, DB>,
    Option<i64>: Type<DB> + for<'r> Decode<'r, DB>,
    String: Type<DB> + for<'r> Decode<'r, DB>,
{
    let sql: Arc<str> = sql.into();
    let handler = move |_request: Bytes| {
        let (pool, sql) = (pool.clone(), Arc::clone(&sql));
        async move {
            match page(&pool, sql, joined).await {
                Ok(body) => ([(CONTENT_TYPE, "application/graphql-response+json; charset=utf-8")], body).into_response(),
                Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
            }
        }
    };
    Router::new().route("/graphql", post(handler))
}

async fn page<DB: Database>(pool: &Pool<DB>, sql: Arc<str>, joined: bool) -> anyhow::Result<Vec<u8>>
where
    for<'c> &'c Pool<DB>: Executor<'c, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    usize: ColumnIndex<DB::Row>,
    i64: Type<DB> + for<'q> Encode<'q, DB> + for<'r> Decode<'r, DB>,
    Option<i64>: Type<DB> + for<'r> Decode<'r, DB>,
    String: Type<DB> + for<'r> Decode<'r, DB>,
{
    let takes_limit = sql.contains('?');
    let query = sqlx::query(AssertSqlSafe(sql));
    let query = if takes_limit { query.bind(LIMIT) } else { query };
    let rows = query.fetch_all(pool).await?;
    let nodes = rows.iter().take(PAGE).map(|row| Node::read(row, joined)).collect::<Result<_, _>>()?;
    Ok(serde_json::to_vec(&Answer { data: Data { products: Products { nodes } } })?)
}
