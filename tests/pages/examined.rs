//! How many rows a statement really examines, by each engine's own account.
//!
//! * PostgreSQL: `EXPLAIN (ANALYZE)` of the prepared statement, both with a plan for these values and with the plan for any
//!   values that it changes to after five runs: the rows that scans give and those that they filter out.
//! * MariaDB: the session's `Handler_read_%` counters, which count each row that the storage engine is asked for (those of
//!   temporary tables too), and the rows that a pushed-down condition rejected before.
//! * SQLite: steps of its virtual machine, counted by the progress handler, divided by the steps that a statement of the same
//!   kind takes per row when the number of rows is known (see [`Kind`] and [`Meter::calibrate`]). Rows of the page take about
//!   fifty steps more, so the figure is rather too large than too small; but of what is found by several equalities and
//!   starts a list it may be a tenth too small, because a row is calibrated with the comparison with a position.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{Statement, Value};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection, Row as _, SqliteConnection};

/// Counts the rows that statements examine.
pub(crate) enum Meter {
    Postgres(PgConnection),
    MariaDb(MySqlConnection),
    Sqlite { connection: SqliteConnection, steps: Arc<AtomicU64>, steps_per_row: BTreeMap<Kind, f64> },
}

/// Kinds of statement that take about as many steps per row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Looks at rows in order and rejects most: the leanest.
    Walk,
    /// Counts rows.
    Probe,
    /// Keeps ids and keys of the rows of a range, and sorts them.
    Gather,
    /// The same of rows that are found by several equalities.
    GatherRare,
}

impl Kind {
    fn of(statement: &Statement) -> Self {
        if statement.sql.starts_with("SELECT (SELECT count(*)") {
            Self::Probe
        } else if statement.sql.contains("ix_products_rare") && !statement.sql.contains(" UNION ALL ") {
            Self::GatherRare
        } else if statement.sql.contains("AS found") && !statement.sql.contains(" UNION ALL ") {
            Self::Gather
        } else {
            Self::Walk
        }
    }
}

impl Meter {
    pub(crate) async fn postgres(url: &str, any_values: bool) -> Self {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let mode = if any_values { "force_generic_plan" } else { "force_custom_plan" };
        connection.execute(AssertSqlSafe(format!("SET plan_cache_mode = {mode}"))).await.unwrap();
        Self::Postgres(connection)
    }

    pub(crate) async fn mariadb(url: &str) -> Self {
        Self::MariaDb(MySqlConnection::connect(url).await.unwrap())
    }

    pub(crate) async fn sqlite(url: &str) -> Self {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        let steps = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&steps);
        connection.lock_handle().await.unwrap().set_progress_handler(1, move || {
            counted.fetch_add(1, Ordering::Relaxed);
            true
        });
        Self::Sqlite { connection, steps, steps_per_row: BTreeMap::new() }
    }

    /// Learns how many steps a row takes from a statement that looks at so many rows and gives few of them.
    pub(crate) async fn calibrate(&mut self, statement: &Statement, rows: u64) {
        let kind = Kind::of(statement);
        let counted = self.examined(statement).await;
        if let Self::Sqlite { steps_per_row, .. } = self {
            let per_row = counted as f64 / rows as f64;
            println!("SQLite takes {per_row:.1} steps per row of a {kind:?}");
            assert!((3.0..30.0).contains(&per_row), "{per_row} steps per row of a {kind:?}");
            steps_per_row.insert(kind, per_row);
        }
    }

    /// Runs a statement and gives the rows it examined.
    pub(crate) async fn examined(&mut self, statement: &Statement) -> u64 {
        match self {
            Self::Postgres(connection) => postgres(connection, statement).await,
            Self::MariaDb(connection) => mariadb(connection, statement).await,
            Self::Sqlite { connection, steps, steps_per_row } => {
                steps.store(0, Ordering::Relaxed);
                let mut query = sqlx::query(AssertSqlSafe(statement.sql.clone()));
                for value in values(statement) {
                    query = match value {
                        Bound::Number(number) | Bound::Small(number) => query.bind(number),
                        Bound::Text(text) => query.bind(text),
                    };
                }
                query.fetch_all(connection).await.unwrap();
                let per_row = steps_per_row.get(&Kind::of(statement)).copied().unwrap_or(1.0);
                (steps.load(Ordering::Relaxed) as f64 / per_row).ceil() as u64
            }
        }
    }

    /// How the engine says it runs a statement, for the reader of a failure.
    pub(crate) async fn explain(&mut self, statement: &Statement) -> String {
        let literal = with_literals(statement);
        match self {
            Self::Postgres(connection) => postgres_plan(connection, statement, "TEXT").await,
            Self::MariaDb(connection) => {
                let rows =
                    sqlx::raw_sql(AssertSqlSafe(format!("ANALYZE FORMAT=JSON {literal}"))).fetch_all(connection).await.unwrap();
                rows.iter().map(|row| row.get_unchecked::<String, _>(0)).collect()
            }
            Self::Sqlite { connection, .. } => {
                let rows =
                    sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {literal}"))).fetch_all(connection).await.unwrap();
                rows.iter().map(|row| row.get::<String, _>(3) + "\n").collect()
            }
        }
    }
}

