//! What a delivery says: its kind, what it is about, where it stands, and the facts it carries.

use serde_json::{Map, Value};

use crate::domain::partner::{PartnerOrder, PartnerProductBody, Position, external_id, read_price, read_stock};
use crate::domain::{Aspect, Currency, Subject};

/// Longest kind of event, in bytes.
const TYPE_MAX: usize = 128;

/// What a delivery says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Incoming {
    pub(super) event_type: String,
    pub(super) subject: Option<Subject>,
    pub(super) position: Position,
    pub(super) content: Content,
}

/// How much of it can be used.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// A kind that nobody handles.
    Ignored,
    /// Something happened; the partner must be asked what.
    Thin,
    /// This is what happened.
    Facts(Facts),
}

/// What happened, each with all that belongs to its aspects.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Facts {
    Order(Box<PartnerOrder>),
    OrderCancelled,
    Product(Box<PartnerProductBody>),
    ProductDeleted,
    Price(i64, Currency),
    Stock(Option<i64>),
}

impl Facts {
    /// The aspects that they tell of.
    pub(super) fn aspects(&self) -> &'static [Aspect] {
        match self {
            Self::Order(_) => &[Aspect::Details, Aspect::Status],
            Self::OrderCancelled | Self::ProductDeleted => &[Aspect::Status],
            Self::Product(_) => &Aspect::ALL,
            Self::Price(..) => &[Aspect::Price],
            Self::Stock(_) => &[Aspect::Stock],
        }
    }
}

/// The kinds that are handled.
#[derive(Clone, Copy)]
enum Kind {
    Order,
    OrderCancelled,
    Product,
    ProductDeleted,
    Price,
    Stock,
}

impl Kind {
    fn parse(event_type: &str) -> Option<Self> {
        Some(match event_type {
            "order.created" | "order.updated" => Self::Order,
            "order.cancelled" => Self::OrderCancelled,
            "product.created" | "product.updated" => Self::Product,
            "product.deleted" => Self::ProductDeleted,
            "product.price_changed" => Self::Price,
            "inventory.updated" => Self::Stock,
            _ => return None,
        })
    }
}

impl Incoming {
    /// Reads a body.
    ///
    /// # Errors
    /// One sentence when it is no event.
    pub(super) fn read(body: &Value) -> Result<Self, String> {
        let object = body.as_object().ok_or("The body must be a JSON object.")?;
        let event_type = object.get("event").or_else(|| object.get("type")).and_then(Value::as_str);
        let event_type = event_type.filter(|name| is_type(name));
        let event_type = event_type
            .ok_or_else(|| format!("The body must have `event` (or `type`): 1 to {TYPE_MAX} visible ASCII characters."))?;
        let event_type = event_type.to_owned();
        let Some(kind) = Kind::parse(&event_type) else {
            return Ok(Self { event_type, subject: None, position: Position::default(), content: Content::Ignored });
        };
        let data = object.get("data").and_then(Value::as_object);
        let id = object.get("id").or_else(|| data.and_then(|data| data.get("id"))).and_then(external_id);
        let id = id.ok_or("The body must have `id`: an integer, or 1 to 128 visible ASCII characters.")?;
        let position = position(object, data).map_err(|why| format!("The body's {why}."))?;
        let facts = if position.is_known() { facts(kind, &id, position, data) } else { None };
        let subject = match kind {
            Kind::Order | Kind::OrderCancelled => Subject::order(id),
            Kind::Product | Kind::ProductDeleted | Kind::Price | Kind::Stock => Subject::product(id),
        };
        Ok(Self { event_type, subject: Some(subject), position, content: facts.map_or(Content::Thin, Content::Facts) })
    }
}

fn is_type(name: &str) -> bool {
    (1..=TYPE_MAX).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The event's own position, or that of its data.
fn position(object: &Map<String, Value>, data: Option<&Map<String, Value>>) -> Result<Position, String> {
    let own = Position::read(object, "occurredAt")?;
    let inner = data.map(|data| Position::read(data, "updatedAt")).transpose()?.unwrap_or_default();
    Ok(Position { version: own.version.or(inner.version), at_ms: own.at_ms.or(inner.at_ms) })
}

/// What it tells; `None` when something is missing.
fn facts(kind: Kind, id: &str, position: Position, data: Option<&Map<String, Value>>) -> Option<Facts> {
    match kind {
        Kind::OrderCancelled => Some(Facts::OrderCancelled),
        Kind::ProductDeleted => Some(Facts::ProductDeleted),
        Kind::Order => PartnerOrder::read_data(id, position, data?).ok().map(Box::new).map(Facts::Order),
        Kind::Product => PartnerProductBody::read(data?).ok().map(Box::new).map(Facts::Product),
        Kind::Price => read_price(data?).ok().map(|(minor, currency)| Facts::Price(minor, currency)),
        Kind::Stock => read_stock(data?).ok().map(Facts::Stock),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn facts_need_a_position_and_everything_that_belongs_to_them() {
        let price = json!({"price": {"amount": "66.00", "currency": "INR"}});
        let event = |version: Value, data: Value| {
            Incoming::read(&json!({"event": "product.price_changed", "id": "P-1", "version": version, "data": data})).unwrap()
        };
        let full = event(json!(18), price.clone());
        assert_eq!(full.content, Content::Facts(Facts::Price(6_600, Currency::INR)));
        assert_eq!(full.subject, Some(Subject::product("P-1")));
        assert_eq!(event(Value::Null, price).content, Content::Thin);
        assert_eq!(event(json!(18), json!({"price": {"amount": 66}})).content, Content::Thin);
        let thin = Incoming::read(&json!({"event": "order.updated", "id": 123})).unwrap();
        assert_eq!((thin.content, thin.subject), (Content::Thin, Some(Subject::order("123"))));
        let gone = Incoming::read(&json!({"type": "product.deleted", "id": 7, "occurredAt": "2026-11-28T09:31:00Z"})).unwrap();
        assert_eq!(gone.content, Content::Facts(Facts::ProductDeleted));
    }

    #[test]
    fn unknown_kinds_are_ignored_and_what_is_no_event_is_refused() {
        let ignored = Incoming::read(&json!({"event": "courier.late"})).unwrap();
        assert_eq!((ignored.content, ignored.subject), (Content::Ignored, None));
        for body in [
            json!([]),
            json!({}),
            json!({"event": ""}),
            json!({"event": 7}),
            json!({"event": "order.updated"}),
            json!({"event": "order.updated", "id": {}}),
            json!({"event": "order.updated", "id": "a b"}),
            json!({"event": "order.updated", "id": 1, "version": -1}),
            json!({"event": "order.updated", "id": 1, "occurredAt": "yesterday"}),
        ] {
            assert!(Incoming::read(&body).is_err(), "{body}");
        }
    }
}
