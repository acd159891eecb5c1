//! What a pack holds, and the price per kilogram, litre or piece.

/// A unit of measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Unit {
    /// Gram.
    Gram = 1,
    /// Kilogram.
    Kilogram = 2,
    /// Millilitre.
    Millilitre = 3,
    /// Litre.
    Litre = 4,
    /// Piece.
    Piece = 5,
    /// Twelve pieces.
    Dozen = 6,
    /// Bunch, as greens are sold.
    Bunch = 7,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 7] = [Self::Gram, Self::Kilogram, Self::Millilitre, Self::Litre, Self::Piece, Self::Dozen, Self::Bunch];

    /// The stored number.
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The unit with this stored number.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.code() == code)
    }

    /// The unit that prices are compared in, and how many thousandths of it one of these is.
    fn base(self) -> (Self, i128) {
        match self {
            Self::Gram => (Self::Kilogram, 1),
            Self::Kilogram => (Self::Kilogram, 1_000),
            Self::Millilitre => (Self::Litre, 1),
            Self::Litre => (Self::Litre, 1_000),
            Self::Piece => (Self::Piece, 1_000),
            Self::Dozen => (Self::Piece, 12_000),
            Self::Bunch => (Self::Bunch, 1_000),
        }
    }
}

/// An amount of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// Thousandths of the unit: 1 500 litres/1000 are one and a half litres.
    pub value_thousandths: i64,
    /// The unit.
    pub unit: Unit,
}

/// A price for one base unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitPrice {
    /// Minor units of the currency.
    pub price_minor: i64,
    /// Always one of something.
    pub per: Measure,
}

impl Measure {
    /// What one kilogram, litre, piece or bunch costs when this much costs `price_minor`; halves round up. Saturates at
    /// the largest price there is.
    pub fn unit_price(self, price_minor: i64) -> UnitPrice {
        let (base, thousandths) = self.unit.base();
        // The pack in millionths of the base unit.
        let pack = (i128::from(self.value_thousandths) * thousandths).max(1);
        let price = (i128::from(price_minor) * 1_000_000 * 2 + pack) / (pack * 2);
        UnitPrice { price_minor: i64::try_from(price).unwrap_or(i64::MAX), per: Self { value_thousandths: 1_000, unit: base } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_base(value_thousandths: i64, unit: Unit, price_minor: i64) -> (i64, Unit) {
        let price = Measure { value_thousandths, unit }.unit_price(price_minor);
        (price.price_minor, price.per.unit)
    }

    #[test]
    fn packs_of_different_sizes_compare() {
        assert_eq!(per_base(500_000, Unit::Gram, 3_200), (6_400, Unit::Kilogram));
        assert_eq!(per_base(2_000, Unit::Kilogram, 3_200), (1_600, Unit::Kilogram));
        assert_eq!(per_base(250_000, Unit::Millilitre, 1_601), (6_404, Unit::Litre));
        assert_eq!(per_base(1_000, Unit::Dozen, 7_200), (600, Unit::Piece));
        assert_eq!(per_base(1_000, Unit::Bunch, 1_500), (1_500, Unit::Bunch));
    }

    #[test]
    fn halves_round_up_and_the_largest_price_does_not_overflow() {
        assert_eq!(per_base(2_000, Unit::Piece, 5), (3, Unit::Piece));
        assert_eq!(per_base(1, Unit::Gram, i64::MAX), (i64::MAX, Unit::Kilogram));
    }
}
