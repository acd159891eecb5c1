//! `WebhookEvent`.

use std::sync::Arc;

use async_graphql::{Enum, ID, Object, Value};

use crate::domain::{self, GlobalId, NodeKind};
use crate::graphql::directive::{CacheControlScope, cache_control, one, requires_scopes};
use crate::graphql::scalar::{DateTime, JsonValue};
use crate::service::Scope;

/// RECEIVED: stored, effect still to come. APPLIED: effect and event committed together. SUPERSEDED: older than what is
/// already known, so without effect. IGNORED: a type nobody handles. FAILED: will be tried again. DEAD_LETTERED: given up
/// after the last try. DISCARDED: taken out by hand.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::WebhookEventState")]
pub(crate) enum WebhookEventState {
    /// Stored, effect still to come.
    Received,
    /// Effect and event committed together.
    Applied,
    /// Older than what is already known, so without effect.
    Superseded,
    /// A type nobody handles.
    Ignored,
    /// Will be tried again.
    Failed,
    /// Given up after the last try.
    DeadLettered,
    /// Taken out by hand.
    Discarded,
}

/// An event as the schema shows it. Handed out only to callers with `webhooks:read`.
#[derive(Clone)]
pub(crate) struct WebhookEvent(Arc<domain::WebhookEvent>);

impl WebhookEvent {
    /// The event, for a caller who may see it.
    pub(crate) fn new(event: domain::WebhookEvent) -> Self {
        Self(Arc::new(event))
    }
}

/// One event from a provider, kept with its exact bytes.
#[Object(
    directive = cache_control::apply(Some(0), Some(CacheControlScope::Private)),
    directive = requires_scopes::apply(one(Scope::WebhooksRead))
)]
impl WebhookEvent {
    /// Opaque, stable, globally unique.
    pub(crate) async fn id(&self) -> ID {
        ID(GlobalId { kind: NodeKind::WebhookEvent, id: self.0.id }.encode())
    }

    /// Who sent it.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// The provider's identifier (`webhook-id` or `x-event-id`).
    async fn event_id(&self) -> &str {
        &self.0.event_id
    }

    /// What happened, for example `order.updated`.
    async fn r#type(&self) -> &str {
        &self.0.event_type
    }

    /// What became of it.
    async fn state(&self) -> WebhookEventState {
        self.0.state.into()
    }

    /// What the event is about, for example `order:123`; events of one subject are applied in order.
    async fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// When it happened, by the provider's clock.
    async fn occurred_at(&self) -> Option<DateTime> {
        self.0.occurred_at_ms.map(|ms| DateTime { ms })
    }

    /// When it came for the first time.
    async fn received_at(&self) -> DateTime {
        DateTime { ms: self.0.received_at_ms }
    }

    /// When its effect was committed.
    async fn applied_at(&self) -> Option<DateTime> {
        self.0.applied_at_ms.map(|ms| DateTime { ms })
    }

    /// How often it was sent.
    async fn deliveries(&self) -> i32 {
        i32::try_from(self.0.deliveries).unwrap_or(i32::MAX)
    }

    /// How often its effect was tried.
    async fn attempts(&self) -> i32 {
        i32::try_from(self.0.attempts).unwrap_or(i32::MAX)
    }

    /// Why the last try failed, or why it was taken out.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// When it is tried again.
    async fn next_attempt_at(&self) -> Option<DateTime> {
        self.0.due_at_ms.map(|ms| DateTime { ms })
    }

    /// SHA-256 of the received bytes, hexadecimal.
    async fn body_sha256(&self) -> &str {
        &self.0.body_sha256
    }

    /// The body; null when it is no longer kept.
    async fn payload(&self) -> Option<JsonValue> {
        let value: serde_json::Value = serde_json::from_str(self.0.body.as_deref()?).ok()?;
        Value::from_json(value).ok().map(JsonValue)
    }
}
