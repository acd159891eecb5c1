//! What the partner answers: one thing, or a page of them.

use serde_json::Value;

use super::PartnerPage;
use crate::domain::partner::{PartnerOrder, PartnerProduct};

/// The longest cursor that is sent back.
const CURSOR_MAX_BYTES: usize = 2_048;

/// A thing of the partner.
pub(super) trait Thing: Sized {
    /// Where its kind is found.
    const PATH: &'static str;
    /// Asking for one, in traces.
    const ONE: &'static str;
    /// Asking for a page, in traces.
    const PAGE: &'static str;

    fn read(value: &Value) -> Result<Self, String>;
    fn id(&self) -> &str;
}

impl Thing for PartnerProduct {
    const PATH: &'static str = "products";
    const ONE: &'static str = "GET /products/{id}";
    const PAGE: &'static str = "GET /products";

    fn read(value: &Value) -> Result<Self, String> {
        Self::read(value)
    }

    fn id(&self) -> &str {
        &self.id
    }
}

impl Thing for PartnerOrder {
    const PATH: &'static str = "orders";
    const ONE: &'static str = "GET /orders/{id}";
    const PAGE: &'static str = "GET /orders";

    fn read(value: &Value) -> Result<Self, String> {
        Self::read(value)
    }

    fn id(&self) -> &str {
        &self.id
    }
}

/// The thing called `id`. Another one is refused: it would be stored under the wrong name.
pub(super) fn one<T: Thing>(body: &[u8], id: &str) -> Result<T, String> {
    let thing = T::read(&json(body)?)?;
    if thing.id() == id { Ok(thing) } else { Err("it has another id than the one asked for".to_owned()) }
}

/// A page, asked for with `cursor`. An item that cannot be read is left out and told of: one of them must not keep all others
/// from being known. When none can be read, the page is no page.
pub(super) fn page<T: Thing>(body: &[u8], cursor: Option<&str>) -> Result<PartnerPage<T>, String> {
    let value = json(body)?;
    let next_cursor = match value.get("nextCursor") {
        None | Some(Value::Null) => None,
        Some(Value::String(next)) if (1..=CURSOR_MAX_BYTES).contains(&next.len()) => Some(next.clone()),
        Some(_) => return Err(format!("`nextCursor` must be null or a string of 1 to {CURSOR_MAX_BYTES} bytes")),
    };
    if next_cursor.is_some() && next_cursor.as_deref() == cursor {
        return Err("`nextCursor` is the cursor that was asked with".to_owned());
    }
    let values = value.get("items").and_then(Value::as_array).ok_or("`items` must be a list")?;
    let mut items = Vec::with_capacity(values.len());
    let mut last_fault = None;
    for value in values {
        match T::read(value) {
            Ok(item) => items.push(item),
            Err(why) => {
                tracing::warn!(list = T::PAGE, id = ?value.get("id"), why, "an item of the partner cannot be read");
                last_fault = Some(why);
            }
        }
    }
    match last_fault {
        Some(why) if items.is_empty() => Err(format!("no item can be read: {why}")),
        _ => Ok(PartnerPage { items, next_cursor }),
    }
}

fn json(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|_| "it is not JSON".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn gone(id: &str) -> Value {
        json!({"id": id, "version": 1, "deleted": true})
    }

    fn read(body: &Value, cursor: Option<&str>) -> Result<PartnerPage<PartnerProduct>, String> {
        page(body.to_string().as_bytes(), cursor)
    }

    #[test]
    fn a_thing_with_another_id_is_refused() {
        let body = gone("P-1").to_string();
        assert!(one::<PartnerProduct>(body.as_bytes(), "P-1").is_ok());
        assert!(one::<PartnerProduct>(body.as_bytes(), "P-2").unwrap_err().contains("another id"));
        assert!(one::<PartnerProduct>(b"<html>", "P-1").unwrap_err().contains("JSON"));
    }

    #[test]
    fn one_bad_item_does_not_spoil_a_page_but_nothing_else_is_taken() {
        let found = read(&json!({"items": [gone("1"), {"id": "2"}, gone("3")], "nextCursor": "n"}), Some("c")).unwrap();
        assert_eq!((found.items.len(), found.next_cursor.as_deref()), (2, Some("n")));
        assert!(read(&json!({"items": [], "nextCursor": null}), None).unwrap().next_cursor.is_none());
        for wrong in [json!([]), json!({}), json!({"items": {}}), json!({"items": [{}]}), json!({"items": [], "nextCursor": 1})] {
            assert!(read(&wrong, None).is_err(), "{wrong}");
        }
        assert!(read(&json!({"items": [], "nextCursor": "c"}), Some("c")).is_err(), "it would never end");
    }
}
