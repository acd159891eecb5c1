//! What every handler of this room works with.

use std::ops::Deref;
use std::sync::Arc;

use super::purse::Budgets;
use super::request_id::RequestIds;
use super::settings::HttpSettings;
use crate::clock::Clock;
use crate::graphql::Api;
use crate::service::{Access, Marketplace};
use crate::telemetry::Telemetry;

/// The rooms behind this one.
pub struct Parts {
    /// Runs GraphQL operations.
    pub api: Api,
    /// The rules of the marketplace, for the REST shims and the health checks.
    pub marketplace: Arc<Marketplace>,
    /// Who may do what.
    pub access: Arc<Access>,
    /// What callers may spend; `None`: as much as they like.
    pub budgets: Option<Budgets>,
    /// Meters of this process.
    pub telemetry: Arc<Telemetry>,
    /// The time of day, for `timestamp` in `/metrics`.
    pub clock: Clock,
    /// Limits and choices.
    pub settings: HttpSettings,
    /// Makes the ids of requests that bring none.
    pub request_ids: RequestIds,
}

/// [`Parts`], shared by all requests; a clone is a pointer.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

impl AppState {
    /// Shares the parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
