//! The marketplace: one object that the doors ask.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::category_directory::CategoryDirectory;
use super::cursor::CursorCodec;
use super::order_read::OrderFlights;
use super::webhook::WebhookDesk;
use crate::cache::redis::Redis;
use crate::clock::Clock;
use crate::domain::Currency;
use crate::search::SearchIndex;
use crate::storage::Database;
use crate::storage::database::PoolState;
use crate::storage::feed::FollowerHandle;
use crate::storage::statistics::SharedStatistics;
use crate::telemetry::Quantiles;
use crate::upstream::{PartnerApi, UpstreamReport};

/// Rules that a deployment may set.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The currency of every price.
    pub currency: Currency,
    /// Up to so many packs count as low stock.
    pub low_stock_packs: i64,
    /// How long without a request until the change feed is polled seldom.
    pub idle_after: Duration,
}

/// What a marketplace is made of.
#[derive(Debug)]
pub struct Parts {
    /// The truth.
    pub database: Database,
    /// Signs and reads cursors.
    pub cursors: CursorCodec,
    /// Follows the change feed.
    pub follower: FollowerHandle,
    /// Chooses plans.
    pub statistics: SharedStatistics,
    /// Remembers categories; to be cleared when the catalogue is written as a whole.
    pub categories: CategoryDirectory,
    /// What comes in by webhooks.
    pub webhooks: WebhookDesk,
    /// Settings.
    pub rules: Rules,
    /// The time.
    pub clock: Clock,
}

/// The marketplace of this process.
#[derive(Debug)]
pub struct Marketplace {
    pub(super) database: Database,
    pub(super) cursors: Arc<CursorCodec>,
    pub(super) follower: FollowerHandle,
    pub(super) statistics: SharedStatistics,
    pub(super) categories: CategoryDirectory,
    pub(super) rules: Rules,
    pub(super) clock: Clock,
    pub(super) redis: Option<Redis>,
    pub(super) search: Option<SearchIndex>,
    pub(super) webhooks: WebhookDesk,
    pub(super) partner: Option<PartnerApi>,
    pub(super) order_flights: OrderFlights,
    /// Changes were committed that have no number yet.
    pub(super) catalogue_changed: Notify,
}

impl Marketplace {
    /// Joins the parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { database, cursors, follower, statistics, categories, webhooks, rules, clock } = parts;
        Self {
            database,
            cursors: Arc::new(cursors),
            follower,
            statistics,
            categories,
            rules,
            clock,
            redis: None,
            search: None,
            webhooks,
            partner: None,
            order_flights: OrderFlights::default(),
            catalogue_changed: Notify::new(),
        }
    }

    /// The same with a Redis to tell the health of. The marketplace itself works without.
    #[must_use]
    pub fn with_redis(self, redis: Option<Redis>) -> Self {
        Self { redis, ..self }
    }

    /// The same with an index to search. Without one searches are refused, and nothing else changes.
    #[must_use]
    pub fn with_search(self, search: Option<SearchIndex>) -> Self {
        Self { search, ..self }
    }

    /// The same with a partner to ask. Without one thin events wait, and orders are what webhooks told.
    #[must_use]
    pub fn with_partner(self, partner: Option<PartnerApi>) -> Self {
        Self { partner, ..self }
    }

    /// What comes in by webhooks.
    pub fn webhook_desk(&self) -> &WebhookDesk {
        &self.webhooks
    }

    /// What is measured of the partners that are asked.
    pub fn upstream_reports(&self) -> Vec<UpstreamReport> {
        self.partner.as_ref().map(PartnerApi::reports).unwrap_or_default()
    }

    /// Settings.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The currency of every price.
    pub fn currency(&self) -> Currency {
        self.rules.currency
    }

    /// Up to so many packs count as low stock.
    pub fn low_stock_packs(&self) -> i64 {
        self.rules.low_stock_packs
    }

    /// To be told of every request: wakes what sleeps while nobody asks.
    pub fn request_seen(&self) {
        self.request_seen_at(Instant::now());
    }

    /// A request came in at `now`.
    pub fn request_seen_at(&self, now: Instant) {
        self.follower.request_seen(now, self.rules.idle_after);
    }

    /// Now, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Whether Redis answers; `None` without one.
    pub fn is_redis_healthy(&self) -> Option<bool> {
        self.redis.as_ref().map(Redis::is_healthy)
    }

    /// Name of the database engine, for people.
    pub fn engine_name(&self) -> &'static str {
        self.database.engine().name()
    }

    /// How full the pool of connections is.
    pub fn pool_state(&self) -> PoolState {
        self.database.pool_state()
    }

    /// How long statements take.
    pub fn database_latency(&self) -> Quantiles {
        self.database.latency().quantiles()
    }
}
