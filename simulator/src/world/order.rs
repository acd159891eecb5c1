//! Orders of what the catalogue has.

use serde_json::{Map, Value, json};

use super::book::Book;
use super::product::{minor, money};
use crate::clock::rfc3339;
use crate::random::{Random, RandomExt as _};

/// Most lines of a generated order.
const LINES_MAX: u64 = 4;

/// The id of the generated order of this number; as for products, the seed number is part of it.
pub(super) fn id(seed: u64, number: u64) -> String {
    format!("O-{seed}-{number}")
}

/// What comes after a status; `None` at an end.
pub(super) fn next_status(status: &str) -> Option<&'static str> {
    Some(match status {
        "PENDING" => "CONFIRMED",
        "CONFIRMED" => "PACKED",
        "PACKED" => "OUT_FOR_DELIVERY",
        "OUT_FOR_DELIVERY" => "DELIVERED",
        "DELIVERED" => "REFUNDED",
        _ => return None,
    })
}

/// Whether an order of this status may still be called off, or have another quantity.
pub(super) fn is_young(status: &str) -> bool {
    matches!(status, "PENDING" | "CONFIRMED")
}

/// A new order of a few products, different ones.
pub(super) fn body(random: &mut Random, products: &Book, placed_at_ms: i64, status: &str) -> Map<String, Value> {
    let mut places: Vec<usize> = Vec::new();
    for _ in 0..=random.below(LINES_MAX) {
        if let Some(place) = living_product(random, products).filter(|place| !places.contains(place)) {
            places.push(place);
        }
    }
    let lines = places.into_iter().map(|place| {
        let product = products.at(place);
        json!({
            "productId": product.id,
            "name": product.text("name"),
            "quantity": 1 + random.below(5),
            "price": money(minor(product.body.get("price"))),
        })
    });
    let mut body = Map::new();
    body.insert("lines".to_owned(), lines.collect());
    body.insert("status".to_owned(), json!(status));
    body.insert("placedAt".to_owned(), json!(rfc3339(placed_at_ms)));
    add_up(&mut body);
    body
}

/// Orders another quantity of the first line.
pub(super) fn change_quantity(random: &mut Random, body: &mut Map<String, Value>) {
    let line = body.get_mut("lines").and_then(|lines| lines.get_mut(0)).and_then(Value::as_object_mut);
    if let Some(line) = line {
        let old = line.get("quantity").and_then(Value::as_i64).unwrap_or(0);
        line.insert("quantity".to_owned(), json!(old % 6 + 1 + random.between(0, 1)));
    }
    add_up(body);
}

/// The total is the sum of the lines.
fn add_up(body: &mut Map<String, Value>) {
    let lines = body.get("lines").and_then(Value::as_array);
    let price = |line: &Value| minor(line.get("price")).saturating_mul(line.get("quantity").and_then(Value::as_i64).unwrap_or(0));
    let total = lines.map_or(0, |lines| lines.iter().map(price).sum());
    body.insert("total".to_owned(), money(total));
}

/// The place of a product that is not deleted: the first one from a random place on.
pub(super) fn living_product(random: &mut Random, products: &Book) -> Option<usize> {
    if products.living() == 0 {
        return None;
    }
    let start = random.place(products.len());
    (start..products.len()).chain(0..start).find(|place| !products.at(*place).deleted)
}
