//! What is told of a change.

use serde_json::{Map, Value, json};

use super::Subject;
use crate::clock::rfc3339;

/// The kinds of events of `docs/partner-api.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A new order.
    OrderCreated,
    /// An order has another status or other lines.
    OrderUpdated,
    /// An order was called off.
    OrderCancelled,
    /// A new product.
    ProductCreated,
    /// A product is described otherwise.
    ProductUpdated,
    /// A product is gone.
    ProductDeleted,
    /// A product has another price.
    PriceChanged,
    /// A product has another stock.
    InventoryUpdated,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::OrderCreated,
        Self::OrderUpdated,
        Self::OrderCancelled,
        Self::ProductCreated,
        Self::ProductUpdated,
        Self::ProductDeleted,
        Self::PriceChanged,
        Self::InventoryUpdated,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OrderCreated => "order.created",
            Self::OrderUpdated => "order.updated",
            Self::OrderCancelled => "order.cancelled",
            Self::ProductCreated => "product.created",
            Self::ProductUpdated => "product.updated",
            Self::ProductDeleted => "product.deleted",
            Self::PriceChanged => "product.price_changed",
            Self::InventoryUpdated => "inventory.updated",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What it is about.
    pub fn subject(self) -> Subject {
        match self {
            Self::OrderCreated | Self::OrderUpdated | Self::OrderCancelled => Subject::Order,
            _ => Subject::Product,
        }
    }

    /// Its data, out of the thing as API A shows it.
    pub(super) fn data(self, thing: &Value) -> Option<Value> {
        let member = |name: &str| Some(json!({ name: thing.get(name) }));
        match self {
            Self::OrderCreated | Self::OrderUpdated | Self::ProductCreated | Self::ProductUpdated => Some(thing.clone()),
            Self::OrderCancelled | Self::ProductDeleted => None,
            Self::PriceChanged => member("price"),
            Self::InventoryUpdated => member("stockQuantity"),
        }
    }
}

/// One change, as it can be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its number, from 1.
    pub number: u64,
    /// What `webhook-id` says: the same for all deliveries, and for the same seed number.
    pub webhook_id: String,
    /// What happened.
    pub kind: EventKind,
    /// The id of the product or order.
    pub id: String,
    /// Its version after the change.
    pub version: i64,
    /// When, in milliseconds since 1970.
    pub occurred_at_ms: i64,
    /// What it is now, where the kind says so.
    pub data: Option<Value>,
}

impl Event {
    /// The body of the webhook; a thin one says only that something happened.
    pub fn body(&self, thin: bool) -> String {
        let mut body = Map::new();
        body.insert("event".to_owned(), json!(self.kind.as_str()));
        body.insert("id".to_owned(), json!(self.id));
        if !thin {
            body.insert("version".to_owned(), json!(self.version));
            body.insert("occurredAt".to_owned(), json!(rfc3339(self.occurred_at_ms)));
            if let Some(data) = &self.data {
                body.insert("data".to_owned(), data.clone());
            }
        }
        Value::Object(body).to_string()
    }
}
