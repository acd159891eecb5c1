//! Products: what is sold, in which pack, for how much.

use crate::category;
use crate::description::{self, Subject};
use crate::item;
use crate::name::{self, Language, Maker, Naming};
use crate::pack::Unit;
use crate::popularity;
use crate::price;
use crate::random::{Random, Stream};
use crate::slug::write_slug;

/// Every row is older than this instant, 2026-11-01T00:00:00Z, in milliseconds since 1970 UTC.
pub const NEWEST_AT_MS: i64 = 1_793_491_200_000;

/// Two years of products come before [`NEWEST_AT_MS`].
pub(crate) const OLDEST_AT_MS: i64 = NEWEST_AT_MS - 730 * 86_400_000;

/// Something a producer sells, in packs of one size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// From 1.
    pub id: i64,
    /// Unique; ends with the id.
    pub slug: String,
    /// The producer's id.
    pub producer_id: i64,
    /// The category's id; the producer's kind sells it.
    pub category_id: i64,
    /// In English, Hindi or both.
    pub name: String,
    /// About twenty words.
    pub description: String,
    /// Price of one pack in paise.
    pub price_minor: i64,
    /// What one pack holds, in thousandths of `pack_unit`.
    pub pack_value_thousandths: i64,
    /// What the pack is measured in.
    pub pack_unit: Unit,
    /// Packs in stock; `None` when the producer does not track it.
    pub stock: Option<i64>,
    /// Milliseconds since 1970 UTC, uniform over two years, whatever the id.
    pub created_at_ms: i64,
    /// Milliseconds since 1970 UTC, not before `created_at_ms`.
    pub updated_at_ms: i64,
}

/// Overwrites `row` with the product `id` of the catalogue `number` of so many producers.
pub(crate) fn generate(number: u64, producers: u64, id: u64, row: &mut Product) {
    let mut maker = Random::new(number, Stream::Maker, id);
    let (category_id, kind) = category::choose(&mut maker);
    let producer_id = popularity::choose(&mut maker, number, kind, producers);
    row.id = id as i64;
    row.category_id = category_id;
    row.producer_id = producer_id as i64;
    write_goods(row, number, id, &Maker { number, producer_id, kind });
    write_times(row, &mut Random::new(number, Stream::Time, id));
}

/// What it is: item, name, description, pack, price, stock.
fn write_goods(row: &mut Product, number: u64, id: u64, maker: &Maker) {
    let mut random = Random::new(number, Stream::Name, id);
    let item = random.pick_early(item::items_of(row.category_id));
    let pack = random.pick_early(item.packs);
    let plain = item.varieties.is_empty() || random.chance(300);
    let variety = if plain { ("", "") } else { random.pick_early(item.varieties) };
    let language = Language::choose(&mut random);
    let fresh = is_fresh(&mut random, row.category_id);
    let naming = Naming { item: &item, variety, fresh, language };
    name::write_name(&mut row.name, &mut random, &naming, maker);
    write_slug(&mut row.slug, &[variety.0, item.english], row.id);

    let subject = Subject { category_id: row.category_id, item: item.english, fresh, language };
    let mut random = Random::new(number, Stream::Description, id);
    description::write_description(&mut row.description, &mut random, &subject);

    let mut random = Random::new(number, Stream::Offer, id);
    row.pack_value_thousandths = pack.value_thousandths;
    row.pack_unit = pack.unit;
    row.price_minor = price::price_minor(&mut random, item.base_rupees, &pack);
    row.stock = price::stock(&mut random);
}

/// 30 % of all products are called fresh: 42 % of what perishes (68 % of the products), 5 % of the rest.
fn is_fresh(random: &mut Random, category_id: i64) -> bool {
    random.chance(if category::profile_of(category_id).perishable { 420 } else { 50 })
}

/// Half of the products never changed, the others any time since.
fn write_times(row: &mut Product, random: &mut Random) {
    row.created_at_ms = random.between(OLDEST_AT_MS, NEWEST_AT_MS - 1);
    row.updated_at_ms = if random.chance(500) { row.created_at_ms } else { random.between(row.created_at_ms, NEWEST_AT_MS - 1) };
}

#[cfg(test)]
mod tests {
    use super::{Product, generate};
    use crate::kind::ProducerKind;

    #[test]
    fn a_reused_row_equals_a_new_one() {
        let mut reused = Product::default();
        for id in 1..200 {
            let mut new = Product::default();
            generate(3, 40, id, &mut reused);
            generate(3, 40, id, &mut new);
            assert_eq!(reused, new);
            let kind = ProducerKind::of(new.producer_id as u64);
            assert!(kind.sells(new.category_id), "{kind:?} sells {}", new.category_id);
        }
    }
}
