//! What comes in by webhooks, counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum WebhookCount {
    /// Deliveries, whatever became of them.
    Received,
    /// Events whose effect was written.
    Applied,
    /// Deliveries of events that were here before.
    Duplicates,
    /// Deliveries that were refused.
    Rejected,
    /// Tries that failed, and deliveries that could not be stored.
    Failed,
    /// Events that were given up.
    DeadLettered,
}

const NAMES: [&str; 6] = ["received", "applied", "duplicate", "rejected", "failed", "dead_lettered"];

/// The counts of this process.
#[derive(Debug, Default)]
pub struct WebhookMeter([AtomicU64; 6]);

impl WebhookMeter {
    /// One more.
    pub fn add(&self, count: WebhookCount) {
        self.0[count as usize].fetch_add(1, Ordering::Relaxed);
        metrics::counter!("farmlokal_webhooks_total", "outcome" => NAMES[count as usize]).increment(1);
    }

    /// How many so far.
    pub fn read(&self, count: WebhookCount) -> u64 {
        self.0[count as usize].load(Ordering::Relaxed)
    }
}
