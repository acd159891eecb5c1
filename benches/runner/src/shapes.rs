//! The published mix: every shape of page that is measured, with random parameters.

use anyhow::Context as _;
use bytes::Bytes;
use fastrand::Rng;
use serde_json::{Value, json};

use crate::cursor::{CursorKey, Key, Position};
use crate::filter::Filter;
use crate::graphql;
use crate::sample::{Product, Sample};
use crate::target::Target;

/// Products on a page.
const PAGE: i64 = 20;
/// Different requests of each shape.
const BODIES: usize = 40;

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Name,
    Price,
    CreatedAt,
    Distance,
}

/// Sort and direction.
type Order = (Sort, bool);
const ASCENDING: bool = false;
const DESCENDING: bool = true;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
enum Subject {
    Products { filter: Filter, order: Option<Order>, counted: bool },
    ProductBySlug,
    Producers,
}

/// One shape of page.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// For people.
    pub(crate) name: String,
    subject: Subject,
}

/// Requests for one shape.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    /// For first pages.
    pub(crate) first: Vec<Bytes>,
    /// For pages at a random depth; empty when there is no such thing.
    pub(crate) deep: Vec<Bytes>,
}

const SIX_ORDERS: [(&str, Order); 6] = [
    ("price", (Sort::Price, ASCENDING)),
    ("price desc", (Sort::Price, DESCENDING)),
    ("name", (Sort::Name, ASCENDING)),
    ("name desc", (Sort::Name, DESCENDING)),
    ("created", (Sort::CreatedAt, ASCENDING)),
    ("created desc", (Sort::CreatedAt, DESCENDING)),
];

fn products(name: impl Into<String>, filter: Filter, order: Option<Order>) -> Shape {
    Shape { name: name.into(), subject: Subject::Products { filter, order, counted: false } }
}

fn counted(name: &str, filter: Filter) -> Shape {
    Shape { name: name.into(), subject: Subject::Products { filter, order: None, counted: true } }
}

/// The mix of the promise: no place, no narrow range, no count.
pub(crate) fn mix() -> Vec<Shape> {
    let price = Some((Sort::Price, ASCENDING));
    let mut shapes = vec![products("default list", Filter::Nothing, None)];
    shapes.extend(SIX_ORDERS.map(|(name, order)| products(format!("category, by {name}"), Filter::Category, Some(order))));
    shapes.extend([
        products("three categories, by price", Filter::ThreeCategories, price),
        products("price range, by price", Filter::WidePrices, price),
        products("wide price range, by name", Filter::WidePrices, Some((Sort::Name, ASCENDING))),
        products("in stock, newest first", Filter::InStock, None),
        products("one producer, newest first", Filter::Producer, None),
        products("two kinds of producer, by price", Filter::TwoKinds, price),
        Shape { name: "product by slug".to_owned(), subject: Subject::ProductBySlug },
        Shape { name: "producers by name".to_owned(), subject: Subject::Producers },
    ]);
    shapes
}

/// What has a row of its own.
pub(crate) fn rows_of_their_own() -> Vec<Shape> {
    let mut shapes = vec![
        products("narrow price range, by name", Filter::NarrowPrices, Some((Sort::Name, ASCENDING))),
        products("narrow price range, newest first", Filter::NarrowPrices, None),
        counted("totalCount of everything", Filter::Nothing),
        counted("totalCount of a category", Filter::Category),
        counted("totalCount of what is in stock", Filter::InStock),
        counted("totalCount within 10 km", Filter::Near(10_000)),
    ];
    for (label, meters) in [("10 km", 10_000), ("50 km", 50_000)] {
        for (name, sort) in
            [("distance", Sort::Distance), ("price", Sort::Price), ("created", Sort::CreatedAt), ("name", Sort::Name)]
        {
            shapes.push(products(format!("within {label}, by {name}"), Filter::Near(meters), Some((sort, ASCENDING))));
        }
    }
    shapes
}

impl Shape {
    /// Makes requests for this shape against a running server.
    ///
    /// # Errors
    /// When the server refuses to hand out a first cursor.
    pub(crate) async fn requests(
        &self,
        target: &Target,
        sample: &Sample,
        key: &CursorKey,
        random: &mut Rng,
    ) -> anyhow::Result<Requests> {
        let mut requests = Requests { first: Vec::new(), deep: Vec::new() };
        for _ in 0..BODIES {
            let (document, variables, positions) = self.choose(sample, random)?;
            requests.first.push(graphql::body(document, &variables));
            let Some(position) = random.choice(&positions) else { continue };
            if let Some(cursor) = first_cursor(target, document, &variables).await.with_context(|| self.name.clone())? {
                let mut deep = variables.clone();
                deep["after"] = key.move_to(&cursor, position)?.into();
                requests.deep.push(graphql::body(document, &deep));
            }
        }
        Ok(requests)
    }

    /// A document, variables for its first page, and some positions of its list.
    fn choose(&self, sample: &Sample, random: &mut Rng) -> anyhow::Result<(&'static str, Value, Vec<Position>)> {
        match self.subject {
            Subject::ProductBySlug => Ok((graphql::PRODUCT, json!({ "slug": sample.product(random)?.slug }), Vec::new())),
            Subject::Producers => Ok((graphql::PRODUCERS, json!({ "first": PAGE }), sample.producers.clone())),
            Subject::Products { filter, order, counted } => {
                let chosen = filter.choose(sample, random)?;
                let document = if counted { graphql::COUNTED_PRODUCTS } else { graphql::PRODUCTS };
                let mut variables = json!({ "first": PAGE, "filter": chosen.filter });
                if let Some((sort, descending)) = order {
                    variables["sort"] = json!({ "field": sort.name(), "direction": if descending { "DESC" } else { "ASC" } });
                }
                if let Some((lat_e3, lng_e3, meters)) = chosen.near {
                    variables["near"] =
                        json!({ "latitude": degrees(lat_e3), "longitude": degrees(lng_e3), "radiusMeters": meters });
                }
                let sort = order.map_or(if chosen.near.is_some() { Sort::Distance } else { Sort::CreatedAt }, |(sort, _)| sort);
                let near = chosen.near.map(|(lat_e3, lng_e3, _)| (lat_e3, lng_e3));
                let positions = chosen.rows.iter().map(|row| row.position(sort.key(row, near))).collect();
                Ok((document, variables, positions))
            }
        }
    }
}

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Price => "PRICE",
            Self::CreatedAt => "CREATED_AT",
            Self::Distance => "DISTANCE",
        }
    }

    fn key(self, row: &Product, near: Option<(i64, i64)>) -> Key {
        match self {
            Self::Name => Key::Text(row.name_key.clone()),
            Self::Price => Key::Number(row.price_minor),
            Self::CreatedAt => Key::Number(row.created_at_ms),
            Self::Distance => Key::Number(near.map_or(0, |near| row.squared_distance(near))),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "thousandths of degrees")]
fn degrees(e3: i64) -> f64 {
    e3 as f64 / 1_000.0
}

/// The cursor of the first row of a list; `None` when it is empty.
async fn first_cursor(target: &Target, document: &str, variables: &Value) -> anyhow::Result<Option<String>> {
    let mut one = variables.clone();
    one["first"] = 1.into();
    let answer = target.ask(graphql::body(document, &one)).await?;
    answer.require_data()?;
    let answer: Value = serde_json::from_slice(&answer.body)?;
    let list = answer["data"].as_object().and_then(|data| data.values().next()).context("an answer without a list")?;
    Ok(list["pageInfo"]["endCursor"].as_str().map(str::to_owned))
}
