//! Partners: the webhook inbox, what is known of each subject, the mirror of orders, and the partner's ids of our things.

use sea_orm::{DbErr, DeriveMigrationName};
use sea_orm_migration::{MigrationTrait, SchemaManager};

use crate::dialect::{Dialect, run};
use crate::index::{Index, index, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The unique one keeps an event from being taken twice. `due` finds what is to be done; all others are lists, newest first.
const INDEXES: [Index; 10] = [
    unique("webhook_events", "ux_webhook_events_source_event", "source, event_id"),
    index("webhook_events", "ix_webhook_events_received", "received_at_ms, id"),
    index("webhook_events", "ix_webhook_events_state", "state, received_at_ms, id"),
    index("webhook_events", "ix_webhook_events_subject", "subject, received_at_ms, id"),
    index("webhook_events", "ix_webhook_events_type", "event_type, received_at_ms, id"),
    index("webhook_events", "ix_webhook_events_due", "due_at_ms"),
    unique("orders", "ux_orders_external", "external_id"),
    index("orders", "ix_orders_placed", "placed_at_ms, id"),
    index("orders", "ix_orders_status", "status, placed_at_ms, id"),
    index("partner_ids", "ix_partner_ids_ours", "kind, our_id"),
];

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let d = Dialect::of(manager).await?;
        run(manager, &[events(&d), subjects(&d), orders(&d), partner_ids(&d), partner_sync(&d)]).await?;
        for index in &INDEXES {
            index.ensure(manager).await?;
        }
        Ok(())
    }
}

fn events(d: &Dialect) -> String {
    let (id, big, small, options) = (d.auto_id(), d.big(), d.small(), d.updated_table_options());
    let (source, event, kind, subject) = (d.text(64), d.text(255), d.text(128), d.text(160));
    let (error, hash, long) = (d.text(500), d.text(64), d.long_text());
    // due_at_ms: when it is to be tried (again); NULL when nothing is to be done. body: NULL when it is no longer kept.
    format!(
        "CREATE TABLE IF NOT EXISTS webhook_events (id {id}, source {source} NOT NULL, event_id {event} NOT NULL, \
         event_type {kind} NOT NULL, state {small} NOT NULL, thin {small} NOT NULL, subject {subject} NULL, version {big} NULL, \
         occurred_at_ms {big} NULL, received_at_ms {big} NOT NULL, applied_at_ms {big} NULL, deliveries {big} NOT NULL, \
         attempts {big} NOT NULL, last_error {error} NULL, due_at_ms {big} NULL, body_sha256 {hash} NOT NULL, \
         body {long} NULL){options}"
    )
}

fn subjects(d: &Dialect) -> String {
    let (big, small, subject, options) = (d.big(), d.small(), d.text(160), d.updated_table_options());
    let aspects: Vec<String> = ["details", "price", "stock", "status"]
        .iter()
        .map(|aspect| format!("{aspect}_version {big} NULL, {aspect}_at_ms {big} NULL"))
        .collect();
    // known: a bit for each aspect of which something is known. lease_token: grows with every lease; a holder whose token is no
    // longer the last one has lost it.
    format!(
        "CREATE TABLE IF NOT EXISTS webhook_subjects (subject {subject} NOT NULL PRIMARY KEY, known {small} NOT NULL, {}, \
         lease_token {big} NOT NULL, lease_until_ms {big} NOT NULL){options}",
        aspects.join(", ")
    )
}

fn orders(d: &Dialect) -> String {
    let (id, big, small, options) = (d.auto_id(), d.big(), d.small(), d.updated_table_options());
    let (external, currency, long) = (d.text(128), d.text(3), d.long_text());
    format!(
        "CREATE TABLE IF NOT EXISTS orders (id {id}, external_id {external} NOT NULL, status {small} NOT NULL, \
         total_minor {big} NOT NULL, currency {currency} NOT NULL, lines_json {long} NOT NULL, placed_at_ms {big} NOT NULL, \
         updated_at_ms {big} NOT NULL, as_of_ms {big} NOT NULL){options}"
    )
}

fn partner_ids(d: &Dialect) -> String {
    let (big, small, options) = (d.big(), d.small(), d.table_options());
    let (source, external) = (d.text(64), d.text(128));
    format!(
        "CREATE TABLE IF NOT EXISTS partner_ids (source {source} NOT NULL, kind {small} NOT NULL, external_id {external} NOT NULL, \
         our_id {big} NOT NULL, PRIMARY KEY (source, kind, external_id)){options}"
    )
}

fn partner_sync(d: &Dialect) -> String {
    let (big, small, cursor, options) = (d.big(), d.small(), d.long_text(), d.table_options());
    // One row, id 1, while a synchronisation is under way. stage: 1 products, 2 orders.
    format!(
        "CREATE TABLE IF NOT EXISTS partner_sync (id {big} NOT NULL PRIMARY KEY, updated_since_ms {big} NULL, \
         stage {small} NOT NULL, next_cursor {cursor} NULL){options}"
    )
}
