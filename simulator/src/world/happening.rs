//! What happens next.

use serde_json::json;

use super::order::{self, living_product};
use super::thing::Thing;
use super::{Event, EventKind, Subject, World, product};
use crate::random::{Random, RandomExt as _, Stream};

/// How many of the delivered orders are paid back later.
const REFUNDED: f64 = 0.1;
/// How many changes of young orders are other quantities rather than another status.
const OTHER_QUANTITY: f64 = 0.25;

impl World {
    /// Changes one thing, and gives what there is to tell. The same seed number gives the same events.
    pub fn next_event(&mut self) -> Event {
        self.events_made += 1;
        let number = self.events_made;
        let mut random = Random::new(self.seed, Stream::Event, number);
        let at_ms = self.tick();
        let (kind, place) = match random.below(100) {
            0..28 => self.change_product(&mut random, at_ms, EventKind::PriceChanged),
            28..56 => self.change_product(&mut random, at_ms, EventKind::InventoryUpdated),
            56..64 => self.change_product(&mut random, at_ms, EventKind::ProductUpdated),
            64..66 => self.delete_product(&mut random, at_ms),
            66..69 => self.create_product(at_ms),
            69..88 => self.step_order(&mut random, at_ms),
            88..96 => (EventKind::OrderCreated, self.place_order(&mut random, at_ms, false)),
            _ => self.cancel_order(&mut random, at_ms),
        };
        let webhook_id = format!("evt_{}_{number}", self.seed);
        self.tell(kind, place, number, webhook_id)
    }

    /// What there is to tell of a thing as it is now; `None` when it never was.
    pub fn event_about(&self, kind: EventKind, id: &str, webhook_id: String) -> Option<Event> {
        let place = self.book(kind.subject()).place(id)?;
        Some(self.tell(kind, place, 0, webhook_id))
    }

    fn tell(&self, kind: EventKind, place: usize, number: u64, webhook_id: String) -> Event {
        let thing = self.book(kind.subject()).at(place);
        let (id, version, occurred_at_ms) = (thing.id.clone(), thing.version, thing.updated_at_ms);
        Event { number, webhook_id, kind, id, version, occurred_at_ms, data: kind.data(&thing.render()) }
    }

    fn change_product(&mut self, random: &mut Random, at_ms: i64, kind: EventKind) -> (EventKind, usize) {
        let Some(place) = living_product(random, &self.products) else { return self.create_product(at_ms) };
        let description = self.catalogue.product(1 + random.below(1_000)).description;
        self.products.change(place, at_ms, |thing| match kind {
            EventKind::PriceChanged => change_price(random, thing),
            EventKind::InventoryUpdated => change_stock(random, thing),
            _ => {
                thing.body.insert("description".to_owned(), json!(description));
            }
        });
        (kind, place)
    }

    /// Takes a product out of the catalogue, while more than half of it is there.
    fn delete_product(&mut self, random: &mut Random, at_ms: i64) -> (EventKind, usize) {
        if self.products.living() <= self.products_at_start / 2 + 1 {
            return self.create_product(at_ms);
        }
        let Some(place) = living_product(random, &self.products) else { return self.create_product(at_ms) };
        self.products.change(place, at_ms, |thing| thing.deleted = true);
        (EventKind::ProductDeleted, place)
    }

    fn create_product(&mut self, at_ms: i64) -> (EventKind, usize) {
        let id = loop {
            self.products_made += 1;
            let id = product::id(self.seed, self.products_made);
            // Somebody may have made one of this id by hand.
            if self.products.place(&id).is_none() {
                break id;
            }
        };
        let body = product::body(&self.catalogue, self.seed, self.products_made);
        (EventKind::ProductCreated, self.products.add(Thing::new(Subject::Product, id, at_ms, body)))
    }

    /// Places an order; one from before the world began may be anywhere on its way.
    pub(super) fn place_order(&mut self, random: &mut Random, at_ms: i64, early: bool) -> usize {
        let id = loop {
            self.orders_made += 1;
            let id = order::id(self.seed, self.orders_made);
            if self.orders.place(&id).is_none() {
                break id;
            }
        };
        let steps = if early { random.below(5) } else { 0 };
        let mut status = "PENDING";
        for _ in 0..steps {
            status = order::next_status(status).unwrap_or(status);
        }
        let body = order::body(random, &self.products, at_ms, status);
        let mut thing = Thing::new(Subject::Order, id, at_ms, body);
        thing.version += steps as i64;
        let place = self.orders.add(thing);
        if status != "DELIVERED" {
            self.open_orders.push(place);
        }
        place
    }

    fn step_order(&mut self, random: &mut Random, at_ms: i64) -> (EventKind, usize) {
        let Some((open, place)) = self.open_order(random) else {
            return (EventKind::OrderCreated, self.place_order(random, at_ms, false));
        };
        let old = self.orders.at(place).text("status").to_owned();
        if order::is_young(&old) && random.happens(OTHER_QUANTITY) {
            self.orders.change(place, at_ms, |thing| order::change_quantity(random, &mut thing.body));
            return (EventKind::OrderUpdated, place);
        }
        let new = order::next_status(&old).unwrap_or("DELIVERED");
        self.orders.change(place, at_ms, |thing| {
            thing.body.insert("status".to_owned(), json!(new));
        });
        if new == "REFUNDED" || (new == "DELIVERED" && !random.happens(REFUNDED)) {
            self.open_orders.swap_remove(open);
        }
        (EventKind::OrderUpdated, place)
    }

    fn cancel_order(&mut self, random: &mut Random, at_ms: i64) -> (EventKind, usize) {
        match self.open_order(random) {
            Some((open, place)) if order::is_young(self.orders.at(place).text("status")) => {
                self.orders.change(place, at_ms, |thing| {
                    thing.body.insert("status".to_owned(), json!("CANCELLED"));
                });
                self.open_orders.swap_remove(open);
                (EventKind::OrderCancelled, place)
            }
            _ => self.step_order(random, at_ms),
        }
    }

    /// An order that still goes somewhere: its place among those, and in the book.
    fn open_order(&mut self, random: &mut Random) -> Option<(usize, usize)> {
        while !self.open_orders.is_empty() {
            let open = random.place(self.open_orders.len());
            let place = self.open_orders[open];
            // Somebody may have ended it by hand.
            if order::next_status(self.orders.at(place).text("status")).is_some() {
                return Some((open, place));
            }
            self.open_orders.swap_remove(open);
        }
        None
    }
}

/// Up to 12 % up or 10 % down, in half rupees, and never what it was.
fn change_price(random: &mut Random, thing: &mut Thing) {
    let old = product::minor(thing.body.get("price"));
    let wanted = old.saturating_mul(random.between(90, 112)) / 100;
    let rounded = ((wanted + 25) / 50 * 50).max(100);
    let new = if rounded == old { old + 50 } else { rounded };
    thing.body.insert("price".to_owned(), product::money(new));
}

/// Somebody sold a few, or filled the shelf again.
fn change_stock(random: &mut Random, thing: &mut Thing) {
    let old = thing.body.get("stockQuantity").and_then(serde_json::Value::as_i64).unwrap_or(0);
    let sold = random.between(1, 5);
    let new = if old > 0 { (old - sold).max(0) } else { random.between(10, 80) };
    thing.body.insert("stockQuantity".to_owned(), json!(new));
}
