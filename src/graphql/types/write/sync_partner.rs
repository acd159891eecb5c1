//! `syncPartnerCatalogue`.

use std::time::Duration;

use async_graphql::{InputObject, SimpleObject};

use super::outcome;
use crate::error::{Error, ErrorCode};
use crate::graphql::fault::Fault;
use crate::graphql::scalar::DateTime;
use crate::graphql::types::UserError;
use crate::service::{self, Marketplace, SyncReport, WriteError};

/// Longest work of one call: the rest is left to the next one. Below the usual time limit of a request, so that what was done is
/// told.
const LIMIT: Duration = Duration::from_secs(8);

/// What is to be pulled.
#[derive(InputObject)]
pub(crate) struct SyncPartnerCatalogueInput {
    /// Only what changed since then; everything when absent.
    updated_since: Option<DateTime>,
}

/// What was pulled.
#[derive(SimpleObject)]
pub(crate) struct SyncPartnerCataloguePayload {
    /// False when time ran out: the next call with the same input goes on where this one stopped.
    done: bool,
    /// Products that were not there.
    products_created: i32,
    /// Products of which something was new.
    products_updated: i32,
    /// Orders that were not there, or of which something was new.
    orders_upserted: i32,
    /// What the caller can mend.
    user_errors: Vec<UserError>,
}

impl SyncPartnerCatalogueInput {
    pub(crate) async fn run(self, marketplace: &Marketplace) -> Result<SyncPartnerCataloguePayload, Fault> {
        let since = self.updated_since.map(|instant| instant.ms);
        let pulled = marketplace.sync_partner(since, LIMIT, |_| {}).await;
        let pulled = pulled.map_err(|err| match err {
            Error::Refused { code: ErrorCode::Conflict, message } => {
                WriteError::from(service::UserError::new(ErrorCode::Conflict, &[], message))
            }
            err => WriteError::from(err),
        });
        let (report, user_errors): (SyncReport, _) = outcome(pulled)?;
        let count = |count: u64| i32::try_from(count).unwrap_or(i32::MAX);
        Ok(SyncPartnerCataloguePayload {
            done: report.done,
            products_created: count(report.products_created),
            products_updated: count(report.products_updated),
            orders_upserted: count(report.orders_upserted),
            user_errors,
        })
    }
}
