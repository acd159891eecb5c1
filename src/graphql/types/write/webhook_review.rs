//! `replayWebhookEvents` and `discardWebhookEvent`.

use async_graphql::{ID, InputObject, SimpleObject};

use super::outcome;
use crate::graphql::fault::Fault;
use crate::graphql::types::webhook_event_connection::WebhookEventFilter;
use crate::graphql::types::{UserError, WebhookEvent};
use crate::service::{Marketplace, Replay};

/// Which events are to be applied again.
#[derive(InputObject)]
pub(crate) struct ReplayWebhookEventsInput {
    /// These, by global ID; at most 100.
    ids: Option<Vec<ID>>,
    /// And those that match this, oldest first.
    filter: Option<WebhookEventFilter>,
    /// Only tell which they are.
    #[graphql(default_with = "true")]
    dry_run: bool,
    /// At most so many, 1 to 1 000.
    #[graphql(default_with = "100")]
    limit: i32,
}

/// What became of it.
#[derive(SimpleObject)]
pub(crate) struct ReplayWebhookEventsPayload {
    /// How many events were chosen.
    matched: i32,
    /// How many of them were applied again, or wait for it; 0 in a dry run.
    replayed: i32,
    /// The chosen events, oldest first, as they are now.
    events: Vec<WebhookEvent>,
    /// What the caller can mend; nothing was done then.
    user_errors: Vec<UserError>,
}

impl ReplayWebhookEventsInput {
    pub(crate) async fn run(self, marketplace: &Marketplace) -> Result<ReplayWebhookEventsPayload, Fault> {
        let replay = Replay {
            ids: self.ids.map(|ids| ids.into_iter().map(|id| id.0).collect()),
            filter: self.filter.map(Into::into),
            dry_run: self.dry_run,
            limit: i64::from(self.limit),
        };
        let (replayed, user_errors) = outcome(marketplace.replay_webhook_events(replay).await)?;
        Ok(ReplayWebhookEventsPayload {
            matched: i32::try_from(replayed.events.len()).unwrap_or(i32::MAX),
            replayed: i32::try_from(replayed.replayed).unwrap_or(i32::MAX),
            events: replayed.events.into_iter().map(WebhookEvent::new).collect(),
            user_errors,
        })
    }
}

/// An event to be taken out.
#[derive(InputObject)]
pub(crate) struct DiscardWebhookEventInput {
    /// Global ID of a dead-lettered event.
    id: ID,
    /// Why; kept with the event, at most 400 characters.
    reason: String,
}

/// What became of it.
#[derive(SimpleObject)]
pub(crate) struct DiscardWebhookEventPayload {
    /// The event as it is now; null with errors.
    event: Option<WebhookEvent>,
    /// What the caller can mend; nothing was done then.
    user_errors: Vec<UserError>,
}

impl DiscardWebhookEventInput {
    pub(crate) async fn run(self, marketplace: &Marketplace) -> Result<DiscardWebhookEventPayload, Fault> {
        let discarded = marketplace.discard_webhook_event(&self.id, &self.reason).await.map(Some);
        let (event, user_errors) = outcome(discarded)?;
        Ok(DiscardWebhookEventPayload { event: event.map(WebhookEvent::new), user_errors })
    }
}
