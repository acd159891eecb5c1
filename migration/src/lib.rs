//! The steps that make and change FarmLokal's tables, for SQLite, PostgreSQL and MariaDB/MySQL.
//!
//! Every step can be run again after it was cut off half-way: MariaDB and MySQL commit each DDL statement by itself.
//! The caller holds the migration lease (see `storage::migrate` in the server), so one migrator runs at a time.

mod dialect;
mod index;
mod m0001_installation;
mod m0002_catalogue;
mod m0003_change_feed;
mod m0004_idempotency;
mod m0005_partners;
mod m0006_due_events;

pub use index::{CATALOGUE_INDEXES, Index};
use sea_orm_migration::MigrationTrait;
pub use sea_orm_migration::MigratorTrait;

/// All steps in order.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_installation::Migration),
            Box::new(m0002_catalogue::Migration),
            Box::new(m0003_change_feed::Migration),
            Box::new(m0004_idempotency::Migration),
            Box::new(m0005_partners::Migration),
            Box::new(m0006_due_events::Migration),
        ]
    }
}
