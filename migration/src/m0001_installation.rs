//! Who we are: one row about the installation, and the keys that sign cursors.

use sea_orm::{DbErr, DeriveMigrationName};
use sea_orm_migration::{MigrationTrait, SchemaManager};

use crate::dialect::{Dialect, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let d = Dialect::of(manager).await?;
        let (big, options) = (d.big(), d.table_options());
        let (id, currency, key) = (d.text(64), d.text(3), d.text(64));
        run(
            manager,
            &[
                // One row, id 1. The generation is raised when rows were changed behind the feed's back.
                format!(
                    "CREATE TABLE IF NOT EXISTS installation (id {big} NOT NULL PRIMARY KEY, installation_id {id} NOT NULL, \
                     currency {currency} NOT NULL, catalogue_generation {big} NOT NULL, created_at_ms {big} NOT NULL){options}"
                ),
                format!(
                    "CREATE TABLE IF NOT EXISTS cursor_keys (id {big} NOT NULL PRIMARY KEY, secret_hex {key} NOT NULL, \
                     created_at_ms {big} NOT NULL){options}"
                ),
            ],
        )
        .await
    }
}
