//! One order: out of the mirror while that is fresh, else from the partner; when the partner is away, what we have.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use super::Marketplace;
use super::webhook::Account;
use crate::domain::partner::{PartnerOrder, is_external_id};
use crate::domain::{EntityKind, GlobalId, NodeKind, Order, Product, Subject};
use crate::error::Error;
use crate::storage::{orders, partner_ids, products};
use crate::upstream::PartnerApi;

/// So long an order is taken for what the partner would say: webhooks tell of changes at once, this makes up for lost ones.
const FRESH_FOR: Duration = Duration::from_secs(60);

type Fetched = Result<Option<PartnerOrder>, Error>;

/// Orders that are being asked for: whoever wants the same one waits for the same answer.
#[derive(Default)]
pub(super) struct OrderFlights(Arc<Mutex<HashMap<String, Shared<BoxFuture<'static, Fetched>>>>>);

impl std::fmt::Debug for OrderFlights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OrderFlights")
    }
}

impl OrderFlights {
    /// Asks the partner, or joins whoever asks already.
    async fn fetch(&self, partner: &PartnerApi, external_id: &str) -> Fetched {
        let flight = {
            let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let open = || {
                let (partner, id, flights) = (partner.clone(), external_id.to_owned(), Arc::clone(&self.0));
                // Spawned: who leaves does not take it away from those who wait.
                let asked = tokio::spawn(async move {
                    let answer = partner.order(&id).await;
                    flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                    answer
                });
                asked.map(|joined| joined.unwrap_or_else(|err| Err(Error::internal(err)))).boxed().shared()
            };
            flights.entry(external_id.to_owned()).or_insert_with(open).clone()
        };
        flight.await
    }
}

impl Marketplace {
    /// The order with this global id. Only mirrored orders have one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn order_by_id(&self, id: &str) -> Result<Option<Order>, Error> {
        let Some(id) = GlobalId::decode_as(NodeKind::Order, id) else { return Ok(None) };
        let Some(mirrored) = self.orders_by_ids(&[id]).await?.pop() else { return Ok(None) };
        let external_id = mirrored.external_id.clone();
        self.read_through(&external_id, Some(mirrored)).await
    }

    /// The order with this number of the partner's.
    ///
    /// # Errors
    /// `UPSTREAM_UNAVAILABLE`, `UPSTREAM_TIMEOUT` or `CIRCUIT_OPEN` when it is not mirrored and the partner is away; the database's.
    pub async fn order_by_external_id(&self, external_id: &str) -> Result<Option<Order>, Error> {
        if !is_external_id(external_id) {
            return Ok(None);
        }
        let mirrored = orders::by_external_id(&self.database, external_id).await?;
        self.read_through(external_id, mirrored).await
    }

    /// Products by the partner's ids, as the lines of orders name them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn products_by_external_ids(&self, external_ids: &[&str]) -> Result<BTreeMap<String, Product>, Error> {
        let ids = partner_ids::find_all(&self.database, EntityKind::Product, external_ids).await?;
        let ours: Vec<i64> = ids.values().copied().collect();
        let by_id: HashMap<i64, Product> =
            products::by_ids(&self.database, &ours).await?.into_iter().map(|product| (product.id, product)).collect();
        let found = ids.into_iter().filter_map(|(external_id, id)| Some((external_id, by_id.get(&id)?.clone())));
        Ok(found.collect())
    }

    async fn read_through(&self, external_id: &str, mirrored: Option<Order>) -> Result<Option<Order>, Error> {
        let fresh_ms = i64::try_from(FRESH_FOR.as_millis()).unwrap_or(0);
        let is_fresh = |order: &Order| self.clock.now_ms() - order.as_of_ms < fresh_ms;
        let (Some(partner), false) = (&self.partner, mirrored.as_ref().is_some_and(is_fresh)) else {
            return Ok(mirrored);
        };
        match self.order_flights.fetch(partner, external_id).await {
            Ok(Some(order)) => {
                self.refresh(&Subject::order(external_id), &Account::Order(Box::new(order))).await?;
                orders::confirm(&self.database, external_id, self.clock.now_ms()).await?;
                orders::by_external_id(&self.database, external_id).await
            }
            // What was mirrored once stays in the book, whatever the partner has forgotten.
            Ok(None) => Ok(mirrored),
            Err(err) => match mirrored {
                Some(order) => {
                    err.log();
                    Ok(Some(order))
                }
                None => Err(err),
            },
        }
    }
}
