//! What all connections share.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};

use crate::graphql::context::ContextExt as _;
use crate::graphql::fault::Fault;
use crate::graphql::scalar::Cursor;
use crate::service::{OrderPage, ProducerPage, ProductPage, Timeline, TimelineSelection, WebhookEventPage};

/// From small to large, or the other way round.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortDirection {
    /// Smallest, cheapest, earliest or nearest first; A to Z.
    Asc,
    /// Largest, dearest or latest first; Z to A.
    Desc,
}

/// How sure a number is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountPrecision {
    /// Exactly so many.
    Exact,
    /// So many or more: counting stopped at the limit.
    AtLeast,
    /// About so many.
    Estimated,
}

/// A number of matches, and how sure it is.
#[derive(SimpleObject)]
pub(crate) struct Count {
    /// The number.
    pub(crate) value: i32,
    /// How sure it is.
    pub(crate) precision: CountPrecision,
}

/// The page that a `PageInfo` is about.
pub(crate) enum PageInfo {
    /// Products.
    Products(Arc<ProductPage>),
    /// Producers.
    Producers(Arc<ProducerPage>),
    /// Orders.
    Orders(Arc<OrderPage>),
    /// Webhook events.
    WebhookEvents(Arc<WebhookEventPage>),
}

/// `totalCount` is exact up to here.
const TOTAL_COUNT_MAX: u64 = 10_000;

/// The number of rows of a list by time; null when there are more than 10 000.
pub(super) async fn total_count<S: TimelineSelection>(ctx: &Context<'_>, page: &Timeline<S>) -> Option<Result<i32, Fault>> {
    match ctx.marketplace().count_timeline(page, TOTAL_COUNT_MAX + 1).await {
        Ok(total) if total > TOTAL_COUNT_MAX => None,
        Ok(total) => Some(Ok(i32::try_from(total).unwrap_or(i32::MAX))),
        Err(err) => Some(Err(err.into())),
    }
}

/// Relay Cursor Connections. Both flags are exact in both directions.
#[Object]
impl PageInfo {
    /// Whether there is something behind this page.
    async fn has_next_page(&self, ctx: &Context<'_>) -> Result<bool, Fault> {
        let marketplace = ctx.marketplace();
        Ok(match self {
            Self::Products(page) => marketplace.has_next(page).await?,
            Self::Producers(page) => marketplace.has_next_producer(page).await?,
            Self::Orders(page) => marketplace.has_older(page).await?,
            Self::WebhookEvents(page) => marketplace.has_older(page).await?,
        })
    }

    /// Whether there is something in front of this page.
    async fn has_previous_page(&self, ctx: &Context<'_>) -> Result<bool, Fault> {
        let marketplace = ctx.marketplace();
        Ok(match self {
            Self::Products(page) => marketplace.has_previous(page).await?,
            Self::Producers(page) => marketplace.has_previous_producer(page).await?,
            Self::Orders(page) => marketplace.has_newer(page).await?,
            Self::WebhookEvents(page) => marketplace.has_newer(page).await?,
        })
    }

    /// Null only when the page is empty.
    async fn start_cursor(&self) -> Option<Cursor> {
        match self {
            Self::Products(page) => page.rows.first().map(|row| page.cursor(row)),
            Self::Producers(page) => page.rows.first().map(|row| page.cursor(row)),
            Self::Orders(page) => page.rows.first().map(|row| page.cursor(row)),
            Self::WebhookEvents(page) => page.rows.first().map(|row| page.cursor(row)),
        }
        .map(Cursor)
    }

    /// Null only when the page is empty.
    async fn end_cursor(&self) -> Option<Cursor> {
        match self {
            Self::Products(page) => page.end_cursor(),
            Self::Producers(page) => page.rows.last().map(|row| page.cursor(row)),
            Self::Orders(page) => page.rows.last().map(|row| page.cursor(row)),
            Self::WebhookEvents(page) => page.rows.last().map(|row| page.cursor(row)),
        }
        .map(Cursor)
    }
}
