//! What resolvers reach through the engine's context.

use std::sync::Arc;

use async_graphql::ContextBase;

use super::loader::Loaders;
use super::reads::Reads;
use crate::service::{Caller, Marketplace, Standing};
use crate::telemetry::Telemetry;

/// Short names for what every request and the schema carry.
pub(crate) trait ContextExt {
    /// The marketplace.
    fn marketplace(&self) -> &Arc<Marketplace>;
    /// The loaders of this request.
    fn loaders(&self) -> &Loaders;
    /// What this request has read so far.
    fn reads(&self) -> &Reads;
    /// Who calls.
    fn caller(&self) -> &Caller;
    /// What is left of the caller's budget; `None` where budgets are off.
    fn standing(&self) -> Option<Standing>;
    /// What the process measures of itself.
    fn telemetry(&self) -> &Telemetry;
}

impl<T> ContextExt for ContextBase<'_, T> {
    fn marketplace(&self) -> &Arc<Marketplace> {
        self.data_unchecked::<Arc<Marketplace>>()
    }

    fn loaders(&self) -> &Loaders {
        self.data_unchecked::<Loaders>()
    }

    fn reads(&self) -> &Reads {
        self.data_unchecked::<Arc<Reads>>()
    }

    fn caller(&self) -> &Caller {
        self.data_unchecked::<Caller>()
    }

    fn standing(&self) -> Option<Standing> {
        *self.data_unchecked::<Option<Standing>>()
    }

    fn telemetry(&self) -> &Telemetry {
        self.data_unchecked::<Arc<Telemetry>>()
    }
}
