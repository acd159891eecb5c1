//! What changed: the entries of the one ordered feed.

/// What kind of thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum EntityKind {
    /// A category.
    Category = 1,
    /// A producer; its products moved or were renamed with it, which is not told again for each.
    Producer = 2,
    /// A product.
    Product = 3,
}

impl EntityKind {
    /// The stored number.
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The kind with this stored number.
    pub fn from_code(code: i16) -> Option<Self> {
        [Self::Category, Self::Producer, Self::Product].into_iter().find(|kind| kind.code() == code)
    }
}

/// Which parts of the entity changed, as a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Aspects(pub i16);

impl Aspects {
    /// It did not exist before.
    pub const CREATED: Self = Self(1);
    /// It no longer exists.
    pub const REMOVED: Self = Self(2);
    /// Name.
    pub const NAME: Self = Self(4);
    /// Price.
    pub const PRICE: Self = Self(8);
    /// Quantity in stock, without becoming available or unavailable.
    pub const STOCK: Self = Self(16);
    /// It became available or unavailable.
    pub const AVAILABILITY: Self = Self(32);
    /// Category, producer or place.
    pub const SCOPE: Self = Self(64);
    /// Anything else that is shown.
    pub const DETAILS: Self = Self(128);

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// `other` added when `condition` holds.
    #[must_use]
    pub fn with_if(self, condition: bool, other: Self) -> Self {
        if condition { self.with(other) } else { self }
    }

    /// Whether all of `other` is in this set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing changed.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The lists that an entity stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scope {
    /// Category of a product.
    pub category_id: Option<i64>,
    /// Producer of a product.
    pub producer_id: Option<i64>,
    /// Grid cell of the place.
    pub cell: Option<i64>,
}

/// One entry of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Place in the feed: gap-free, and in version order per entity. 0 until it has been numbered.
    pub seq: i64,
    /// What kind of thing changed.
    pub kind: EntityKind,
    /// Which one.
    pub entity_id: i64,
    /// Its version after the change.
    pub version: i64,
    /// Which parts changed.
    pub aspects: Aspects,
    /// The lists it stood in before.
    pub before: Scope,
    /// The lists it stands in now.
    pub after: Scope,
    /// Milliseconds since 1970, by the writer's clock.
    pub at_ms: i64,
}
