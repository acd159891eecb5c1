//! One order: out of the mirror while that is fresh, else from the partner; when the partner is away, what we have.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::Marketplace;
use super::webhook::Account;
use crate::domain::partner::is_external_id;
use crate::domain::{EntityKind, GlobalId, NodeKind, Order, Product, Subject};
use crate::error::Error;
use crate::storage::{orders, partner_ids, products};
use crate::upstream::PartnerApi;

/// So long an order is taken for what the partner would say: webhooks tell of changes at once, this makes up for lost ones.
const FRESH_FOR: Duration = Duration::from_secs(60);

/// Orders that are being asked for: whoever wants the same one waits for the same answer. When the one who asks leaves, the
/// next one asks.
#[derive(Debug, Default)]
pub(super) struct OrderFlights {
    under_way: Mutex<HashMap<String, Flight>>,
    /// How many have brought an order: who sees the same number before it looks into the mirror and in its own flight need not
    /// look again.
    mirrored: AtomicU64,
}

type Flight = Arc<OnceCell<Result<Asked, Error>>>;

/// What the partner said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// It is in the mirror now.
    Mirrored,
    /// There is no such order.
    Unknown,
}

impl OrderFlights {
    /// How many have brought an order until now.
    fn mirrored(&self) -> u64 {
        self.mirrored.load(Ordering::Acquire)
    }

    fn count_mirrored(&self) {
        self.mirrored.fetch_add(1, Ordering::Release);
    }

    fn join(&self, external_id: &str) -> Flight {
        let mut flights = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(flights.entry(external_id.to_owned()).or_default())
    }

    fn land(&self, external_id: &str, flight: &Flight) {
        let mut flights = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if flights.get(external_id).is_some_and(|known| Arc::ptr_eq(known, flight)) {
            flights.remove(external_id);
        }
    }
}

impl Marketplace {
    /// The order with this global id. Only mirrored orders have one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn order_by_id(&self, id: &str) -> Result<Option<Order>, Error> {
        let Some(id) = GlobalId::decode_as(NodeKind::Order, id) else { return Ok(None) };
        let seen = self.order_flights.mirrored();
        let Some(mirrored) = self.orders_by_ids(&[id]).await?.pop() else { return Ok(None) };
        let external_id = mirrored.external_id.clone();
        self.read_through(&external_id, Some(mirrored), seen).await
    }

    /// The order with this number of the partner's.
    ///
    /// # Errors
    /// `UPSTREAM_UNAVAILABLE`, `UPSTREAM_TIMEOUT` or `CIRCUIT_OPEN` when it is not mirrored and the partner is away; the database's.
    pub async fn order_by_external_id(&self, external_id: &str) -> Result<Option<Order>, Error> {
        if !is_external_id(external_id) {
            return Ok(None);
        }
        let seen = self.order_flights.mirrored();
        let mirrored = orders::by_external_id(&self.database, external_id).await?;
        self.read_through(external_id, mirrored, seen).await
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

    /// `seen` is how many flights had brought an order before `mirrored` was looked for.
    async fn read_through(&self, external_id: &str, mirrored: Option<Order>, seen: u64) -> Result<Option<Order>, Error> {
        let (Some(partner), false) = (&self.partner, mirrored.as_ref().is_some_and(|order| self.is_fresh(order))) else {
            return Ok(mirrored);
        };
        let flight = self.order_flights.join(external_id);
        let asked = flight.get_or_init(|| self.ask_partner(partner, external_id, seen)).await.clone();
        self.order_flights.land(external_id, &flight);
        match (asked, mirrored) {
            (Ok(Asked::Mirrored), _) => orders::by_external_id(&self.database, external_id).await,
            // What was mirrored once stays in the book, whatever the partner has forgotten.
            (Ok(Asked::Unknown), mirrored) => Ok(mirrored),
            (Err(err), Some(order)) => {
                err.log();
                Ok(Some(order))
            }
            (Err(err), None) => Err(err),
        }
    }

    fn is_fresh(&self, order: &Order) -> bool {
        self.clock.now_ms() - order.as_of_ms < i64::try_from(FRESH_FOR.as_millis()).unwrap_or(0)
    }

    /// Asks the partner, and takes what it says into the mirror.
    async fn ask_partner(&self, partner: &PartnerApi, external_id: &str, seen: u64) -> Result<Asked, Error> {
        // Somebody may have asked between our look and our turn.
        let others_asked = self.order_flights.mirrored() != seen;
        if others_asked && orders::by_external_id(&self.database, external_id).await?.is_some_and(|order| self.is_fresh(&order)) {
            return Ok(Asked::Mirrored);
        }
        let Some(order) = partner.order(external_id).await? else { return Ok(Asked::Unknown) };
        self.refresh(&Subject::order(external_id), &Account::Order(Box::new(order))).await?;
        orders::confirm(&self.database, external_id, self.clock.now_ms()).await?;
        self.order_flights.count_mirrored();
        Ok(Asked::Mirrored)
    }
}
