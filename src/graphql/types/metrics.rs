//! `Metrics`.

use async_graphql::{Context, Enum, SimpleObject};

use crate::graphql::context::ContextExt as _;
use crate::graphql::directive::{CacheControlScope, cache_control};
use crate::graphql::scalar::{BigInt, DateTime};
use crate::telemetry::{CacheEvent, CacheMeter, Quantiles, WebhookCount, rss_bytes};
use crate::upstream::{self, UpstreamReport};

/// What this process measures of itself.
#[derive(SimpleObject)]
#[graphql(directive = cache_control::apply(Some(0), Some(CacheControlScope::Private)))]
pub(crate) struct Metrics {
    /// When these numbers were read.
    timestamp: DateTime,
    /// How long the process has been running.
    uptime_seconds: f64,
    /// Version of the server.
    version: String,
    /// Memory of the process.
    memory: MemoryMetrics,
    /// Requests answered by this process.
    requests: RequestMetrics,
    /// Answers out of the response cache of this process.
    cache: CacheMetrics,
    /// The database as this process sees it.
    database: DatabaseMetrics,
    /// The partners that this process asks.
    upstreams: Vec<UpstreamMetrics>,
    /// Webhooks that came to this process.
    webhooks: WebhookMetrics,
}

/// Where answers are kept.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CacheBackend {
    /// In the process and in Redis.
    Redis,
    /// In the process alone.
    Memory,
    /// Nowhere.
    Off,
}

/// Answers out of the response cache of this process.
#[derive(SimpleObject)]
pub(crate) struct CacheMetrics {
    /// Where answers are kept.
    backend: CacheBackend,
    /// False while Redis is away: answers are then kept in the process alone.
    healthy: bool,
    /// Answers out of the process or out of Redis.
    hits: BigInt,
    /// Answers that had to be made.
    misses: BigInt,
    /// Answers that no longer held, served because the origin failed.
    stale_served: BigInt,
    /// Answers made for another request that came a moment before.
    coalesced: BigInt,
    /// Kept answers that were found to hold no longer.
    invalidations: BigInt,
}

/// Memory of the process.
#[derive(SimpleObject)]
pub(crate) struct MemoryMetrics {
    /// Resident set size in bytes.
    rss_bytes: BigInt,
}

/// Quantiles of durations in milliseconds, within 10 %, since the process started.
#[derive(SimpleObject)]
pub(crate) struct LatencyMetrics {
    /// Median.
    p50_ms: f64,
    /// 95 of 100 took at most this.
    p95_ms: f64,
    /// 99 of 100 took at most this.
    p99_ms: f64,
}

/// Requests answered by this process.
#[derive(SimpleObject)]
pub(crate) struct RequestMetrics {
    /// All of them.
    total: BigInt,
    /// Those that failed by our fault.
    failed: BigInt,
    /// Those refused because their callers' budgets were used up.
    rate_limited: BigInt,
    /// Those being answered now.
    in_flight: i32,
    /// How long they took.
    latency: LatencyMetrics,
}

/// The database as this process sees it.
#[derive(SimpleObject)]
pub(crate) struct DatabaseMetrics {
    /// Name of the engine.
    engine: String,
    /// Open connections.
    pool_size: i32,
    /// Connections that wait for work.
    pool_idle: i32,
    /// How long statements took.
    latency: LatencyMetrics,
}

/// State of a circuit breaker.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "upstream::CircuitState")]
pub(crate) enum CircuitState {
    /// Calls are made.
    Closed,
    /// No calls are made for a while.
    Open,
    /// One call is made, to see whether it succeeds.
    HalfOpen,
}

/// A partner as this process sees it.
#[derive(SimpleObject)]
pub(crate) struct UpstreamMetrics {
    /// Its name.
    name: String,
    /// Whether it is asked.
    circuit: CircuitState,
    /// Requests sent, tries again included.
    requests: BigInt,
    /// Those that failed.
    failures: BigInt,
    /// Those that were tries again.
    retries: BigInt,
    /// How long they took.
    latency: LatencyMetrics,
    /// When the access token ends; null without one.
    token_expires_at: Option<DateTime>,
}

