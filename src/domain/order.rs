//! Orders: a mirror of the partner's book.

use super::Currency;

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum OrderStatus {
    /// Placed, not yet taken on.
    Pending = 1,
    /// Taken on.
    Confirmed = 2,
    /// Ready to go.
    Packed = 3,
    /// On its way.
    OutForDelivery = 4,
    /// With the household.
    Delivered = 5,
    /// Called off.
    Cancelled = 6,
    /// Paid back.
    Refunded = 7,
}

impl OrderStatus {
    /// Every status.
    pub const ALL: [Self; 7] =
        [Self::Pending, Self::Confirmed, Self::Packed, Self::OutForDelivery, Self::Delivered, Self::Cancelled, Self::Refunded];

    /// The stored number.
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The status with this stored number.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// The status as partners write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Confirmed => "CONFIRMED",
            Self::Packed => "PACKED",
            Self::OutForDelivery => "OUT_FOR_DELIVERY",
            Self::Delivered => "DELIVERED",
            Self::Cancelled => "CANCELLED",
            Self::Refunded => "REFUNDED",
        }
    }

    /// The status that partners write so.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OrderLine {
    /// The product's id in the partner's system.
    pub product_external_id: String,
    /// What was ordered, as it was called then.
    pub name: String,
    /// Packs.
    pub quantity: i32,
    /// Price of one pack in minor units of the order's currency.
    pub price_minor: i64,
}

/// What an order holds besides its status: it changes as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDetails {
    /// What is to be paid, in minor units.
    pub total_minor: i64,
    /// The currency of all its prices; it need not be the installation's.
    pub currency: Currency,
    /// What was ordered.
    pub lines: Vec<OrderLine>,
    /// Milliseconds since 1970.
    pub placed_at_ms: i64,
}

/// An order as it is mirrored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Database id.
    pub id: i64,
    /// The order's number in the partner's system.
    pub external_id: String,
    /// How far it is.
    pub status: OrderStatus,
    /// The rest of it.
    pub details: OrderDetails,
    /// When it last changed, by the partner's clock if that is known; milliseconds since 1970.
    pub updated_at_ms: i64,
    /// When it was last read from the partner, by a webhook or by ourselves; milliseconds since 1970.
    pub as_of_ms: i64,
}
