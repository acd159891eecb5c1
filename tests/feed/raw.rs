//! The tables as any client of the database sees them, past the code under test.

use farmlokal::domain::{Aspects, Change, EntityKind, Scope};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, QueryResult, Statement};

/// A connection of its own.
#[derive(Debug)]
pub(crate) struct Raw(DatabaseConnection);

impl Raw {
    pub(crate) async fn connect(url: &str) -> Self {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        Self(Database::connect(options).await.unwrap())
    }

    /// All rows of a query.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        self.0.query_all_raw(statement).await.unwrap()
    }

    /// The one number that a query gives.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.rows(sql).await[0].try_get_by_index(0).unwrap()
    }

    /// Runs a statement by itself.
    pub(crate) async fn execute(&self, sql: &str) {
        self.0.execute_unprepared(sql).await.unwrap();
    }

    /// How many sessions wait for a row that another one holds.
    pub(crate) async fn waiting_sessions(&self) -> i64 {
        match self.0.get_database_backend() {
            DbBackend::Postgres => {
                self.number(
                    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
                )
                .await
            }
            DbBackend::MySql => {
                self.number("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'").await
            }
            _ => 0,
        }
    }

    /// How many changes are stored, numbered or not.
    pub(crate) async fn change_count(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM changes").await
    }

    /// The numbered changes in order.
    pub(crate) async fn changes(&self) -> Vec<Change> {
        let rows = self
            .rows(
                "SELECT seq, entity_kind, entity_id, version, aspects, before_category_id, before_producer_id, before_cell, \
                 after_category_id, after_producer_id, after_cell, at_ms FROM changes WHERE seq IS NOT NULL ORDER BY seq",
            )
            .await;
        rows.iter().map(change).collect()
    }

    /// Stores changes that have no number yet, of products, as (id, version).
    pub(crate) async fn insert_unnumbered(&self, versions: &[(i64, i64)], at_ms: i64) {
        let rows: Vec<String> = versions.iter().map(|(id, version)| format!("(NULL, 3, {id}, {version}, 8, {at_ms})")).collect();
        let columns = "seq, entity_kind, entity_id, version, aspects, at_ms";
        self.execute(&format!("INSERT INTO changes ({columns}) VALUES {}", rows.join(", "))).await;
    }
}

fn change(row: &QueryResult) -> Change {
    let scope = |at: usize| Scope {
        category_id: row.try_get_by_index(at).unwrap(),
        producer_id: row.try_get_by_index(at + 1).unwrap(),
        cell: row.try_get_by_index(at + 2).unwrap(),
    };
    Change {
        seq: row.try_get_by_index(0).unwrap(),
        kind: EntityKind::from_code(row.try_get_by_index(1).unwrap()).unwrap(),
        entity_id: row.try_get_by_index(2).unwrap(),
        version: row.try_get_by_index(3).unwrap(),
        aspects: Aspects(row.try_get_by_index(4).unwrap()),
        before: scope(5),
        after: scope(8),
        at_ms: row.try_get_by_index(11).unwrap(),
    }
}
