//! The types of the schema, one file each (or a few that are never used apart).

mod category;
mod connection;
mod filter;
mod health;
mod measure;
mod metrics;
mod money;
mod node;
mod order;
mod order_connection;
mod place;
mod producer;
mod producer_connection;
mod product;
mod product_connection;
mod product_facet;
mod rate_limit;
mod user_error;
mod webhook_event;
mod webhook_event_connection;
mod write;

pub(crate) use category::Category;
pub(crate) use connection::{Count, CountPrecision, PageInfo, SortDirection};
pub(crate) use filter::{
    CategoryLookup, ProducerFilter, ProducerLookup, ProducerSort, ProductFilter, ProductLookup, ProductSort,
};
pub(crate) use health::Health;
pub(crate) use measure::{Measure, MeasureInput, UnitPrice};
pub(crate) use metrics::Metrics;
pub(crate) use money::{Money, MoneyInput, minor_units};
pub(crate) use node::Node;
pub(crate) use order::Order;
pub(crate) use order_connection::{OrderArguments, OrderConnection, OrderFilter, OrderLookup};
pub(crate) use place::{GeoPoint, GeoPointInput, NearInput};
pub(crate) use producer::{Producer, ProducerKind};
#[cfg(test)]
pub(crate) use producer_connection::ProducerEdge;
pub(crate) use producer_connection::{ProducerArguments, ProducerConnection};
pub(crate) use product::Product;
#[cfg(test)]
pub(crate) use product_connection::ProductEdge;
pub(crate) use product_connection::{ProductArguments, ProductConnection};
pub(crate) use product_facet::{ProductFacet, ProductFacetField};
pub(crate) use rate_limit::RateLimit;
pub(crate) use user_error::UserError;
pub(crate) use webhook_event::WebhookEvent;
pub(crate) use webhook_event_connection::{WebhookEventArguments, WebhookEventConnection, WebhookEventFilter};
pub(crate) use write::{
    AdjustStockInput, AdjustStockPayload, DiscardWebhookEventInput, DiscardWebhookEventPayload, IngestWebhookInput,
    IngestWebhookPayload, RemoveProductsInput, RemoveProductsPayload, ReplayWebhookEventsInput, ReplayWebhookEventsPayload,
    SyncPartnerCatalogueInput, SyncPartnerCataloguePayload, UpsertCategoriesInput, UpsertCategoriesPayload, UpsertProducersInput,
    UpsertProducersPayload, UpsertProductsInput, UpsertProductsPayload,
};
