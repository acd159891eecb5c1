//! Loads a generated catalogue into an empty database, by the fastest road of each engine.
//!
//! ```text
//! seed ─ rows ─▶ batches (a thread) ─ encoded ─▶ postgres: COPY in binary
//!          row: our columns                      mysql:    INSERTs of many rows
//!                                                sqlite:   one transaction of prepared INSERTs
//! ```
//!
//! The steps: drop the indexes, empty the tables, write the rows, raise the catalogue generation (no changes are
//! written), build the indexes, take statistics.
//!
//! **Cut off half-way.** PostgreSQL and SQLite do all of it in one transaction: what was there before is there again.
//! (A fresh SQLite file without a journal is lost; its maker deletes it.) MariaDB and MySQL commit each step, and so does
//! PostgreSQL with a bound on the rows of a transaction. There the indexes go first and come back last, so **a missing
//! index is the mark of a load that was cut off**: [`missing_indexes`] names them, nothing should be served then, and the
//! next load with `replace` (or without, when no row had been written) heals it.

mod batches;
mod events;
mod mysql;
mod postgres;
mod road;
mod row;
mod sqlite;
mod table;

use std::time::Instant;

use migration::{CATALOGUE_INDEXES, Index};
use seed::Catalogue;

pub use self::events::{LoadEvent, LoadReport, LoadSettings};
use self::road::{Job, Road};
use self::table::Table;
use super::database::Database;
use super::dialect::Engine;
use super::sql::Sql;
use crate::error::{Error, ErrorCode};

/// Tables whose rows speak of things that `replace` removes.
const LEFTOVERS: [&str; 2] = ["tombstones", "idempotency_keys"];

/// Whether the catalogue has a row, as a query of at most one.
const ANY_ROW: &str = "SELECT 'x' FROM (SELECT 1 AS n FROM categories UNION ALL SELECT 1 FROM producers UNION ALL SELECT 1 FROM products) t LIMIT 1";

/// Loads all of `catalogue`, telling `progress` how far it is. The tables must be there and up to date, and nobody else
/// may write to them meanwhile.
///
/// # Errors
/// `CONFLICT` when there is a catalogue already and `settings.replace` is off; otherwise when the database fails. See the
/// module's description for what a failed load leaves behind.
pub async fn load(
    database: &Database,
    catalogue: &Catalogue,
    settings: &LoadSettings,
    progress: &mut (dyn FnMut(LoadEvent) + Send),
) -> Result<LoadReport, Error> {
    let job = Job { catalogue, settings, progress };
    match database.engine() {
        Engine::Postgres => run(postgres::PostgresRoad::open(database, settings).await?, job).await,
        Engine::MySql => run(mysql::MySqlRoad::open(database).await?, job).await,
        Engine::Sqlite => run(sqlite::SqliteRoad::open(database, settings).await?, job).await,
    }
}

/// The names of the catalogue's indexes that are not there: none in a sound catalogue, some after a load that was cut
/// off half-way.
///
/// # Errors
/// When the database fails.
pub async fn missing_indexes(database: &Database) -> Result<Vec<&'static str>, Error> {
    let rows = database.all(Sql::of(database.engine(), index_names_sql(database.engine()))).await?;
    let present = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<String>, _>>()?;
    let missing = CATALOGUE_INDEXES.iter().filter(|index| !is_present(index, &present));
    Ok(missing.map(|index| index.name).collect())
}

async fn run<R: Road>(mut road: R, mut job: Job<'_>) -> Result<LoadReport, Error> {
    let mut report = LoadReport::default();
    let started = Instant::now();
    road.begin(job.settings).await?;
    clear(&mut road, job.settings).await?;
    for table in Table::ALL {
        let rows = road.fill(table, &mut job).await?;
        check_count(table, rows, job.catalogue)?;
        match table {
            Table::Categories => report.categories = rows,
            Table::Producers => report.producers = rows,
            Table::Products => report.products = rows,
        }
    }
    // Before the indexes: where steps are committed one by one, what is read and cached from here on is right.
    road.execute("UPDATE installation SET catalogue_generation = catalogue_generation + 1 WHERE id = 1".to_owned()).await?;
    report.rows_took = started.elapsed();

    let started = Instant::now();
    road.build(&CATALOGUE_INDEXES, &mut job).await?;
    report.indexes_took = started.elapsed();

    let started = Instant::now();
    (job.progress)(LoadEvent::Analyze);
    road.finish().await?;
    report.analyze_took = started.elapsed();
    (job.progress)(LoadEvent::Done);
    Ok(report)
}

/// Refuses a catalogue that is not to be replaced; drops the indexes, then the rows.
async fn clear<R: Road>(road: &mut R, settings: &LoadSettings) -> Result<(), Error> {
    let present = road.texts(index_names_sql(R::ENGINE)).await?;
    let occupied = !road.texts(ANY_ROW).await?.is_empty();
    if occupied && !settings.replace {
        let cut_off = CATALOGUE_INDEXES.iter().any(|index| !is_present(index, &present));
        return Err(refusal(cut_off));
    }
    for index in CATALOGUE_INDEXES.iter().filter(|index| is_present(index, &present)) {
        road.execute(index.drop_sql(R::ENGINE.backend())).await?;
    }
    for table in Table::ALL {
        road.empty(table.name()).await?;
    }
    if settings.replace {
        for table in LEFTOVERS {
            road.execute(format!("DELETE FROM {table}")).await?;
        }
    }
    Ok(())
}

fn refusal(cut_off: bool) -> Error {
    let message = if cut_off {
        "an earlier load of this catalogue was cut off half-way; ask for it to be replaced"
    } else {
        "this database has a catalogue already; nothing was changed (ask for it to be replaced if it is not needed)"
    };
    Error::refused(ErrorCode::Conflict, message)
}

/// The thread that makes the rows may have died: then there are too few.
fn check_count(table: Table, rows: u64, catalogue: &Catalogue) -> Result<(), Error> {
    let expected = batches::row_count(catalogue, table);
    if rows == expected {
        return Ok(());
    }
    Err(Error::internal(format!("{rows} of {expected} rows of {} were made", table.name())))
}

fn is_present(index: &Index, present: &[String]) -> bool {
    present.iter().any(|name| name == index.name)
}

/// The names of all indexes that the connection sees without naming a schema.
fn index_names_sql(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'index'",
        Engine::Postgres => "SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema()",
        Engine::MySql => {
            "SELECT DISTINCT CAST(index_name AS CHAR) FROM information_schema.statistics WHERE table_schema = DATABASE()"
        }
    }
}
