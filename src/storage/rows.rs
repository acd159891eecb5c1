//! Rows as the engines give them, read by position: by name costs a look-up per column and row.

use std::sync::Arc;

use sea_orm::QueryResult;

use super::database::Database;
use super::sql::Sql;
use crate::domain::{Category, Measure, Place, Producer, ProducerKind, Product, Unit};
use crate::error::Error;

/// Which columns of a product list are wanted beside the product's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Columns {
    /// The description, which may be long.
    pub description: bool,
    /// Its category, by a join.
    pub category: bool,
    /// Its producer, by a join.
    pub producer: bool,
}

impl Columns {
    /// The product alone, whole.
    pub const PRODUCT: Self = Self { description: true, category: false, producer: false };
}

/// A row of a product list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRow {
    /// The product; its description is empty unless asked for.
    pub product: Product,
    /// What it is sorted by under NAME.
    pub name_key: String,
    /// When asked for.
    pub category: Option<Arc<Category>>,
    /// When asked for.
    pub producer: Option<Arc<Producer>>,
}

/// Columns of [`product_columns`].
pub(crate) const PRODUCT_COLUMN_COUNT: usize = 18;
/// Columns of [`CATEGORY_COLUMNS`].
pub(crate) const CATEGORY_COLUMN_COUNT: usize = 5;
/// Columns of [`PRODUCER_COLUMNS`].
pub(crate) const PRODUCER_COLUMN_COUNT: usize = 11;

/// The columns that [`product_row`] reads, of the table or subquery `alias`.
pub(crate) fn product_columns(alias: &str, description: bool) -> String {
    let description = if description { format!("{alias}.description") } else { "'' AS description".to_owned() };
    let plain = [
        "id",
        "slug",
        "producer_id",
        "category_id",
        "producer_kind",
        "pack_unit",
        "name",
        "name_key",
        "price_minor",
        "pack_value_thousandths",
        "stock",
        "lat_e3",
        "lng_e3",
        "cell",
        "created_at_ms",
        "updated_at_ms",
        "version",
    ];
    let mut columns = String::with_capacity(320);
    for column in plain {
        columns.push_str(alias);
        columns.push('.');
        columns.push_str(column);
        columns.push_str(", ");
    }
    columns + &description
}

/// The columns that [`category_row`] reads, of the alias `c`.
pub(crate) const CATEGORY_COLUMNS: &str = "c.id, c.slug, c.name, c.position, c.version";

/// The columns that [`producer_row`] reads, of the alias `r`.
pub(crate) const PRODUCER_COLUMNS: &str = "r.id, r.slug, r.name, r.kind, r.city, r.pincode, r.lat_e3, r.lng_e3, \
     r.delivery_radius_meters, r.created_at_ms, r.version";

/// Runs a statement that selects what [`product_row`] reads.
pub(crate) async fn read_products(database: &Database, sql: Sql, columns: Columns) -> Result<Vec<ProductRow>, Error> {
    database.all(sql).await?.iter().map(|row| product_row(row, columns)).collect()
}

/// Reads what [`product_columns`] selected, and behind it the joined category and producer.
pub(crate) fn product_row(row: &QueryResult, columns: Columns) -> Result<ProductRow, Error> {
    let place = Place { lat_e3: row.try_get_by_index(11)?, lng_e3: row.try_get_by_index(12)? };
    let pack = Measure { value_thousandths: row.try_get_by_index(9)?, unit: unit(row.try_get_by_index(5)?)? };
    let product = Product {
        id: row.try_get_by_index(0)?,
        slug: row.try_get_by_index(1)?,
        producer_id: row.try_get_by_index(2)?,
        category_id: row.try_get_by_index(3)?,
        producer_kind: kind(row.try_get_by_index(4)?)?,
        name: row.try_get_by_index(6)?,
        price_minor: row.try_get_by_index(8)?,
        pack,
        stock: row.try_get_by_index(10)?,
        place,
        created_at_ms: row.try_get_by_index(14)?,
        updated_at_ms: row.try_get_by_index(15)?,
        version: row.try_get_by_index(16)?,
        description: if columns.description { row.try_get_by_index(17)? } else { String::new() },
    };
    let name_key = row.try_get_by_index(7)?;
    let category = columns.category.then(|| category_row(row, PRODUCT_COLUMN_COUNT).map(Arc::new)).transpose()?;
    let producer_at = PRODUCT_COLUMN_COUNT + if columns.category { CATEGORY_COLUMN_COUNT } else { 0 };
    let producer = columns.producer.then(|| producer_row(row, producer_at).map(Arc::new)).transpose()?;
    Ok(ProductRow { product, name_key, category, producer })
}

/// Reads [`CATEGORY_COLUMNS`] from position `at` on.
pub(crate) fn category_row(row: &QueryResult, at: usize) -> Result<Category, Error> {
    Ok(Category {
        id: row.try_get_by_index(at)?,
        slug: row.try_get_by_index(at + 1)?,
        name: row.try_get_by_index(at + 2)?,
        position: row.try_get_by_index(at + 3)?,
        version: row.try_get_by_index(at + 4)?,
    })
}

/// Reads [`PRODUCER_COLUMNS`] from position `at` on.
pub(crate) fn producer_row(row: &QueryResult, at: usize) -> Result<Producer, Error> {
    Ok(Producer {
        id: row.try_get_by_index(at)?,
        slug: row.try_get_by_index(at + 1)?,
        name: row.try_get_by_index(at + 2)?,
        kind: kind(row.try_get_by_index(at + 3)?)?,
        city: row.try_get_by_index(at + 4)?,
        pincode: row.try_get_by_index(at + 5)?,
        place: Place { lat_e3: row.try_get_by_index(at + 6)?, lng_e3: row.try_get_by_index(at + 7)? },
        delivery_radius_meters: row.try_get_by_index(at + 8)?,
        created_at_ms: row.try_get_by_index(at + 9)?,
        version: row.try_get_by_index(at + 10)?,
    })
}

fn kind(code: i16) -> Result<ProducerKind, Error> {
    ProducerKind::from_code(code).ok_or_else(|| Error::internal(format!("unknown producer kind {code} in the database")))
}

fn unit(code: i16) -> Result<Unit, Error> {
    Unit::from_code(code).ok_or_else(|| Error::internal(format!("unknown unit {code} in the database")))
}
