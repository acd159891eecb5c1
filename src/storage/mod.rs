//! Everything that speaks SQL: pools, rows, keyset pagination, bulk loading, and the change feed.
//!
//! It knows the tables and the three engines; it knows nothing of GraphQL, HTTP, cursors or scopes.

mod branches;
pub mod categories;
mod cells;
pub mod changes;
mod clause;
pub mod connect;
pub mod count;
pub mod database;
pub mod dialect;
mod failure;
pub mod feed;
mod gather;
pub mod idempotency;
pub mod installation;
pub mod load;
mod lookup;
pub mod migrate;
mod nearest;
pub mod orders;
pub mod partner_ids;
pub mod partner_sync;
mod plan;
pub mod producer_list;
pub mod producers;
pub mod product_list;
pub mod product_query;
pub mod products;
mod rows;
mod seek;
mod selection;
mod sql;
mod statement_log;
pub mod statistics;
pub mod subjects;
pub mod tombstones;
mod walk;
pub mod webhook_events;

pub use connect::{Connector, PoolSettings};
pub use database::{Database, Transaction};
pub use dialect::Engine;
pub use rows::{Columns, ProductRow};
pub use seek::{Bounds, Seek, SortKey, Window};
pub use selection::{ProducerSelection, ProductSelection};
pub(crate) use sql::rows_of_a_statement;
pub use statement_log::StatementLog;
