//! The partner's ids of our things. Nothing else tells which is which: slugs may be alike by chance.

use std::collections::HashMap;

use sea_orm::QueryResult;

use super::clause::push_overwrite;
use super::database::{Database, Transaction};
use super::dialect::Engine;
use super::lookup::{Lookup, rows_by_key};
use super::sql::Sql;
use crate::domain::EntityKind;
use crate::error::Error;

/// Whose ids they are: the partner behind API A, whose webhooks speak of the same things.
const PARTNER: &str = "partner";

/// Our id of the partner's thing.
pub(crate) async fn find(tx: &Transaction, kind: EntityKind, external_id: &str) -> Result<Option<i64>, Error> {
    let mut sql = Sql::of(tx.engine(), "SELECT our_id FROM partner_ids WHERE source = ");
    sql.bind(PARTNER).push(" AND kind = ").bind(kind.code()).push(" AND external_id = ").bind(external_id);
    let row = tx.one(sql).await?;
    row.map(|row| row.try_get_by_index(0)).transpose().map_err(Error::from)
}

/// Remembers our id of the partner's thing.
pub(crate) async fn remember(tx: &Transaction, kind: EntityKind, external_id: &str, our_id: i64) -> Result<(), Error> {
    let mut sql = Sql::of(tx.engine(), "INSERT INTO partner_ids (source, kind, external_id, our_id) VALUES (");
    sql.bind(PARTNER).push(", ").bind(kind.code()).push(", ").bind(external_id).push(", ").bind(our_id).push(")");
    push_overwrite(&mut sql, "source, kind, external_id", ["our_id"]);
    tx.execute(sql).await.map(|_| ())
}

/// Our ids of these things; unknown ones are left out.
///
/// # Errors
/// When the database fails.
pub async fn find_all(database: &Database, kind: EntityKind, external_ids: &[&str]) -> Result<HashMap<String, i64>, Error> {
    if external_ids.is_empty() {
        return Ok(HashMap::new());
    }
    by_external_id(&database.all(select(database.engine(), kind, external_ids)).await?)
}

/// The same inside of a transaction.
pub(crate) async fn find_all_in(
    tx: &Transaction,
    kind: EntityKind,
    external_ids: &[&str],
) -> Result<HashMap<String, i64>, Error> {
    if external_ids.is_empty() {
        return Ok(HashMap::new());
    }
    by_external_id(&tx.all(select(tx.engine(), kind, external_ids)).await?)
}

fn select(engine: Engine, kind: EntityKind, external_ids: &[&str]) -> Sql {
    let fixed = [("source", PARTNER.into()), ("kind", kind.code().into())];
    let (columns, table, key) = ("external_id, our_id", "partner_ids", "external_id");
    rows_by_key(engine, &Lookup { columns, table, fixed: &fixed, residual: &[], key, locked: false }, external_ids)
}

fn by_external_id(rows: &[QueryResult]) -> Result<HashMap<String, i64>, Error> {
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}
