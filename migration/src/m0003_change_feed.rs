//! The change feed: what changed, the head of the numbering, and what is left of removed things.

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, DeriveMigrationName};
use sea_orm_migration::{MigrationTrait, SchemaManager};

use crate::dialect::{Dialect, run};
use crate::index::{Index, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Unnumbered rows are found by it as well: every engine indexes NULL, and none takes two NULLs for equal.
const SEQ_INDEX: Index = unique("changes", "ux_changes_seq", "seq");

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let d = Dialect::of(manager).await?;
        let (id, big, small, slug, options) = (d.auto_id(), d.big(), d.small(), d.text(64), d.table_options());
        run(
            manager,
            &[
                format!(
                    "CREATE TABLE IF NOT EXISTS changes (id {id}, seq {big} NULL, entity_kind {small} NOT NULL, \
                     entity_id {big} NOT NULL, version {big} NOT NULL, aspects {small} NOT NULL, \
                     before_category_id {big} NULL, before_producer_id {big} NULL, before_cell {big} NULL, \
                     after_category_id {big} NULL, after_producer_id {big} NULL, after_cell {big} NULL, \
                     at_ms {big} NOT NULL){options}"
                ),
                // seq: the last number given out. kept_from_seq: the first number that is still kept.
                format!(
                    "CREATE TABLE IF NOT EXISTS change_head (id {big} NOT NULL PRIMARY KEY, seq {big} NOT NULL, \
                     kept_from_seq {big} NOT NULL){options}"
                ),
                format!(
                    "CREATE TABLE IF NOT EXISTS tombstones (entity_kind {small} NOT NULL, slug {slug} NOT NULL, \
                     last_id {big} NOT NULL, last_version {big} NOT NULL, removed_at_ms {big} NOT NULL, \
                     PRIMARY KEY (entity_kind, slug)){options}"
                ),
            ],
        )
        .await?;
        SEQ_INDEX.ensure(manager).await?;
        let insert = match manager.get_database_backend() {
            DbBackend::MySql => "INSERT IGNORE INTO change_head (id, seq, kept_from_seq) VALUES (1, 0, 1)",
            _ => "INSERT INTO change_head (id, seq, kept_from_seq) VALUES (1, 0, 1) ON CONFLICT DO NOTHING",
        };
        manager.get_connection().execute_unprepared(insert).await?;
        Ok(())
    }
}
