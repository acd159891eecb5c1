//! A product as the partner tells of it.

use serde_json::{Map, Value};

use super::{Position, json};
use crate::domain::{Currency, Measure, Place, ProducerKind, Unit, slug};

/// Farther than anybody delivers, in metres.
const RADIUS_MAX_METERS: i64 = 50_000;

/// A product as the partner tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerProduct {
    /// Its id.
    pub id: String,
    /// Where this stands in its history.
    pub position: Position,
    /// What it is; `None` when it has been deleted.
    pub body: Option<PartnerProductBody>,
}

/// All aspects of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerProductBody {
    /// What it is.
    pub details: PartnerProductDetails,
    /// Price of one pack, in minor units.
    pub price_minor: i64,
    /// The currency of the price.
    pub currency: Currency,
    /// Packs in stock; `None` when nobody counts.
    pub stock: Option<i64>,
}

/// What a product is, besides price and stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerProductDetails {
    /// What people read.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Slug of its category.
    pub category_slug: String,
    /// What people read of its category.
    pub category_name: String,
    /// Who sells it.
    pub producer: PartnerProducer,
    /// What one pack holds.
    pub pack: Measure,
}

/// A producer as the partner tells of one, inside of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerProducer {
    /// Its id.
    pub id: String,
    /// What people read.
    pub name: String,
    /// What kind of producer.
    pub kind: ProducerKind,
    /// City or district.
    pub city: String,
    /// Six-digit Indian postal index number.
    pub pincode: String,
    /// Where.
    pub place: Place,
    /// How far it delivers, in metres.
    pub delivery_radius_meters: i64,
}

impl PartnerProduct {
    /// Reads the answer of `GET /products/{id}`.
    ///
    /// # Errors
    /// One sentence about the member at fault.
    pub fn read(value: &Value) -> Result<Self, String> {
        let object = value.as_object().ok_or("a product must be an object")?;
        let position = Position::read(object, "updatedAt")?;
        if !position.is_known() {
            return Err("a product must have `version` or `updatedAt`".to_owned());
        }
        let deleted = object.get("deleted").and_then(Value::as_bool).unwrap_or(false);
        let body = if deleted { None } else { Some(PartnerProductBody::read(object)?) };
        Ok(Self { id: json::id(object, "id")?, position, body })
    }
}

impl PartnerProductBody {
    /// Reads all aspects out of one object.
    ///
    /// # Errors
    /// One sentence about the member at fault.
    pub fn read(object: &Map<String, Value>) -> Result<Self, String> {
        let (price_minor, currency) = read_price(object)?;
        Ok(Self { details: read_details(object)?, price_minor, currency, stock: read_stock(object)? })
    }
}

/// Reads `price`: minor units and the currency.
///
/// # Errors
/// One sentence.
pub fn read_price(object: &Map<String, Value>) -> Result<(i64, Currency), String> {
    json::money(object, "price")
}

/// Reads `stockQuantity`, which must be there: null means that nobody counts.
///
/// # Errors
/// One sentence.
pub fn read_stock(object: &Map<String, Value>) -> Result<Option<i64>, String> {
    match object.get("stockQuantity") {
        Some(Value::Null) => Ok(None),
        _ => json::integer(object, "stockQuantity", 0, i64::from(i32::MAX)).map(Some).map_err(|why| format!("{why}, or null")),
    }
}

fn read_details(object: &Map<String, Value>) -> Result<PartnerProductDetails, String> {
    let category = json::object(object, "category")?;
    let category_slug = json::string(category, "slug", 1, slug::SLUG_MAX_CHARS)?;
    if !slug::is_slug(category_slug) {
        return Err("`category.slug` must be lower-case letters, digits and single hyphens".to_owned());
    }
    Ok(PartnerProductDetails {
        name: json::string(object, "name", 1, 160)?.to_owned(),
        description: json::string(object, "description", 0, 4_000)?.to_owned(),
        category_slug: category_slug.to_owned(),
        category_name: json::string(category, "name", 1, 160)?.to_owned(),
        producer: read_producer(json::object(object, "producer")?).map_err(|why| format!("`producer`: {why}"))?,
        pack: read_pack(json::object(object, "pack")?)?,
    })
}

