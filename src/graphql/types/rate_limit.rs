//! `RateLimit`.

use async_graphql::{Context, SimpleObject};

use crate::graphql::context::ContextExt as _;
use crate::graphql::directive::{CacheControlScope, cache_control};
use crate::graphql::scalar::DateTime;

/// In points of query cost.
#[derive(SimpleObject)]
#[graphql(directive = cache_control::apply(Some(0), Some(CacheControlScope::Private)))]
pub(crate) struct RateLimit {
    /// Points that can be there at most.
    limit: i32,
    /// Points that are left, this query paid.
    remaining: i32,
    /// When all of them will be there again, if nothing is spent.
    reset_at: DateTime,
}

impl RateLimit {
    /// Of the caller of this request; where budgets are off, the largest number there is.
    pub(crate) fn read(ctx: &Context<'_>) -> Self {
        let now_ms = ctx.marketplace().now_ms();
        let int = |points: u32| i32::try_from(points).unwrap_or(i32::MAX);
        match ctx.standing() {
            None => Self { limit: i32::MAX, remaining: i32::MAX, reset_at: DateTime { ms: now_ms } },
            Some(standing) => {
                let reset_ms = i64::try_from(standing.reset.as_millis()).unwrap_or(i64::MAX);
                let reset_at = DateTime { ms: now_ms.saturating_add(reset_ms) };
                Self { limit: int(standing.limit), remaining: int(standing.remaining), reset_at }
            }
        }
    }
}