/// Webhooks that came to this process.
#[derive(SimpleObject)]
pub(crate) struct WebhookMetrics {
    /// Deliveries, whatever became of them.
    received: BigInt,
    /// Events whose effect was written.
    applied: BigInt,
    /// Deliveries of events that were here before.
    duplicates: BigInt,
    /// Deliveries that were refused.
    rejected: BigInt,
    /// Tries that failed.
    failed: BigInt,
    /// Events that were given up.
    dead_lettered: BigInt,
    /// For how long the oldest event has been waiting for its effect, over all processes.
    oldest_pending_seconds: f64,
}

impl From<UpstreamReport> for UpstreamMetrics {
    fn from(report: UpstreamReport) -> Self {
        Self {
            name: report.name.to_owned(),
            circuit: report.circuit.into(),
            requests: big(report.requests),
            failures: big(report.failures),
            retries: big(report.retries),
            latency: report.latency.into(),
            token_expires_at: report.token_expires_at_ms.map(|ms| DateTime { ms }),
        }
    }
}

fn big(count: u64) -> BigInt {
    BigInt(i64::try_from(count).unwrap_or(i64::MAX))
}

impl From<Quantiles> for LatencyMetrics {
    fn from(quantiles: Quantiles) -> Self {
        Self { p50_ms: quantiles.p50_ms, p95_ms: quantiles.p95_ms, p99_ms: quantiles.p99_ms }
    }
}

impl Metrics {
    /// The numbers of now.
    pub(crate) async fn read(ctx: &Context<'_>) -> Self {
        let (marketplace, telemetry) = (ctx.marketplace(), ctx.telemetry());
        let (requests, pool) = (telemetry.requests(), marketplace.pool_state());
        let counted = |count| big(telemetry.webhooks().read(count));
        Self {
            timestamp: DateTime { ms: marketplace.now_ms() },
            uptime_seconds: telemetry.uptime().as_secs_f64(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            memory: MemoryMetrics { rss_bytes: big(rss_bytes()) },
            requests: RequestMetrics {
                total: big(requests.total()),
                failed: big(requests.failed()),
                rate_limited: big(requests.rate_limited()),
                in_flight: i32::try_from(requests.in_flight()).unwrap_or(i32::MAX),
                latency: requests.quantiles().into(),
            },
            cache: CacheMetrics::read(telemetry.cache(), marketplace.is_redis_healthy()),
            database: DatabaseMetrics {
                engine: marketplace.engine_name().to_owned(),
                pool_size: i32::try_from(pool.size).unwrap_or(i32::MAX),
                pool_idle: i32::try_from(pool.idle).unwrap_or(i32::MAX),
                latency: marketplace.database_latency().into(),
            },
            upstreams: marketplace.upstream_reports().into_iter().map(Into::into).collect(),
            webhooks: WebhookMetrics {
                received: counted(WebhookCount::Received),
                applied: counted(WebhookCount::Applied),
                duplicates: counted(WebhookCount::Duplicates),
                rejected: counted(WebhookCount::Rejected),
                failed: counted(WebhookCount::Failed),
                dead_lettered: counted(WebhookCount::DeadLettered),
                oldest_pending_seconds: marketplace.oldest_pending_webhook().await.as_secs_f64(),
            },
        }
    }
}

impl CacheMetrics {
    fn read(meter: &CacheMeter, redis: Option<bool>) -> Self {
        let count = |event| BigInt(i64::try_from(meter.read(event)).unwrap_or(i64::MAX));
        let hits = meter.read(CacheEvent::HitMemory) + meter.read(CacheEvent::HitShared);
        let backend = match redis {
            _ if !meter.is_enabled() => CacheBackend::Off,
            Some(_) => CacheBackend::Redis,
            None => CacheBackend::Memory,
        };
        Self {
            backend,
            healthy: redis.unwrap_or(true),
            hits: BigInt(i64::try_from(hits).unwrap_or(i64::MAX)),
            misses: count(CacheEvent::Miss),
            stale_served: count(CacheEvent::Stale),
            coalesced: count(CacheEvent::Coalesced),
            invalidations: count(CacheEvent::Outdated),
        }
    }
}
