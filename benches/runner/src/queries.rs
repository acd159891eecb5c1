//! Reads a database beside the server, to know what to ask for.

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, ColumnIndex, Database, Decode, Executor, MySqlPool, PgPool, Pool, Row as _, SqlitePool, Type};

/// A connection to a database of any engine.
#[derive(Debug)]
pub(crate) enum Queries {
    /// To SQLite.
    Sqlite(SqlitePool),
    /// To PostgreSQL.
    Postgres(PgPool),
    /// To MariaDB.
    Mariadb(MySqlPool),
}

impl Queries {
    /// Connects to the database of this URL.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub(crate) async fn open(url: &str) -> anyhow::Result<Self> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        Ok(match scheme {
            "sqlite" => Self::Sqlite(SqlitePool::connect(url).await?),
            "mysql" => Self::Mariadb(MySqlPool::connect(url).await?),
            _ => Self::Postgres(PgPool::connect(url).await?),
        })
    }

    /// The first column of a query, which must be text.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn texts(&self, sql: &str) -> anyhow::Result<Vec<String>> {
        match self {
            Self::Sqlite(pool) => texts(pool, sql).await,
            Self::Postgres(pool) => texts(pool, sql).await,
            Self::Mariadb(pool) => texts(pool, sql).await,
        }
        .with_context(|| sql.chars().take(200).collect::<String>())
    }

    /// The only text of a query with one row.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn text(&self, sql: &str) -> anyhow::Result<String> {
        self.texts(sql).await?.pop().with_context(|| format!("no row: {sql}"))
    }

    /// Closes the connection.
    pub(crate) async fn close(self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
            Self::Mariadb(pool) => pool.close().await,
        }
    }
}

async fn texts<DB: Database>(pool: &Pool<DB>, sql: &str) -> anyhow::Result<Vec<String>>
where
    for<'c> &'c Pool<DB>: Executor<'c, Database = DB>,
    usize: ColumnIndex<DB::Row>,
    String: Type<DB> + for<'r> Decode<'r, DB>,
{
    let rows = pool.fetch_all(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}
