//! Idempotency keys: what a mutation with the same key answered before.

use sea_orm::{DbErr, DeriveMigrationName};
use sea_orm_migration::{MigrationTrait, SchemaManager};

use crate::dialect::{Dialect, run};
use crate::index::{Index, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Old keys are found by it.
const AGE_INDEX: Index = index("idempotency_keys", "ix_idempotency_keys_created", "created_at_ms");

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let d = Dialect::of(manager).await?;
        let (big, key, hash, options) = (d.big(), d.text(255), d.text(64), d.table_options());
        run(
            manager,
            &[format!(
                "CREATE TABLE IF NOT EXISTS idempotency_keys (idempotency_key {key} NOT NULL PRIMARY KEY, \
                 input_sha256 {hash} NOT NULL, product_id {big} NOT NULL, quantity {big} NOT NULL, version {big} NOT NULL, \
                 created_at_ms {big} NOT NULL){options}"
            )],
        )
        .await?;
        AGE_INDEX.ensure(manager).await
    }
}
