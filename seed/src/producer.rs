//! Producers: who they are, where they are, how far they deliver.

use crate::city::{self, City};
use crate::kind::ProducerKind;
use crate::name::push_village;
use crate::product::OLDEST_AT_MS;
use crate::random::{Random, Stream};
use crate::slug::write_slug;
use crate::words;

/// A year in milliseconds.
const YEAR_MS: i64 = 365 * 86_400_000;

/// Who sells products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Producer {
    /// From 1.
    pub id: i64,
    /// Unique; ends with the id.
    pub slug: String,
    /// In English or Hindi; not unique.
    pub name: String,
    /// What kind of producer it is; decides what it sells.
    pub kind: ProducerKind,
    /// The city it is in or near.
    pub city: &'static str,
    /// Six-digit Indian postal index number.
    pub pincode: String,
    /// Latitude in 1e-5 degrees, a multiple of 100.
    pub lat_e5: i64,
    /// Longitude in 1e-5 degrees, a multiple of 100.
    pub lng_e5: i64,
    /// How far it delivers, in metres: 2,000 to 50,000.
    pub delivery_radius_meters: i64,
    /// Milliseconds since 1970 UTC; before every product.
    pub created_at_ms: i64,
}

/// The producer `id` of the catalogue `number`.
pub(crate) fn generate(number: u64, id: u64) -> Producer {
    let mut random = Random::new(number, Stream::Producer, id);
    let kind = ProducerKind::of(id);
    let city = city::city_of(number, id);
    let place = city.place(&mut random);
    let (english, hindi) = name(&mut random, kind, city);
    let mut slug = String::new();
    write_slug(&mut slug, &[&english], id as i64);
    Producer {
        id: id as i64,
        slug,
        // Every sixth goes by its Hindi name, when it has one.
        name: hindi.filter(|_| random.chance(170)).unwrap_or(english),
        kind,
        city: city.name,
        pincode: place.pincode,
        lat_e5: place.lat_e5,
        lng_e5: place.lng_e5,
        delivery_radius_meters: delivery_radius_meters(&mut random, kind),
        created_at_ms: OLDEST_AT_MS - random.between(1, YEAR_MS),
    }
}

/// Whole half kilometres; a milkman stays in his quarter, an organisation sends vans.
fn delivery_radius_meters(random: &mut Random, kind: ProducerKind) -> i64 {
    let (low, high) = match kind {
        ProducerKind::Doodhwala => (4, 16),
        ProducerKind::Farmer => (8, 40),
        ProducerKind::SmallProducer => (8, 50),
        ProducerKind::Fpo => (20, 100),
    };
    random.between(low, high) * 500
}

/// A name in English and perhaps one in Hindi.
fn name(random: &mut Random, kind: ProducerKind, city: &City) -> (String, Option<String>) {
    let given = random.pick_early(words::GIVEN_NAMES);
    let family = random.pick_early(words::FAMILY_NAMES);
    let both = |english: &str, hindi: &str| {
        let english = format!("{} {}{english}", given.0, family.0);
        (english, Some(format!("{} {}{hindi}", given.1, family.1)))
    };
    let form = random.below(4);
    match (kind, form) {
        (ProducerKind::Farmer, 0) => both("", ""),
        (ProducerKind::Farmer, 1) => both(" Farm", " का खेत"),
        (ProducerKind::Farmer, 2) => (format!("{} Family Farm", family.0), Some(format!("{} परिवार का खेत", family.1))),
        (ProducerKind::Farmer, _) => (format!("{} Natural Farm", village(random)), None),
        (ProducerKind::Doodhwala, 0 | 1) => (format!("{} Doodhwala", given.0), Some(format!("{} दूधवाला", given.1))),
        (ProducerKind::Doodhwala, 2) => (format!("{} Dairy", family.0), Some(format!("{} डेयरी", family.1))),
        (ProducerKind::Doodhwala, _) => (format!("{} Dairy", random.pick(words::BLESSINGS)), None),
        (ProducerKind::Fpo, 0) => (format!("{} Kisan Producer Company", city.name), None),
        (ProducerKind::Fpo, 1) => (format!("{} Farmers Collective", village(random)), None),
        (ProducerKind::Fpo, _) => (format!("{} Farmer Producer Company", village(random)), None),
        (ProducerKind::SmallProducer, 0) => (format!("{}'s Kitchen", given.0), Some(format!("{} की रसोई", given.1))),
        (ProducerKind::SmallProducer, 1) => (format!("{} Gruh Udyog", random.pick(words::BLESSINGS)), None),
        (ProducerKind::SmallProducer, 2) => both(" Home Foods", " गृह उद्योग"),
        (ProducerKind::SmallProducer, _) => (format!("{} Foods", random.pick(words::BLESSINGS)), None),
    }
}

fn village(random: &mut Random) -> String {
    let mut village = String::new();
    push_village(&mut village, random);
    village
}
