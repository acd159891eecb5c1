//! Many deliveries in one transaction, each with its effect: a commit, and the turns to the database, are shared.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::decision::Decision;
use super::entry::{Entry, Fate};
use super::incoming::{Content, Facts, Incoming};
use super::{order_effect, product_effect};
use crate::domain::{Currency, EntityKind, Order, Product, Subject, SubjectKind, WebhookEventState};
use crate::error::Error;
use crate::service::Marketplace;
use crate::service::write::{Write, WriteError};
use crate::storage::subjects::LockedSubject;
use crate::storage::webhook_events::{FirstState, NewEvent};
use crate::storage::{Transaction, orders, partner_ids, products, subjects, webhook_events};

/// Entries to be stored together, in the order in which they came.
pub(super) struct Together<'a> {
    pub(super) marketplace: &'a Marketplace,
    pub(super) entries: &'a [&'a Entry],
}

impl Write for Together<'_> {
    /// What became of each.
    type Output = Vec<Fate>;

    async fn apply(&self, tx: &Transaction, now_ms: i64) -> Result<Vec<Fate>, WriteError> {
        let rules = Rules { currency: self.marketplace.rules.currency, wakes: self.marketplace.partner.is_none() };
        let mut board = Board::open(tx, self.entries, rules, now_ms).await?;
        let mut fates = Vec::with_capacity(self.entries.len());
        for entry in self.entries {
            fates.push(board.take(entry).await?);
        }
        let new = self.entries.iter().zip(&fates).filter(|(_, fate)| **fate != Fate::Duplicate);
        let new = new.map(|(entry, fate)| (entry.event(), self.marketplace.first_state(fate, entry)));
        board.store(&new.collect::<Vec<_>>()).await?;
        Ok(fates)
    }
}

#[derive(Debug, Clone, Copy)]
struct Rules {
    currency: Currency,
    /// Whether events wait for news of their subject, because there is no partner to ask.
    wakes: bool,
}

/// What a subject is like, as of the entries taken so far.
#[derive(Debug, Default)]
struct Seat {
    locked: LockedSubject,
    order: Option<Order>,
    product: Option<Product>,
    is_changed: bool,
}

/// All that the entries are about: read once, changed in memory, written once. Products alone are written one by one, for each of
/// their versions is a change of the catalogue.
struct Board<'a> {
    tx: &'a Transaction,
    rules: Rules,
    now_ms: i64,
    /// By subject; all that are stored are locked.
    seats: BTreeMap<&'a str, Seat>,
    /// Source and id of the events that were here before, or have been taken.
    there: HashSet<(String, String)>,
    /// Subjects whose news other events wait for.
    waited_for: BTreeSet<String>,
}

