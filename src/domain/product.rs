//! Products: something a producer sells, in packs of one size.

use super::{Measure, Place, ProducerKind};

/// A product as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Database id.
    pub id: i64,
    /// Unique and readable, for links.
    pub slug: String,
    /// Who sells it.
    pub producer_id: i64,
    /// The kind of its producer, copied so that lists filter without a join.
    pub producer_kind: ProducerKind,
    /// The shelf it stands on.
    pub category_id: i64,
    /// What people read.
    pub name: String,
    /// Free text, may be empty.
    pub description: String,
    /// Price of one pack in minor units of the installation's currency.
    pub price_minor: i64,
    /// What one pack holds.
    pub pack: Measure,
    /// Packs in stock; `None` when the producer does not track it.
    pub stock: Option<i64>,
    /// Milliseconds since 1970.
    pub created_at_ms: i64,
    /// Milliseconds since 1970.
    pub updated_at_ms: i64,
    /// Grows with every change.
    pub version: i64,
    /// The producer's place, copied so that lists filter by distance without a join.
    pub place: Place,
}

/// A product as a caller wants it to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductDraft {
    /// Natural key.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// Free text, may be empty.
    pub description: String,
    /// Slug of its category.
    pub category_slug: String,
    /// Who sells it; `None` when the given id cannot be a producer's.
    pub producer_id: Option<i64>,
    /// Price of one pack in minor units.
    pub price_minor: i64,
    /// What one pack holds.
    pub pack: Measure,
    /// Absent: keep what is stored. `Some(None)`: not tracked.
    pub stock: Option<Option<i64>>,
    /// Refuse unless the stored version is this one.
    pub expected_version: Option<i64>,
}

/// How much of a product is left, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockStatus {
    /// Enough, or not tracked.
    InStock,
    /// Between 1 and the configured number of packs.
    LowStock,
    /// None.
    OutOfStock,
}

impl StockStatus {
    /// The status of `stock` packs, when up to `low_stock` packs count as low.
    pub fn of(stock: Option<i64>, low_stock: i64) -> Self {
        match stock {
            None => Self::InStock,
            Some(packs) if packs <= 0 => Self::OutOfStock,
            Some(packs) if packs <= low_stock => Self::LowStock,
            Some(_) => Self::InStock,
        }
    }
}

/// Whether a pack can be bought: untracked stock can.
pub fn in_stock(stock: Option<i64>) -> bool {
    stock.is_none_or(|packs| packs > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untracked_stock_is_in_stock_and_the_last_packs_are_low() {
        let status: Vec<_> = [None, Some(0), Some(1), Some(5), Some(6)].map(|stock| StockStatus::of(stock, 5)).into();
        use StockStatus::{InStock, LowStock, OutOfStock};
        assert_eq!(status, [InStock, OutOfStock, LowStock, LowStock, InStock]);
        assert!(in_stock(None) && in_stock(Some(1)) && !in_stock(Some(0)));
    }
}
