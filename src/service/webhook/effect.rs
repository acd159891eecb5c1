//! What facts do to the mirror: one subject in one transaction, its row locked.

use super::decision::Decision;
use super::incoming::Facts;
use super::{order_effect, product_effect};
use crate::domain::partner::Position;
use crate::domain::{Currency, Subject, SubjectKind};
use crate::error::Error;
use crate::service::write::WriteError;
use crate::storage::Transaction;
use crate::storage::subjects::{self, LockedSubject};
use crate::storage::webhook_events;

/// What came of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service) enum Effect {
    /// Something that was not there was made.
    Created,
    /// Something was written.
    Applied,
    /// It is known already, or was overtaken.
    Superseded,
    /// What it is about is not there: the partner must be asked.
    Ask,
}

impl Effect {
    /// Whether anything was written.
    pub(super) fn is_written(self) -> bool {
        matches!(self, Self::Created | Self::Applied)
    }
}

/// A subject in a transaction.
pub(super) struct Scene<'a> {
    pub(super) tx: &'a Transaction,
    pub(super) subject: &'a Subject,
    pub(super) locked: LockedSubject,
    pub(super) currency: Currency,
    pub(super) now_ms: i64,
}

impl<'a> Scene<'a> {
    /// Locks the subject.
    pub(super) async fn open(tx: &'a Transaction, subject: &'a Subject, currency: Currency, now_ms: i64) -> Result<Self, Error> {
        Ok(Self { tx, subject, locked: subjects::lock(tx, subject).await?, currency, now_ms })
    }

    /// Applies facts as decided.
    ///
    /// # Errors
    /// When they do not fit what is stored, or the database fails; nothing of the transaction may stay then.
    pub(super) async fn apply(&mut self, facts: &Facts, position: Position, decision: &Decision) -> Result<Effect, WriteError> {
        let Decision::Apply(aspects) = decision else {
            return Ok(if *decision == Decision::Ask { Effect::Ask } else { Effect::Superseded });
        };
        let effect = match self.subject.kind {
            SubjectKind::Order => order_effect::apply(self, facts, position, aspects).await?,
            SubjectKind::Product => product_effect::apply(self, facts, aspects).await?,
        };
        if effect.is_written() {
            for aspect in aspects {
                self.locked.known.set(*aspect, position);
            }
            self.keep_known().await?;
        }
        Ok(effect)
    }

    /// Writes down what is known of the subject now, and wakes the events that wait for news of it.
    pub(super) async fn keep_known(&self) -> Result<(), Error> {
        let subject = self.subject.to_string();
        self.tx.execute_all(subjects::stores(self.tx.engine(), &[(&subject, &self.locked)])).await?;
        webhook_events::wake(self.tx, &subject, self.now_ms).await
    }
}
