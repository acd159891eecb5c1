//! Which spans belong into traces: those of requests, and what is made for traces inside of them.

use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

use crate::telemetry::traces::TARGET;

/// Lets the spans of requests through, and of the others those inside. What runs in the background, such as the follower's
/// look at the feed every second, would begin a trace of its own each time.
#[derive(Debug)]
pub(super) struct OnlyRequests;

/// Whether this span may be part of a trace.
fn may_belong(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && (metadata.target() == TARGET || is_request(metadata))
}

/// Whether a trace may begin with it. What `span_enabled!` asks about has the level of a request, but no name.
fn begins_a_trace(metadata: &Metadata<'_>) -> bool {
    *metadata.level() == Level::INFO
}

fn is_request(metadata: &Metadata<'_>) -> bool {
    metadata.name() == "request" && metadata.target().starts_with("farmlokal::") && begins_a_trace(metadata)
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Filter<S> for OnlyRequests {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        may_belong(metadata) && (begins_a_trace(metadata) || context.lookup_current().is_some())
    }

    /// Never "always", also where it could be: what a filter said last is kept per thread, and only a filter that is asked
    /// each time cannot be taken at the word it gave about another span.
    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if may_belong(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }
}
