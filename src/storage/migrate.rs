//! Brings the tables up to date, one migrator at a time.
//!
//! The lease is a row: locks of a session break behind poolers. It runs out by itself when its holder dies.

use std::time::Duration;

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, DbErr};

use super::database::Database;
use super::dialect::Engine;
use super::sql::Sql;
use crate::error::{Error, ErrorCode};

/// A lease not renewed for so long belongs to nobody.
const LEASE: Duration = Duration::from_secs(20);
/// How often the holder renews it.
const RENEWAL: Duration = Duration::from_secs(5);
/// How often the others look again.
const RETRY: Duration = Duration::from_millis(250);

/// Applies all missing steps; gives how many there were.
///
/// `holder` is random and tells two processes apart; `now_ms` is the clock.
///
/// # Errors
/// `CONFLICT` when the database belongs to another program (nothing is changed then), otherwise when it fails.
pub async fn run(database: &Database, holder: &str, now_ms: impl Fn() -> i64 + Send + Sync) -> Result<usize, Error> {
    refuse_foreign(database).await?;
    if pending(database).await? == 0 {
        return Ok(0);
    }
    create_lease_table(database).await?;
    while !take_lease(database, holder, now_ms()).await? {
        tokio::time::sleep(RETRY).await;
    }
    let outcome = tokio::select! {
        outcome = apply(database) => outcome,
        Err(err) = renew(database, holder, &now_ms) => Err(err),
    };
    release_lease(database, holder).await?;
    outcome
}

/// Whether steps are missing. A foreign database is refused before anything is asked of it.
///
/// # Errors
/// As [`run`].
pub async fn is_needed(database: &Database) -> Result<bool, Error> {
    refuse_foreign(database).await?;
    Ok(pending(database).await? > 0)
}

async fn apply(database: &Database) -> Result<usize, Error> {
    let steps = pending(database).await?;
    Migrator::up(&database.writes, None).await?;
    Ok(steps)
}

async fn pending(database: &Database) -> Result<usize, Error> {
    let status = Migrator::get_migration_with_status_read_only(&database.writes).await?;
    Ok(status.iter().filter(|step| step.status() == sea_orm_migration::MigrationStatus::Pending).count())
}

/// A `products` table without our `installation` table is somebody else's.
async fn refuse_foreign(database: &Database) -> Result<(), Error> {
    if has_table(database, "products").await? && !has_table(database, "installation").await? {
        let message = "this database has a `products` table that is not FarmLokal's; give FarmLokal a database of its own (nothing was changed)";
        return Err(Error::refused(ErrorCode::Conflict, message));
    }
    Ok(())
}

async fn has_table(database: &Database, table: &str) -> Result<bool, Error> {
    let mut sql = Sql::of(
        database.engine(),
        match database.engine() {
            Engine::Sqlite => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ",
            Engine::Postgres => "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = ",
            Engine::MySql => "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ",
        },
    );
    sql.bind(table);
    Ok(database.one(sql).await?.is_some())
}

async fn create_lease_table(database: &Database) -> Result<(), Error> {
    let key = if database.engine() == Engine::Sqlite { "TEXT" } else { "VARCHAR(64)" };
    let big = if database.engine() == Engine::Sqlite { "INTEGER" } else { "BIGINT" };
    let text = format!(
        "CREATE TABLE IF NOT EXISTS migration_lease (id {big} NOT NULL PRIMARY KEY, holder {key} NOT NULL, expires_at_ms {big} NOT NULL)"
    );
    // Two PostgreSQL sessions can both find the table missing; the second one's failure means that it is there.
    let created: Result<_, DbErr> = database.writes.execute_unprepared(&text).await;
    match created {
        Ok(_) => {}
        Err(_) if has_table(database, "migration_lease").await? => {}
        Err(err) => return Err(err.into()),
    }
    let row = match database.engine() {
        Engine::MySql => "INSERT IGNORE INTO migration_lease (id, holder, expires_at_ms) VALUES (1, '', 0)",
        Engine::Postgres | Engine::Sqlite => {
            "INSERT INTO migration_lease (id, holder, expires_at_ms) VALUES (1, '', 0) ON CONFLICT DO NOTHING"
        }
    };
    database.execute(Sql::of(database.engine(), row)).await.map(|_| ())
}

async fn take_lease(database: &Database, holder: &str, now_ms: i64) -> Result<bool, Error> {
    let mut sql = Sql::of(database.engine(), "UPDATE migration_lease SET holder = ");
    sql.bind(holder).push(", expires_at_ms = ").bind(now_ms + lease_ms());
    sql.push(" WHERE id = 1 AND (expires_at_ms < ").bind(now_ms).push(" OR holder = ").bind(holder).push(")");
    Ok(database.execute(sql).await?.rows_affected() == 1)
}

/// Renews the lease for ever; ends only when it cannot.
async fn renew(database: &Database, holder: &str, now_ms: &(impl Fn() -> i64 + Sync)) -> Result<(), Error> {
    // SQLite's single writer is busy with the migration itself, and its other processes wait for the file.
    if database.engine() == Engine::Sqlite {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(RENEWAL).await;
        if !take_lease(database, holder, now_ms()).await? {
            return Err(Error::internal("the migration lease was lost to another process"));
        }
    }
}

async fn release_lease(database: &Database, holder: &str) -> Result<(), Error> {
    let mut sql =
        Sql::of(database.engine(), "UPDATE migration_lease SET holder = '', expires_at_ms = 0 WHERE id = 1 AND holder = ");
    sql.bind(holder);
    database.execute(sql).await.map(|_| ())
}

fn lease_ms() -> i64 {
    i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX)
}
