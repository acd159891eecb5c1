//! Webhooks: what partners' systems tell us, applied exactly once and never backwards.
//!
//! ```text
//! receive     the road of a delivery: source, signature, id, body; then into the inbox
//! entry       a delivery on its way into the inbox           gather      those that come at the same time
//! together    many of them and their effects in one commit   alone       one whose effect reaches far
//! source      who may send, and how they sign            signature   whether it holds
//! incoming    what a body says                           decision    which aspects of it are newer
//! effect      what facts do to the mirror                worker      events that wait: asks the partner, tries again
//! review      the inbox as people see it: lists, again, out
//! ```

mod alone;
mod decision;
mod effect;
mod entry;
mod gather;
mod incoming;
mod order_effect;
mod product_effect;
mod receive;
mod refresh;
mod repeats;
mod retry;
mod review;
mod signature;
mod source;
mod together;
mod turns;
mod upkeep;
mod worker;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};

pub(super) use effect::Effect;
use gather::Gathering;
pub use receive::{Delivery, Receipt, Received};
pub(super) use refresh::Account;
use repeats::Repeats;
pub use retry::{Random, RetryPolicy};
pub use review::{Replay, Replayed};
pub use source::{DEFAULT_SOURCE, Scheme, Source, Sources};
use turns::Turns;

use crate::telemetry::WebhookMeter;

/// What the webhooks of a process work with.
#[derive(Debug)]
pub struct WebhookDesk {
    pub(super) sources: Sources,
    pub(super) retry: RetryPolicy,
    pub(super) payload_retention: Duration,
    pub(super) meter: Arc<WebhookMeter>,
    turns: Turns,
    repeats: Repeats,
    gathering: Gathering,
    /// No payload is left of events up to here, as (received at, id).
    emptied_to: Mutex<(i64, i64)>,
    /// Places of those whose effect reaches far.
    alone: Semaphore,
    /// Something is to be done.
    worker: Notify,
}

impl WebhookDesk {
    /// A desk for these sources. Payloads of events that are over are kept for `payload_retention`.
    pub fn new(sources: Sources, retry: RetryPolicy, payload_retention: Duration, meter: Arc<WebhookMeter>) -> Self {
        Self {
            sources,
            retry,
            payload_retention,
            meter,
            turns: Turns::default(),
            repeats: Repeats::default(),
            gathering: Gathering::default(),
            emptied_to: Mutex::new((i64::MIN, 0)),
            alone: Semaphore::new(alone::AT_ONCE),
            worker: Notify::new(),
        }
    }

    /// A desk that takes nothing.
    pub fn closed() -> Self {
        let retry = RetryPolicy { first_pause: Duration::from_secs(1), attempts_max: 1, random: Arc::new(|| 0.5) };
        Self::new(Sources::default(), retry, Duration::ZERO, Arc::default())
    }

    /// How webhooks did so far.
    pub fn meter(&self) -> &WebhookMeter {
        &self.meter
    }
}
