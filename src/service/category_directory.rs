//! Which id a category's slug stands for, remembered: categories are never removed and keep their slug, so what was once
//! read stays right until the catalogue is written as a whole.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Slugs and ids, shared between the marketplace and whoever is told of a new catalogue.
#[derive(Debug, Clone, Default)]
pub struct CategoryDirectory(Arc<RwLock<HashMap<String, i64>>>);

impl CategoryDirectory {
    /// The ids of those slugs that are remembered, and the slugs that are not.
    pub(super) fn look_up<'a>(&self, slugs: &[&'a str]) -> (Vec<i64>, Vec<&'a str>) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut ids = Vec::with_capacity(slugs.len());
        let mut unknown = Vec::new();
        for slug in slugs {
            match known.get(*slug) {
                Some(id) => ids.push(*id),
                None => unknown.push(*slug),
            }
        }
        (ids, unknown)
    }

    /// Remembers what was read. Unknown slugs are not: they may be made at any moment.
    pub(super) fn remember(&self, slug: &str, id: i64) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(slug.to_owned(), id);
    }

    /// Forgets everything: the catalogue was written as a whole.
    pub fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
