//! Inputs and payloads of the catalogue's mutations: one file per mutation.

mod adjust_stock;
mod ingest_webhook;
mod remove_products;
mod sync_partner;
mod upsert_categories;
mod upsert_producers;
mod upsert_products;
mod webhook_review;

pub(crate) use adjust_stock::{AdjustStockInput, AdjustStockPayload};
pub(crate) use ingest_webhook::{IngestWebhookInput, IngestWebhookPayload};
pub(crate) use remove_products::{RemoveProductsInput, RemoveProductsPayload};
pub(crate) use sync_partner::{SyncPartnerCatalogueInput, SyncPartnerCataloguePayload};
pub(crate) use upsert_categories::{UpsertCategoriesInput, UpsertCategoriesPayload};
pub(crate) use upsert_producers::{UpsertProducersInput, UpsertProducersPayload};
pub(crate) use upsert_products::{UpsertProductsInput, UpsertProductsPayload};
pub(crate) use webhook_review::{
    DiscardWebhookEventInput, DiscardWebhookEventPayload, ReplayWebhookEventsInput, ReplayWebhookEventsPayload,
};

use super::UserError;
use crate::graphql::fault::Fault;
use crate::service::WriteError;

/// What was written, or what the caller can mend; everything else is a fault.
fn outcome<T: Default>(result: Result<T, WriteError>) -> Result<(T, Vec<UserError>), Fault> {
    match result {
        Ok(written) => Ok((written, Vec::new())),
        Err(WriteError::Refused(errors)) => Ok((T::default(), errors.into_iter().map(Into::into).collect())),
        Err(WriteError::Failed(err)) => Err(err.into()),
    }
}
