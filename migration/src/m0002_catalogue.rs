//! Categories, producers and products.

use sea_orm::{DbErr, DeriveMigrationName};
use sea_orm_migration::{MigrationTrait, SchemaManager};

use crate::dialect::{Dialect, run};
use crate::index::CATALOGUE_INDEXES;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let d = Dialect::of(manager).await?;
        run(manager, &[categories(&d), producers(&d), products(&d)]).await?;
        for index in &CATALOGUE_INDEXES {
            index.ensure(manager).await?;
        }
        Ok(())
    }
}

fn categories(d: &Dialect) -> String {
    let (id, big, slug, name, options) = (d.auto_id(), d.big(), d.text(64), d.text(160), d.table_options());
    format!(
        "CREATE TABLE IF NOT EXISTS categories (id {id}, slug {slug} NOT NULL, name {name} NOT NULL, position {big} NOT NULL, \
         created_at_ms {big} NOT NULL, updated_at_ms {big} NOT NULL, version {big} NOT NULL){options}"
    )
}

fn producers(d: &Dialect) -> String {
    let (id, big, small, options) = (d.auto_id(), d.big(), d.small(), d.table_options());
    let (slug, name, key, city, pincode) = (d.text(64), d.text(160), d.text(64), d.text(60), d.text(6));
    // squared_reach: the delivery radius in the unit of the squared distance, so that the two compare.
    format!(
        "CREATE TABLE IF NOT EXISTS producers (id {id}, slug {slug} NOT NULL, name {name} NOT NULL, name_key {key} NOT NULL, \
         kind {small} NOT NULL, city {city} NOT NULL, pincode {pincode} NOT NULL, lat_e3 {big} NOT NULL, lng_e3 {big} NOT NULL, \
         cell {big} NOT NULL, delivery_radius_meters {big} NOT NULL, squared_reach {big} NOT NULL, \
         created_at_ms {big} NOT NULL, updated_at_ms {big} NOT NULL, version {big} NOT NULL){options}"
    )
}

fn products(d: &Dialect) -> String {
    let (id, big, small, options) = (d.auto_id(), d.big(), d.small(), d.updated_table_options());
    let (slug, name, key, long) = (d.text(64), d.text(160), d.text(64), d.long_text());
    // producer_kind, lat_e3, lng_e3 and cell are copies of the producer's, kept in the producer's own transaction.
    format!(
        "CREATE TABLE IF NOT EXISTS products (id {id}, slug {slug} NOT NULL, producer_id {big} NOT NULL, \
         category_id {big} NOT NULL, producer_kind {small} NOT NULL, in_stock {small} NOT NULL, pack_unit {small} NOT NULL, \
         name {name} NOT NULL, name_key {key} NOT NULL, description {long} NOT NULL, price_minor {big} NOT NULL, \
         pack_value_thousandths {big} NOT NULL, stock {big} NULL, lat_e3 {big} NOT NULL, lng_e3 {big} NOT NULL, \
         cell {big} NOT NULL, created_at_ms {big} NOT NULL, updated_at_ms {big} NOT NULL, version {big} NOT NULL){options}"
    )
}
