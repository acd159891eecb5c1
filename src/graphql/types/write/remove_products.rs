//! `removeProducts`.

use async_graphql::{InputObject, SimpleObject};

use super::outcome;
use crate::graphql::fault::Fault;
use crate::graphql::types::UserError;
use crate::service::Marketplace;

/// Products to remove.
#[derive(InputObject)]
pub(crate) struct RemoveProductsInput {
    /// Up to 100 slugs.
    slugs: Vec<String>,
}

/// What became of it.
#[derive(SimpleObject)]
pub(crate) struct RemoveProductsPayload {
    /// How many there were.
    removed: i32,
    /// What the caller can mend; nothing was removed then.
    user_errors: Vec<UserError>,
}

impl RemoveProductsInput {
    pub(crate) async fn run(self, marketplace: &Marketplace) -> Result<RemoveProductsPayload, Fault> {
        let (removed, user_errors) = outcome(marketplace.remove_products(&self.slugs).await)?;
        Ok(RemoveProductsPayload { removed: i32::try_from(removed).unwrap_or(i32::MAX), user_errors })
    }
}
