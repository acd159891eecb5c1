//! The shapes of product lists whose plans are bounded: filters over the generated catalogue, and what each may cost.

use farmlokal::domain::{Circle, Place, ProducerKind};
use farmlokal::service::{Bounds, ProductOrder};
use farmlokal::storage::ProductSelection;

/// Products of the catalogue.
pub(crate) const ROWS: u64 = 100_000;
/// Rows of a page.
pub(crate) const PAGE: u64 = 20;

/// What a page of a shape may examine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// 50 times the page.
    Page,
    /// 4 · √(page · rows): what lies between the cost of a walk past a range on another column than the sort's and that of
    /// gathering it, the probe that decides between them included. It holds inside a circle as well: the rows of its cells,
    /// or a walk past what is outside, whichever is less. A second range costs a second probe: 2 · √(page · rows) more. By DISTANCE, filters that few rows pass cost as many rows as the
    /// circle holds.
    Balance,
}

/// Filters, and the sorts they go with.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) selection: ProductSelection,
    pub(crate) sorts: &'static [ProductOrder],
    pub(crate) bound: Bound,
}

const ALL: &[ProductOrder] = &[ProductOrder::Name, ProductOrder::Price, ProductOrder::CreatedAt];
const NAME: &[ProductOrder] = &[ProductOrder::Name];
const PRICE: &[ProductOrder] = &[ProductOrder::Price];
const CREATED: &[ProductOrder] = &[ProductOrder::CreatedAt];
const NOT_PRICE: &[ProductOrder] = &[ProductOrder::Name, ProductOrder::CreatedAt];
const NOT_CREATED: &[ProductOrder] = &[ProductOrder::Name, ProductOrder::Price];
const NEAR: &[ProductOrder] = &[ProductOrder::Distance, ProductOrder::Price, ProductOrder::CreatedAt, ProductOrder::Name];

const ALL_CATEGORIES: &[i64] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// Every shape.
pub(crate) fn all() -> Vec<Shape> {
    let mut shapes = without_ranges();
    shapes.extend(with_ranges());
    shapes.extend(near());
    shapes
}

fn shape(name: &'static str, bound: Bound, sorts: &'static [ProductOrder], selection: ProductSelection) -> Shape {
    Shape { name, selection, sorts, bound }
}

fn nothing() -> ProductSelection {
    ProductSelection::default()
}

fn in_categories(ids: &[i64]) -> ProductSelection {
    ProductSelection { category_ids: Some(ids.to_vec()), ..nothing() }
}

fn of_producers(ids: &[i64]) -> ProductSelection {
    ProductSelection { producer_ids: Some(ids.to_vec()), ..nothing() }
}

fn range(min: Option<i64>, max: Option<i64>) -> Bounds {
    Bounds { min, max }
}

fn by(kinds: &[ProducerKind], selection: ProductSelection) -> ProductSelection {
    ProductSelection { kinds: Some(kinds.to_vec()), ..selection }
}

fn stocked(in_stock: bool, selection: ProductSelection) -> ProductSelection {
    ProductSelection { in_stock: Some(in_stock), ..selection }
}

