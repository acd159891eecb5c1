//! Small random catalogues, made of what goes wrong in sorting: ties, case pairs, trailing blanks, Hindi, emoji, places on
//! the edge of a circle and of a grid cell.

use farmlokal::domain::{Place, ProducerKind};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Categories of every catalogue as (id, slug): ids in another order than slugs.
pub(crate) const CATEGORIES: [(i64, &str); 4] = [(40, "ghee"), (7, "milk"), (300, "mangoes"), (12, "honey")];

/// The places that circles are drawn around: Pune, and one where cell numbers change their sign.
pub(crate) const CENTERS: [Place; 2] = [Place { lat_e3: 18_520, lng_e3: 73_857 }, Place { lat_e3: 0, lng_e3: 0 }];

/// Producers and their products.
#[derive(Debug, Clone)]
pub(crate) struct Catalogue {
    pub(crate) growers: Vec<Grower>,
    pub(crate) items: Vec<Item>,
}

/// A producer.
#[derive(Debug, Clone)]
pub(crate) struct Grower {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) kind: ProducerKind,
    pub(crate) place: Place,
    pub(crate) reach_meters: i64,
    pub(crate) created_at_ms: i64,
}

/// A product of the producer and category at these positions.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: i64,
    pub(crate) grower: usize,
    pub(crate) category: usize,
    pub(crate) name: String,
    pub(crate) price_minor: i64,
    pub(crate) stock: Option<i64>,
    pub(crate) created_at_ms: i64,
}

impl Grower {
    pub(crate) fn slug(&self) -> String {
        format!("grower-{}", self.id)
    }
}

impl Item {
    pub(crate) fn slug(&self) -> String {
        format!("item-{}", self.id)
    }
}

impl Catalogue {
    /// The producer of an item.
    pub(crate) fn grower(&self, item: &Item) -> &Grower {
        &self.growers[item.grower]
    }
}

/// Catalogues of 1 to 8 producers and up to 60 products.
pub(crate) fn catalogues() -> impl Strategy<Value = Catalogue> {
    (prop::collection::vec(grower(), 1..=8), prop::collection::vec(item(), 0..=60)).prop_map(|(mut growers, raw)| {
        for (n, grower) in growers.iter_mut().enumerate() {
            grower.id = scattered(n, 37, 101);
        }
        let mut items: Vec<Item> = Vec::with_capacity(raw.len());
        for (n, (grower, mut item)) in raw.into_iter().enumerate() {
            item.grower = grower.index(growers.len());
            item.id = scattered(n, 53, 997);
            items.push(item);
        }
        Catalogue { growers, items }
    })
}

/// Different numbers from 1 on, in no order; `modulus` is a prime.
fn scattered(n: usize, step: usize, modulus: usize) -> i64 {
    i64::try_from(n * step % modulus).unwrap() + 1
}

fn grower() -> impl Strategy<Value = Grower> {
    (names(), kinds(), places(), select(&[0_i64, 4_892, 5_000, 20_000, 50_000][..]), instants()).prop_map(
        |(name, kind, place, reach_meters, created_at_ms)| Grower { id: 0, name, kind, place, reach_meters, created_at_ms },
    )
}

fn item() -> impl Strategy<Value = (Index, Item)> {
    let stock = select(&[None, Some(0), Some(1), Some(40)][..]);
    (any::<Index>(), 0..CATEGORIES.len(), names(), prices(), stock, instants()).prop_map(
        |(grower, category, name, price_minor, stock, created_at_ms)| {
            (grower, Item { id: 0, grower: 0, category, name, price_minor, stock, created_at_ms })
        },
    )
}

/// Any kind of producer.
pub(crate) fn kinds() -> impl Strategy<Value = ProducerKind> {
    select(&ProducerKind::ALL[..])
}

/// Prices with many ties, and beyond what a double holds.
pub(crate) fn prices() -> impl Strategy<Value = i64> + Clone {
    select(&[0_i64, 1, 4_500, 4_500, 6_400, 6_400, 6_400, 6_401, 9_007_199_254_740_993, i64::MAX][..])
}

/// Instants with many ties.
pub(crate) fn instants() -> impl Strategy<Value = i64> + Clone {
    select(&[0_i64, 1_000, 1_000, 1_700_000_000_000, 1_700_000_000_000, 1_700_000_000_001, 1_793_491_199_999][..])
}

/// Names that engines with a collation of their own would sort or merge otherwise.
pub(crate) fn names() -> impl Strategy<Value = String> {
    let fixed = select(
        &[
            "Gir Cow Ghee",
            "gir cow ghee",
            "GIR COW GHEE  ",
            " gir cow ghee",
            "Gir Cow Ghee.",
            "Gir-Cow Ghee",
            "a",
            "A",
            "a ",
            "a\t",
            "a\u{a0}b",
            "a b",
            "à",
            "a\u{300}",
            "Ａ",
            "ß",
            "ẞ",
            "ss",
            "é",
            "e",
            "f",
            "दूध",
            "दूध ",
            "दूध Milk",
            "दुध",
            "गाय का दूध",
            "🥭",
            "🥭 Mango",
            "🥛",
            "\u{e000}",
            "\u{ff5e}",
            "\u{fb01}sh",
            "fish",
            "100% \\ honey_'\"",
            "_",
            "%",
            "10",
            "9",
            "İ",
            "i",
        ][..],
    );
    prop_oneof![
        6 => fixed.prop_map(str::to_owned),
        1 => (0..3_usize).prop_map(|tail| format!("{}{}", "आम ".repeat(25), ["", "a", "b"][tail])),
        1 => "[a-cA-C दू🥭]{1,3}x",
    ]
}

/// Places on both sides of the edge of circles of 5 and of 50 km, in few cells; and some far away.
fn places() -> impl Strategy<Value = Place> {
    let lat = select(&[0_i64, 0, 1, 29, 30, -20, -21, 43, 44, 45, -44, -45, 449, 450, -449, -450][..]);
    let lng = select(&[0_i64, 0, 1, -2, -7, -8, 42, 43, 46, 47, 48, -47, -48, 473, 474, 475, -474][..]);
    let around = |center: Place| move |(lat, lng): (i64, i64)| Place { lat_e3: center.lat_e3 + lat, lng_e3: center.lng_e3 + lng };
    prop_oneof![
        5 => (lat.clone(), lng.clone()).prop_map(around(CENTERS[0])),
        2 => (lat, lng).prop_map(around(CENTERS[1])),
        1 => (-90_000_i64..=90_000, -180_000_i64..=180_000).prop_map(|(lat_e3, lng_e3)| Place { lat_e3, lng_e3 }),
    ]
}
