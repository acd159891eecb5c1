//! A row as the JSON that the server would print for it.

use chrono::{DateTime, SecondsFormat};
use serde::Serialize;
use sqlx::{ColumnIndex, Database, Decode, Row, Type};

use crate::graphql::{amount, product_id};

/// Packs up to which stock is called low, as the server does by default.
const LOW_STOCK_PACKS: i64 = 5;

/// The answer to a list.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) data: Data,
}

#[derive(Debug, Serialize)]
pub(super) struct Data {
    pub(super) products: Products,
}

#[derive(Debug, Serialize)]
pub(super) struct Products {
    pub(super) nodes: Vec<Node>,
}

/// Eight fields of a product, and what was joined.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node {
    id: String,
    slug: String,
    name: String,
    description: String,
    price: Money,
    stock_status: &'static str,
    stock_quantity: Option<i64>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<Category>,
    #[serde(skip_serializing_if = "Option::is_none")]
    producer: Option<Producer>,
}

#[derive(Debug, Serialize)]
struct Money {
    amount: String,
    currency: &'static str,
}

#[derive(Debug, Serialize)]
struct Category {
    slug: String,
    name: String,
}

#[derive(Debug, Serialize)]
struct Producer {
    name: String,
    city: String,
}

impl Node {
    /// Reads a row of [`super::statement::statement`] by position.
    pub(super) fn read<R: Row>(row: &R, joined: bool) -> Result<Self, sqlx::Error>
    where
        usize: ColumnIndex<R>,
        i64: Type<R::Database> + for<'r> Decode<'r, R::Database>,
        Option<i64>: Type<R::Database> + for<'r> Decode<'r, R::Database>,
        String: Type<R::Database> + for<'r> Decode<'r, R::Database>,
        R::Database: Database,
    {
        let stock: Option<i64> = row.try_get(10)?;
        let created_at = DateTime::from_timestamp_millis(row.try_get(14)?).unwrap_or_default();
        Ok(Self {
            id: product_id(row.try_get(0)?),
            slug: row.try_get(1)?,
            name: row.try_get(6)?,
            description: row.try_get(17)?,
            price: Money { amount: amount(row.try_get(8)?), currency: "INR" },
            stock_status: stock_status(stock),
            stock_quantity: stock,
            created_at: created_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            category: if joined { Some(Category { slug: row.try_get(19)?, name: row.try_get(20)? }) } else { None },
            producer: if joined { Some(Producer { name: row.try_get(25)?, city: row.try_get(27)? }) } else { None },
        })
    }
}

fn stock_status(stock: Option<i64>) -> &'static str {
    match stock {
        Some(..=0) => "OUT_OF_STOCK",
        Some(..=LOW_STOCK_PACKS) => "LOW_STOCK",
        _ => "IN_STOCK",
    }
}
