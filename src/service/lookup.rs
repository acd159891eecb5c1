//! Look-ups of categories and products.

use super::Marketplace;
use crate::domain::{Category, GlobalId, NodeKind, Product};
use crate::error::Error;
use crate::storage::{categories, products};

impl Marketplace {
    /// All categories in display order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn categories(&self) -> Result<Vec<Category>, Error> {
        categories::all(&self.database).await
    }

    /// Categories by database id; unknown ones are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn categories_by_ids(&self, ids: &[i64]) -> Result<Vec<Category>, Error> {
        categories::by_ids(&self.database, ids).await
    }

    /// The category with this global id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn category_by_id(&self, id: &str) -> Result<Option<Category>, Error> {
        let Some(id) = GlobalId::decode_as(NodeKind::Category, id) else { return Ok(None) };
        Ok(self.categories_by_ids(&[id]).await?.pop())
    }

    /// The category with this slug.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn category_by_slug(&self, slug: &str) -> Result<Option<Category>, Error> {
        if !crate::domain::slug::is_slug(slug) {
            return Ok(None);
        }
        Ok(categories::by_slugs(&self.database, &[slug]).await?.pop())
    }

    /// Products by database id; unknown ones are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn products_by_ids(&self, ids: &[i64]) -> Result<Vec<Product>, Error> {
        products::by_ids(&self.database, ids).await
    }

    /// The product with this global id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn product_by_id(&self, id: &str) -> Result<Option<Product>, Error> {
        let Some(id) = GlobalId::decode_as(NodeKind::Product, id) else { return Ok(None) };
        Ok(self.products_by_ids(&[id]).await?.pop())
    }

    /// The product with this slug.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn product_by_slug(&self, slug: &str) -> Result<Option<Product>, Error> {
        if !crate::domain::slug::is_slug(slug) {
            return Ok(None);
        }
        products::by_slug(&self.database, slug).await
    }
}
