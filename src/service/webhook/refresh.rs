//! The partner's own account of a subject, as the mirror takes it: asked for by events that wait, by readers of orders, and by a
//! synchronisation.

use super::decision::Decision;
use super::effect::{Effect, Scene};
use super::incoming::Facts;
use super::product_effect;
use crate::domain::partner::{PartnerOrder, PartnerProduct, Position};
use crate::domain::{Aspect, Currency, Subject, WebhookEvent, WebhookEventState};
use crate::error::Error;
use crate::service::Marketplace;
use crate::service::write::{Write, WriteError};
use crate::storage::Transaction;
use crate::storage::webhook_events::{self, Outcome};

/// What the partner says of a subject.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::service) enum Account {
    /// An order.
    Order(Box<PartnerOrder>),
    /// A product, or that it was deleted.
    Product(Box<PartnerProduct>),
    /// The partner knows no such product.
    NoProduct,
}

/// What came of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// As written.
    Done(Effect),
    /// The lease is somebody else's by now: nothing was written.
    LeaseLost,
}

/// An account, and the events that it settles.
pub(super) struct Refresh<'a> {
    pub(super) subject: &'a Subject,
    pub(super) account: &'a Account,
    /// Events that were here before the partner was asked.
    pub(super) events: &'a [WebhookEvent],
    /// Writes only while this lease holds.
    pub(super) lease_token: Option<i64>,
    pub(super) currency: Currency,
}

impl Marketplace {
    /// Takes the partner's account of a subject into the mirror.
    pub(in crate::service) async fn refresh(&self, subject: &Subject, account: &Account) -> Result<Effect, WriteError> {
        let refresh = Refresh { subject, account, events: &[], lease_token: None, currency: self.rules.currency };
        let Taken::Done(effect) = self.commit(&refresh).await? else { return Ok(Effect::Superseded) };
        if effect.is_written() && subject.kind == crate::domain::SubjectKind::Product {
            self.catalogue_changed.notify_one();
        }
        Ok(effect)
    }
}

impl Write for Refresh<'_> {
    type Output = Taken;

    async fn apply(&self, tx: &Transaction, now_ms: i64) -> Result<Taken, WriteError> {
        let mut scene = Scene::open(tx, self.subject, self.currency, now_ms).await?;
        if self.lease_token.is_some_and(|token| token != scene.locked.lease_token) {
            return Ok(Taken::LeaseLost);
        }
        let effect = take(&mut scene, self.account).await?;
        let state = if effect.is_written() { WebhookEventState::Applied } else { WebhookEventState::Superseded };
        let ids: Vec<i64> = self.events.iter().map(|event| event.id).collect();
        webhook_events::mark(tx, &ids, Outcome { state, last_error: None, due_at_ms: None, now_ms }).await?;
        Ok(Taken::Done(effect))
    }
}

async fn take(scene: &mut Scene<'_>, account: &Account) -> Result<Effect, WriteError> {
    let (facts, position) = match account {
        Account::Order(order) => (Facts::Order(order.clone()), order.position),
        Account::Product(product) => match &product.body {
            Some(body) => (Facts::Product(Box::new(body.clone())), product.position),
            None => (Facts::ProductDeleted, product.position),
        },
        Account::NoProduct => return forget_product(scene).await,
    };
    match decide(scene, &facts, &position) {
        Decision::Superseded => Ok(Effect::Superseded),
        decision => scene.apply(&facts, position, &decision).await,
    }
}

/// As of an event, but that what cannot be compared gives way: it is the partner's own account of now.
fn decide(scene: &Scene<'_>, facts: &Facts, position: &Position) -> Decision {
    match Decision::of(&scene.locked.known, facts, position) {
        Decision::Ask => {
            let overtaken = |aspect: &&Aspect| !super::decision::is_overtaken(&scene.locked.known, **aspect, position);
            let aspects: Vec<Aspect> = facts.aspects().iter().filter(overtaken).copied().collect();
            if aspects.is_empty() { Decision::Superseded } else { Decision::Apply(aspects) }
        }
        decision => decision,
    }
}

/// Removes a product that the partner no longer knows. Since when is not told: from now on nothing can be compared with it, and
/// every event about it is a reason to ask.
async fn forget_product(scene: &mut Scene<'_>) -> Result<Effect, WriteError> {
    product_effect::delete(scene).await?;
    for aspect in Aspect::ALL {
        scene.locked.known.set(aspect, Position::default());
    }
    scene.keep_known().await?;
    Ok(Effect::Applied)
}

impl Account {
    /// Where it stands; `None` when the partner does not say.
    pub(super) fn position(&self) -> Option<Position> {
        match self {
            Self::Order(order) => Some(order.position),
            Self::Product(product) => Some(product.position),
            Self::NoProduct => None,
        }
    }
}

impl From<WriteError> for Error {
    /// For those who have no caller to show errors of input to.
    fn from(err: WriteError) -> Self {
        match err {
            WriteError::Failed(err) => err,
            WriteError::Refused(errors) => {
                let message = errors.first().map_or_else(|| "refused".to_owned(), |error| error.message.clone());
                Self::bad_input(message)
            }
        }
    }
}
