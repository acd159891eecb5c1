//! Settings of webhooks.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use crate::service::{DEFAULT_SOURCE, RetryPolicy, Source, Sources};

/// Longest retention, in days.
const RETENTION_MAX_DAYS: u32 = 3_650;

/// Who may send webhooks, and what becomes of those whose effect fails.
#[derive(Args, Clone)]
#[command(next_help_heading = "Webhooks")]
pub struct WebhookArgs {
    /// Secrets (`whsec_…`) of the source `default`, separated by commas; without them it does not sign
    #[arg(long, env = "WEBHOOK_SECRETS", hide_env_values = true, value_name = "SECRETS", value_delimiter = ',')]
    webhook_secrets: Vec<String>,
    /// JSON file with all sources: `{"sources": [{"name", "scheme", "secrets", "idHeader", "signatureHeader", "events"}]}`
    #[arg(long, env = "WEBHOOK_SOURCES_FILE", value_name = "FILE")]
    webhook_sources_file: Option<PathBuf>,
    /// Sources without a signature that may send from elsewhere than this machine, separated by commas
    #[arg(long, env = "WEBHOOK_ALLOW_UNSIGNED", value_name = "NAMES", value_delimiter = ',')]
    webhook_allow_unsigned: Vec<String>,
    /// How often the effect of an event is tried before it is given up
    #[arg(long, env = "FARMLOKAL_WEBHOOK_MAX_ATTEMPTS", value_name = "N", default_value_t = 12)]
    webhook_max_attempts: u32,
    /// Pause behind the first try that failed, in milliseconds; doubled each time, an hour at most, half of it random
    #[arg(long, env = "FARMLOKAL_WEBHOOK_RETRY_MS", value_name = "MS", default_value_t = 1_000)]
    webhook_retry_ms: u64,
    /// Days for which the bodies of events are kept that are over; their ids are kept for good
    #[arg(long, env = "FARMLOKAL_WEBHOOK_PAYLOAD_DAYS", value_name = "DAYS", default_value_t = 30)]
    webhook_payload_days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourcesFile {
    sources: Vec<Source>,
}

impl WebhookArgs {
    /// The sources. `allow_local`: deliveries without a signature are taken from this machine.
    ///
    /// # Errors
    /// One sentence, without secrets.
    pub fn sources(&self, allow_local: bool) -> Result<Sources, String> {
        let mut sources = match &self.webhook_sources_file {
            None => Vec::new(),
            Some(file) => {
                let text =
                    std::fs::read_to_string(file).map_err(|err| format!("WEBHOOK_SOURCES_FILE {}: {err}", file.display()))?;
                // The place alone: the message of the parser may quote a secret.
                let read = serde_json::from_str::<SourcesFile>(&text).map_err(|err| {
                    format!(
                        "WEBHOOK_SOURCES_FILE {}: not as expected at line {}, column {}",
                        file.display(),
                        err.line(),
                        err.column()
                    )
                });
                read?.sources
            }
        };
        let secrets: Vec<String> = self.webhook_secrets.iter().filter(|secret| !secret.is_empty()).cloned().collect();
        if !secrets.is_empty() {
            if sources.iter().any(|source| source.name == DEFAULT_SOURCE) {
                return Err("WEBHOOK_SECRETS and WEBHOOK_SOURCES_FILE both describe the source default".to_owned());
            }
            sources.push(Source::standard(DEFAULT_SOURCE, secrets));
        }
        let unsigned = self.webhook_allow_unsigned.iter().filter(|name| !name.is_empty()).cloned().collect();
        Sources::new(sources, unsigned, allow_local)
    }

    /// When effects that failed are tried again; `random` gives numbers from 0 to 1.
    pub fn retry(&self, random: impl Fn() -> f64 + Send + Sync + 'static) -> RetryPolicy {
        RetryPolicy {
            first_pause: Duration::from_millis(self.webhook_retry_ms.max(1)),
            attempts_max: i64::from(self.webhook_max_attempts.max(1)),
            random: Arc::new(random),
        }
    }

    /// How long payloads are kept.
    pub fn payload_retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.webhook_payload_days.min(RETENTION_MAX_DAYS)) * 24 * 3_600)
    }
}
