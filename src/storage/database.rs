//! The open database: one road for every statement, with its time limit, its count and its duration.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, ExecResult, IsolationLevel, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};

use tracing::{Instrument as _, Span};

use super::dialect::Engine;
use super::sql::Sql;
use super::statement_log::StatementLog;
use crate::error::Error;
use crate::telemetry::{LatencyHistogram, statements, traces};

/// An open database.
#[derive(Debug, Clone)]
pub struct Database {
    pub(super) engine: Engine,
    /// Lists and look-ups.
    pub(super) reads: DatabaseConnection,
    /// Write transactions: the same pool, but for SQLite, which has one writer.
    pub(super) writes: DatabaseConnection,
    /// What every transaction has to say of its isolation; nothing where its connection has said it once.
    pub(super) isolation: Option<IsolationLevel>,
    pub(super) statement_timeout: Duration,
    pub(super) latency: Arc<LatencyHistogram>,
    pub(super) log: Option<StatementLog>,
}

/// How full the pool is.
#[derive(Debug, Clone, Copy)]
pub struct PoolState {
    /// Open connections.
    pub size: u32,
    /// Those that wait for work.
    pub idle: usize,
}

impl Database {
    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The same database, and a log of the statements that it is asked from now on through this value and its clones.
    pub fn logged(&self) -> (Self, StatementLog) {
        let log = StatementLog::default();
        (Self { log: Some(log.clone()), ..self.clone() }, log)
    }

    /// How long statements take.
    pub fn latency(&self) -> &LatencyHistogram {
        &self.latency
    }

    /// How full the pool for reads is.
    pub fn pool_state(&self) -> PoolState {
        let (size, idle) = match self.engine {
            Engine::Postgres => {
                let pool = self.reads.get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            }
            Engine::MySql => {
                let pool = self.reads.get_mysql_connection_pool();
                (pool.size(), pool.num_idle())
            }
            Engine::Sqlite => {
                let pool = self.reads.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            }
        };
        PoolState { size, idle }
    }

    /// All rows of a query.
    pub(crate) async fn all(&self, sql: Sql) -> Result<Vec<QueryResult>, Error> {
        self.timed(sql.kind(), self.reads.query_all_raw(self.statement(sql))).await
    }

    /// The first row of a query.
    pub(crate) async fn one(&self, sql: Sql) -> Result<Option<QueryResult>, Error> {
        self.timed(sql.kind(), self.reads.query_one_raw(self.statement(sql))).await
    }

    /// Runs one statement by itself.
    pub(crate) async fn execute(&self, sql: Sql) -> Result<ExecResult, Error> {
        self.timed(sql.kind(), self.writes.execute_raw(self.statement(sql))).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// `Unavailable` when it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        self.one(Sql::of(self.engine, "SELECT 1")).await.map(|_| ())
    }

    /// Opens a write transaction: READ COMMITTED, so that a read behind a lock sees what its holder committed; on
    /// SQLite the writer's place is taken at once.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        let options = TransactionOptions {
            isolation_level: self.isolation,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        let inner = self.timed("BEGIN", self.writes.begin_with_options(options)).await?;
        Ok(Transaction { inner, engine: self.engine, statement_timeout: self.statement_timeout })
    }

    /// Closes all connections, waiting for the statements under way.
    pub async fn close(&self) {
        let _ = self.reads.close_by_ref().await;
        let _ = self.writes.close_by_ref().await;
    }

    fn statement(&self, sql: Sql) -> Statement {
        let statement = sql.into_statement();
        if let Some(log) = &self.log {
            log.keep(&statement);
        }
        statement
    }

    async fn timed<T>(&self, kind: &'static str, work: impl Future<Output = Result<T, sea_orm::DbErr>>) -> Result<T, Error> {
        let started = Instant::now();
        let result = within(self.statement_timeout, traces::statement_span(kind, self.engine.system_name()), work).await;
        let took = started.elapsed();
        self.latency.record(took);
        statements::count_one();
        metrics::counter!("farmlokal_sql_statements_total").increment(1);
        metrics::histogram!("farmlokal_sql_seconds").record(took.as_secs_f64());
        result
    }
}

