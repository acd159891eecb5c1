//! `adjustStock`.

use async_graphql::{ID, InputObject, SimpleObject};

use super::outcome;
use crate::domain::{GlobalId, NodeKind};
use crate::graphql::fault::Fault;
use crate::graphql::types::{Product, UserError};
use crate::service::{Marketplace, StockAdjustment};

/// A change of stock.
#[derive(InputObject)]
pub(crate) struct AdjustStockInput {
    /// Global ID of the product.
    product_id: ID,
    /// Signed number of packs; the result may not be negative. Stock that is not tracked fails with CONFLICT.
    delta: i32,
    /// Same key and same input give the first result again; same key and other input fail with IDEMPOTENCY_MISMATCH.
    idempotency_key: String,
}

/// What became of it.
#[derive(SimpleObject)]
pub(crate) struct AdjustStockPayload {
    /// The product with its new stock; null with errors.
    product: Option<Product>,
    /// What the caller can mend; nothing was written then.
    user_errors: Vec<UserError>,
}

impl AdjustStockInput {
    pub(crate) async fn run(self, marketplace: &Marketplace) -> Result<AdjustStockPayload, Fault> {
        let adjustment = StockAdjustment {
            product_id: GlobalId::decode_as(NodeKind::Product, &self.product_id),
            delta: i64::from(self.delta),
            idempotency_key: self.idempotency_key,
        };
        let (product, user_errors) = outcome(marketplace.adjust_stock(&adjustment).await.map(Some))?;
        Ok(AdjustStockPayload { product: product.map(Product::of), user_errors })
    }
}