fn without_ranges() -> Vec<Shape> {
    use ProducerKind::{Doodhwala, Farmer, Fpo, SmallProducer};
    vec![
        shape("everything", Bound::Page, ALL, nothing()),
        shape("category", Bound::Page, ALL, in_categories(&[1])),
        shape("rare category", Bound::Page, ALL, in_categories(&[12])),
        shape("3 categories", Bound::Page, ALL, in_categories(&[2, 5, 9])),
        shape("12 categories", Bound::Page, ALL, in_categories(ALL_CATEGORIES)),
        shape("producer", Bound::Page, ALL, of_producers(&[17])),
        shape("5 producers", Bound::Page, ALL, of_producers(&[1, 2, 3, 4, 5])),
        shape("producer and category", Bound::Page, ALL, ProductSelection { category_ids: Some(vec![3]), ..of_producers(&[2]) }),
        shape("in stock", Bound::Page, ALL, stocked(true, nothing())),
        shape("sold out", Bound::Page, ALL, stocked(false, nothing())),
        shape("category, sold out", Bound::Page, ALL, stocked(false, in_categories(&[1]))),
        shape("farmers", Bound::Page, ALL, by(&[Farmer], nothing())),
        shape("FPOs", Bound::Page, ALL, by(&[Fpo], nothing())),
        shape("doodhwalas and small", Bound::Page, ALL, by(&[Doodhwala, SmallProducer], nothing())),
        shape("doodhwalas", Bound::Page, ALL, by(&[Doodhwala], nothing())),
        shape("milk of FPOs", Bound::Page, ALL, by(&[Fpo], in_categories(&[3]))),
        shape("pickles of FPOs", Bound::Page, ALL, by(&[Fpo], in_categories(&[11]))),
        shape("fruit of doodhwalas: none", Bound::Page, ALL, by(&[Doodhwala], in_categories(&[2]))),
        shape("3 categories of FPOs", Bound::Page, ALL, by(&[Fpo], in_categories(&[3, 8, 12]))),
        shape("3 categories of FPOs and small", Bound::Page, ALL, by(&[Fpo, SmallProducer], in_categories(&[3, 8, 12]))),
        shape("12 categories of FPOs", Bound::Page, ALL, by(&[Fpo], in_categories(ALL_CATEGORIES))),
        shape("12 categories of doodhwalas", Bound::Page, ALL, by(&[Doodhwala], in_categories(ALL_CATEGORIES))),
        shape("rare category, sold out", Bound::Page, ALL, stocked(false, in_categories(&[12]))),
        shape("3 categories, sold out", Bound::Page, ALL, stocked(false, in_categories(&[2, 5, 9]))),
        shape("12 categories, sold out", Bound::Page, ALL, stocked(false, in_categories(ALL_CATEGORIES))),
        shape("farmers, sold out", Bound::Page, ALL, stocked(false, by(&[Farmer], nothing()))),
        shape("doodhwalas, sold out", Bound::Page, ALL, stocked(false, by(&[Doodhwala], nothing()))),
        shape("FPOs, sold out", Bound::Page, ALL, stocked(false, by(&[Fpo], nothing()))),
        shape("doodhwalas and FPOs, sold out", Bound::Page, ALL, stocked(false, by(&[Doodhwala, Fpo], nothing()))),
        shape("FPOs, in stock", Bound::Page, ALL, stocked(true, by(&[Fpo], nothing()))),
        shape("milk of FPOs, sold out", Bound::Page, ALL, stocked(false, by(&[Fpo], in_categories(&[3])))),
        shape("category of farmers, sold out", Bound::Page, ALL, stocked(false, by(&[Farmer], in_categories(&[1])))),
        shape("category of FPOs, sold out", Bound::Page, ALL, stocked(false, by(&[Fpo], in_categories(&[1])))),
        shape("3 categories of FPOs, sold out", Bound::Page, ALL, stocked(false, by(&[Fpo], in_categories(&[1, 2, 5])))),
        shape(
            "7 categories of FPOs, sold out",
            Bound::Page,
            ALL,
            stocked(false, by(&[Fpo], in_categories(&[1, 2, 4, 5, 8, 11, 12]))),
        ),
        shape("12 categories of FPOs, sold out", Bound::Page, ALL, stocked(false, by(&[Fpo], in_categories(ALL_CATEGORIES)))),
        shape("largest producer, sold out", Bound::Page, ALL, stocked(false, of_producers(&[595]))),
        shape(
            "largest producer, each kind but one",
            Bound::Page,
            ALL,
            by(&[Doodhwala, Fpo, SmallProducer], of_producers(&[595])),
        ),
        shape("5 producers, sold out", Bound::Page, ALL, stocked(false, of_producers(&[1, 2, 3, 4, 5]))),
        shape(
            "5 producers, category, sold out",
            Bound::Page,
            ALL,
            stocked(false, ProductSelection { category_ids: Some(vec![3]), ..of_producers(&[1, 2, 3, 4, 5]) }),
        ),
        shape(
            "category of FPOs, price range, by price",
            Bound::Page,
            PRICE,
            by(&[Fpo], ProductSelection { price: range(Some(4_000), Some(9_000)), ..in_categories(&[3]) }),
        ),
        shape(
            "price range, by price",
            Bound::Page,
            PRICE,
            ProductSelection { price: range(Some(4_000), Some(9_000)), ..nothing() },
        ),
        shape(
            "category, price range, in stock, by price",
            Bound::Page,
            PRICE,
            stocked(true, ProductSelection { price: range(Some(4_000), None), ..in_categories(&[2]) }),
        ),
        shape(
            "newer than a month, by age",
            Bound::Page,
            CREATED,
            ProductSelection { created: range(Some(newest() - 30 * DAY_MS), None), ..nothing() },
        ),
    ]
}

fn newest() -> i64 {
    seed::NEWEST_AT_MS
}

