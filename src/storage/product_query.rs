//! What is asked of a product list: which products, in which order, from where, and how many.

use super::rows::{Columns, ProductRow};
use super::seek::{Seek, SortKey, Window};
use super::selection::ProductSelection;
use crate::domain::Circle;

/// What a product list is sorted by; ties are broken by id in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProductOrder {
    /// The name key.
    Name,
    /// The price of a pack.
    Price,
    /// The creation instant.
    CreatedAt,
    /// The distance from the middle of the circle, then the producer.
    Distance,
}

impl ProductOrder {
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Name => "p.name_key",
            Self::Price => "p.price_minor",
            Self::CreatedAt | Self::Distance => "p.created_at_ms",
        }
    }

    pub(crate) fn index_suffix(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Price => "price",
            Self::CreatedAt | Self::Distance => "created",
        }
    }

    /// Where `row` stands in a list with this order.
    pub fn position(self, row: &ProductRow, near: Option<&Circle>) -> Seek {
        let product = &row.product;
        let key = match self {
            Self::Name => SortKey::Text(row.name_key.clone()),
            Self::Price => SortKey::Number(product.price_minor),
            Self::CreatedAt => SortKey::Number(product.created_at_ms),
            Self::Distance => SortKey::Number(near.map_or(0, |circle| circle.squared_distance(product.place))),
        };
        Seek { key, producer_id: product.producer_id, id: product.id, inclusive: false }
    }
}

/// A stretch of a product list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProductQuery {
    /// Which products.
    pub selection: ProductSelection,
    /// Sorted by what.
    pub order: ProductOrder,
    /// From where, and how many.
    pub window: Window,
    /// What is wanted of each.
    pub columns: Columns,
}
