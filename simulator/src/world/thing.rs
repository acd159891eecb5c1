//! One product or order.

use serde_json::{Map, Value, json};

use super::merge::merge;
use crate::clock::{parse_rfc3339, rfc3339};

/// What can be told about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A product of the catalogue.
    Product,
    /// An order of the book.
    Order,
}

/// The members that are no part of the body.
const HEADS: [&str; 4] = ["id", "version", "updatedAt", "deleted"];

/// A product or order, with its place in history.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thing {
    pub(super) subject: Subject,
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) updated_at_ms: i64,
    pub(super) deleted: bool,
    pub(super) body: Map<String, Value>,
    /// What is shown in place of the true head until the next change: somebody wanted to see what happens then.
    shown: Map<String, Value>,
}

impl Thing {
    pub(super) fn new(subject: Subject, id: String, updated_at_ms: i64, body: Map<String, Value>) -> Self {
        Self { subject, id, version: 1, updated_at_ms, deleted: false, body, shown: Map::new() }
    }

    /// As API A shows it.
    pub(super) fn render(&self) -> Value {
        let mut all = if self.deleted { Map::new() } else { self.body.clone() };
        all.insert("id".to_owned(), json!(self.id));
        all.insert("version".to_owned(), json!(self.version));
        all.insert("updatedAt".to_owned(), json!(rfc3339(self.updated_at_ms)));
        if self.subject == Subject::Product {
            all.insert("deleted".to_owned(), json!(self.deleted));
        }
        merge(&mut all, self.shown.clone());
        Value::Object(all)
    }

    /// The next version begins.
    pub(super) fn advance(&mut self, at_ms: i64) {
        self.version += 1;
        self.updated_at_ms = at_ms;
        self.shown.clear();
    }

    /// Changes what a patch says; [`Self::advance`] came before.
    pub(super) fn patch(&mut self, mut patch: Map<String, Value>) {
        for name in HEADS {
            let Some(value) = patch.remove(name) else { continue };
            match (name, &value) {
                ("version", Value::Number(version)) if version.is_i64() => {
                    self.version = version.as_i64().unwrap_or(self.version);
                }
                ("deleted", Value::Bool(deleted)) => self.deleted = *deleted,
                ("updatedAt", Value::String(text)) if parse_rfc3339(text).is_some() => {
                    self.updated_at_ms = parse_rfc3339(text).unwrap_or(self.updated_at_ms);
                }
                _ => {
                    self.shown.insert(name.to_owned(), value);
                }
            }
        }
        merge(&mut self.body, patch);
    }

    /// As [`Self::patch`], for what has just been made: its first version is the first.
    pub(super) fn patch_new(&mut self, patch: Map<String, Value>) {
        self.version = 1;
        self.patch(patch);
    }

    /// The text of a member of the body.
    pub(super) fn text(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}
