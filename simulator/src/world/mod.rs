//! The partner's world: a catalogue and a book of orders that change one event at a time.
//!
//! Everything is kept as JSON, as API A shows it, so that a test may put in what no honest partner would.

mod book;
mod event;
mod happening;
mod merge;
mod order;
mod product;
mod thing;

use seed::Catalogue;
use serde_json::{Map, Value};

pub use book::{Page, PageError};
pub use event::{Event, EventKind};
pub use thing::Subject;

use crate::clock::Clock;
use crate::random::{Random, Stream};
use book::Book;
use thing::Thing;

/// How far apart changes are in a world without a clock.
const STEP_MS: i64 = 1_000;

/// What the partner has, and its history.
#[derive(Debug, Clone)]
pub struct World {
    seed: u64,
    catalogue: Catalogue,
    /// How many products there were at the start; half of them stay.
    products_at_start: usize,
    products: Book,
    orders: Book,
    /// Places of the orders that still go somewhere.
    open_orders: Vec<usize>,
    /// Products and orders generated so far: ids are never used again.
    products_made: u64,
    orders_made: u64,
    events_made: u64,
    clock: Option<Clock>,
    begin_ms: i64,
    last_ms: i64,
}

impl World {
    /// The world of this seed number. Its time is its own: every change comes a second after the one before.
    pub fn new(seed: u64, products: u64, orders: u64) -> Self {
        Self::begin(seed, products, orders, seed::NEWEST_AT_MS)
    }

    /// As [`Self::new`], but changes happen when this clock says. No two happen in the same millisecond.
    pub fn with_clock(seed: u64, products: u64, orders: u64, clock: Clock) -> Self {
        Self::with_past(seed, products, orders, 0, clock)
    }

    /// As [`Self::with_clock`], after so many events, a second apart.
    pub fn with_past(seed: u64, products: u64, orders: u64, events: u64, clock: Clock) -> Self {
        let past_ms = STEP_MS.saturating_mul(events as i64);
        let mut world = Self::begin(seed, products, orders, clock.now_ms().saturating_sub(past_ms));
        for _ in 0..events {
            world.next_event();
        }
        world.clock = Some(clock);
        world
    }

    fn begin(seed: u64, products: u64, orders: u64, begin_ms: i64) -> Self {
        let mut world = Self {
            seed,
            catalogue: Catalogue::new(seed, products),
            products_at_start: products as usize,
            products: Book::default(),
            orders: Book::default(),
            open_orders: Vec::new(),
            products_made: 0,
            orders_made: 0,
            events_made: 0,
            clock: None,
            begin_ms,
            last_ms: begin_ms,
        };
        for _ in 0..products {
            let (number, updated_at_ms) = world.next_product();
            let body = product::body(&world.catalogue, seed, number);
            world.products.add(Thing::new(Subject::Product, product::id(seed, number), updated_at_ms, body));
        }
        for number in 1..=orders {
            // The last hour before the world begins, in the order of their numbers.
            let back_ms = (orders - number + 1) as i64 * 3_600_000 / orders as i64;
            let mut random = Random::new(seed, Stream::Order, number);
            world.place_order(&mut random, begin_ms - back_ms, true);
        }
        world
    }

    /// How many events there were.
    pub fn events_made(&self) -> u64 {
        self.events_made
    }

    /// A product or order as API A shows it; `None` when there never was one.
    pub fn get(&self, subject: Subject, id: &str) -> Option<Value> {
        self.book(subject).get(id).map(Thing::render)
    }

    /// The version of a product or order.
    pub fn version(&self, subject: Subject, id: &str) -> Option<i64> {
        self.book(subject).get(id).map(|thing| thing.version)
    }

    /// One page of a list, in the order of the last change.
    ///
    /// # Errors
    /// When the cursor is none of ours, or older than an hour.
    pub fn page(
        &self,
        subject: Subject,
        updated_since_ms: Option<i64>,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page, PageError> {
        let now_ms = self.clock.as_ref().map_or(self.last_ms, Clock::now_ms);
        self.book(subject).page(updated_since_ms, cursor, limit, now_ms)
    }

    /// Changes a product or order by hand, by a JSON merge patch (RFC 7396), and gives what it is now. One that is not there is
    /// made. `version`, `updatedAt` and `deleted` may be patched as well; null leaves them out of the answers until the next
    /// change.
    pub fn change(&mut self, subject: Subject, id: &str, patch: Map<String, Value>) -> Value {
        let at_ms = self.tick();
        let place = match self.book(subject).place(id) {
            Some(place) => place,
            None => {
                let made = self.made_by_hand(subject, id, at_ms);
                let place = self.book_mut(subject).add(made);
                self.book_mut(subject).change(place, at_ms, |thing| thing.patch_new(patch));
                return self.book(subject).at(place).render();
            }
        };
        self.book_mut(subject).change(place, at_ms, |thing| thing.patch(patch));
        self.book(subject).at(place).render()
    }

    /// Something of this id that is like the others.
    fn made_by_hand(&mut self, subject: Subject, id: &str, at_ms: i64) -> Thing {
        let body = match subject {
            Subject::Product => {
                self.products_made += 1;
                product::body(&self.catalogue, self.seed, self.products_made)
            }
            Subject::Order => {
                self.orders_made += 1;
                let mut random = Random::new(self.seed, Stream::Order, self.orders_made);
                order::body(&mut random, &self.products, at_ms, "PENDING")
            }
        };
        Thing::new(subject, id.to_owned(), at_ms, body)
    }

    /// The number of the next generated product, and when it was last changed before the world began.
    fn next_product(&mut self) -> (u64, i64) {
        self.products_made += 1;
        let row = self.catalogue.product(self.products_made);
        (self.products_made, self.begin_ms - (seed::NEWEST_AT_MS - row.updated_at_ms))
    }

    /// The time of the next change.
    fn tick(&mut self) -> i64 {
        self.last_ms = match &self.clock {
            None => self.last_ms + STEP_MS,
            Some(clock) => clock.now_ms().max(self.last_ms + 1),
        };
        self.last_ms
    }

    fn book(&self, subject: Subject) -> &Book {
        match subject {
            Subject::Product => &self.products,
            Subject::Order => &self.orders,
        }
    }

    fn book_mut(&mut self, subject: Subject) -> &mut Book {
        match subject {
            Subject::Product => &mut self.products,
            Subject::Order => &mut self.orders,
        }
    }
}

#[cfg(test)]
mod tests;
