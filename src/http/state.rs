//! What every handler of this room works with.

use std::ops::Deref;
use std::sync::Arc;

use super::admission::{Admission, AdmissionSettings};
use super::cached_response::Unkept;
use super::kept_headers::KeptHeaders;
use super::purse::Budgets;
use super::request_id::RequestIds;
use super::settings::HttpSettings;
use super::understood::Understood;
use crate::cache::response::{KeySpace, ResponseCache};
use crate::clock::Clock;
use crate::graphql::Api;
use crate::service::{Access, Marketplace};
use crate::telemetry::{RequestLog, Telemetry};

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
    /// A line for each request.
    pub request_log: RequestLog,
    /// The time of day, for `timestamp` in `/metrics`.
    pub clock: Clock,
    /// Answers that are kept.
    pub cache: Arc<ResponseCache<Unkept>>,
    /// Names of answers.
    pub keys: KeySpace,
    /// Limits and choices.
    pub settings: HttpSettings,
    /// Makes the ids of requests that bring none.
    pub request_ids: RequestIds,
}

/// [`Parts`] and what this room keeps for itself.
pub struct Shared {
    parts: Parts,
    pub(super) understood: Understood,
    pub(super) kept_headers: KeptHeaders,
    pub(super) admission: Admission,
    pub(super) webhook_admission: Admission,
    pub(super) partner_admission: Admission,
}

/// What all requests share; a clone is a pointer.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

impl AppState {
    /// Shares the parts.
    pub fn new(parts: Parts) -> Self {
        let admission = Admission::new(parts.settings.admission);
        let webhook_admission = Admission::new(AdmissionSettings::WEBHOOKS);
        let partner_admission = Admission::new(AdmissionSettings::PARTNER);
        let kept_headers = KeptHeaders::new(parts.budgets.as_ref().map(Budgets::policy));
        Self(Arc::new(Shared {
            parts,
            understood: Understood::default(),
            kept_headers,
            admission,
            webhook_admission,
            partner_admission,
        }))
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Deref for Shared {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}
