//! The one road of a delivery: who sent it, what it says, whether it was here before, its effect; all of it durable before the
//! answer.

use std::sync::Arc;

use super::entry::{Entry, Fate};
use super::incoming::{Content, Incoming};
use super::signature;
use super::source::{Scheme, Source};
use crate::domain::{Subject, SubjectKind, WebhookEventState};
use crate::error::{Error, ErrorCode};
use crate::service::Marketplace;
use crate::storage::webhook_events::FirstState;
use crate::strict_json;
use crate::telemetry::WebhookCount;

/// Longest event id, in bytes.
const EVENT_ID_MAX: usize = 255;
/// Where the id is looked for, besides the source's own header.
const ID_HEADERS: [&str; 2] = ["webhook-id", "x-event-id"];

/// A delivery as it came.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// Name of the source.
    pub source: &'a str,
    /// The value of a header, by its name in lower case.
    pub header: &'a (dyn Fn(&str) -> Option<&'a str> + Sync),
    /// The raw bytes.
    pub body: &'a [u8],
    /// Whether it came from this machine.
    pub is_local: bool,
}

impl Delivery<'_> {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        (self.header)(name)
    }
}

impl std::fmt::Debug for Delivery<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery").field("source", &self.source).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// Applied now, or without effect for good.
    Processed,
    /// Stored, will be applied later.
    Accepted,
    /// Was here before.
    Duplicate,
}

/// A delivery that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What became of it.
    pub receipt: Receipt,
    /// The provider's identifier.
    pub event_id: String,
}

impl Marketplace {
    /// Takes a delivery.
    ///
    /// # Errors
    /// `NOT_FOUND` for an unknown source, `SIGNATURE_INVALID`, `TIMESTAMP_OUT_OF_TOLERANCE`, `BAD_REQUEST`; what the database says
    /// when it could not be stored.
    pub async fn receive_webhook(self: &Arc<Self>, delivery: &Delivery<'_>) -> Result<Received, Error> {
        let received = self.receive(delivery).await;
        let counts = &self.webhooks.meter;
        counts.add(WebhookCount::Received);
        match &received {
            Ok(received) if received.receipt == Receipt::Duplicate => counts.add(WebhookCount::Duplicates),
            Ok(_) => {}
            Err(Error::Refused { .. }) => counts.add(WebhookCount::Rejected),
            Err(_) => counts.add(WebhookCount::Failed),
        }
        received
    }

    async fn receive(self: &Arc<Self>, delivery: &Delivery<'_>) -> Result<Received, Error> {
        let unknown = || Error::refused(ErrorCode::NotFound, "There is no such webhook source.");
        let source = self.webhooks.sources.find(delivery.source).ok_or_else(unknown)?;
        if source.scheme == Scheme::None && !self.webhooks.sources.takes_unsigned(source, delivery.is_local) {
            let message = "This source does not sign, and WEBHOOK_ALLOW_UNSIGNED does not name it.";
            return Err(Error::refused(ErrorCode::SignatureInvalid, message));
        }
        let event_id = event_id(source, delivery)?;
        signature::verify(source, &event_id, delivery, self.clock.now_ms())?;
        let bad = |why: String| Error::refused(ErrorCode::BadRequest, why);
        let text = strict_json::text(delivery.body).map_err(|why| bad(format!("The body {why}.")))?;
        let body = strict_json::parse(delivery.body).map_err(|why| bad(format!("The body {why}.")))?;
        let mut incoming = Incoming::read(&body).map_err(bad)?;
        if !source.takes(&incoming.event_type) {
            (incoming.content, incoming.subject) = (Content::Ignored, None);
        }
        if source.scheme == Scheme::None && matches!(incoming.content, Content::Facts(_)) {
            // Nobody sets a price with an unsigned POST.
            incoming.content = Content::Thin;
        }
        let entry = Entry::new(&source.name, &event_id, incoming, text, self.clock.now_ms());
        let receipt = self.store_once(entry).await?;
        Ok(Received { receipt, event_id })
    }

    /// Stores an entry, unless it is there. One id has one insert under way in this process; the others wait for it.
    async fn store_once(self: &Arc<Self>, entry: Entry) -> Result<Receipt, Error> {
        let turn = self.webhooks.turns.of(&entry.source, &entry.event_id);
        let _first = turn.wait().await;
        let repeat = (entry.source.clone(), entry.event_id.clone());
        let stored = if turn.is_repeat() {
            None
        } else if entry.reaches_far() {
            self.store_alone(&entry).await?
        } else {
            self.store_with_others(entry).await?
        };
        turn.has_been_stored();
        Ok(stored.unwrap_or_else(|| {
            self.webhooks.repeats.add(repeat);
            Receipt::Duplicate
        }))
    }

    /// How an entry with this fate begins its life in the inbox.
    pub(super) fn first_state<'f>(&self, fate: &'f Fate, entry: &Entry) -> FirstState<'f> {
        let (received_at_ms, retry) = (entry.received_at_ms, &self.webhooks.retry);
        let first = FirstState { state: WebhookEventState::Received, attempts: 0, last_error: None, due_at_ms: None };
        match fate {
            Fate::Duplicate | Fate::Over(WebhookEventState::Ignored) => FirstState { state: WebhookEventState::Ignored, ..first },
            Fate::Over(state) => FirstState::is_over(*state),
            Fate::Waits if self.partner.is_some() => FirstState { due_at_ms: Some(received_at_ms), ..first },
            // What it needs may be coming in at this moment.
            Fate::Waits if entry.facts().is_some() => FirstState { due_at_ms: Some(received_at_ms + retry.pause_ms(1)), ..first },
            // Without a partner nobody can tell; such events wait until there is one.
            Fate::Waits => first,
            Fate::Failed(why) => FirstState {
                state: WebhookEventState::Failed,
                attempts: 1,
                last_error: Some(why),
                due_at_ms: Some(received_at_ms + retry.pause_ms(1)),
            },
        }
    }

    /// An entry with this fate is stored.
    pub(super) fn fate_is_stored(&self, fate: &Fate) {
        if matches!(fate, Fate::Failed(_)) {
            self.webhooks.meter.add(WebhookCount::Failed);
        }
        if matches!(fate, Fate::Failed(_) | Fate::Waits) {
            self.webhooks.worker.notify_one();
        }
    }

    /// An event about this subject was applied.
    pub(super) fn applied(&self, subject: &Subject) {
        self.webhooks.meter.add(WebhookCount::Applied);
        if subject.kind == SubjectKind::Product {
            self.catalogue_changed.notify_one();
        }
    }
}

/// The event's id: of the source's own header, or of the usual ones. Two that differ are refused.
fn event_id(source: &Source, delivery: &Delivery<'_>) -> Result<String, Error> {
    let names = source.id_header.as_deref().into_iter().chain(ID_HEADERS);
    let mut found = names.filter_map(|name| delivery.header(name));
    let refused = |why: String| Error::refused(ErrorCode::BadRequest, why);
    let id = found.next().ok_or_else(|| refused("The event id is missing: send it as webhook-id or x-event-id.".to_owned()))?;
    if found.any(|other| other != id) {
        return Err(refused("The headers name two different event ids.".to_owned()));
    }
    if !(1..=EVENT_ID_MAX).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refused(format!("The event id must be 1 to {EVENT_ID_MAX} visible ASCII characters.")));
    }
    Ok(id.to_owned())
}
