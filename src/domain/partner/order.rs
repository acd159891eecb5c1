//! An order as the partner tells of it.

use serde_json::{Map, Value};

use super::{Position, json};
use crate::domain::order::{OrderDetails, OrderLine, OrderStatus};

/// Most lines of one order.
const LINES_MAX: usize = 500;

/// An order as the partner tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerOrder {
    /// Its number.
    pub id: String,
    /// Where this stands in its history.
    pub position: Position,
    /// How far it is.
    pub status: OrderStatus,
    /// The rest of it.
    pub details: OrderDetails,
}

impl PartnerOrder {
    /// Reads the answer of `GET /orders/{id}`.
    ///
    /// # Errors
    /// One sentence about the member at fault.
    pub fn read(value: &Value) -> Result<Self, String> {
        let object = value.as_object().ok_or("an order must be an object")?;
        let position = Position::read(object, "updatedAt")?;
        if !position.is_known() {
            return Err("an order must have `version` or `updatedAt`".to_owned());
        }
        Ok(Self { id: json::id(object, "id")?, position, status: read_status(object)?, details: read_details(object)? })
    }

    /// Reads the `data` of an event about the order `id`, which carries its own position.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_data(id: &str, position: Position, data: &Map<String, Value>) -> Result<Self, String> {
        Ok(Self { id: id.to_owned(), position, status: read_status(data)?, details: read_details(data)? })
    }
}

fn read_status(object: &Map<String, Value>) -> Result<OrderStatus, String> {
    let status = object.get("status").and_then(Value::as_str).and_then(OrderStatus::parse);
    status.ok_or_else(|| {
        let known: Vec<_> = OrderStatus::ALL.iter().map(|status| status.as_str()).collect();
        format!("`status` must be one of {}", known.join(", "))
    })
}

fn read_details(object: &Map<String, Value>) -> Result<OrderDetails, String> {
    let (total_minor, currency) = json::money(object, "total")?;
    let placed_at_ms = object.get("placedAt").and_then(json::instant_ms).ok_or("`placedAt` must be an RFC 3339 instant")?;
    let lines = object.get("lines").and_then(Value::as_array).filter(|lines| lines.len() <= LINES_MAX);
    let lines = lines.ok_or_else(|| format!("`lines` must be a list of at most {LINES_MAX}"))?;
    let line = |(n, line): (usize, &Value)| -> Result<OrderLine, String> {
        let line = line.as_object().ok_or_else(|| "must be an object".to_owned()).and_then(|line| {
            let (price_minor, line_currency) = json::money(line, "price")?;
            if line_currency != currency {
                return Err("`price.currency` must be the order's".to_owned());
            }
            let quantity = json::integer(line, "quantity", 1, i64::from(i32::MAX))?;
            Ok(OrderLine {
                product_external_id: json::id(line, "productId")?,
                name: json::string(line, "name", 1, 160)?.to_owned(),
                quantity: i32::try_from(quantity).unwrap_or(i32::MAX),
                price_minor,
            })
        });
        line.map_err(|why| format!("`lines[{n}]`: {why}"))
    };
    let lines = lines.iter().enumerate().map(line).collect::<Result<_, _>>()?;
    Ok(OrderDetails { total_minor, currency, lines, placed_at_ms })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body() -> Value {
        json!({
            "id": 123, "version": 3, "updatedAt": "2026-11-28T09:30:00.250Z", "status": "CONFIRMED",
            "placedAt": "2026-11-28T09:00:00+05:30", "total": {"amount": "129.00", "currency": "INR"},
            "lines": [{"productId": "P-1", "name": "A2 Cow Milk", "quantity": 2, "price": {"amount": "64.50", "currency": "INR"}}]
        })
    }

    #[test]
    fn an_order_is_read_whole() {
        let order = PartnerOrder::read(&body()).unwrap();
        assert_eq!((order.id.as_str(), order.status, order.position.version), ("123", OrderStatus::Confirmed, Some(3)));
        assert_eq!((order.details.total_minor, order.details.lines[0].price_minor), (12_900, 6_450));
        assert_eq!(order.details.placed_at_ms, 1_795_836_600_000);
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (member, value, named) in [
            ("id", json!(1.5), "`id`"),
            ("id", json!("a b"), "`id`"),
            ("status", json!("LOST"), "`status`"),
            ("total", json!({"amount": 129.0, "currency": "INR"}), "`total.amount`"),
            ("total", json!({"amount": "129.001", "currency": "INR"}), "`total.amount`"),
            ("placedAt", json!("yesterday"), "`placedAt`"),
            ("lines", json!([{}]), "`lines[0]`"),
            ("version", json!(-1), "`version`"),
        ] {
            let mut body = body();
            body[member] = value;
            let why = PartnerOrder::read(&body).unwrap_err();
            assert!(why.contains(named), "{member}: {why}");
        }
        let mut body = body();
        body.as_object_mut().unwrap().retain(|name, _| name != "version" && name != "updatedAt");
        assert!(PartnerOrder::read(&body).unwrap_err().contains("`version` or `updatedAt`"));
    }
}