fn with_ranges() -> Vec<Shape> {
    use ProducerKind::Fpo;
    let priced = |min, max, selection| ProductSelection { price: range(min, max), ..selection };
    let made = |days_ago: i64, days: i64, selection| {
        let from = newest() - days_ago * DAY_MS;
        ProductSelection { created: range(Some(from), Some(from + days * DAY_MS)), ..selection }
    };
    vec![
        shape("narrow price", Bound::Balance, NOT_PRICE, priced(Some(6_400), Some(6_400), nothing())),
        shape("rare price", Bound::Balance, NOT_PRICE, priced(Some(123_400), Some(123_500), nothing())),
        shape("middling price", Bound::Balance, NOT_PRICE, priced(Some(6_000), Some(6_500), nothing())),
        shape("wide price", Bound::Balance, NOT_PRICE, priced(Some(2_000), Some(20_000), nothing())),
        shape("price from", Bound::Balance, NOT_PRICE, priced(Some(60_000), None, nothing())),
        shape("price to", Bound::Balance, NOT_PRICE, priced(None, Some(2_000), nothing())),
        shape("category, narrow price", Bound::Balance, NOT_PRICE, priced(Some(6_400), Some(6_400), in_categories(&[1]))),
        shape("category, wide price", Bound::Balance, NOT_PRICE, priced(Some(2_000), Some(8_000), in_categories(&[1]))),
        shape(
            "3 categories, narrow price",
            Bound::Balance,
            NOT_PRICE,
            priced(Some(6_000), Some(6_400), in_categories(&[1, 3, 5])),
        ),
        shape("3 categories, wide price", Bound::Balance, NOT_PRICE, priced(Some(2_000), Some(8_000), in_categories(&[1, 3, 5]))),
        shape("a day", Bound::Balance, NOT_CREATED, made(100, 1, nothing())),
        shape("ten days", Bound::Balance, NOT_CREATED, made(100, 10, nothing())),
        shape("a year", Bound::Balance, NOT_CREATED, made(400, 365, nothing())),
        shape("category, ten days", Bound::Balance, NOT_CREATED, made(100, 10, in_categories(&[1]))),
        shape(
            "narrow price, in stock",
            Bound::Balance,
            NOT_PRICE,
            ProductSelection { in_stock: Some(true), ..priced(Some(6_400), Some(6_400), nothing()) },
        ),
        shape("wide price, a year", Bound::Balance, NAME, priced(Some(2_000), Some(20_000), made(400, 365, nothing()))),
        shape(
            "category, wide price, ten days",
            Bound::Balance,
            NAME,
            priced(Some(2_000), Some(20_000), made(100, 10, in_categories(&[1]))),
        ),
        shape(
            "milk of FPOs, wide price",
            Bound::Balance,
            NOT_PRICE,
            by(&[Fpo], priced(Some(2_000), Some(8_000), in_categories(&[3]))),
        ),
        shape(
            "FPOs, sold out, wide price",
            Bound::Balance,
            NOT_PRICE,
            stocked(false, by(&[Fpo], priced(Some(2_000), Some(8_000), nothing()))),
        ),
        shape("producer, narrow price", Bound::Balance, NOT_PRICE, priced(Some(6_000), Some(6_400), of_producers(&[17]))),
    ]
}

/// Pune, where 7 of 113 producers are, and a place where nobody is.
const PUNE: Place = Place { lat_e3: 18_520, lng_e3: 73_857 };
const DESERT: Place = Place { lat_e3: 27_000, lng_e3: 70_800 };

fn near() -> Vec<Shape> {
    let around =
        |center, radius_meters, selection| ProductSelection { near: Some(Circle { center, radius_meters }), ..selection };
    vec![
        shape("2 km", Bound::Balance, NEAR, around(PUNE, 2_000, nothing())),
        shape("5 km", Bound::Balance, NEAR, around(PUNE, 5_000, nothing())),
        shape("10 km", Bound::Balance, NEAR, around(PUNE, 10_000, nothing())),
        shape("25 km", Bound::Balance, NEAR, around(PUNE, 25_000, nothing())),
        shape("50 km", Bound::Balance, NEAR, around(PUNE, 50_000, nothing())),
        shape("50 km of nobody", Bound::Balance, NEAR, around(DESERT, 50_000, nothing())),
        shape("10 km, category", Bound::Balance, NEAR, around(PUNE, 10_000, in_categories(&[1]))),
        shape("50 km, rare category", Bound::Balance, NEAR, around(PUNE, 50_000, in_categories(&[12]))),
        shape(
            "50 km, category, in stock",
            Bound::Balance,
            NEAR,
            ProductSelection { in_stock: Some(true), ..around(PUNE, 50_000, in_categories(&[1])) },
        ),
    ]
}
