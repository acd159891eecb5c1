//! The root of queries.

use async_graphql::{Context, ID, Object};

use super::at_hand::AtHandList;
use super::context::ContextExt as _;
use super::directive::{cache_control, one, requires_scopes};
use super::fault::Fault;
use super::scalar::Cursor;
use super::types::{
    Category, CategoryLookup, Health, Metrics, NearInput, Node, Order, OrderArguments, OrderConnection, OrderFilter, OrderLookup,
    Producer, ProducerArguments, ProducerConnection, ProducerFilter, ProducerLookup, ProducerSort, Product, ProductArguments,
    ProductConnection, ProductFilter, ProductLookup, ProductSort, RateLimit, WebhookEvent, WebhookEventArguments,
    WebhookEventConnection, WebhookEventFilter,
};
use crate::domain::{Dependency, Facet, ListScope};
use crate::error::Error;
use crate::service::{LIST_MAX, Scope};

/// The root of queries.
pub(crate) struct Query;

/// What can be read.
#[Object]
impl Query {
    /// Any object by its global ID; null when it does not exist or the caller may not see it.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "A global ID.")] id: ID) -> Option<Result<Node, Fault>> {
        let found = Node::find_all(ctx, &[id]).await.map(|mut nodes| nodes.pop().flatten());
        found.map_err(Fault::from).transpose()
    }

    /// In the order of `ids`, null where missing; at most 100.
    async fn nodes(&self, ctx: &Context<'_>, #[graphql(desc = "Global IDs.")] ids: Vec<ID>) -> Result<Vec<Option<Node>>, Fault> {
        if ids.len() > LIST_MAX {
            return Err(Error::bad_input(format!("`ids` may hold at most {LIST_MAX} values")).into());
        }
        Ok(Node::find_all(ctx, &ids).await?)
    }

    /// The catalogue. `first` (with `after`) or `last` (with `before`), 1 to 100, 20 when neither is given.
    /// Default order: RELEVANCE with `search`, else DISTANCE with `near`, else CREATED_AT DESC.
    #[graphql(directive = cache_control::apply(Some(60), None))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Page size from the front, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "Page size from the back, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes in front of this cursor.")] before: Option<Cursor>,
        #[graphql(desc = "Which products.")] filter: Option<ProductFilter>,
        #[graphql(desc = "Default: RELEVANCE with `search`, else DISTANCE with `near`, else CREATED_AT DESC.")] sort: Option<
            ProductSort,
        >,
        #[graphql(desc = "Only what matches every word; the last one may be begun only.")] search: Option<String>,
        #[graphql(desc = "Only what is near this place.")] near: Option<NearInput>,
    ) -> Option<Result<ProductConnection, Fault>> {
        let arguments = ProductArguments { first, after, last, before, filter, sort, search, near };
        Some(arguments.root(ctx).await)
    }

    /// One product; null when there is none.
    #[graphql(directive = cache_control::apply(Some(60), None))]
    async fn product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: ProductLookup,
    ) -> Option<Result<Product, Fault>> {
        let found = match by {
            ProductLookup::Id(id) => ctx.marketplace().product_by_id(&id).await,
            ProductLookup::Slug(slug) => ctx.marketplace().product_by_slug(&slug).await,
        };
        // One that is not there yet may be made: then it appears in lists as well.
        let missing = Dependency::Products(ListScope::All, Facet::Members);
        let found = found.inspect(|found| {
            ctx.reads().note(found.as_ref().map_or(missing, |product| Dependency::Product(product.id)));
        });
        found.map(|product| product.map(Product::of)).map_err(Fault::from).transpose()
    }

    /// All categories, in display order; few enough to need no pages.
    #[graphql(directive = cache_control::apply(Some(300), None))]
    async fn categories(&self, ctx: &Context<'_>) -> Option<Result<AtHandList<Category>, Fault>> {
        ctx.reads().note(Dependency::Categories);
        let categories = ctx.marketplace().categories().await;
        Some(categories.map(|all| all.into_iter().map(Category::new).collect()).map_err(Fault::from))
    }

    /// One category; null when there is none.
    #[graphql(directive = cache_control::apply(Some(300), None))]
    async fn category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: CategoryLookup,
    ) -> Option<Result<Category, Fault>> {
        let found = match by {
            CategoryLookup::Id(id) => ctx.marketplace().category_by_id(&id).await,
            CategoryLookup::Slug(slug) => ctx.marketplace().category_by_slug(&slug).await,
        };
        let found = found.inspect(|found| {
            ctx.reads().note(found.as_ref().map_or(Dependency::Categories, |category| Dependency::Category(category.id)));
        });
        found.map(|category| category.map(Category::new)).map_err(Fault::from).transpose()
    }

    /// Default order: DISTANCE with `near`, best match with `search`, else NAME. Pages as in `products`.
    #[graphql(directive = cache_control::apply(Some(60), None))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn producers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Page size from the front, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "Page size from the back, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes in front of this cursor.")] before: Option<Cursor>,
        #[graphql(desc = "Which producers.")] filter: Option<ProducerFilter>,
        #[graphql(desc = "Default: DISTANCE with `near`, best match with `search`, else NAME.")] sort: Option<ProducerSort>,
        #[graphql(desc = "Only what matches every word, in the name or the city.")] search: Option<String>,
        #[graphql(desc = "Only who is near this place.")] near: Option<NearInput>,
    ) -> Option<Result<ProducerConnection, Fault>> {
        let arguments = ProducerArguments { first, after, last, before, filter, sort, search, near };
        Some(arguments.root(ctx).await)
    }

    /// One producer; null when there is none.
    #[graphql(directive = cache_control::apply(Some(300), None))]
    async fn producer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: ProducerLookup,
    ) -> Option<Result<Producer, Fault>> {
        let found = match by {
            ProducerLookup::Id(id) => ctx.marketplace().producer_by_id(&id).await,
            ProducerLookup::Slug(slug) => ctx.marketplace().producer_by_slug(&slug).await,
        };
        let missing = Dependency::Producers(ListScope::All);
        let found = found.inspect(|found| {
            ctx.reads().note(found.as_ref().map_or(missing, |producer| Dependency::Producer(producer.id)));
        });
        found.map(|producer| producer.map(Producer::new)).map_err(Fault::from).transpose()
    }

    /// Orders mirrored from the partner API and its webhooks, newest first.
    #[graphql(directive = requires_scopes::apply(one(Scope::OrdersRead)))]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Page size from the front, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "Page size from the back, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes in front of this cursor.")] before: Option<Cursor>,
        #[graphql(desc = "Which orders.")] filter: Option<OrderFilter>,
    ) -> Option<Result<OrderConnection, Fault>> {
        let arguments = OrderArguments { first, after, last, before, filter };
        Some(arguments.root(ctx).await.map_err(Fault::from))
    }

    /// By global ID, or by the partner's own number. An order that is not mirrored yet is read through from the partner API;
    /// when that is away, what we have is served, with its age in `asOf`, else UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT or CIRCUIT_OPEN.
    #[graphql(directive = requires_scopes::apply(one(Scope::OrdersRead)))]
    async fn order(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] by: OrderLookup) -> Option<Result<Order, Fault>> {
        if let Err(err) = ctx.caller().require(Scope::OrdersRead) {
            return Some(Err(err.into()));
        }
        let found = match by {
            OrderLookup::Id(id) => ctx.marketplace().order_by_id(&id).await,
            OrderLookup::ExternalId(id) => ctx.marketplace().order_by_external_id(&id).await,
        };
        found.map(|order| order.map(Order::new)).map_err(Fault::from).transpose()
    }

    /// The webhook inbox, newest first: what came in, what became of it.
    #[graphql(directive = requires_scopes::apply(one(Scope::WebhooksRead)))]
    async fn webhook_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Page size from the front, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "Page size from the back, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes in front of this cursor.")] before: Option<Cursor>,
        #[graphql(desc = "Which events.")] filter: Option<WebhookEventFilter>,
    ) -> Option<Result<WebhookEventConnection, Fault>> {
        let arguments = WebhookEventArguments { first, after, last, before, filter };
        Some(arguments.root(ctx).await.map_err(Fault::from))
    }

    /// One event of the webhook inbox; null when there is none.
    #[graphql(directive = requires_scopes::apply(one(Scope::WebhooksRead)))]
    async fn webhook_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global ID.")] id: ID,
    ) -> Option<Result<WebhookEvent, Fault>> {
        if let Err(err) = ctx.caller().require(Scope::WebhooksRead) {
            return Some(Err(err.into()));
        }
        ctx.marketplace().webhook_event(&id).await.map(|event| event.map(WebhookEvent::new)).map_err(Fault::from).transpose()
    }

    /// What this process measures of itself.
    #[graphql(directive = requires_scopes::apply(one(Scope::OpsRead)))]
    async fn metrics(&self, ctx: &Context<'_>) -> Option<Result<Metrics, Fault>> {
        Some(match ctx.caller().require(Scope::OpsRead) {
            Ok(()) => Ok(Metrics::read(ctx).await),
            Err(err) => Err(err.into()),
        })
    }

    /// Whether the server can do its work now, part by part.
    async fn health(&self, ctx: &Context<'_>) -> Health {
        ctx.marketplace().health().await.into()
    }

    /// What is left of the caller's query budget.
    async fn rate_limit(&self, ctx: &Context<'_>) -> RateLimit {
        RateLimit::read(ctx)
    }
}
