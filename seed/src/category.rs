//! The twelve categories, their share of the products, and who sells them.

use crate::kind::ProducerKind;
use crate::product::OLDEST_AT_MS;
use crate::random::Random;

/// How many categories every catalogue has.
pub const CATEGORY_COUNT: u64 = 12;

/// A group of products in the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// From 1.
    pub id: i64,
    /// For links, for example `vegetables`.
    pub slug: String,
    /// For people.
    pub name: String,
    /// Place in the display order, smallest first.
    pub position: i64,
    /// Milliseconds since 1970 UTC; not after any product.
    pub created_at_ms: i64,
}

/// What is fixed about a category.
pub(crate) struct Profile {
    slug: &'static str,
    name: &'static str,
    /// Percent of all products.
    share: u64,
    /// Percent of its products by kind, in the order of [`ProducerKind::ALL`]; 0 means that the kind never sells it.
    kinds: [u64; 4],
    /// Sold within days of harvest, so that freshness is worth a word.
    pub(crate) perishable: bool,
}

const fn profile(slug: &'static str, name: &'static str, share: u64, kinds: [u64; 4], perishable: bool) -> Profile {
    Profile { slug, name, share, kinds, perishable }
}

/// In display order; the place is the id less one.
const PROFILES: [Profile; CATEGORY_COUNT as usize] = [
    profile("vegetables", "Vegetables", 24, [82, 0, 18, 0], true),
    profile("fruit", "Fruit", 15, [82, 0, 18, 0], true),
    profile("milk", "Milk", 10, [28, 70, 2, 0], true),
    profile("dairy", "Dairy", 12, [38, 42, 8, 12], true),
    profile("grains", "Grains and Flour", 9, [60, 0, 30, 10], false),
    profile("spices", "Spices", 7, [25, 0, 25, 50], false),
    profile("pulses", "Pulses", 6, [65, 0, 35, 0], false),
    profile("greens", "Leafy Greens and Herbs", 5, [92, 0, 8, 0], true),
    profile("oils", "Cold-Pressed Oils", 4, [15, 0, 20, 65], false),
    profile("pickles", "Pickles and Chutneys", 3, [0, 0, 5, 95], false),
    profile("honey-jaggery", "Honey and Jaggery", 3, [20, 0, 15, 65], false),
    profile("eggs", "Eggs", 2, [90, 0, 10, 0], true),
];

/// The category with this id.
pub(crate) fn profile_of(id: i64) -> &'static Profile {
    &PROFILES[(id - 1) as usize]
}

/// All categories in display order.
pub(crate) fn all() -> Vec<Category> {
    let rows = PROFILES.iter().zip(1..);
    rows.map(|(profile, id)| Category {
        id,
        slug: profile.slug.to_owned(),
        name: profile.name.to_owned(),
        position: id,
        created_at_ms: OLDEST_AT_MS,
    })
    .collect()
}

/// A category id and the kind that sells it, in proportion to the shares.
pub(crate) fn choose(random: &mut Random) -> (i64, ProducerKind) {
    let place = weighted(random, PROFILES.iter().map(|profile| profile.share));
    let kind = weighted(random, PROFILES[place].kinds.iter().copied());
    (place as i64 + 1, ProducerKind::ALL[kind])
}

impl ProducerKind {
    /// Whether producers of this kind sell the category with this id; false for an unknown id.
    pub fn sells(self, category_id: i64) -> bool {
        let place = usize::try_from(category_id - 1).ok();
        let profile = place.and_then(|place| PROFILES.get(place));
        profile.is_some_and(|profile| profile.kinds[self as usize] > 0)
    }
}

/// A place in proportion to percentages that add up to 100.
fn weighted(random: &mut Random, percents: impl Iterator<Item = u64>) -> usize {
    let drawn = random.below(100);
    let mut reached = 0;
    percents
        .take_while(|percent| {
            reached += percent;
            reached <= drawn
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::PROFILES;

    #[test]
    fn percentages_add_up() {
        assert_eq!(PROFILES.iter().map(|profile| profile.share).sum::<u64>(), 100);
        for profile in &PROFILES {
            assert_eq!(profile.kinds.iter().sum::<u64>(), 100, "{}", profile.slug);
        }
    }
}
