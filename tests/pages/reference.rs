//! What a list should be: a filter and a sort over everything, written without regard to how the server does it.

use std::cmp::Ordering;

use farmlokal::domain::{Circle, Place, name_key};
use farmlokal::service::{Bounds, ProducerOrder, ProductOrder};

use crate::catalogue::{Catalogue, Grower, Item};
use crate::question::{ProducerQuestion, ProductQuestion};

/// The key that a row is sorted by: numbers (or text), then whatever breaks ties.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Text(String, i64),
    Number(i128, i64),
    Distance(i128, i64, i64),
}

/// The products of the list that `question` asks for, in its order.
pub(crate) fn products<'a>(catalogue: &'a Catalogue, question: &ProductQuestion) -> Vec<&'a Item> {
    let mut found: Vec<&Item> = catalogue.items.iter().filter(|item| matches(catalogue, question, item)).collect();
    let (order, descending) = question.order();
    let key = |item: &Item| product_key(catalogue, order, question.near.as_ref(), item);
    found.sort_by(|a, b| directed(key(a).cmp(&key(b)), descending));
    found
}

/// Where a product stands in a list.
pub(crate) fn product_key(catalogue: &Catalogue, order: ProductOrder, near: Option<&Circle>, item: &Item) -> Key {
    let grower = catalogue.grower(item);
    match order {
        ProductOrder::Name => Key::Text(name_key(&item.name), item.id),
        ProductOrder::Price => Key::Number(item.price_minor.into(), item.id),
        ProductOrder::CreatedAt => Key::Number(item.created_at_ms.into(), item.id),
        ProductOrder::Distance => Key::Distance(squared_distance(near.unwrap(), grower.place), grower.id, item.id),
    }
}

/// Whether a product is in the list.
pub(crate) fn matches(catalogue: &Catalogue, question: &ProductQuestion, item: &Item) -> bool {
    let grower = catalogue.grower(item);
    question.categories.as_ref().is_none_or(|chosen| chosen.contains(&Some(item.category)))
        && question.parent_category.is_none_or(|category| category == item.category)
        && question.growers.as_ref().is_none_or(|chosen| chosen.contains(&Some(item.grower)))
        && question.parent_grower.is_none_or(|grower| grower == item.grower)
        && question.kinds.as_ref().is_none_or(|kinds| kinds.contains(&grower.kind))
        && inside(question.price, item.price_minor)
        && inside(question.created, item.created_at_ms)
        && question.in_stock.is_none_or(|wanted| wanted == item.stock.is_none_or(|packs| packs > 0))
        && question.near.as_ref().is_none_or(|circle| reaches(circle, circle.radius_meters, grower.place))
}

/// The producers of the list that `question` asks for, in its order.
pub(crate) fn producers<'a>(catalogue: &'a Catalogue, question: &ProducerQuestion) -> Vec<&'a Grower> {
    let delivers = |grower: &Grower| {
        question
            .delivers_to
            .is_none_or(|center| reaches(&Circle { center, radius_meters: 50_000 }, grower.reach_meters, grower.place))
    };
    let in_list = |grower: &&Grower| {
        question.kinds.as_ref().is_none_or(|kinds| kinds.contains(&grower.kind))
            && question.near.as_ref().is_none_or(|circle| reaches(circle, circle.radius_meters, grower.place))
            && delivers(grower)
    };
    let mut found: Vec<&Grower> = catalogue.growers.iter().filter(in_list).collect();
    let (order, descending) = question.order();
    let key = |grower: &Grower| match order {
        ProducerOrder::Name => Key::Text(name_key(&grower.name), grower.id),
        ProducerOrder::CreatedAt => Key::Number(grower.created_at_ms.into(), grower.id),
        ProducerOrder::Distance => Key::Number(squared_distance(question.near.as_ref().unwrap(), grower.place), grower.id),
    };
    found.sort_by(|a, b| directed(key(a).cmp(&key(b)), descending));
    found
}

/// The pages of a whole walk: from the front in pages of `size`, or from the back, the page at the end first.
pub(crate) fn pages<T: Clone>(rows: &[T], size: usize, backward: bool) -> Vec<Vec<T>> {
    if backward { rows.rchunks(size).map(<[T]>::to_vec).collect() } else { rows.chunks(size).map(<[T]>::to_vec).collect() }
}

fn directed(ordering: Ordering, descending: bool) -> Ordering {
    if descending { ordering.reverse() } else { ordering }
}

fn inside(bounds: Bounds, value: i64) -> bool {
    bounds.min.is_none_or(|min| value >= min) && bounds.max.is_none_or(|max| value <= max)
}

/// Millionths of squared thousandths of a degree, a degree of longitude being shorter by the cosine of the latitude.
fn squared_distance(circle: &Circle, place: Place) -> i128 {
    let cosine = (circle.center.lat_e3 as f64 / 1_000.0).to_radians().cos();
    let weight = (cosine * cosine * 1_000_000.0).round() as i128;
    let north = i128::from(place.lat_e3) - i128::from(circle.center.lat_e3);
    let east = i128::from(place.lng_e3) - i128::from(circle.center.lng_e3);
    north * north * 1_000_000 + east * east * weight
}

/// Whether somebody who reaches `meters` from `place` gets to the middle of `circle`: 111 195 m are a degree.
fn reaches(circle: &Circle, meters: i64, place: Place) -> bool {
    let thousandths = meters as f64 / 111_195.0 * 1_000.0;
    squared_distance(circle, place) <= (thousandths * thousandths * 1_000_000.0).floor() as i128
}
