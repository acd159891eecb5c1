//! The filters of the measured lists, with random parameters.

use anyhow::Context as _;
use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::graphql;
use crate::sample::{Product, Sample};

/// A rupee, in minor units: the half width of a narrow price range.
const NARROW_MINOR: i64 = 100;
/// Names of the kinds of producer, by their stored number less one.
const KINDS: [&str; 4] = ["FARMER", "DOODHWALA", "FPO", "SMALL_PRODUCER"];
/// Metres in a degree of latitude.
const METERS_PER_DEGREE: f64 = 111_195.0;

/// How the filters of a list are chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Filter {
    /// None.
    Nothing,
    /// One category.
    Category,
    /// Three categories.
    ThreeCategories,
    /// A fifth to four fifths of all prices.
    WidePrices,
    /// A rupee below and above the price of a product.
    NarrowPrices,
    /// Only what is in stock.
    InStock,
    /// One producer.
    Producer,
    /// Two kinds of producer.
    TwoKinds,
    /// Around a product, so many metres.
    Near(i64),
}

/// The chosen parameters of one list.
pub(crate) struct Chosen {
    /// The filter as a variable.
    pub(crate) filter: Value,
    /// Latitude and longitude in thousandths of a degree, and metres.
    pub(crate) near: Option<(i64, i64, i64)>,
    /// Rows among which a random page begins.
    pub(crate) rows: Vec<Product>,
}

impl Filter {
    /// Chooses parameters at random, among those that match something.
    ///
    /// # Errors
    /// When the catalogue is empty.
    pub(crate) fn choose(self, sample: &Sample, random: &mut Rng) -> anyhow::Result<Chosen> {
        let by = |filter: Value, matches: &dyn Fn(&Product) -> bool| Chosen {
            filter,
            near: None,
            rows: sample.products.iter().filter(|row| matches(row)).cloned().collect(),
        };
        let prices = |min: i64, max: i64| {
            let filter = json!({ "price": { "min": graphql::amount(min), "max": graphql::amount(max) } });
            by(filter, &|row| (min..=max).contains(&row.price_minor))
        };
        Ok(match self {
            Self::Nothing => by(Value::Object(Map::new()), &|_| true),
            Self::Category => categories(sample, 1, random, &by),
            Self::ThreeCategories => categories(sample, 3, random, &by),
            Self::WidePrices => prices(sample.wide_prices.0, sample.wide_prices.1),
            Self::NarrowPrices => {
                let price = sample.product(random)?.price_minor;
                prices((price - NARROW_MINOR).max(0), price + NARROW_MINOR)
            }
            Self::InStock => by(json!({ "inStock": true }), &|row| row.in_stock),
            Self::Producer => of_producer(sample, random)?,
            Self::TwoKinds => two_kinds(random, &by),
            Self::Near(meters) => near(sample, meters, random)?,
        })
    }
}

type By<'a> = dyn Fn(Value, &dyn Fn(&Product) -> bool) -> Chosen + 'a;

fn categories(sample: &Sample, count: usize, random: &mut Rng, by: &By<'_>) -> Chosen {
    let chosen = random.choose_multiple(&sample.categories, count);
    let slugs: Vec<&str> = chosen.iter().map(|(_, slug)| slug.as_str()).collect();
    by(json!({ "category": slugs }), &|row| chosen.iter().any(|(id, _)| *id == row.category_id))
}

fn two_kinds(random: &mut Rng, by: &By<'_>) -> Chosen {
    let chosen = random.choose_multiple(1..=KINDS.len(), 2);
    let names: Vec<&str> = chosen.iter().map(|kind| KINDS[kind - 1]).collect();
    by(json!({ "producerKinds": names }), &|row| chosen.iter().any(|kind| i64::try_from(*kind) == Ok(row.producer_kind)))
}

fn of_producer(sample: &Sample, random: &mut Rng) -> anyhow::Result<Chosen> {
    let id = random.choice(&sample.of_producers).context("an empty catalogue")?.producer_id;
    let rows = sample.of_producers.iter().filter(|row| row.producer_id == id).cloned().collect();
    Ok(Chosen { filter: json!({ "producerIds": [graphql::producer_id(id)] }), near: None, rows })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "at most 50 km")]
fn near(sample: &Sample, meters: i64, random: &mut Rng) -> anyhow::Result<Chosen> {
    let around = sample.product(random)?;
    let place = (around.lat_e3, around.lng_e3);
    let thousandths = meters as f64 / METERS_PER_DEGREE * 1_000.0;
    let limit = (thousandths * thousandths * 1e6) as i64;
    let rows = sample.products.iter().filter(|row| row.squared_distance(place) <= limit).cloned().collect();
    Ok(Chosen { filter: Value::Object(Map::new()), near: Some((place.0, place.1, meters)), rows })
}
