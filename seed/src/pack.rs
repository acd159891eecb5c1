//! Pack sizes, and which are usual for what.

/// What a pack is measured in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A thousandth of a kilogram.
    #[default]
    Gram,
    /// A kilogram.
    Kilogram,
    /// A thousandth of a litre.
    Millilitre,
    /// A litre.
    Litre,
    /// One of something that is counted.
    Piece,
    /// Twelve pieces.
    Dozen,
    /// A handful of stalks, tied together.
    Bunch,
}

/// One size of a pack.
#[derive(Clone, Copy)]
pub(crate) struct Pack {
    /// How many units, in thousandths.
    pub(crate) value_thousandths: i64,
    pub(crate) unit: Unit,
    /// How many kilograms, litres, pieces or bunches (what the item's price is for), in thousandths.
    pub(crate) base_thousandths: i64,
}

const fn grams(grams: i64) -> Pack {
    Pack { value_thousandths: grams * 1000, unit: Unit::Gram, base_thousandths: grams }
}

const fn kilograms(kilograms: i64) -> Pack {
    Pack { value_thousandths: kilograms * 1000, unit: Unit::Kilogram, base_thousandths: kilograms * 1000 }
}

const fn millilitres(millilitres: i64) -> Pack {
    Pack { value_thousandths: millilitres * 1000, unit: Unit::Millilitre, base_thousandths: millilitres }
}

const fn litres(litres: i64) -> Pack {
    Pack { value_thousandths: litres * 1000, unit: Unit::Litre, base_thousandths: litres * 1000 }
}

const fn pieces(pieces: i64) -> Pack {
    Pack { value_thousandths: pieces * 1000, unit: Unit::Piece, base_thousandths: pieces * 1000 }
}

const fn dozens(dozens: i64) -> Pack {
    Pack { value_thousandths: dozens * 1000, unit: Unit::Dozen, base_thousandths: dozens * 12_000 }
}

const fn bunches(bunches: i64) -> Pack {
    Pack { value_thousandths: bunches * 1000, unit: Unit::Bunch, base_thousandths: bunches * 1000 }
}

// The usual sizes come first. One and a half kilograms or litres show that values need not be whole.

const ONE_AND_A_HALF_KILOGRAMS: Pack = Pack { value_thousandths: 1500, unit: Unit::Kilogram, base_thousandths: 1500 };
const ONE_AND_A_HALF_LITRES: Pack = Pack { value_thousandths: 1500, unit: Unit::Litre, base_thousandths: 1500 };

/// Plucked leaves, for the price of a bunch and a half.
const LOOSE_LEAVES: Pack = Pack { value_thousandths: 250_000, unit: Unit::Gram, base_thousandths: 1500 };

/// Vegetables by weight.
pub(crate) const LOOSE: &[Pack] = &[kilograms(1), grams(500), grams(250), kilograms(2), kilograms(5)];
/// Fruit by weight.
pub(crate) const FRUIT: &[Pack] = &[kilograms(1), grams(500), kilograms(2), ONE_AND_A_HALF_KILOGRAMS, kilograms(3), kilograms(5)];
/// Big fruit and vegetables, sold one by one.
pub(crate) const BIG: &[Pack] = &[pieces(1), pieces(2), pieces(4)];
/// Small things that are counted.
pub(crate) const COUNTED: &[Pack] = &[pieces(6), dozens(1), pieces(10), pieces(4), dozens(2)];
/// Eggs.
pub(crate) const EGGS: &[Pack] = &[pieces(6), dozens(1), pieces(30), pieces(10), dozens(2)];
/// Herbs and greens.
pub(crate) const BUNCHES: &[Pack] = &[bunches(1), bunches(2), LOOSE_LEAVES, bunches(3)];
/// Milk and drinks made of it.
pub(crate) const DRINKS: &[Pack] = &[litres(1), millilitres(500), litres(2), millilitres(250), ONE_AND_A_HALF_LITRES];
/// Paneer, curd and butter.
pub(crate) const SOFT: &[Pack] = &[grams(500), grams(200), grams(250), kilograms(1), grams(100)];
/// Ghee and oil.
pub(crate) const OIL: &[Pack] = &[litres(1), millilitres(500), litres(5), millilitres(250), litres(2), litres(15)];
/// Oil that is used by the spoon.
pub(crate) const BOTTLE: &[Pack] = &[millilitres(250), millilitres(500), millilitres(100), litres(1)];
/// Grain, flour and pulses.
pub(crate) const STAPLE: &[Pack] = &[kilograms(1), kilograms(5), grams(500), kilograms(2), kilograms(10), kilograms(25)];
/// Spices.
pub(crate) const SPICE: &[Pack] = &[grams(100), grams(200), grams(250), grams(50), grams(500), kilograms(1)];
/// What costs a fortune.
pub(crate) const TINY: &[Pack] = &[grams(1), grams(2), grams(5)];
/// Honey, pickles and sweets in jars.
pub(crate) const JAR: &[Pack] = &[grams(500), grams(250), kilograms(1), grams(200)];
