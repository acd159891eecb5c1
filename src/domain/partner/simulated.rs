//! What the simulator tells is read by what we read partners with.

use simulator::{EventKind, Subject, World};

use super::{PartnerOrder, PartnerProduct, PartnerProductBody, Position, read_price, read_stock};

#[test]
fn everything_that_the_simulated_api_shows_is_read() {
    let mut world = World::new(1, 200, 50);
    for _ in 0..1_000 {
        world.next_event();
    }
    for product in world.page(Subject::Product, None, None, 1_000).unwrap().items {
        let read = PartnerProduct::read(&product).unwrap_or_else(|why| panic!("{why}: {product}"));
        assert!(read.position.version.is_some() && read.position.at_ms.is_some());
        assert_eq!(read.body.is_none(), product["deleted"] == true);
    }
    for order in world.page(Subject::Order, None, None, 1_000).unwrap().items {
        let read = PartnerOrder::read(&order).unwrap_or_else(|why| panic!("{why}: {order}"));
        let sum: i64 = read.details.lines.iter().map(|line| line.price_minor * i64::from(line.quantity)).sum();
        assert_eq!(read.details.total_minor, sum);
    }
}

#[test]
fn everything_that_simulated_webhooks_tell_is_read() {
    let mut world = World::new(2, 200, 50);
    for _ in 0..2_000 {
        let event = world.next_event();
        let body: serde_json::Value = serde_json::from_str(&event.body(false)).unwrap();
        let position = Position::read(body.as_object().unwrap(), "occurredAt").unwrap();
        assert_eq!(position, Position { version: Some(event.version), at_ms: Some(event.occurred_at_ms) });
        let data = body.get("data").and_then(serde_json::Value::as_object);
        let read = match (event.kind, data) {
            (EventKind::OrderCancelled | EventKind::ProductDeleted, None) => Ok(()),
            (EventKind::OrderCreated | EventKind::OrderUpdated, Some(data)) => {
                PartnerOrder::read_data(&event.id, position, data).map(drop)
            }
            (EventKind::ProductCreated | EventKind::ProductUpdated, Some(data)) => PartnerProductBody::read(data).map(drop),
            (EventKind::PriceChanged, Some(data)) => read_price(data).map(drop),
            (EventKind::InventoryUpdated, Some(data)) => read_stock(data).map(drop),
            _ => Err("no data, or data that need not be".to_owned()),
        };
        assert_eq!(read, Ok(()), "{body}");
    }
}
