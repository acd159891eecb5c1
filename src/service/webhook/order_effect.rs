//! What facts do to the mirror of orders.

use super::effect::{Effect, Scene};
use super::incoming::Facts;
use crate::domain::partner::{PartnerOrder, Position};
use crate::domain::{Aspect, Order, OrderStatus};
use crate::error::Error;
use crate::service::write::WriteError;
use crate::storage::orders;

/// Applies `aspects` of the facts.
pub(super) async fn apply(
    scene: &Scene<'_>,
    facts: &Facts,
    position: Position,
    aspects: &[Aspect],
) -> Result<Effect, WriteError> {
    let stored = orders::find_all(scene.tx, &[&scene.subject.external_id]).await?.pop();
    let Some(order) = after(stored.as_ref(), facts, position, aspects, scene.now_ms)? else { return Ok(Effect::Ask) };
    scene.tx.execute_all(orders::stores(scene.tx.engine(), &[&order])?).await?;
    Ok(if stored.is_none() { Effect::Created } else { Effect::Applied })
}

/// The order after `aspects` of the facts; `None` when nobody can tell what it is like.
pub(super) fn after(
    stored: Option<&Order>,
    facts: &Facts,
    position: Position,
    aspects: &[Aspect],
    now_ms: i64,
) -> Result<Option<Order>, Error> {
    let mut order = match (facts, stored) {
        (Facts::Order(order), None) => new_order(order, position.at_ms.unwrap_or(now_ms), now_ms),
        (Facts::Order(told), Some(stored)) => {
            let details = if aspects.contains(&Aspect::Details) { told.details.clone() } else { stored.details.clone() };
            let status = if aspects.contains(&Aspect::Status) { told.status } else { stored.status };
            Order { details, status, ..stored.clone() }
        }
        (Facts::OrderCancelled, Some(stored)) => Order { status: OrderStatus::Cancelled, ..stored.clone() },
        (Facts::OrderCancelled, None) => return Ok(None),
        _ => return Err(Error::internal("facts about a product reached an order")),
    };
    order.updated_at_ms = position.at_ms.unwrap_or(now_ms).max(order.updated_at_ms);
    order.as_of_ms = now_ms;
    Ok(Some(order))
}

fn new_order(order: &PartnerOrder, updated_at_ms: i64, now_ms: i64) -> Order {
    Order {
        id: 0,
        external_id: order.id.clone(),
        status: order.status,
        details: order.details.clone(),
        updated_at_ms,
        as_of_ms: now_ms,
    }
}
