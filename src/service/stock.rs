//! `adjustStock`: adds to a product's stock; the same idempotency key never counts twice.

use sha2::{Digest as _, Sha256};

use super::Marketplace;
use super::product_write::{change, differences};
use super::user_error::UserError;
use super::write::{Write, WriteError};
use crate::domain::{Product, text};
use crate::error::ErrorCode;
use crate::storage::idempotency::{self, Remembered};
use crate::storage::{Transaction, changes, products};

/// A change of stock as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockAdjustment {
    /// Which product; `None` when the given id cannot be a product's.
    pub product_id: Option<i64>,
    /// Packs to add; negative takes away.
    pub delta: i64,
    /// Same key and same input: the first result again.
    pub idempotency_key: String,
}

impl Marketplace {
    /// Adds `delta` to a product's stock, once per idempotency key.
    ///
    /// # Errors
    /// `NOT_FOUND`, `CONFLICT` (not tracked, or it would be negative), `IDEMPOTENCY_MISMATCH`, or the database's.
    pub async fn adjust_stock(&self, adjustment: &StockAdjustment) -> Result<Product, WriteError> {
        if let Some(why) = text::fault(&adjustment.idempotency_key, 1, 255) {
            return Err(UserError::new(ErrorCode::BadUserInput, &["idempotencyKey"], format!("the idempotency key {why}")).into());
        }
        self.write(adjustment).await
    }
}

impl Write for StockAdjustment {
    type Output = Product;

    async fn apply(&self, tx: &Transaction, now_ms: i64) -> Result<Product, WriteError> {
        let stored = match self.product_id {
            Some(id) => products::lock_by_id(tx, id).await?,
            None => None,
        };
        let input_sha256 = self.input_sha256();
        if let Some(before) = idempotency::recall(tx, &self.idempotency_key).await? {
            return repeated(stored, &before, &input_sha256);
        }
        let old = stored.ok_or_else(not_found)?;
        let product = self.applied_to(&old, now_ms)?;
        if self.delta != 0 {
            products::update_stock(tx, &product).await?;
            changes::insert(tx, &change(Some(&old), Some(&product), differences(&old, &product), now_ms)).await?;
        }
        let quantity = product.stock.unwrap_or_default();
        let result = Remembered { input_sha256, product_id: product.id, quantity, version: product.version };
        idempotency::remember(tx, &self.idempotency_key, &result, now_ms).await?;
        Ok(product)
    }
}

impl StockAdjustment {
    fn applied_to(&self, old: &Product, now_ms: i64) -> Result<Product, UserError> {
        let conflict = |field: &str, why: &str| UserError::new(ErrorCode::Conflict, &[field], why);
        let stock = old.stock.ok_or_else(|| conflict("productId", "the stock of this product is not tracked"))?;
        let quantity = stock.checked_add(self.delta).filter(|quantity| (0..=i64::from(i32::MAX)).contains(quantity));
        let quantity = quantity
            .ok_or_else(|| conflict("delta", &format!("there are {stock} packs; stock cannot be negative or beyond 32 bits")))?;
        if self.delta == 0 {
            return Ok(old.clone());
        }
        Ok(Product { stock: Some(quantity), version: old.version + 1, updated_at_ms: now_ms, ..old.clone() })
    }

    fn input_sha256(&self) -> String {
        let input = format!("adjustStock {:?} {}", self.product_id, self.delta);
        Sha256::digest(input).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The first result again: the quantity and version of then.
fn repeated(stored: Option<Product>, before: &Remembered, input_sha256: &str) -> Result<Product, WriteError> {
    if before.input_sha256 != input_sha256 {
        let why = "this idempotency key was used with other input";
        return Err(UserError::new(ErrorCode::IdempotencyMismatch, &["idempotencyKey"], why).into());
    }
    let product = stored.ok_or_else(not_found)?;
    Ok(Product { stock: Some(before.quantity), version: before.version, ..product })
}

fn not_found() -> UserError {
    UserError::new(ErrorCode::NotFound, &["productId"], "there is no product with this id")
}
