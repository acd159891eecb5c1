//! A delivery whose effect reaches beyond its subject, to categories and producers: in a transaction of its own.

use super::decision::Decision;
use super::effect::{Effect, Scene};
use super::entry::{Entry, Fate};
use super::gather::Answer;
use super::incoming::Facts;
use crate::domain::{Currency, Subject, WebhookEventState};
use crate::error::Error;
use crate::service::Marketplace;
use crate::service::write::{Write, WriteError};
use crate::storage::Transaction;
use crate::storage::webhook_events::{self, FirstState};

/// Such transactions at the same time: fewer than a pool has connections, so that some are left for those who shop.
pub(super) const AT_ONCE: usize = 8;

impl Marketplace {
    pub(super) async fn store_alone(&self, entry: &Entry) -> Answer {
        let _place = self.webhooks.alone.acquire().await.map_err(Error::internal)?;
        let Some((facts, subject)) = entry.facts() else { return Err(Error::internal("an entry without facts")) };
        match self.commit(&WithEffect { facts, subject, entry, currency: self.rules.currency }).await {
            Ok(Stored::Duplicate) => Ok(None),
            Ok(Stored::Over(effect)) => {
                if effect.is_written() {
                    self.applied(subject);
                }
                Ok(Fate::Over(WebhookEventState::Applied).receipt())
            }
            Ok(Stored::Ask) => self.store_without_effect(entry, Fate::Waits).await,
            // What the data are at fault for; the database's own failures are the sender's to try again.
            Err(err @ WriteError::Refused(_)) | Err(err @ WriteError::Failed(Error::Refused { .. })) => {
                self.store_without_effect(entry, Fate::Failed(Error::from(err).to_string())).await
            }
            Err(WriteError::Failed(err)) => Err(err),
        }
    }

    async fn store_without_effect(&self, entry: &Entry, fate: Fate) -> Answer {
        let first = self.first_state(&fate, entry);
        let stored = webhook_events::insert(&self.database, &entry.event(), first).await?;
        self.fate_is_stored(&fate);
        Ok(if stored { fate.receipt() } else { None })
    }
}

/// An event and its effect in one transaction.
struct WithEffect<'a> {
    facts: &'a Facts,
    subject: &'a Subject,
    entry: &'a Entry,
    currency: Currency,
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
        let (position, event) = (self.entry.incoming.position, self.entry.event());
        let decision = Decision::of(&scene.locked.known, self.facts, &position);
        let state = match &decision {
            Decision::Ask => return Ok(Stored::Ask),
            Decision::Apply(_) => WebhookEventState::Applied,
            Decision::Superseded => WebhookEventState::Superseded,
        };
        // Before the effect: of an event that is here already nothing is written.
        if !webhook_events::insert_with_effect(tx, &event, FirstState::is_over(state)).await? {
            return Ok(Stored::Duplicate);
        }
        match scene.apply(self.facts, position, &decision).await? {
            // A whole product, or that it is gone, can always be written.
            Effect::Ask => Err(Error::internal("a whole product needs nobody to be asked").into()),
            Effect::Superseded if state == WebhookEventState::Applied => {
                webhook_events::supersede(tx, &event).await?;
                Ok(Stored::Over(Effect::Superseded))
            }
            effect => Ok(Stored::Over(effect)),
        }
    }
}
