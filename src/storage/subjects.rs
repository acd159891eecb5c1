//! What is known of the subjects of events, and who is working on which.

use std::time::Duration;

use super::database::{Database, Transaction};
use super::dialect::Engine;
use super::sql::Sql;
use crate::domain::partner::Position;
use crate::domain::{Aspect, Known, Subject};
use crate::error::Error;

const COLUMNS: &str = "details_version, details_at_ms, price_version, price_at_ms, stock_version, stock_at_ms, \
                       status_version, status_at_ms";

/// A subject that is locked until the transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockedSubject {
    /// What is known of it.
    pub known: Known,
    /// The token of the last lease.
    pub lease_token: i64,
    /// Whether it has a row yet.
    is_stored: bool,
}

/// Locks a subject. One that is new is not locked, but two who write it collide in [`store`].
pub(crate) async fn lock(tx: &Transaction, subject: &Subject) -> Result<LockedSubject, Error> {
    let mut sql = Sql::of(tx.engine(), &format!("SELECT known, lease_token, {COLUMNS} FROM webhook_subjects WHERE subject = "));
    sql.bind(subject.to_string()).push(tx.engine().for_update());
    let Some(row) = tx.one(sql).await? else {
        return Ok(LockedSubject { known: Known::default(), lease_token: 0, is_stored: false });
    };
    let bits: i16 = row.try_get_by_index(0)?;
    let mut known = Known::default();
    for (n, aspect) in Aspect::ALL.into_iter().enumerate() {
        if bits & (1 << n) != 0 {
            let (version, at_ms) = (row.try_get_by_index(2 + 2 * n)?, row.try_get_by_index(3 + 2 * n)?);
            known.set(aspect, Position { version, at_ms });
        }
    }
    Ok(LockedSubject { known, lease_token: row.try_get_by_index(1)?, is_stored: true })
}

/// Writes what is known of a subject that was locked in the same transaction.
pub(crate) async fn store(tx: &Transaction, subject: &Subject, locked: &LockedSubject) -> Result<(), Error> {
    let mut bits = 0_i16;
    let mut values = Vec::with_capacity(8);
    for (n, aspect) in Aspect::ALL.into_iter().enumerate() {
        let position = locked.known.of(aspect);
        bits |= i16::from(position.is_some()) << n;
        let Position { version, at_ms } = position.unwrap_or_default();
        values.extend([version, at_ms]);
    }
    let mut sql;
    if locked.is_stored {
        sql = Sql::of(tx.engine(), "UPDATE webhook_subjects SET known = ");
        sql.bind(bits);
        for (column, value) in COLUMNS.split(", ").map(str::trim).zip(values) {
            sql.push(&format!(", {column} = ")).bind(value);
        }
        sql.push(" WHERE subject = ").bind(subject.to_string());
    } else {
        let text = format!("INSERT INTO webhook_subjects (subject, known, lease_token, lease_until_ms, {COLUMNS}) VALUES (");
        sql = Sql::of(tx.engine(), &text);
        sql.bind(subject.to_string()).push(", ").bind(bits).push(", 0, 0");
        for value in values {
            sql.push(", ").bind(value);
        }
        sql.push(")");
    }
    tx.execute(sql).await.map(|_| ())
}

/// Takes the lease of a subject for `duration`, by the database's clock: those of the servers may differ. `None` while
/// somebody else holds it.
///
/// # Errors
/// When the database fails.
pub async fn take_lease(database: &Database, subject: &Subject, duration: Duration) -> Result<Option<i64>, Error> {
    ensure(database, subject).await?;
    let engine = database.engine();
    let (now, lasting) = (clock(engine), duration.as_millis());
    let tx = database.begin().await?;
    let mut sql = Sql::of(
        engine,
        &format!(
            "UPDATE webhook_subjects SET lease_token = lease_token + 1, lease_until_ms = {now} + {lasting} WHERE subject = "
        ),
    );
    sql.bind(subject.to_string()).push(&format!(" AND lease_until_ms <= {now}"));
    if tx.execute(sql).await?.rows_affected() == 0 {
        return Ok(None);
    }
    let mut sql = Sql::of(engine, "SELECT lease_token FROM webhook_subjects WHERE subject = ");
    sql.bind(subject.to_string());
    let row = tx.one(sql).await?.ok_or_else(|| Error::internal("a leased subject is gone"))?;
    let token = row.try_get_by_index(0)?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Gives a lease back, unless it is somebody else's by now.
///
/// # Errors
/// When the database fails; the lease then runs out.
pub async fn release_lease(database: &Database, subject: &Subject, token: i64) -> Result<(), Error> {
    let mut sql = Sql::of(database.engine(), "UPDATE webhook_subjects SET lease_until_ms = 0 WHERE subject = ");
    sql.bind(subject.to_string()).push(" AND lease_token = ").bind(token);
    database.execute(sql).await.map(|_| ())
}

async fn ensure(database: &Database, subject: &Subject) -> Result<(), Error> {
    let columns = "(subject, known, lease_token, lease_until_ms)";
    let (insert, end) = match database.engine() {
        Engine::MySql => ("INSERT IGNORE INTO", ""),
        Engine::Postgres | Engine::Sqlite => ("INSERT INTO", " ON CONFLICT DO NOTHING"),
    };
    let mut sql = Sql::of(database.engine(), &format!("{insert} webhook_subjects {columns} VALUES ("));
    sql.bind(subject.to_string()).push(", 0, 0, 0)").push(end);
    database.execute(sql).await.map(|_| ())
}

/// Now, in milliseconds since 1970, by the database.
pub(super) fn clock(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        Engine::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        Engine::MySql => "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
    }
}