/// So much longer than the server does the client wait: who cuts a slow statement off is then no matter of chance.
const CLIENT_GRACE: Duration = Duration::from_millis(150);

/// The limit holds on the client's side as well: a server that hangs does not watch its own clock.
async fn within<T>(limit: Duration, span: Span, work: impl Future<Output = Result<T, sea_orm::DbErr>>) -> Result<T, Error> {
    let outcome = match tokio::time::timeout(limit + CLIENT_GRACE, work.instrument(span.clone())).await {
        Ok(result) => result.map_err(Error::from),
        Err(_) => Err(Error::Unavailable { timed_out: false, detail: format!("no answer of the database within {limit:?}") }),
    };
    if outcome.is_err() {
        traces::statement_failed(&span);
    }
    outcome
}

/// An open write transaction; rolled back when dropped.
#[derive(Debug)]
pub struct Transaction {
    inner: DatabaseTransaction,
    engine: Engine,
    statement_timeout: Duration,
}

impl Transaction {
    /// Which engine this is.
    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// All rows of a query.
    pub(crate) async fn all(&self, sql: Sql) -> Result<Vec<QueryResult>, Error> {
        statements::count_one();
        within(self.statement_timeout, self.span(sql.kind()), self.inner.query_all_raw(sql.into_statement())).await
    }

    /// The first row of a query.
    pub(crate) async fn one(&self, sql: Sql) -> Result<Option<QueryResult>, Error> {
        statements::count_one();
        within(self.statement_timeout, self.span(sql.kind()), self.inner.query_one_raw(sql.into_statement())).await
    }

    /// Runs a statement.
    pub(crate) async fn execute(&self, sql: Sql) -> Result<ExecResult, Error> {
        statements::count_one();
        within(self.statement_timeout, self.span(sql.kind()), self.inner.execute_raw(sql.into_statement())).await
    }

    /// Runs statements one after the other.
    pub(crate) async fn execute_each(&self, statements: Vec<Sql>) -> Result<(), Error> {
        for sql in statements {
            self.execute(sql).await?;
        }
        Ok(())
    }

    /// Runs writes to different tables, none of which looks at what another one writes; on PostgreSQL in one turn.
    pub(crate) async fn execute_all(&self, statements: Vec<Sql>) -> Result<(), Error> {
        if self.engine != Engine::Postgres || statements.len() < 2 {
            return self.execute_each(statements).await;
        }
        let (mut all, last) = (Sql::of(self.engine, "WITH "), statements.len() - 1);
        for (n, sql) in statements.into_iter().enumerate() {
            if n == last {
                all.push(" ").append(sql);
            } else {
                all.push(&format!("{}w{n} AS (", if n > 0 { ", " } else { "" })).append(sql).push(")");
            }
        }
        self.execute(all).await.map(|_| ())
    }

    /// Runs an INSERT into a table with an auto-increment `id`, and gives the id.
    pub(crate) async fn insert(&self, mut sql: Sql) -> Result<i64, Error> {
        match self.engine {
            Engine::Postgres | Engine::Sqlite => {
                sql.push(" RETURNING id");
                let row = self.one(sql).await?.ok_or_else(|| Error::internal("an INSERT returned no id"))?;
                Ok(row.try_get_by_index(0)?)
            }
            Engine::MySql => {
                let id = self.execute(sql).await?.last_insert_id();
                i64::try_from(id).map_err(Error::internal)
            }
        }
    }

    fn span(&self, kind: &'static str) -> Span {
        traces::statement_span(kind, self.engine.system_name())
    }

    /// Makes everything in it durable and visible.
    ///
    /// # Errors
    /// When the database did not confirm; the outcome is then unknown.
    pub async fn commit(self) -> Result<(), Error> {
        within(self.statement_timeout, self.span("COMMIT"), self.inner.commit()).await
    }
}
