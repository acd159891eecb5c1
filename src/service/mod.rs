//! The rules of the marketplace: what may be asked and written, and what has to happen with it.
//!
//! It re-exports the values it returns, so that the doors (`graphql`, `http`) need not know `storage`.

mod access;
mod category_directory;
mod category_write;
mod cursor;
mod filter_hash;
mod health;
mod lookup;
mod marketplace;
mod order_list;
mod order_read;
mod page;
mod page_dependencies;
mod partner_sync;
mod producer_list;
mod producer_write;
mod product_facets;
mod product_list;
mod product_listing;
mod product_remove;
mod product_write;
mod search_page;
mod stock;
mod timeline;
mod user_error;
mod webhook;
mod webhook_list;
mod write;

pub use crate::cache::budget::Standing;
pub use crate::storage::producer_list::ProducerOrder;
pub use crate::storage::product_list::{ProductOrder, ProductQuery};
pub use crate::storage::{Bounds, Columns, Engine, ProductRow};
pub use access::{Access, Caller, Scope, Scopes};
pub use category_directory::CategoryDirectory;
pub use cursor::CursorCodec;
pub use health::{Health, HealthCheck, HealthStatus, Waiting};
pub use marketplace::{Marketplace, Parts, Rules};
pub use order_list::{OrderFilter, OrderPage};
pub use page::{PageRequest, PageWindow};
pub use partner_sync::SyncReport;
pub use producer_list::{ProducerFilter, ProducerListing, ProducerPage, ProducerSort};
pub use product_facets::{ProductFacet, ProductFacetField, ProductFacetValue};
pub use product_list::ProductPage;
pub use product_listing::{Parent, ProductFilter, ProductListing, ProductSort, ProductSortField};
pub use search_page::check_search;
pub use stock::StockAdjustment;
pub use timeline::{Timeline, TimelineSelection};
pub use user_error::UserError;
pub use webhook::{
    DEFAULT_SOURCE, Delivery, Random, Receipt, Received, Replay, Replayed, RetryPolicy, Scheme, Source, Sources, WebhookDesk,
};
pub use webhook_list::{WebhookEventFilter, WebhookEventPage};
pub use write::{CHANGES_CHANNEL, WriteError};

/// The most values in a list that comes from outside.
pub const LIST_MAX: usize = 100;
/// The widest circle that may be asked for, and the farthest that anybody delivers, in metres.
pub const RADIUS_MAX_METERS: i64 = 50_000;
