//! Rows as the engines give them, read by position: by name costs a look-up per column and row.

use std::sync::Arc;

use super::cells::{Cells, cells};
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
    cells(&database.all(sql).await?).map(|row| product_row(&row, columns)).collect()
}

/// Reads what [`product_columns`] selected, and behind it the joined category and producer.
pub(crate) fn product_row(row: &Cells<'_>, columns: Columns) -> Result<ProductRow, Error> {
    let place = Place { lat_e3: row.get(11)?, lng_e3: row.get(12)? };
    let pack = Measure { value_thousandths: row.get(9)?, unit: unit(row.get(5)?)? };
    let product = Product {
        id: row.get(0)?,
        slug: row.get(1)?,
        producer_id: row.get(2)?,
        category_id: row.get(3)?,
        producer_kind: kind(row.get(4)?)?,
        name: row.get(6)?,
        price_minor: row.get(8)?,
        pack,
        stock: row.nullable(10)?,
        place,
        created_at_ms: row.get(14)?,
        updated_at_ms: row.get(15)?,
        version: row.get(16)?,
        description: if columns.description { row.get(17)? } else { String::new() },
    };
    let name_key = row.get(7)?;
    let category = columns.category.then(|| category_row(row, PRODUCT_COLUMN_COUNT).map(Arc::new)).transpose()?;
    let producer_at = PRODUCT_COLUMN_COUNT + if columns.category { CATEGORY_COLUMN_COUNT } else { 0 };
    let producer = columns.producer.then(|| producer_row(row, producer_at).map(Arc::new)).transpose()?;
    Ok(ProductRow { product, name_key, category, producer })
}

/// Reads [`CATEGORY_COLUMNS`] from position `at` on.
pub(crate) fn category_row(row: &Cells<'_>, at: usize) -> Result<Category, Error> {
    Ok(Category {
        id: row.get(at)?,
        slug: row.get(at + 1)?,
        name: row.get(at + 2)?,
        position: row.get(at + 3)?,
        version: row.get(at + 4)?,
    })
}

/// Reads [`PRODUCER_COLUMNS`] from position `at` on.
pub(crate) fn producer_row(row: &Cells<'_>, at: usize) -> Result<Producer, Error> {
    Ok(Producer {
        id: row.get(at)?,
        slug: row.get(at + 1)?,
        name: row.get(at + 2)?,
        kind: kind(row.get(at + 3)?)?,
        city: row.get(at + 4)?,
        pincode: row.get(at + 5)?,
        place: Place { lat_e3: row.get(at + 6)?, lng_e3: row.get(at + 7)? },
        delivery_radius_meters: row.get(at + 8)?,
        created_at_ms: row.get(at + 9)?,
        version: row.get(at + 10)?,
    })
}

fn kind(code: i16) -> Result<ProducerKind, Error> {
    ProducerKind::from_code(code).ok_or_else(|| Error::internal(format!("unknown producer kind {code} in the database")))
}

fn unit(code: i16) -> Result<Unit, Error> {
    Unit::from_code(code).ok_or_else(|| Error::internal(format!("unknown unit {code} in the database")))
}
