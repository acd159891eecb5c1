//! Products: rows of the generated catalogue as API A shows them.

use seed::{Catalogue, ProducerKind, Unit};
use serde_json::{Map, Value, json};

/// Everything is in rupees.
const CURRENCY: &str = "INR";

/// The id of the generated product of this number. The seed number is part of it, so that two worlds have no product in common.
pub(super) fn id(seed: u64, number: u64) -> String {
    format!("P-{seed}-{number}")
}

/// The generated product of this number.
pub(super) fn body(catalogue: &Catalogue, seed: u64, number: u64) -> Map<String, Value> {
    let row = catalogue.product(number);
    let producer = catalogue.producer(row.producer_id.unsigned_abs());
    let category = catalogue.categories().into_iter().find(|category| category.id == row.category_id);
    let category = category.map(|category| json!({ "slug": category.slug, "name": category.name }));
    let body = json!({
        "name": row.name,
        "description": row.description,
        "category": category,
        "producer": {
            "id": format!("F-{seed}-{}", producer.id),
            "name": producer.name,
            "kind": kind(producer.kind),
            "city": producer.city,
            "pincode": producer.pincode,
            "latitude": producer.lat_e5 as f64 / 100_000.0,
            "longitude": producer.lng_e5 as f64 / 100_000.0,
            "deliveryRadiusMeters": producer.delivery_radius_meters,
        },
        "price": money(row.price_minor),
        "pack": { "value": thousandths(row.pack_value_thousandths), "unit": unit(row.pack_unit) },
        "stockQuantity": row.stock,
    });
    match body {
        Value::Object(body) => body,
        _ => Map::new(),
    }
}

/// This many paise.
pub(super) fn money(minor: i64) -> Value {
    json!({ "amount": format!("{}.{:02}", minor / 100, minor % 100), "currency": CURRENCY })
}

/// The paise of a money; 0 for what is none.
pub(super) fn minor(money: Option<&Value>) -> i64 {
    let amount = money.and_then(|money| money.get("amount")).and_then(Value::as_str).unwrap_or_default();
    let (whole, rest) = amount.split_once('.').unwrap_or((amount, "0"));
    let rest: i64 = format!("{rest:0<2}").parse().unwrap_or(0);
    whole.parse::<i64>().map_or(0, |whole| whole.saturating_mul(100).saturating_add(rest))
}

/// As few digits as it takes.
fn thousandths(value: i64) -> String {
    let text = format!("{}.{:03}", value / 1_000, value % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn kind(kind: ProducerKind) -> &'static str {
    match kind {
        ProducerKind::Farmer => "FARMER",
        ProducerKind::Doodhwala => "DOODHWALA",
        ProducerKind::Fpo => "FPO",
        ProducerKind::SmallProducer => "SMALL_PRODUCER",
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Gram => "GRAM",
        Unit::Kilogram => "KILOGRAM",
        Unit::Millilitre => "MILLILITRE",
        Unit::Litre => "LITRE",
        Unit::Piece => "PIECE",
        Unit::Dozen => "DOZEN",
        Unit::Bunch => "BUNCH",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_as_it_is_written() {
        for paise in [0, 5, 50, 6_450, 123_400] {
            assert_eq!(minor(Some(&money(paise))), paise);
        }
        assert_eq!(minor(Some(&json!({ "amount": "7" }))), 700);
        assert_eq!(minor(Some(&json!({ "amount": "7.5" }))), 750);
        assert_eq!(minor(None), 0);
        assert_eq!((thousandths(1_500), thousandths(250_000)), ("1.5".to_owned(), "250".to_owned()));
    }
}
