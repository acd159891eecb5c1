//! Producers: farmers, doodhwalas, farmer producer organisations and small producers.

use super::Place;

/// What kind of producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum ProducerKind {
    /// A farmer.
    Farmer = 1,
    /// A milkman.
    Doodhwala = 2,
    /// A farmer producer organisation.
    Fpo = 3,
    /// A small producer, for example of pickles.
    SmallProducer = 4,
}

impl ProducerKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Farmer, Self::Doodhwala, Self::Fpo, Self::SmallProducer];

    /// The stored number.
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The kind with this stored number.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A producer as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Producer {
    /// Database id.
    pub id: i64,
    /// Unique and readable, for links.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// What kind of producer.
    pub kind: ProducerKind,
    /// City or district.
    pub city: String,
    /// Six-digit Indian postal index number.
    pub pincode: String,
    /// Where, rounded to about 100 m.
    pub place: Place,
    /// How far this producer delivers.
    pub delivery_radius_meters: i64,
    /// Milliseconds since 1970.
    pub created_at_ms: i64,
    /// Grows with every change.
    pub version: i64,
}

/// A producer as a caller wants it to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerDraft {
    /// Natural key.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// What kind of producer.
    pub kind: ProducerKind,
    /// City or district.
    pub city: String,
    /// Six-digit Indian postal index number.
    pub pincode: String,
    /// Where, rounded to about 100 m.
    pub place: Place,
    /// How far this producer delivers.
    pub delivery_radius_meters: i64,
}
