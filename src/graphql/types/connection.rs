//! What all connections share.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};

use crate::graphql::context::ContextExt as _;
use crate::graphql::fault::Fault;
use crate::graphql::scalar::Cursor;
use crate::service::{ProducerPage, ProductPage};

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
        })
    }

    /// Whether there is something in front of this page.
    async fn has_previous_page(&self, ctx: &Context<'_>) -> Result<bool, Fault> {
        let marketplace = ctx.marketplace();
        Ok(match self {
            Self::Products(page) => marketplace.has_previous(page).await?,
            Self::Producers(page) => marketplace.has_previous_producer(page).await?,
        })
    }

    /// Null only when the page is empty.
    async fn start_cursor(&self) -> Option<Cursor> {
        match self {
            Self::Products(page) => page.rows.first().map(|row| page.cursor(row)),
            Self::Producers(page) => page.rows.first().map(|row| page.cursor(row)),
        }
        .map(Cursor)
    }

    /// Null only when the page is empty.
    async fn end_cursor(&self) -> Option<Cursor> {
        match self {
            Self::Products(page) => page.end_cursor(),
            Self::Producers(page) => page.rows.last().map(|row| page.cursor(row)),
        }
        .map(Cursor)
    }
}
