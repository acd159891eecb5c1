//! What the marketplace needs for partners: sources of webhooks, and the client of the partner's API.

use std::sync::Arc;

use crate::cache::redis::Redis;
use crate::clock::Clock;
use crate::config::{PartnerArgs, WebhookArgs};
use crate::error::Error;
use crate::service::WebhookDesk;
use crate::telemetry::WebhookMeter;
use crate::upstream::PartnerApi;

/// The desk for webhooks. `allow_local`: deliveries without a signature are taken from this machine.
pub(super) fn webhook_desk(args: &WebhookArgs, allow_local: bool, meter: Arc<WebhookMeter>) -> Result<WebhookDesk, Error> {
    let sources = args.sources(allow_local).map_err(super::refused)?;
    Ok(WebhookDesk::new(sources, args.retry(random), args.payload_retention(), meter))
}

/// The partner's API, if one is set. It need not be there.
pub(super) fn partner(args: &PartnerArgs, redis: Option<&Redis>, clock: &Clock) -> Result<Option<PartnerApi>, Error> {
    let settings = args.settings().map_err(super::refused)?;
    settings.map(|settings| PartnerApi::new(settings, redis.cloned(), clock.clone())).transpose()
}

/// A random number from 0 to 1. The system's, or the middle when it has none: it only spreads pauses.
pub(super) fn random() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}
