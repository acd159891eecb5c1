//! Producers: look-ups and writes.

use sea_orm::QueryResult;

use super::cells::cells;
use super::database::{Database, Transaction};
use super::rows::{PRODUCER_COLUMNS, producer_row};
use super::sql::{Sql, padded};
use crate::domain::place::squared_reach;
use crate::domain::{Producer, ProducerDraft, name_key};
use crate::error::Error;

/// The producers with these ids; unknown ones are left out.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(database: &Database, ids: &[i64]) -> Result<Vec<Producer>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::of(database.engine(), &format!("SELECT {PRODUCER_COLUMNS} FROM producers r WHERE r.id IN "));
    sql.bind_list(padded(ids));
    producers(&database.all(sql).await?)
}

/// The producer with this slug.
///
/// # Errors
/// When the database fails.
pub async fn by_slug(database: &Database, slug: &str) -> Result<Option<Producer>, Error> {
    let mut sql = Sql::of(database.engine(), &format!("SELECT {PRODUCER_COLUMNS} FROM producers r WHERE r.slug = "));
    sql.bind(slug);
    Ok(producers(database.one(sql).await?.as_slice())?.pop())
}

/// The producers behind an id, by id.
///
/// # Errors
/// When the database fails.
pub async fn after_id(database: &Database, id: i64, limit: u32) -> Result<Vec<Producer>, Error> {
    let mut sql = Sql::of(database.engine(), &format!("SELECT {PRODUCER_COLUMNS} FROM producers r WHERE r.id > "));
    sql.bind(id).push(&format!(" ORDER BY r.id LIMIT {limit}"));
    producers(&database.all(sql).await?)
}

/// Locks the producers with these slugs, in the order of the slugs.
pub(crate) async fn lock(tx: &Transaction, slugs: &[&str]) -> Result<Vec<Producer>, Error> {
    let mut sql = Sql::of(tx.engine(), &format!("SELECT {PRODUCER_COLUMNS} FROM producers r WHERE r.slug IN "));
    sql.bind_list(padded(slugs)).push(" ORDER BY r.slug").push(tx.engine().for_update());
    producers(&tx.all(sql).await?)
}

/// Locks the producers with these ids, in the order of the ids: their products are about to copy their place and kind.
pub(crate) async fn lock_by_ids(tx: &Transaction, ids: &[i64]) -> Result<Vec<Producer>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::of(tx.engine(), &format!("SELECT {PRODUCER_COLUMNS} FROM producers r WHERE r.id IN "));
    sql.bind_list(padded(ids)).push(" ORDER BY r.id").push(tx.engine().for_update());
    producers(&tx.all(sql).await?)
}

/// Adds a producer with version 1.
pub(crate) async fn insert(tx: &Transaction, draft: &ProducerDraft, now_ms: i64) -> Result<i64, Error> {
    let mut sql = Sql::of(
        tx.engine(),
        "INSERT INTO producers (slug, name, name_key, kind, city, pincode, lat_e3, lng_e3, cell, delivery_radius_meters, \
         squared_reach, created_at_ms, updated_at_ms, version) VALUES (",
    );
    sql.bind(draft.slug.as_str()).push(", ").bind(draft.name.as_str()).push(", ").bind(name_key(&draft.name));
    sql.push(", ").bind(draft.kind.code()).push(", ").bind(draft.city.as_str()).push(", ").bind(draft.pincode.as_str());
    sql.push(", ").bind(draft.place.lat_e3).push(", ").bind(draft.place.lng_e3).push(", ").bind(draft.place.cell());
    sql.push(", ").bind(draft.delivery_radius_meters).push(", ").bind(squared_reach(draft.delivery_radius_meters));
    sql.push(", ").bind(now_ms).push(", ").bind(now_ms).push(", 1)");
    tx.insert(sql).await
}

/// Overwrites a locked producer.
pub(crate) async fn update(tx: &Transaction, producer: &Producer, now_ms: i64) -> Result<(), Error> {
    let mut sql = Sql::of(tx.engine(), "UPDATE producers SET name = ");
    sql.bind(producer.name.as_str()).push(", name_key = ").bind(name_key(&producer.name));
    sql.push(", kind = ").bind(producer.kind.code()).push(", city = ").bind(producer.city.as_str());
    sql.push(", pincode = ").bind(producer.pincode.as_str());
    sql.push(", lat_e3 = ").bind(producer.place.lat_e3).push(", lng_e3 = ").bind(producer.place.lng_e3);
    sql.push(", cell = ").bind(producer.place.cell());
    sql.push(", delivery_radius_meters = ").bind(producer.delivery_radius_meters);
    sql.push(", squared_reach = ").bind(squared_reach(producer.delivery_radius_meters));
    sql.push(", updated_at_ms = ").bind(now_ms).push(", version = ").bind(producer.version);
    sql.push(" WHERE id = ").bind(producer.id);
    tx.execute(sql).await.map(|_| ())
}

/// Copies a producer's place and kind into its products.
pub(crate) async fn copy_into_products(tx: &Transaction, producer: &Producer) -> Result<(), Error> {
    let mut sql = Sql::of(tx.engine(), "UPDATE products SET producer_kind = ");
    sql.bind(producer.kind.code());
    sql.push(", lat_e3 = ").bind(producer.place.lat_e3).push(", lng_e3 = ").bind(producer.place.lng_e3);
    sql.push(", cell = ").bind(producer.place.cell()).push(" WHERE producer_id = ").bind(producer.id);
    tx.execute(sql).await.map(|_| ())
}

fn producers(rows: &[QueryResult]) -> Result<Vec<Producer>, Error> {
    cells(rows).map(|row| producer_row(&row, 0)).collect()
}
