//! Numbers committed changes, in one order for everybody.
//!
//! An auto-increment is handed out before the commit, so a follower that has read 11 may never see 10. Here a number is
//! given only to rows that are committed, by whoever holds the row `change_head`: numbers have no gaps, and those of one
//! entity are in the order of its versions.

use crate::error::Error;
use crate::storage::database::{Database, Transaction};
use crate::storage::sql::Sql;

/// Rows numbered in one transaction: the lock is held for a few milliseconds.
const BATCH: usize = 200;

/// Numbers all committed changes that have none yet; gives the last number of the feed.
///
/// # Errors
/// When the database fails; nothing is lost, the next run numbers them.
pub async fn run(database: &Database) -> Result<i64, Error> {
    loop {
        let tx = database.begin().await?;
        let (head, numbered) = number_batch(&tx).await?;
        tx.commit().await?;
        if numbered < BATCH {
            return Ok(head);
        }
    }
}

async fn number_batch(tx: &Transaction) -> Result<(i64, usize), Error> {
    let lock = format!("SELECT seq FROM change_head WHERE id = 1{}", tx.engine().for_update());
    let row = tx.one(Sql::of(tx.engine(), &lock)).await?.ok_or_else(|| Error::internal("the change feed has no head"))?;
    let head: i64 = row.try_get_by_index(0)?;

    let text = format!("SELECT id FROM changes WHERE seq IS NULL ORDER BY entity_kind, entity_id, version LIMIT {BATCH}");
    let rows = tx.all(Sql::of(tx.engine(), &text)).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    if ids.is_empty() {
        return Ok((head, 0));
    }
    tx.execute(assign(tx, &ids, head)).await?;
    let new_head = head + i64::try_from(ids.len()).unwrap_or(0);
    let mut sql = Sql::of(tx.engine(), "UPDATE change_head SET seq = ");
    sql.bind(new_head).push(" WHERE id = 1");
    tx.execute(sql).await?;
    Ok((new_head, ids.len()))
}

/// The n-th of `ids` gets `head + n`. The numbers are ours, so they stand in the text.
fn assign(tx: &Transaction, ids: &[i64], head: i64) -> Sql {
    let mut sql = Sql::of(tx.engine(), "UPDATE changes SET seq = CASE id");
    for (id, seq) in ids.iter().zip(head + 1..) {
        sql.push(&format!(" WHEN {id} THEN {seq}"));
    }
    let list: Vec<String> = ids.iter().map(i64::to_string).collect();
    sql.push(&format!(" END WHERE id IN ({})", list.join(", ")));
    sql
}