impl<'a> Board<'a> {
    async fn open(tx: &'a Transaction, entries: &[&'a Entry], rules: Rules, now_ms: i64) -> Result<Self, Error> {
        let with_facts: BTreeMap<&str, &Subject> =
            entries.iter().filter_map(|entry| Some((entry.subject.as_deref()?, entry.facts()?.1))).collect();
        // In one order for all, so that they wait for each other instead of deadlocking; before anything else is looked at.
        let names: Vec<&str> = with_facts.keys().copied().collect();
        let mut locked = subjects::lock_all(tx, &names).await?;
        let ids: Vec<(&str, &str)> = entries.iter().map(|entry| (entry.source.as_str(), entry.event_id.as_str())).collect();
        let found = webhook_events::find_all(tx, &ids, if rules.wakes { &names } else { &[] }).await?;
        // Of a subject that is not known there is nothing to find.
        let known = || with_facts.iter().filter(|(name, _)| locked.contains_key(**name)).map(|(_, subject)| *subject);
        let mut orders = find_orders(tx, &ids_of(known(), SubjectKind::Order)).await?;
        let mut products = find_products(tx, &ids_of(known(), SubjectKind::Product)).await?;
        let seat = |(name, subject): (&'a str, &Subject)| {
            let locked = locked.remove(name).unwrap_or_default();
            let (order, product) = match subject.kind {
                SubjectKind::Order => (orders.remove(&subject.external_id), None),
                SubjectKind::Product => (None, products.remove(&subject.external_id)),
            };
            (name, Seat { locked, order, product, is_changed: false })
        };
        let seats = with_facts.into_iter().map(seat).collect();
        Ok(Self { tx, rules, now_ms, seats, there: found.events, waited_for: found.waited_for })
    }

    /// Decides about an entry, and does in memory what it says.
    async fn take(&mut self, entry: &Entry) -> Result<Fate, Error> {
        if !self.there.insert((entry.source.clone(), entry.event_id.clone())) {
            return Ok(Fate::Duplicate);
        }
        let seat = entry.subject.as_deref().and_then(|subject| self.seats.get_mut(subject));
        match (&entry.incoming.content, seat) {
            (Content::Ignored, _) => Ok(Fate::Over(WebhookEventState::Ignored)),
            (Content::Facts(facts), Some(seat)) => {
                let taken = seat.take(self.tx, facts, &entry.incoming, self.rules.currency, self.now_ms).await;
                // What the facts are at fault for is written on them; nothing of them was stored.
                if let Err(err @ Error::Refused { .. }) = &taken { Ok(Fate::Failed(err.to_string())) } else { taken }
            }
            (Content::Thin | Content::Facts(_), _) => Ok(Fate::Waits),
        }
    }

    async fn store(self, events: &[(NewEvent<'_>, FirstState<'_>)]) -> Result<(), Error> {
        let changed = || self.seats.iter().filter(|(_, seat)| seat.is_changed);
        let orders: Vec<&Order> = changed().filter_map(|(_, seat)| seat.order.as_ref()).collect();
        let subjects: Vec<(&str, &LockedSubject)> = changed().map(|(name, seat)| (*name, &seat.locked)).collect();
        let are_alike = events.len() == orders.len() && orders.len() == subjects.len();
        let engine = self.tx.engine();
        let mut statements = webhook_events::inserts(engine, events);
        statements.extend(orders::stores(engine, &orders)?);
        statements.extend(subjects::stores(engine, &subjects));
        if are_alike && statements.len() <= 3 {
            self.tx.execute_all(statements).await?;
        } else {
            // Joined, they would have a text for each mixture of numbers, and each would have to be prepared.
            self.tx.execute_each(statements).await?;
        }
        for (name, _) in changed().filter(|(name, _)| self.waited_for.contains(**name)) {
            webhook_events::wake(self.tx, name, self.now_ms).await?;
        }
        Ok(())
    }
}

impl Seat {
    async fn take(
        &mut self,
        tx: &Transaction,
        facts: &Facts,
        incoming: &Incoming,
        currency: Currency,
        now_ms: i64,
    ) -> Result<Fate, Error> {
        let aspects = match Decision::of(&self.locked.known, facts, &incoming.position) {
            Decision::Ask => return Ok(Fate::Waits),
            Decision::Superseded => return Ok(Fate::Over(WebhookEventState::Superseded)),
            Decision::Apply(aspects) => aspects,
        };
        match facts {
            Facts::Price(..) | Facts::Stock(_) => {
                let Some(old) = &self.product else { return Ok(Fate::Waits) };
                let new = product_effect::with_part(old, facts, currency)?;
                self.product = Some(product_effect::store(tx, old, new, now_ms).await?);
            }
            _ => {
                let order = order_effect::after(self.order.as_ref(), facts, incoming.position, &aspects, now_ms)?;
                let Some(order) = order else { return Ok(Fate::Waits) };
                self.order = Some(order);
            }
        }
        aspects.into_iter().for_each(|aspect| self.locked.known.set(aspect, incoming.position));
        self.is_changed = true;
        Ok(Fate::Over(WebhookEventState::Applied))
    }
}

fn ids_of<'s>(subjects: impl Iterator<Item = &'s Subject>, kind: SubjectKind) -> Vec<&'s str> {
    subjects.filter(|subject| subject.kind == kind).map(|subject| subject.external_id.as_str()).collect()
}

async fn find_orders(tx: &Transaction, external_ids: &[&str]) -> Result<BTreeMap<String, Order>, Error> {
    let found = orders::find_all(tx, external_ids).await?;
    Ok(found.into_iter().map(|order| (order.external_id.clone(), order)).collect())
}

async fn find_products(tx: &Transaction, external_ids: &[&str]) -> Result<BTreeMap<String, Product>, Error> {
    let ours = partner_ids::find_all_in(tx, EntityKind::Product, external_ids).await?;
    let mut ids: Vec<i64> = ours.values().copied().collect();
    ids.sort_unstable();
    let locked = products::lock_by_ids(tx, &ids).await?;
    let mut by_id: BTreeMap<i64, Product> = locked.into_iter().map(|product| (product.id, product)).collect();
    Ok(ours.into_iter().filter_map(|(external_id, id)| Some((external_id, by_id.remove(&id)?))).collect())
}
