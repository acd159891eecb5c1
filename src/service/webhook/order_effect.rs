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
    let stored = orders::find(scene.tx, &scene.subject.external_id).await?;
    let updated_at_ms = position.at_ms.unwrap_or(scene.now_ms);
    match (facts, stored) {
        (Facts::Order(order), None) => {
            orders::insert(scene.tx, &new_order(order, updated_at_ms, scene.now_ms)).await?;
            Ok(Effect::Created)
        }
        (Facts::Order(order), Some(mut stored)) => {
            if aspects.contains(&Aspect::Details) {
                stored.details = order.details.clone();
            }
            if aspects.contains(&Aspect::Status) {
                stored.status = order.status;
            }
            write(scene, stored, updated_at_ms).await
        }
        (Facts::OrderCancelled, Some(stored)) => {
            write(scene, Order { status: OrderStatus::Cancelled, ..stored }, updated_at_ms).await
        }
        (Facts::OrderCancelled, None) => Ok(Effect::Ask),
        _ => Err(Error::internal("facts about a product reached an order").into()),
    }
}

async fn write(scene: &Scene<'_>, order: Order, updated_at_ms: i64) -> Result<Effect, WriteError> {
    let updated_at_ms = updated_at_ms.max(order.updated_at_ms);
    orders::update(scene.tx, &Order { updated_at_ms, as_of_ms: scene.now_ms, ..order }).await?;
    Ok(Effect::Applied)
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
