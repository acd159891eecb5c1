//! `OrderConnection`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, OneofObject};

use super::connection::total_count;
use super::filter::DateTimeRange;
use super::order::OrderStatus;
use super::product_connection::page_request;
use super::{Order, PageInfo};
use crate::error::Error;
use crate::graphql::context::ContextExt as _;
use crate::graphql::fault::Fault;
use crate::graphql::scalar::Cursor;
use crate::service::{self, OrderPage, Scope};

/// Which order: by one of these.
#[derive(OneofObject)]
pub(crate) enum OrderLookup {
    /// Global ID.
    Id(ID),
    /// The order's number in the partner's system.
    ExternalId(String),
}

/// All given fields must match; a list matches any of its values.
#[derive(InputObject)]
pub(crate) struct OrderFilter {
    /// How far it is.
    statuses: Option<Vec<OrderStatus>>,
    /// When it was placed.
    placed_at: Option<DateTimeRange>,
}

/// The arguments of a field that gives orders.
pub(crate) struct OrderArguments {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<Cursor>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<Cursor>,
    pub(crate) filter: Option<OrderFilter>,
}

impl OrderArguments {
    /// A page of the mirror, for a caller who may see it.
    pub(crate) async fn root(self, ctx: &Context<'_>) -> Result<OrderConnection, Error> {
        ctx.caller().require(Scope::OrdersRead)?;
        let filter = self.filter.map_or_else(service::OrderFilter::default, |filter| service::OrderFilter {
            statuses: filter.statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
            placed_at: filter.placed_at.map(|range| range.bounds()).unwrap_or_default(),
        });
        let page = page_request(self.first, self.after, self.last, self.before);
        Ok(OrderConnection(Arc::new(ctx.marketplace().orders(filter, &page).await?)))
    }
}

/// A page of orders as the schema shows it.
pub(crate) struct OrderConnection(Arc<OrderPage>);

/// A page of orders, newest first.
#[Object]
impl OrderConnection {
    /// The orders with their cursors.
    async fn edges(&self) -> Vec<OrderEdge> {
        (0..self.0.rows.len()).map(|at| OrderEdge { page: Arc::clone(&self.0), at }).collect()
    }

    /// The nodes of `edges`, for clients that need no cursors.
    async fn nodes(&self) -> Vec<Order> {
        self.0.rows.iter().cloned().map(Order::new).collect()
    }

    /// Where this page stands in the list.
    async fn page_info(&self) -> PageInfo {
        PageInfo::Orders(Arc::clone(&self.0))
    }

    /// Exact, or null when there are more than 10 000. Counted only when selected.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i32, Fault>> {
        total_count(ctx, &self.0).await
    }
}

/// An order and its place in the list.
pub(crate) struct OrderEdge {
    page: Arc<OrderPage>,
    at: usize,
}

/// An order and its place in the list.
#[Object]
impl OrderEdge {
    /// Give it as `after` or `before` to go on from here.
    async fn cursor(&self) -> Cursor {
        Cursor(self.page.cursor(&self.page.rows[self.at]))
    }

    /// The order.
    async fn node(&self) -> Order {
        Order::new(self.page.rows[self.at].clone())
    }
}
