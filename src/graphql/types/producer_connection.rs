//! `ProducerConnection`.

use std::sync::Arc;

use async_graphql::{Context, Object};

use super::product_connection::page_request;
use super::{NearInput, PageInfo, Producer, ProducerFilter, ProducerSort};
use crate::domain::Circle;
use crate::graphql::at_hand::{AtHand, AtHandList, Selected, WriteField};
use crate::graphql::context::ContextExt as _;
use crate::graphql::fault::Fault;
use crate::graphql::scalar::Cursor;
use crate::service::{ProducerListing, ProducerPage};

/// `totalCount` is exact up to here.
const TOTAL_COUNT_MAX: u64 = 10_000;

/// The arguments of a field that gives producers.
pub(crate) struct ProducerArguments {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<Cursor>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<Cursor>,
    pub(crate) filter: Option<ProducerFilter>,
    pub(crate) sort: Option<ProducerSort>,
    pub(crate) search: Option<String>,
    pub(crate) near: Option<NearInput>,
}

impl ProducerArguments {
    /// A page of all producers.
    pub(crate) async fn root(self, ctx: &Context<'_>) -> Result<ProducerConnection, Fault> {
        let listing = ProducerListing {
            filter: self.filter.map(ProducerFilter::into_service).transpose()?.unwrap_or_default(),
            search: self.search,
            sort: self.sort.map(Into::into),
            near: self.near.map(|near| near.circle()).transpose()?,
            page: page_request(self.first, self.after, self.last, self.before),
        };
        let page = ctx.marketplace().producers(&listing).await?;
        ctx.reads().note_producers(&page);
        Ok(ProducerConnection { page: Arc::new(page) })
    }
}

/// A page of producers as the schema shows it.
pub(crate) struct ProducerConnection {
    page: Arc<ProducerPage>,
}

/// A page of producers.
#[Object]
impl ProducerConnection {
    /// The producers with their cursors.
    async fn edges(&self) -> AtHandList<ProducerEdge> {
        (0..self.page.rows.len()).map(|at| ProducerEdge { page: Arc::clone(&self.page), at }).collect()
    }

    /// The nodes of `edges`, for clients that need no cursors.
    async fn nodes(&self) -> AtHandList<Producer> {
        self.page.rows.iter().cloned().map(Producer::new).collect()
    }

    /// Where this page stands in the list.
    async fn page_info(&self) -> PageInfo {
        PageInfo::Producers(Arc::clone(&self.page))
    }

    /// Exact, or null when there are more than 10 000. Counted only when selected.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i32, Fault>> {
        match ctx.marketplace().count_producers(&self.page, TOTAL_COUNT_MAX + 1).await {
            Ok(total) if total > TOTAL_COUNT_MAX => None,
            Ok(total) => Some(Ok(i32::try_from(total).unwrap_or(i32::MAX))),
            Err(err) => Some(Err(err.into())),
        }
    }
}

/// A producer and its place in the list.
pub(crate) struct ProducerEdge {
    page: Arc<ProducerPage>,
    at: usize,
}

impl ProducerEdge {
    fn own_cursor(&self) -> String {
        self.page.cursor(&self.page.rows[self.at])
    }

    fn producer(&self) -> Producer {
        Producer::new(self.page.rows[self.at].clone())
    }

    fn meters(&self) -> Option<f64> {
        let place = self.page.rows[self.at].place;
        self.page.near().map(|circle| Circle::meters(circle.squared_distance(place)))
    }
}

impl AtHand for ProducerEdge {
    fn writer(field: Selected<'_>) -> Option<WriteField<Self>> {
        match field.name() {
            "cursor" => field.leaf(|it: &Self, json| json.plain(&it.own_cursor())),
            "node" => field.object(|it: &Self| Some(it.producer())),
            "distanceMeters" => field.leaf(|it: &Self, json| json.plain(&it.meters())),
            _ => None,
        }
    }
}

/// A producer and its place in the list.
#[Object]
impl ProducerEdge {
    /// Give it as `after` or `before` to go on from here.
    async fn cursor(&self) -> Cursor {
        Cursor(self.own_cursor())
    }

    /// The producer.
    async fn node(&self) -> Producer {
        self.producer()
    }

    /// Metres from `near`; null without it.
    async fn distance_meters(&self) -> Option<f64> {
        self.meters()
    }
}
