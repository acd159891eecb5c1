//! `removeProducts`: removes products by slug and leaves a tombstone; all or none.

use super::category_write::too_many;
use super::product_write::change;
use super::write::{Write, WriteError};
use super::{LIST_MAX, Marketplace};
use crate::domain::{Aspects, slug};
use crate::storage::{Transaction, changes, products, tombstones};

struct RemoveProducts<'a> {
    slugs: &'a [&'a str],
}

impl Marketplace {
    /// Removes products; unknown slugs are ignored. Gives how many there were.
    ///
    /// # Errors
    /// What is wrong with the input, or why it could not be written.
    pub async fn remove_products(&self, slugs: &[String]) -> Result<usize, WriteError> {
        if slugs.len() > LIST_MAX {
            return Err(too_many("slugs").into());
        }
        let slugs: Vec<&str> = slugs.iter().map(String::as_str).filter(|slug| slug::is_slug(slug)).collect();
        if slugs.is_empty() {
            return Ok(0);
        }
        self.write(&RemoveProducts { slugs: &slugs }).await
    }
}

impl Write for RemoveProducts<'_> {
    type Output = usize;

    async fn apply(&self, tx: &Transaction, now_ms: i64) -> Result<usize, WriteError> {
        let stored = products::lock(tx, self.slugs).await?;
        if stored.is_empty() {
            return Ok(0);
        }
        for product in &stored {
            tombstones::bury(tx, product, product.version + 1, now_ms).await?;
            changes::insert(tx, &change(Some(product), None, Aspects::REMOVED, now_ms)).await?;
        }
        let ids: Vec<i64> = stored.iter().map(|product| product.id).collect();
        products::delete(tx, &ids).await?;
        Ok(stored.len())
    }
}
