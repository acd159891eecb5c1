//! `WebhookEventConnection`.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};

use super::connection::total_count;
use super::filter::DateTimeRange;
use super::product_connection::page_request;
use super::webhook_event::WebhookEventState;
use super::{PageInfo, WebhookEvent};
use crate::error::Error;
use crate::graphql::context::ContextExt as _;
use crate::graphql::fault::Fault;
use crate::graphql::scalar::Cursor;
use crate::service::{self, Scope, WebhookEventPage};

/// All given fields must match; a list matches any of its values.
#[derive(InputObject)]
pub(crate) struct WebhookEventFilter {
    /// Who sent it.
    sources: Option<Vec<String>>,
    /// What happened, for example `order.updated`.
    types: Option<Vec<String>>,
    /// What became of it.
    states: Option<Vec<WebhookEventState>>,
    /// What it is about, for example `order:123`.
    subject: Option<String>,
    /// When it came for the first time.
    received_at: Option<DateTimeRange>,
}

impl From<WebhookEventFilter> for service::WebhookEventFilter {
    fn from(filter: WebhookEventFilter) -> Self {
        Self {
            sources: filter.sources,
            types: filter.types,
            states: filter.states.map(|states| states.into_iter().map(Into::into).collect()),
            subject: filter.subject,
            received_at: filter.received_at.map(|range| range.bounds()).unwrap_or_default(),
        }
    }
}

/// The arguments of a field that gives events.
pub(crate) struct WebhookEventArguments {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<Cursor>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<Cursor>,
    pub(crate) filter: Option<WebhookEventFilter>,
}

impl WebhookEventArguments {
    /// A page of the inbox, for a caller who may see it.
    pub(crate) async fn root(self, ctx: &Context<'_>) -> Result<WebhookEventConnection, Error> {
        ctx.caller().require(Scope::WebhooksRead)?;
        let filter = self.filter.map(Into::into).unwrap_or_default();
        let page = page_request(self.first, self.after, self.last, self.before);
        Ok(WebhookEventConnection(Arc::new(ctx.marketplace().webhook_events(filter, &page).await?)))
    }
}

/// A page of the inbox as the schema shows it.
pub(crate) struct WebhookEventConnection(Arc<WebhookEventPage>);

/// A page of the webhook inbox, newest first.
#[Object]
impl WebhookEventConnection {
    /// The events with their cursors.
    async fn edges(&self) -> Vec<WebhookEventEdge> {
        (0..self.0.rows.len()).map(|at| WebhookEventEdge { page: Arc::clone(&self.0), at }).collect()
    }

    /// The nodes of `edges`, for clients that need no cursors.
    async fn nodes(&self) -> Vec<WebhookEvent> {
        self.0.rows.iter().cloned().map(WebhookEvent::new).collect()
    }

    /// Where this page stands in the list.
    async fn page_info(&self) -> PageInfo {
        PageInfo::WebhookEvents(Arc::clone(&self.0))
    }

    /// Exact, or null when there are more than 10 000. Counted only when selected.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i32, Fault>> {
        total_count(ctx, &self.0).await
    }
}

/// An event and its place in the list.
pub(crate) struct WebhookEventEdge {
    page: Arc<WebhookEventPage>,
    at: usize,
}

/// An event and its place in the list.
#[Object]
impl WebhookEventEdge {
    /// Give it as `after` or `before` to go on from here.
    async fn cursor(&self) -> Cursor {
        Cursor(self.page.cursor(&self.page.rows[self.at]))
    }

    /// The event.
    async fn node(&self) -> WebhookEvent {
        WebhookEvent::new(self.page.rows[self.at].clone())
    }
}
