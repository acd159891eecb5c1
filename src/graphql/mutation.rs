//! The root of mutations: inputs in, payloads with `userErrors` out.

use async_graphql::{Context, Object};

use super::context::ContextExt as _;
use super::directive::{one, requires_scopes};
use super::fault::Fault;
use super::types::{
    AdjustStockInput, AdjustStockPayload, DiscardWebhookEventInput, DiscardWebhookEventPayload, IngestWebhookInput,
    IngestWebhookPayload, RemoveProductsInput, RemoveProductsPayload, ReplayWebhookEventsInput, ReplayWebhookEventsPayload,
    SyncPartnerCatalogueInput, SyncPartnerCataloguePayload, UpsertCategoriesInput, UpsertCategoriesPayload, UpsertProducersInput,
    UpsertProducersPayload, UpsertProductsInput, UpsertProductsPayload,
};
use crate::service::Scope;

/// The root of mutations.
pub(crate) struct Mutation;

/// What can be changed.
#[Object]
impl Mutation {
    /// The same rules as `POST /webhooks/{source}`, for relays that speak GraphQL.
    async fn ingest_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The delivery as the relay got it.")] input: IngestWebhookInput,
    ) -> Option<Result<IngestWebhookPayload, Fault>> {
        Some(input.run(ctx).await)
    }

    /// Applies stored events again, in order per subject. Reports only, unless `dryRun` is false.
    #[graphql(directive = requires_scopes::apply(one(Scope::WebhooksReplay)))]
    async fn replay_webhook_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: ReplayWebhookEventsInput,
    ) -> Option<Result<ReplayWebhookEventsPayload, Fault>> {
        Some(match ctx.caller().require(Scope::WebhooksReplay) {
            Ok(()) => input.run(ctx.marketplace()).await,
            Err(err) => Err(err.into()),
        })
    }

    /// Takes a dead-lettered event out of the queue and keeps it for audit.
    #[graphql(directive = requires_scopes::apply(one(Scope::WebhooksReplay)))]
    async fn discard_webhook_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and why.")] input: DiscardWebhookEventInput,
    ) -> Option<Result<DiscardWebhookEventPayload, Fault>> {
        Some(match ctx.caller().require(Scope::WebhooksReplay) {
            Ok(()) => input.run(ctx.marketplace()).await,
            Err(err) => Err(err.into()),
        })
    }

    /// Pulls products and orders from the partner API (API A). Works for at most 20 s, then reports `done: false`; the next call
    /// goes on where it stopped.
    #[graphql(directive = requires_scopes::apply(one(Scope::CatalogueWrite)))]
    async fn sync_partner_catalogue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Since when.")] input: SyncPartnerCatalogueInput,
    ) -> Option<Result<SyncPartnerCataloguePayload, Fault>> {
        Some(match ctx.caller().require(Scope::CatalogueWrite) {
            Ok(()) => input.run(ctx.marketplace()).await,
            Err(err) => Err(err.into()),
        })
    }

    /// Creates or updates up to 100 products by slug; all or none.
    #[graphql(directive = requires_scopes::apply(one(Scope::CatalogueWrite)))]
    async fn upsert_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The products as they should be.")] input: UpsertProductsInput,
    ) -> Option<Result<UpsertProductsPayload, Fault>> {
        Some(match ctx.caller().require(Scope::CatalogueWrite) {
            Ok(()) => input.run(ctx.marketplace()).await,
            Err(err) => Err(err.into()),
        })
    }

    /// Removes products; unknown slugs are ignored. All or none.
    #[graphql(directive = requires_scopes::apply(one(Scope::CatalogueWrite)))]
    async fn remove_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: RemoveProductsInput,
    ) -> Option<Result<RemoveProductsPayload, Fault>> {
        Some(match ctx.caller().require(Scope::CatalogueWrite) {
            Ok(()) => input.run(ctx.marketplace()).await,
            Err(err) => Err(err.into()),
        })
    }

    /// Creates or updates up to 100 producers by slug; all or none. Moving one moves its products.
    #[graphql(directive = requires_scopes::apply(one(Scope::CatalogueWrite)))]
    async fn upsert_producers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The producers as they should be.")] input: UpsertProducersInput,
    ) -> Option<Result<UpsertProducersPayload, Fault>> {
        Some(match ctx.caller().require(Scope::CatalogueWrite) {
            Ok(()) => input.run(ctx.marketplace()).await,
            Err(err) => Err(err.into()),
        })
    }

    /// Creates or updates up to 100 categories by slug; all or none.
    #[graphql(directive = requires_scopes::apply(one(Scope::CatalogueWrite)))]
    async fn upsert_categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The categories as they should be.")] input: UpsertCategoriesInput,
    ) -> Option<Result<UpsertCategoriesPayload, Fault>> {
        Some(match ctx.caller().require(Scope::CatalogueWrite) {
            Ok(()) => input.run(ctx.marketplace()).await,
            Err(err) => Err(err.into()),
        })
    }

    /// Adds `delta` to a product's stock; the same idempotency key never counts twice.
    #[graphql(directive = requires_scopes::apply(one(Scope::CatalogueWrite)))]
    async fn adjust_stock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which product, and by how much.")] input: AdjustStockInput,
    ) -> Option<Result<AdjustStockPayload, Fault>> {
        Some(match ctx.caller().require(Scope::CatalogueWrite) {
            Ok(()) => input.run(ctx.marketplace()).await,
            Err(err) => Err(err.into()),
        })
    }
}