fn read_producer(object: &Map<String, Value>) -> Result<PartnerProducer, String> {
    let kind = object.get("kind").and_then(Value::as_str).and_then(producer_kind);
    let pincode = json::string(object, "pincode", 6, 6)?;
    if pincode.len() != 6 || !pincode.bytes().all(|byte| byte.is_ascii_digit()) || pincode.starts_with('0') {
        return Err("`pincode` must be six digits".to_owned());
    }
    let place = Place::from_degrees(json::number(object, "latitude")?, json::number(object, "longitude")?);
    Ok(PartnerProducer {
        id: json::id(object, "id")?,
        name: json::string(object, "name", 1, 160)?.to_owned(),
        kind: kind.ok_or("`kind` must be FARMER, DOODHWALA, FPO or SMALL_PRODUCER")?,
        city: json::string(object, "city", 1, 60)?.to_owned(),
        pincode: pincode.to_owned(),
        place: place.ok_or("`latitude` and `longitude` must lie on the globe")?,
        delivery_radius_meters: json::integer(object, "deliveryRadiusMeters", 0, RADIUS_MAX_METERS)?,
    })
}

fn producer_kind(text: &str) -> Option<ProducerKind> {
    match text {
        "FARMER" => Some(ProducerKind::Farmer),
        "DOODHWALA" => Some(ProducerKind::Doodhwala),
        "FPO" => Some(ProducerKind::Fpo),
        "SMALL_PRODUCER" => Some(ProducerKind::SmallProducer),
        _ => None,
    }
}

fn read_pack(object: &Map<String, Value>) -> Result<Measure, String> {
    let value = object.get("value").and_then(Value::as_str).ok_or("`pack.value` must be a decimal string")?;
    let value_thousandths = json::scaled(value, 3, "pack.value")?;
    if value_thousandths <= 0 {
        return Err("`pack.value` must be more than nothing".to_owned());
    }
    let unit = object.get("unit").and_then(Value::as_str).and_then(unit);
    let unit = unit.ok_or("`pack.unit` must be GRAM, KILOGRAM, MILLILITRE, LITRE, PIECE, DOZEN or BUNCH")?;
    Ok(Measure { value_thousandths, unit })
}

fn unit(text: &str) -> Option<Unit> {
    match text {
        "GRAM" => Some(Unit::Gram),
        "KILOGRAM" => Some(Unit::Kilogram),
        "MILLILITRE" => Some(Unit::Millilitre),
        "LITRE" => Some(Unit::Litre),
        "PIECE" => Some(Unit::Piece),
        "DOZEN" => Some(Unit::Dozen),
        "BUNCH" => Some(Unit::Bunch),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body() -> Value {
        json!({
            "id": "P-1", "version": 17, "name": "A2 Cow Milk", "description": "",
            "category": {"slug": "milk", "name": "Milk"},
            "producer": {"id": "F-1", "name": "Gokul Dairy", "kind": "DOODHWALA", "city": "Pune", "pincode": "411001",
                         "latitude": 18.5204, "longitude": 73.8567, "deliveryRadiusMeters": 5000},
            "price": {"amount": "64.50", "currency": "INR"}, "pack": {"value": "0.5", "unit": "LITRE"}, "stockQuantity": null
        })
    }

    #[test]
    fn a_product_is_read_whole_and_a_deleted_one_needs_only_its_position() {
        let product = PartnerProduct::read(&body()).unwrap();
        let read = product.body.unwrap();
        assert_eq!((read.price_minor, read.stock, read.details.pack.value_thousandths), (6_450, None, 500));
        let gone = PartnerProduct::read(&json!({"id": 7, "version": 18, "deleted": true})).unwrap();
        assert_eq!((gone.id.as_str(), gone.body), ("7", None));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (member, value, named) in [
            ("stockQuantity", json!(-1), "`stockQuantity`"),
            ("category", json!({"slug": "Milk", "name": "Milk"}), "`category.slug`"),
            ("pack", json!({"value": "0", "unit": "LITRE"}), "`pack.value`"),
            ("pack", json!({"value": "1", "unit": "GALLON"}), "`pack.unit`"),
            ("producer", json!({"id": "F"}), "`producer`"),
            ("price", json!({"amount": "-1.00", "currency": "INR"}), "`price.amount`"),
            ("name", json!(" "), "`name`"),
        ] {
            let mut body = body();
            body[member] = value;
            let why = PartnerProduct::read(&body).unwrap_err();
            assert!(why.contains(named), "{member}: {why}");
        }
    }
}
