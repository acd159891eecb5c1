//! The one road of a delivery: who sent it, what it says, whether it was here before, its effect; all of it durable before the
//! answer.

use sha2::{Digest as _, Sha256};

use super::decision::Decision;
use super::effect::{Effect, Scene};
use super::incoming::{Content, Facts, Incoming};
use super::signature;
use super::source::{Scheme, Source};
use crate::domain::{Subject, WebhookEventState};
use crate::error::{Error, ErrorCode};
use crate::service::Marketplace;
use crate::service::write::{Write, WriteError};
use crate::storage::Transaction;
use crate::storage::webhook_events::{self, FirstState, NewEvent};
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
    pub async fn receive_webhook(&self, delivery: &Delivery<'_>) -> Result<Received, Error> {
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

    async fn receive(&self, delivery: &Delivery<'_>) -> Result<Received, Error> {
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
        let receipt = self.store_once(source, &event_id, &incoming, text).await?;
        Ok(Received { receipt, event_id })
    }

    /// Stores an event, unless it is there. One id has one insert under way in this process; the others wait for it.
    async fn store_once(&self, source: &Source, event_id: &str, incoming: &Incoming, text: &str) -> Result<Receipt, Error> {
        let turn = self.webhooks.turns.of(&source.name, event_id);
        let _first = turn.wait().await;
        if turn.is_repeat() {
            self.webhooks.repeats.add(&source.name, event_id);
            return Ok(Receipt::Duplicate);
        }
        let subject = incoming.subject.as_ref().map(Subject::to_string);
        let sha256: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let event = NewEvent {
            source: &source.name,
            event_id,
            event_type: &incoming.event_type,
            subject: subject.as_deref(),
            thin: incoming.content == Content::Thin,
            version: incoming.position.version,
            occurred_at_ms: incoming.position.at_ms,
            received_at_ms: self.clock.now_ms(),
            body_sha256: &sha256,
            body: text,
        };
        let stored = self.store(incoming, &event).await?;
        turn.has_been_stored();
        Ok(stored.unwrap_or_else(|| {
            self.webhooks.repeats.add(&source.name, event_id);
            Receipt::Duplicate
        }))
    }

    /// `None` when it is there already.
    async fn store(&self, incoming: &Incoming, event: &NewEvent<'_>) -> Result<Option<Receipt>, Error> {
        match (&incoming.content, &incoming.subject) {
            (Content::Facts(facts), Some(subject)) => self.store_facts(incoming, facts, subject, event).await,
            (Content::Thin, Some(_)) => self.store_waiting(event, None).await,
            _ => {
                let first = FirstState { attempts: 0, ..FirstState::is_over(WebhookEventState::Ignored) };
                let stored = webhook_events::insert(&self.database, event, first).await?;
                Ok(stored.then_some(Receipt::Processed))
            }
        }
    }

    async fn store_facts(
        &self,
        incoming: &Incoming,
        facts: &Facts,
        subject: &Subject,
        event: &NewEvent<'_>,
    ) -> Result<Option<Receipt>, Error> {
        let write = WithEffect { facts, incoming, subject, event, currency: self.rules.currency };
        match self.commit(&write).await {
            Ok(Stored::Duplicate) => Ok(None),
            Ok(Stored::Over(effect)) => {
                self.applied(subject, effect).await;
                Ok(Some(Receipt::Processed))
            }
            Ok(Stored::Ask) => self.store_waiting(event, None).await,
            Err(WriteError::Refused(errors)) => {
                let why = errors.first().map_or_else(|| "refused".to_owned(), |error| error.message.clone());
                self.store_waiting(event, Some(&why)).await
            }
            // What the data are at fault for; the database's own failures are the sender's to try again.
            Err(WriteError::Failed(err @ Error::Refused { .. })) => self.store_waiting(event, Some(&err.to_string())).await,
            Err(WriteError::Failed(err)) => Err(err),
        }
    }

    /// Stores an event whose effect is to come.
    async fn store_waiting(&self, event: &NewEvent<'_>, why: Option<&str>) -> Result<Option<Receipt>, Error> {
        let first = match why {
            None => FirstState {
                state: WebhookEventState::Received,
                attempts: 0,
                last_error: None,
                // Without a partner nobody can tell; such events wait until there is one.
                due_at_ms: self.partner.is_some().then_some(event.received_at_ms),
            },
            Some(why) => {
                self.webhooks.meter.add(WebhookCount::Failed);
                FirstState {
                    state: WebhookEventState::Failed,
                    attempts: 1,
                    last_error: Some(why),
                    due_at_ms: Some(event.received_at_ms + self.webhooks.retry.pause_ms(1)),
                }
            }
        };
        let stored = webhook_events::insert(&self.database, event, first).await?;
        self.webhooks.worker.notify_one();
        Ok(stored.then_some(Receipt::Accepted))
    }

    /// Something of `subject` was written: others are told, and events that waited for it go on.
    pub(super) async fn applied(&self, subject: &Subject, effect: Effect) {
        if !effect.is_written() {
            return;
        }
        self.webhooks.meter.add(WebhookCount::Applied);
        if subject.kind == crate::domain::SubjectKind::Product {
            self.catalogue_changed.notify_one();
        }
        if self.partner.is_none() {
            match webhook_events::wake_subject(&self.database, subject, self.clock.now_ms()).await {
                Ok(0) => {}
                Ok(_) => self.webhooks.worker.notify_one(),
                Err(err) => err.log(),
            }
        }
    }
}

/// An event and its effect in one transaction.
struct WithEffect<'a> {
    facts: &'a Facts,
    incoming: &'a Incoming,
    subject: &'a Subject,
    event: &'a NewEvent<'a>,
    currency: crate::domain::Currency,
}

enum Stored {
    Over(Effect),
    Duplicate,
    /// Nothing is stored yet: the partner must be asked.
    Ask,
}

impl Write for WithEffect<'_> {
    type Output = Stored;

    async fn apply(&self, tx: &Transaction, now_ms: i64) -> Result<Stored, WriteError> {
        let mut scene = Scene::open(tx, self.subject, self.currency, now_ms).await?;
        let decision = scene.decide(self.facts, &self.incoming.position);
        let state = match &decision {
            Decision::Ask => return Ok(Stored::Ask),
            Decision::Apply(_) => WebhookEventState::Applied,
            Decision::Superseded => WebhookEventState::Superseded,
        };
        // Before the effect: of an event that is here already nothing is written.
        if !webhook_events::insert_with_effect(tx, self.event, FirstState::is_over(state)).await? {
            return Ok(Stored::Duplicate);
        }
        match scene.apply(self.facts, self.incoming.position, &decision).await? {
            Effect::Ask => {
                webhook_events::unstore(tx, self.event).await?;
                Ok(Stored::Ask)
            }
            Effect::Superseded if state == WebhookEventState::Applied => {
                webhook_events::supersede(tx, self.event).await?;
                Ok(Stored::Over(Effect::Superseded))
            }
            effect => Ok(Stored::Over(effect)),
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