/// A bound value.
enum Bound {
    Number(i64),
    Small(i64),
    Text(String),
}

fn values(statement: &Statement) -> Vec<Bound> {
    let bound = |value: &Value| match value {
        Value::BigInt(Some(number)) => Bound::Number(*number),
        Value::SmallInt(Some(number)) => Bound::Small(i64::from(*number)),
        Value::String(Some(text)) => Bound::Text(text.to_string()),
        other => panic!("lists bind no {other:?}"),
    };
    statement.values.iter().flat_map(|values| &values.0).map(bound).collect()
}

fn literal(bound: &Bound) -> String {
    match bound {
        Bound::Number(number) | Bound::Small(number) => number.to_string(),
        Bound::Text(text) => format!("'{}'", text.replace('\'', "''")),
    }
}

/// The text with its values in it. Our own text holds no question mark but as a placeholder.
fn with_literals(statement: &Statement) -> String {
    let mut values = values(statement).into_iter();
    let parts: Vec<&str> = statement.sql.split('?').collect();
    let mut text = parts[0].to_owned();
    for part in &parts[1..] {
        text += &values.next().map(|value| literal(&value)).unwrap();
        text += part;
    }
    text
}

async fn postgres(connection: &mut PgConnection, statement: &Statement) -> u64 {
    let json = postgres_plan(connection, statement, "JSON").await;
    let plan: serde_json::Value = serde_json::from_str(&json).unwrap();
    scanned(&plan[0]["Plan"]).round() as u64
}

/// Prepared as the driver does it, then explained with its values.
async fn postgres_plan(connection: &mut PgConnection, statement: &Statement, format: &str) -> String {
    let values = values(statement);
    let types: Vec<&str> = values
        .iter()
        .map(|value| match value {
            Bound::Number(_) => "bigint",
            Bound::Small(_) => "smallint",
            Bound::Text(_) => "text",
        })
        .collect();
    let literals: Vec<String> = values.iter().map(literal).collect();
    let in_brackets = |list: String| if list.is_empty() { list } else { format!("({list})") };
    let (types, literals) = (in_brackets(types.join(", ")), in_brackets(literals.join(", ")));
    connection.execute(AssertSqlSafe(format!("PREPARE q {types} AS {}", statement.sql))).await.unwrap();
    let explain = format!("EXPLAIN (ANALYZE, FORMAT {format}, BUFFERS OFF) EXECUTE q {literals}");
    let rows = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *connection).await.unwrap();
    connection.execute("DEALLOCATE q").await.unwrap();
    rows.iter().map(|row| row.get_unchecked::<String, _>(0) + "\n").collect()
}

/// The rows that the scans of a plan looked at. A heap scan by bitmap counts once, with its index or with its heap,
/// whichever were more.
fn scanned(plan: &serde_json::Value) -> f64 {
    let number = |name: &str| plan[name].as_f64().unwrap_or(0.0);
    let looked_at = ["Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"].map(number).iter().sum::<f64>();
    let own = looked_at * number("Actual Loops");
    let below: f64 = plan["Plans"].as_array().into_iter().flatten().map(scanned).sum();
    match plan["Node Type"].as_str().unwrap_or_default() {
        "Seq Scan" | "Index Scan" | "Index Only Scan" | "Bitmap Index Scan" => own + below,
        "Bitmap Heap Scan" => own.max(below),
        _ => below,
    }
}

async fn mariadb(connection: &mut MySqlConnection, statement: &Statement) -> u64 {
    connection.execute("FLUSH STATUS").await.unwrap();
    let mut query = sqlx::query(AssertSqlSafe(statement.sql.clone()));
    for value in values(statement) {
        query = match value {
            Bound::Number(number) | Bound::Small(number) => query.bind(number),
            Bound::Text(text) => query.bind(text),
        };
    }
    query.fetch_all(&mut *connection).await.unwrap();
    let rows = sqlx::raw_sql("SHOW SESSION STATUS LIKE 'Handler%'").fetch_all(connection).await.unwrap();
    let counter = |wanted: &dyn Fn(&str) -> bool| -> u64 {
        let named = rows.iter().filter(|row| wanted(&row.get::<String, _>(0).to_lowercase()));
        named.map(|row| row.get::<String, _>(1).parse::<u64>().unwrap()).sum()
    };
    let rejected = counter(&|name| name == "handler_icp_attempts") - counter(&|name| name == "handler_icp_match");
    counter(&|name| name.starts_with("handler_read_")) + rejected
}
