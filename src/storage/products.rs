//! Products: look-ups and writes of single rows.

use sea_orm::QueryResult;

use super::cells::cells;
use super::database::{Database, Transaction};
use super::rows::{Columns, product_columns, product_row};
use super::sql::{Sql, padded};
use crate::domain::product::in_stock;
use crate::domain::{Product, name_key};
use crate::error::Error;

/// The products with these ids; unknown ones are left out.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(database: &Database, ids: &[i64]) -> Result<Vec<Product>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::of(database.engine(), &select("p.id IN "));
    sql.bind_list(padded(ids));
    products(&database.all(sql).await?)
}

/// The product with this slug.
///
/// # Errors
/// When the database fails.
pub async fn by_slug(database: &Database, slug: &str) -> Result<Option<Product>, Error> {
    let mut sql = Sql::of(database.engine(), &select("p.slug = "));
    sql.bind(slug);
    Ok(products(database.one(sql).await?.as_slice())?.pop())
}

/// The products behind an id, by id.
///
/// # Errors
/// When the database fails.
pub async fn after_id(database: &Database, id: i64, limit: u32) -> Result<Vec<Product>, Error> {
    let mut sql = Sql::of(database.engine(), &select("p.id > "));
    sql.bind(id).push(&format!(" ORDER BY p.id LIMIT {limit}"));
    products(&database.all(sql).await?)
}

/// The ids of a producer's products.
///
/// # Errors
/// When the database fails.
pub async fn ids_of_producer(database: &Database, producer_id: i64) -> Result<Vec<i64>, Error> {
    let mut sql = Sql::of(database.engine(), "SELECT p.id FROM products p WHERE p.producer_id = ");
    sql.bind(producer_id);
    database.all(sql).await?.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Locks the products with these slugs, in the order of the slugs.
pub(crate) async fn lock(tx: &Transaction, slugs: &[&str]) -> Result<Vec<Product>, Error> {
    let mut sql = Sql::of(tx.engine(), &select("p.slug IN "));
    sql.bind_list(padded(slugs)).push(" ORDER BY p.slug").push(tx.engine().for_update());
    products(&tx.all(sql).await?)
}

/// Locks one product.
pub(crate) async fn lock_by_id(tx: &Transaction, id: i64) -> Result<Option<Product>, Error> {
    let mut sql = Sql::of(tx.engine(), &select("p.id = "));
    sql.bind(id).push(tx.engine().for_update());
    Ok(products(tx.one(sql).await?.as_slice())?.pop())
}

/// Locks products, in the order of their ids; unknown ones are left out.
pub(crate) async fn lock_by_ids(tx: &Transaction, ids: &[i64]) -> Result<Vec<Product>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::of(tx.engine(), &select("p.id IN "));
    sql.bind_list(padded(ids)).push(" ORDER BY p.id").push(tx.engine().for_update());
    products(&tx.all(sql).await?)
}

/// Adds a product and gives its id; the one in `product` is not looked at.
pub(crate) async fn insert(tx: &Transaction, product: &Product) -> Result<i64, Error> {
    let mut sql = Sql::of(
        tx.engine(),
        "INSERT INTO products (slug, producer_id, category_id, producer_kind, in_stock, pack_unit, name, name_key, description, \
         price_minor, pack_value_thousandths, stock, lat_e3, lng_e3, cell, created_at_ms, updated_at_ms, version) VALUES (",
    );
    sql.bind(product.slug.as_str()).push(", ").bind(product.producer_id).push(", ").bind(product.category_id);
    sql.push(", ").bind(product.producer_kind.code()).push(", ").bind(i16::from(in_stock(product.stock)));
    sql.push(", ").bind(product.pack.unit.code()).push(", ").bind(product.name.as_str());
    sql.push(", ").bind(name_key(&product.name)).push(", ").bind(product.description.as_str());
    sql.push(", ").bind(product.price_minor).push(", ").bind(product.pack.value_thousandths);
    sql.push(", ").bind(product.stock).push(", ").bind(product.place.lat_e3).push(", ").bind(product.place.lng_e3);
    sql.push(", ").bind(product.place.cell()).push(", ").bind(product.created_at_ms);
    sql.push(", ").bind(product.updated_at_ms).push(", ").bind(product.version).push(")");
    tx.insert(sql).await
}

/// Overwrites a locked product.
pub(crate) async fn update(tx: &Transaction, product: &Product) -> Result<(), Error> {
    let mut sql = Sql::of(tx.engine(), "UPDATE products SET producer_id = ");
    sql.bind(product.producer_id).push(", category_id = ").bind(product.category_id);
    sql.push(", producer_kind = ").bind(product.producer_kind.code());
    sql.push(", pack_unit = ").bind(product.pack.unit.code()).push(", name = ").bind(product.name.as_str());
    sql.push(", name_key = ").bind(name_key(&product.name)).push(", description = ").bind(product.description.as_str());
    sql.push(", price_minor = ").bind(product.price_minor);
    sql.push(", pack_value_thousandths = ").bind(product.pack.value_thousandths);
    sql.push(", lat_e3 = ").bind(product.place.lat_e3).push(", lng_e3 = ").bind(product.place.lng_e3);
    sql.push(", cell = ").bind(product.place.cell()).push(", ");
    push_stock(&mut sql, product);
    tx.execute(sql).await.map(|_| ())
}

/// Overwrites the stock of a locked product: no index is touched.
pub(crate) async fn update_stock(tx: &Transaction, product: &Product) -> Result<(), Error> {
    let mut sql = Sql::of(tx.engine(), "UPDATE products SET ");
    push_stock(&mut sql, product);
    tx.execute(sql).await.map(|_| ())
}

/// Removes locked products.
pub(crate) async fn delete(tx: &Transaction, ids: &[i64]) -> Result<(), Error> {
    let mut sql = Sql::of(tx.engine(), "DELETE FROM products WHERE id IN ");
    sql.bind_list(padded(ids));
    tx.execute(sql).await.map(|_| ())
}

fn push_stock(sql: &mut Sql, product: &Product) {
    sql.push("stock = ").bind(product.stock).push(", in_stock = ").bind(i16::from(in_stock(product.stock)));
    sql.push(", updated_at_ms = ").bind(product.updated_at_ms).push(", version = ").bind(product.version);
    sql.push(" WHERE id = ").bind(product.id);
}

fn select(condition: &str) -> String {
    format!("SELECT {} FROM products p WHERE {condition}", product_columns("p", true))
}

fn products(rows: &[QueryResult]) -> Result<Vec<Product>, Error> {
    cells(rows).map(|row| product_row(&row, Columns::PRODUCT).map(|row| row.product)).collect()
}
