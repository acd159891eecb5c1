//! `farmlokal sync`: the marketplace without doors, to pull from the partner.

use std::time::Duration;

use super::{Around, install_defaults, partners, refused};
use crate::clock::Clock;
use crate::config::{DatabaseArgs, PartnerArgs, RedisArgs};
use crate::error::Error;
use crate::service::{CategoryDirectory, CursorCodec, Marketplace, Parts, Rules, SyncReport, WebhookDesk};
use crate::storage::Database;
use crate::storage::feed::{Follower, FollowerSettings};
use crate::storage::statistics::SharedStatistics;

/// Longest synchronisation of one command.
const LIMIT: Duration = Duration::from_secs(24 * 3_600);

/// Settings of a synchronisation.
#[derive(Clone, Copy)]
pub struct SyncSettings<'a> {
    /// Which database.
    pub database: &'a DatabaseArgs,
    /// Which Redis, if any: servers are told through it.
    pub redis: &'a RedisArgs,
    /// Which partner.
    pub partner: &'a PartnerArgs,
    /// Only what changed since then; milliseconds since 1970.
    pub updated_since_ms: Option<i64>,
}

/// Pulls everything, and tells running servers.
///
/// # Errors
/// One sentence for the person at the terminal.
pub async fn partner_sync(
    settings: SyncSettings<'_>,
    database: Database,
    progress: impl Fn(&SyncReport) + Send + Sync,
) -> Result<SyncReport, Error> {
    let clock = Clock::system();
    let installation = install_defaults(&database, settings.database.currency).await?;
    let redis = settings.redis.settings(&installation.id).map_err(refused)?;
    let redis = redis.map(crate::cache::redis::Redis::connect_lazily).transpose()?;
    let partner = partners::partner(settings.partner, redis.as_ref(), &clock)?;
    let around = Around { redis, search: None, partner };
    let follower_settings = FollowerSettings::default();
    let follower = Follower::behind_head(database.clone(), follower_settings, Vec::new(), 0).await?;
    let marketplace = Marketplace::new(Parts {
        database: database.clone(),
        cursors: CursorCodec::new(&installation.cursor_keys, clock.now_ms())?,
        follower: follower.handle(),
        statistics: SharedStatistics::default(),
        categories: CategoryDirectory::default(),
        webhooks: WebhookDesk::closed(),
        rules: Rules { currency: installation.currency, low_stock_packs: 0, idle_after: follower_settings.idle_after },
        clock,
    });
    let marketplace = marketplace.with_redis(around.redis).with_partner(around.partner);
    let pulled = marketplace.sync_partner(settings.updated_since_ms, LIMIT, progress).await;
    marketplace.number_now().await?;
    database.close().await;
    pulled
}
