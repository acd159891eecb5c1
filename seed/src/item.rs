//! What is sold: the shape of the tables in `items`.

use crate::items;
use crate::pack::Pack;

/// A kind of food.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub(crate) english: &'static str,
    /// In Devanagari.
    pub(crate) hindi: &'static str,
    /// Usual price of a kilogram, litre, piece or bunch, in rupees.
    pub(crate) base_rupees: i64,
    pub(crate) packs: &'static [Pack],
    /// In English and in Hindi, to be put before the name.
    pub(crate) varieties: &'static [(&'static str, &'static str)],
}

pub(crate) const fn item(
    english: &'static str,
    hindi: &'static str,
    base_rupees: i64,
    packs: &'static [Pack],
    varieties: &'static [(&'static str, &'static str)],
) -> Item {
    Item { english, hindi, base_rupees, packs, varieties }
}

/// The items of a category, the usual ones first.
pub(crate) fn items_of(category_id: i64) -> &'static [Item] {
    match category_id {
        1 => items::field::VEGETABLES,
        2 => items::field::FRUIT,
        3 => items::milk::MILK,
        4 => items::milk::DAIRY,
        5 => items::staple::GRAINS,
        6 => items::kitchen::SPICES,
        7 => items::staple::PULSES,
        8 => items::field::GREENS,
        9 => items::kitchen::OILS,
        10 => items::kitchen::PICKLES,
        11 => items::kitchen::HONEY_JAGGERY,
        _ => items::milk::EGGS,
    }
}
