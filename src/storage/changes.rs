//! The table behind the change feed.

use sea_orm::QueryResult;

use super::database::{Database, Transaction};
use super::sql::Sql;
use crate::domain::{Aspects, Change, EntityKind, Scope};
use crate::error::Error;

const COLUMNS: &str = "seq, entity_kind, entity_id, version, aspects, before_category_id, before_producer_id, before_cell, \
     after_category_id, after_producer_id, after_cell, at_ms";

/// Writes a change beside the write that it tells of; it is numbered after the commit.
pub(crate) async fn insert(tx: &Transaction, change: &Change) -> Result<(), Error> {
    let mut sql = Sql::of(tx.engine(), &format!("INSERT INTO changes ({COLUMNS}) VALUES (NULL, "));
    sql.bind(change.kind.code()).push(", ").bind(change.entity_id).push(", ").bind(change.version);
    sql.push(", ").bind(change.aspects.0);
    for scope in [&change.before, &change.after] {
        for id in [scope.category_id, scope.producer_id, scope.cell] {
            sql.push(", ").bind(id);
        }
    }
    sql.push(", ").bind(change.at_ms).push(")");
    tx.execute(sql).await.map(|_| ())
}

/// The numbered changes behind `position`, in order.
pub(crate) async fn after(database: &Database, position: i64, limit: u32) -> Result<Vec<Change>, Error> {
    let mut sql = Sql::of(database.engine(), &format!("SELECT {COLUMNS} FROM changes WHERE seq > "));
    sql.bind(position).push(&format!(" ORDER BY seq LIMIT {limit}"));
    database.all(sql).await?.iter().map(change).collect()
}

/// Whether a committed change still waits for its number.
pub(crate) async fn any_unnumbered(database: &Database) -> Result<bool, Error> {
    let sql = Sql::of(database.engine(), "SELECT id FROM changes WHERE seq IS NULL LIMIT 1");
    Ok(database.one(sql).await?.is_some())
}

/// The last number given out, and the first that is still kept.
pub(crate) async fn head(database: &Database) -> Result<Head, Error> {
    let sql = Sql::of(
        database.engine(),
        "SELECT h.seq, h.kept_from_seq, i.catalogue_generation FROM change_head h JOIN installation i ON i.id = h.id WHERE h.id = 1",
    );
    let row = database.one(sql).await?.ok_or_else(|| Error::internal("the change feed has no head"))?;
    Ok(Head { seq: row.try_get_by_index(0)?, kept_from_seq: row.try_get_by_index(1)?, generation: row.try_get_by_index(2)? })
}

/// Where the feed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last number given out.
    pub seq: i64,
    /// The first number that is still kept.
    pub kept_from_seq: i64,
    /// Raised when rows were changed behind the feed's back.
    pub generation: i64,
}

/// Forgets numbered changes made before `before_ms`, at most `limit` of them, oldest first; gives how many.
pub(crate) async fn forget_before(database: &Database, before_ms: i64, limit: u32) -> Result<u64, Error> {
    let text = format!("SELECT seq, at_ms FROM changes WHERE seq IS NOT NULL ORDER BY seq LIMIT {limit}");
    let mut last_old: Option<i64> = None;
    for row in database.all(Sql::of(database.engine(), &text)).await? {
        let at_ms: i64 = row.try_get_by_index(1)?;
        if at_ms >= before_ms {
            break;
        }
        last_old = Some(row.try_get_by_index(0)?);
    }
    let Some(last_old) = last_old else { return Ok(0) };
    let tx = database.begin().await?;
    // First the mark, then the rows: a follower that finds a gap finds the mark beyond it.
    let mut mark = Sql::of(tx.engine(), "UPDATE change_head SET kept_from_seq = ");
    mark.bind(last_old + 1).push(" WHERE id = 1 AND kept_from_seq <= ").bind(last_old);
    tx.execute(mark).await?;
    let mut delete = Sql::of(tx.engine(), "DELETE FROM changes WHERE seq <= ");
    delete.bind(last_old);
    let forgotten = tx.execute(delete).await?.rows_affected();
    tx.commit().await?;
    Ok(forgotten)
}

fn change(row: &QueryResult) -> Result<Change, Error> {
    let scope = |at: usize| -> Result<Scope, Error> {
        Ok(Scope {
            category_id: row.try_get_by_index(at)?,
            producer_id: row.try_get_by_index(at + 1)?,
            cell: row.try_get_by_index(at + 2)?,
        })
    };
    let kind: i16 = row.try_get_by_index(1)?;
    Ok(Change {
        seq: row.try_get_by_index(0)?,
        kind: EntityKind::from_code(kind).ok_or_else(|| Error::internal(format!("unknown entity kind {kind} in the feed")))?,
        entity_id: row.try_get_by_index(2)?,
        version: row.try_get_by_index(3)?,
        aspects: Aspects(row.try_get_by_index(4)?),
        before: scope(5)?,
        after: scope(8)?,
        at_ms: row.try_get_by_index(11)?,
    })
}
