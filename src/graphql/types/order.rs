//! `Order`.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::{Money, Product, WebhookEvent};
use crate::domain::{self, GlobalId, NodeKind, OrderLine as Line};
use crate::error::Error;
use crate::graphql::context::ContextExt as _;
use crate::graphql::directive::{CacheControlScope, cache_control, one, requires_scopes};
use crate::graphql::fault::Fault;
use crate::graphql::scalar::DateTime;
use crate::service::Scope;

/// Most events of one history.
const HISTORY_MAX: i32 = 100;
/// Events of a history when nobody says how many.
const HISTORY_DEFAULT: i32 = 20;

/// How far an order is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::OrderStatus")]
pub(crate) enum OrderStatus {
    /// Placed, not yet taken on.
    Pending,
    /// Taken on.
    Confirmed,
    /// Ready to go.
    Packed,
    /// On its way.
    OutForDelivery,
    /// With the household.
    Delivered,
    /// Called off.
    Cancelled,
    /// Paid back.
    Refunded,
}

/// An order as the schema shows it. Handed out only to callers with `orders:read`.
#[derive(Clone)]
pub(crate) struct Order(Arc<domain::Order>);

impl Order {
    /// The order, for a caller who may see it.
    pub(crate) fn new(order: domain::Order) -> Self {
        Self(Arc::new(order))
    }
}

/// An order, mirrored from the partner.
#[Object(
    directive = cache_control::apply(Some(0), Some(CacheControlScope::Private)),
    directive = requires_scopes::apply(one(Scope::OrdersRead))
)]
impl Order {
    /// Opaque, stable, globally unique.
    pub(crate) async fn id(&self) -> ID {
        ID(GlobalId { kind: NodeKind::Order, id: self.0.id }.encode())
    }

    /// The order's number in the partner's system.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// How far it is.
    async fn status(&self) -> OrderStatus {
        self.0.status.into()
    }

    /// What is to be paid.
    async fn total(&self) -> Money {
        Money::new(self.0.details.total_minor, self.0.details.currency)
    }

    /// What was ordered.
    async fn lines(&self) -> Vec<OrderLine> {
        (0..self.0.details.lines.len()).map(|at| OrderLine { order: Arc::clone(&self.0), at }).collect()
    }

    /// When it was placed.
    async fn placed_at(&self) -> DateTime {
        DateTime { ms: self.0.details.placed_at_ms }
    }

    /// When it last changed, by the partner's clock where that is told.
    async fn updated_at(&self) -> DateTime {
        DateTime { ms: self.0.updated_at_ms }
    }

    /// When this was last read from the partner, by a webhook or by ourselves.
    async fn as_of(&self) -> DateTime {
        DateTime { ms: self.0.as_of_ms }
    }

    /// The latest webhook events about this order, newest first; at most 100.
    #[graphql(directive = requires_scopes::apply(one(Scope::WebhooksRead)))]
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; null means the default.", default_with = "Some(20)")] first: Option<i32>,
    ) -> Option<Result<Vec<WebhookEvent>, Fault>> {
        Some(self.read_history(ctx, first.unwrap_or(HISTORY_DEFAULT)).await)
    }
}

impl Order {
    async fn read_history(&self, ctx: &Context<'_>, first: i32) -> Result<Vec<WebhookEvent>, Fault> {
        ctx.caller().require(Scope::WebhooksRead)?;
        let limit = u64::try_from(first).ok().filter(|_| (1..=HISTORY_MAX).contains(&first));
        let limit = limit.ok_or_else(|| Error::bad_input(format!("`first` must be between 1 and {HISTORY_MAX}")))?;
        Ok(ctx.loaders().history(self.0.external_id.clone(), limit).await?.iter().cloned().map(WebhookEvent::new).collect())
    }
}

/// One line of an order.
pub(crate) struct OrderLine {
    order: Arc<domain::Order>,
    at: usize,
}

impl OrderLine {
    fn line(&self) -> &Line {
        &self.order.details.lines[self.at]
    }
}

/// One line of an order.
#[Object]
impl OrderLine {
    /// The product; null when it is not, or no longer, in the catalogue.
    async fn product(&self, ctx: &Context<'_>) -> Option<Result<Product, Fault>> {
        let found = ctx.loaders().product_of_partner(self.line().product_external_id.clone()).await;
        found.map(|product| product.map(|product| Product::of((*product).clone()))).transpose()
    }

    /// What was ordered, as it was called then.
    async fn name(&self) -> &str {
        &self.line().name
    }

    /// Packs.
    async fn quantity(&self) -> i32 {
        self.line().quantity
    }

    /// Price of one pack.
    async fn price(&self) -> Money {
        Money::new(self.line().price_minor, self.order.details.currency)
    }
}
