//! `Health`.

use async_graphql::{Enum, SimpleObject};

use crate::graphql::directive::cache_control;
use crate::service;

/// How a part does.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::service::HealthStatus")]
pub(crate) enum HealthStatus {
    /// As it should.
    Ok,
    /// The server works, but less well.
    Degraded,
    /// The server cannot work.
    Down,
}

/// Whether the server can do its work now.
#[derive(SimpleObject)]
#[graphql(directive = cache_control::apply(Some(0), None))]
pub(crate) struct Health {
    /// The worst of the checks.
    status: HealthStatus,
    /// Each part.
    checks: Vec<HealthCheck>,
}

/// One part of the server.
#[derive(SimpleObject)]
pub(crate) struct HealthCheck {
    /// Its name.
    name: String,
    /// How it does.
    status: HealthStatus,
    /// How long it took to answer; null when it did not.
    latency_ms: Option<f64>,
}

impl From<service::Health> for Health {
    fn from(health: service::Health) -> Self {
        let check = |check: service::HealthCheck| HealthCheck {
            name: check.name.to_owned(),
            status: check.status.into(),
            latency_ms: check.latency_ms,
        };
        Self { status: health.status.into(), checks: health.checks.into_iter().map(check).collect() }
    }
}
