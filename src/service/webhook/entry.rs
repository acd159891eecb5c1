//! A delivery on its way into the inbox, and what becomes of it there.

use sha2::{Digest as _, Sha256};

use super::incoming::{Content, Facts, Incoming};
use super::receive::Receipt;
use crate::domain::{Subject, WebhookEventState};
use crate::storage::webhook_events::NewEvent;

/// A delivery that may be stored: its source is known, its signature holds, it can be read.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) source: String,
    pub(super) event_id: String,
    pub(super) incoming: Incoming,
    /// The subject as text.
    pub(super) subject: Option<String>,
    body: String,
    body_sha256: String,
    pub(super) received_at_ms: i64,
}

impl Entry {
    pub(super) fn new(source: &str, event_id: &str, incoming: Incoming, body: &str, received_at_ms: i64) -> Self {
        Self {
            source: source.to_owned(),
            event_id: event_id.to_owned(),
            subject: incoming.subject.as_ref().map(Subject::to_string),
            incoming,
            body: body.to_owned(),
            body_sha256: Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
            received_at_ms,
        }
    }

    /// The row that it becomes.
    pub(super) fn event(&self) -> NewEvent<'_> {
        NewEvent {
            source: &self.source,
            event_id: &self.event_id,
            event_type: &self.incoming.event_type,
            subject: self.subject.as_deref(),
            thin: self.incoming.content == Content::Thin,
            version: self.incoming.position.version,
            occurred_at_ms: self.incoming.position.at_ms,
            received_at_ms: self.received_at_ms,
            body_sha256: &self.body_sha256,
            body: &self.body,
        }
    }

    /// How long its body is.
    pub(super) fn body_bytes(&self) -> usize {
        self.body.len()
    }

    /// The facts that it carries, and their subject.
    pub(super) fn facts(&self) -> Option<(&Facts, &Subject)> {
        match (&self.incoming.content, &self.incoming.subject) {
            (Content::Facts(facts), Some(subject)) => Some((facts, subject)),
            _ => None,
        }
    }

    /// Whether its effect reaches beyond its subject, to categories and producers.
    pub(super) fn reaches_far(&self) -> bool {
        matches!(self.facts(), Some((Facts::Product(_) | Facts::ProductDeleted, _)))
    }
}

/// What becomes of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was here before.
    Duplicate,
    /// Applied, or without effect for good.
    Over(WebhookEventState),
    /// The partner must be asked.
    Waits,
    /// Its effect failed, and why.
    Failed(String),
}

impl Fate {
    /// What its sender is told; `None` for a duplicate.
    pub(super) fn receipt(&self) -> Option<Receipt> {
        match self {
            Self::Duplicate => None,
            Self::Over(_) => Some(Receipt::Processed),
            Self::Waits | Self::Failed(_) => Some(Receipt::Accepted),
        }
    }
}
