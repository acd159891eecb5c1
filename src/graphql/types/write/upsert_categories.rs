//! `upsertCategories`.

use async_graphql::{InputObject, SimpleObject};

use super::outcome;
use crate::domain::CategoryDraft;
use crate::graphql::fault::Fault;
use crate::graphql::types::{Category, UserError};
use crate::service::Marketplace;

/// Categories as they should be.
#[derive(InputObject)]
pub(crate) struct UpsertCategoriesInput {
    /// Up to 100; a slug may stand in the list once.
    categories: Vec<CategoryInput>,
}

/// A category as it should be.
#[derive(InputObject)]
pub(crate) struct CategoryInput {
    /// Natural key: the same slug updates.
    slug: String,
    /// What people read; at most 160 characters.
    name: String,
    /// Place in the display order, smallest first.
    #[graphql(default_with = "0")]
    position: i32,
}

/// What became of it.
#[derive(SimpleObject)]
pub(crate) struct UpsertCategoriesPayload {
    /// The categories in the order of the input; empty with errors.
    categories: Vec<Category>,
    /// What the caller can mend; nothing was written then.
    user_errors: Vec<UserError>,
}

impl UpsertCategoriesInput {
    pub(crate) async fn run(self, marketplace: &Marketplace) -> Result<UpsertCategoriesPayload, Fault> {
        let draft =
            |input: CategoryInput| CategoryDraft { slug: input.slug, name: input.name, position: i64::from(input.position) };
        let drafts: Vec<_> = self.categories.into_iter().map(draft).collect();
        let (categories, user_errors) = outcome(marketplace.upsert_categories(&drafts).await)?;
        Ok(UpsertCategoriesPayload { categories: categories.into_iter().map(Category::new).collect(), user_errors })
    }
}
