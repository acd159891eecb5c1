//! What is known of the subjects of events, and who is working on which.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::QueryResult;

use super::clause::push_overwrite;
use super::database::{Database, Transaction};
use super::dialect::Engine;
use super::lookup::{Lookup, rows_by_key};
use super::sql::{Sql, in_few_sizes};
use crate::domain::partner::Position;
use crate::domain::{Aspect, Known, Subject};
use crate::error::Error;

const COLUMNS: &str = "details_version, details_at_ms, price_version, price_at_ms, stock_version, stock_at_ms, \
                       status_version, status_at_ms";

/// A subject that is locked until the transaction ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LockedSubject {
    /// What is known of it.
    pub known: Known,
    /// The token of the last lease.
    pub lease_token: i64,
    /// Whether it has a row yet.
    is_stored: bool,
}

/// Locks a subject. One that is new is not locked, but two who write it meet in [`stores`].
pub(crate) async fn lock(tx: &Transaction, subject: &Subject) -> Result<LockedSubject, Error> {
    Ok(lock_all(tx, &[&subject.to_string()]).await?.into_values().next().unwrap_or_default())
}

/// Locks subjects, given as text and sorted, one after the other; new ones are left out.
pub(crate) async fn lock_all(tx: &Transaction, subjects: &[&str]) -> Result<HashMap<String, LockedSubject>, Error> {
    if subjects.is_empty() {
        return Ok(HashMap::new());
    }
    let columns = format!("subject, known, lease_token, {COLUMNS}");
    let table = "webhook_subjects";
    let lookup = Lookup { columns: &columns, table, fixed: &[], residual: &[], key: "subject", locked: true };
    tx.all(rows_by_key(tx.engine(), &lookup, subjects))
        .await?
        .iter()
        .map(|row| Ok((row.try_get_by_index(0)?, locked(row)?)))
        .collect()
}

fn locked(row: &QueryResult) -> Result<LockedSubject, Error> {
    let bits: i16 = row.try_get_by_index(1)?;
    let mut known = Known::default();
    for (n, aspect) in Aspect::ALL.into_iter().enumerate() {
        if bits & (1 << n) != 0 {
            let (version, at_ms) = (row.try_get_by_index(3 + 2 * n)?, row.try_get_by_index(4 + 2 * n)?);
            known.set(aspect, Position { version, at_ms });
        }
    }
    Ok(LockedSubject { known, lease_token: row.try_get_by_index(2)?, is_stored: true })
}

/// The statements that write what is known of subjects that were locked in the same transaction; leases are let alone. It is
/// contention when one that was new has come in between: nobody held it, and what is known of it by now was not looked at.
pub(crate) fn stores(engine: Engine, subjects: &[(&str, &LockedSubject)]) -> Vec<Sql> {
    let (stored, new): (Vec<_>, Vec<_>) = subjects.iter().partition(|(_, subject)| subject.is_stored);
    let overwrite = |rows: &[(&str, &LockedSubject)]| {
        let mut sql = insert(engine, rows);
        push_overwrite(&mut sql, "subject", COLUMNS.split(", ").chain(["known"]));
        sql
    };
    in_few_sizes(&new).map(|rows| insert(engine, rows)).chain(in_few_sizes(&stored).map(overwrite)).collect()
}

fn insert(engine: Engine, rows: &[(&str, &LockedSubject)]) -> Sql {
    let insert = format!("INSERT INTO webhook_subjects (subject, lease_token, lease_until_ms, known, {COLUMNS}) VALUES ");
    let mut sql = Sql::of(engine, &insert);
    for (n, (name, LockedSubject { known, .. })) in rows.iter().enumerate() {
        sql.push(if n > 0 { ", (" } else { "(" }).bind(*name).push(", 0, 0, ").bind(bits(known));
        for aspect in Aspect::ALL {
            let Position { version, at_ms } = known.of(aspect).unwrap_or_default();
            sql.push(", ").bind(version).push(", ").bind(at_ms);
        }
        sql.push(")");
    }
    sql
}

/// A bit for each aspect of which something is known.
fn bits(known: &Known) -> i16 {
    Aspect::ALL.into_iter().enumerate().map(|(n, aspect)| i16::from(known.of(aspect).is_some()) << n).sum()
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
