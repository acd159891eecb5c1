//! Things in the order of their last change.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::thing::Thing;

/// How long a cursor is good for.
const CURSOR_MS: i64 = 3_600_000;

/// A place in the list: when the thing was changed, and its place in the book.
type Key = (i64, usize);

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// What it holds, as API A shows it.
    pub items: Vec<Value>,
    /// Where the next one begins; `None` on the last.
    pub next_cursor: Option<String>,
}

/// A cursor that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// It is none of ours.
    #[error("the cursor is none of ours")]
    Foreign,
    /// It is older than an hour.
    #[error("the cursor is older than an hour")]
    Expired,
}

/// All products, or all orders.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    things: Vec<Thing>,
    by_id: HashMap<String, usize>,
    by_time: BTreeSet<Key>,
    /// How many are not deleted.
    living: usize,
}

impl Book {
    pub(super) fn len(&self) -> usize {
        self.things.len()
    }

    pub(super) fn living(&self) -> usize {
        self.living
    }

    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Thing> {
        self.place(id).map(|place| self.at(place))
    }

    pub(super) fn at(&self, place: usize) -> &Thing {
        &self.things[place]
    }

    /// Adds a thing and gives its place.
    pub(super) fn add(&mut self, thing: Thing) -> usize {
        let place = self.things.len();
        self.by_id.insert(thing.id.clone(), place);
        self.by_time.insert((thing.updated_at_ms, place));
        self.living += usize::from(!thing.deleted);
        self.things.push(thing);
        place
    }

    /// Begins the next version of a thing.
    pub(super) fn change(&mut self, place: usize, at_ms: i64, change: impl FnOnce(&mut Thing)) {
        let thing = &mut self.things[place];
        self.by_time.remove(&(thing.updated_at_ms, place));
        self.living -= usize::from(!thing.deleted);
        thing.advance(at_ms);
        change(thing);
        self.living += usize::from(!thing.deleted);
        self.by_time.insert((thing.updated_at_ms, place));
    }

    /// One page: by place in the list, so that what changes meanwhile moves to the end and nothing is left out.
    pub(super) fn page(
        &self,
        updated_since_ms: Option<i64>,
        cursor: Option<&str>,
        limit: usize,
        now_ms: i64,
    ) -> Result<Page, PageError> {
        let mut from = (updated_since_ms.unwrap_or(i64::MIN), 0);
        if let Some(cursor) = cursor {
            from = from.max(read_cursor(cursor, now_ms)?);
        }
        let keys: Vec<Key> = self.by_time.range(from..).take(limit + 1).copied().collect();
        let next_cursor = keys.get(limit).map(|(at_ms, place)| format!("c1.{at_ms}.{place}.{now_ms}"));
        let items = keys.iter().take(limit).map(|(_, place)| self.at(*place).render()).collect();
        Ok(Page { items, next_cursor })
    }
}

/// The place a cursor points to.
fn read_cursor(cursor: &str, now_ms: i64) -> Result<Key, PageError> {
    let mut parts = cursor.split('.');
    let mut number = || parts.next().and_then(|part| part.strip_prefix("c").or(Some(part))?.parse::<i64>().ok());
    let (Some(1), Some(at_ms), Some(place), Some(made_ms)) = (number(), number(), number(), number()) else {
        return Err(PageError::Foreign);
    };
    if now_ms - made_ms > CURSOR_MS {
        return Err(PageError::Expired);
    }
    Ok((at_ms, usize::try_from(place).map_err(|_| PageError::Foreign)?))
}
