//! Most webhook events are over when they are stored: the index of those that are due leaves them out, where the engine can.

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, DeriveMigrationName};
use sea_orm_migration::{MigrationTrait, SchemaManager};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const INDEX: &str = "ix_webhook_events_due";

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::MySql {
            return Ok(());
        }
        let connection = manager.get_connection();
        connection.execute_unprepared(&format!("DROP INDEX IF EXISTS {INDEX}")).await?;
        let create = format!("CREATE INDEX {INDEX} ON webhook_events (due_at_ms) WHERE due_at_ms IS NOT NULL");
        connection.execute_unprepared(&create).await.map(|_| ())
    }
}
