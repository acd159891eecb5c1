//! Where a page starts and how long it is.

use sea_orm::Value;

/// The value of a sort key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// A price, an instant, a squared distance.
    Number(i64),
    /// A name key.
    Text(String),
}

impl SortKey {
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Number(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
        }
    }
}

/// A position in a sorted list: behind (or at) the row with this key and id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Seek {
    /// The sort key there.
    pub key: SortKey,
    /// The producer there; only lists by distance have it between key and id.
    pub producer_id: i64,
    /// The row's id.
    pub id: i64,
    /// Whether that row itself belongs to what follows.
    pub inclusive: bool,
}

/// A stretch of a sorted list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Window {
    /// Walk from the largest to the smallest.
    pub descending: bool,
    /// Start behind this position; at the end of the list when absent.
    pub after: Option<Seek>,
    /// At most so many rows.
    pub limit: u64,
}

/// An inclusive range of numbers, open at either end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Bounds {
    /// Smallest.
    pub min: Option<i64>,
    /// Largest.
    pub max: Option<i64>,
}

impl Bounds {
    /// Whether everything is inside.
    pub fn is_open(&self) -> bool {
        self.min.is_none() && self.max.is_none()
    }

    /// Whether `value` is inside.
    pub fn contains(&self, value: i64) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }

    /// Whether nothing can be inside.
    pub fn is_empty(&self) -> bool {
        matches!((self.min, self.max), (Some(min), Some(max)) if min > max)
    }
}
