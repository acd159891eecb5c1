//! `Node`.

use std::collections::HashMap;

use async_graphql::{Context, ID, Interface};

use super::{Category, Order, Producer, Product, WebhookEvent};
use crate::domain::{GlobalId, NodeKind};
use crate::error::Error;
use crate::graphql::context::ContextExt as _;
use crate::service::Scope;

/// Relay Global Object Identification.
#[derive(Interface, Clone)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque, stable, globally unique."))]
pub(crate) enum Node {
    Product(Product),
    Category(Category),
    Producer(Producer),
    Order(Order),
    WebhookEvent(WebhookEvent),
}

impl Node {
    /// The objects with these ids, in their order; one statement per kind.
    pub(crate) async fn find_all(ctx: &Context<'_>, ids: &[ID]) -> Result<Vec<Option<Self>>, Error> {
        let ids: Vec<Option<GlobalId>> = ids.iter().map(|id| GlobalId::decode(id)).collect();
        let of_kind = |kind| -> Vec<i64> {
            let mut found: Vec<i64> = ids.iter().flatten().filter(|id| id.kind == kind).map(|id| id.id).collect();
            found.sort_unstable();
            found.dedup();
            found
        };
        let marketplace = ctx.marketplace();
        let mut nodes: HashMap<GlobalId, Self> = HashMap::new();
        for product in marketplace.products_by_ids(&of_kind(NodeKind::Product)).await? {
            nodes.insert(GlobalId { kind: NodeKind::Product, id: product.id }, Self::Product(Product::of(product)));
        }
        for category in marketplace.categories_by_ids(&of_kind(NodeKind::Category)).await? {
            nodes.insert(GlobalId { kind: NodeKind::Category, id: category.id }, Self::Category(Category::new(category)));
        }
        for producer in marketplace.producers_by_ids(&of_kind(NodeKind::Producer)).await? {
            nodes.insert(GlobalId { kind: NodeKind::Producer, id: producer.id }, Self::Producer(Producer::new(producer)));
        }
        // What the caller may not see is null, as if it were not there.
        if ctx.caller().may(Scope::OrdersRead) {
            for order in marketplace.orders_by_ids(&of_kind(NodeKind::Order)).await? {
                nodes.insert(GlobalId { kind: NodeKind::Order, id: order.id }, Self::Order(Order::new(order)));
            }
        }
        if ctx.caller().may(Scope::WebhooksRead) {
            for event in marketplace.webhook_events_by_ids(&of_kind(NodeKind::WebhookEvent)).await? {
                let id = GlobalId { kind: NodeKind::WebhookEvent, id: event.id };
                nodes.insert(id, Self::WebhookEvent(WebhookEvent::new(event)));
            }
        }
        Ok(ids.iter().map(|id| id.and_then(|id| nodes.get(&id).cloned())).collect())
    }
}
