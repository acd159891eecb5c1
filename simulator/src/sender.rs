//! Sends webhooks, again and again until they are taken.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::random::{Random, RandomExt as _, Stream};
use crate::running::lock;
use crate::schedule::{Delivery, Form};
use crate::settings::{SimulatorSettings, StartError};
use crate::signer::{Signed, Signer};
use crate::stats::Stats;

/// Webhooks under way at the same time.
const UNDER_WAY_MAX: usize = 64;
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The wait after the first attempt; it doubles with each.
const BACKOFF: Duration = Duration::from_millis(500);
/// The longest wait between two attempts.
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// What a receiver said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// `Retry-After`, in seconds.
    #[serde(rename = "retryAfterSeconds")]
    pub retry_after_seconds: Option<u64>,
}

impl Answer {
    /// Whether the receiver took it.
    pub fn is_taken(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// `status` of its body: `processed`, `accepted` or `duplicate`.
    pub fn word(&self) -> Option<String> {
        let body: Value = serde_json::from_str(&self.body).ok()?;
        body.get("status")?.as_str().map(str::to_owned)
    }
}

/// Where webhooks go.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    url: String,
    signer: Signer,
}

impl Target {
    /// Checks an address and a secret.
    pub(crate) fn new(url: &str, secret: &str) -> Result<Self, StartError> {
        let read = reqwest::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = read.ok_or_else(|| StartError::WebhookUrl(url.to_owned()))?.to_string();
        Ok(Self { url, signer: Signer::new(secret)? })
    }
}

/// Sends to wherever webhooks go now.
pub(crate) struct Sender {
    client: reqwest::Client,
    target: Mutex<Option<Target>>,
    clock: Clock,
    stats: Arc<Mutex<Stats>>,
    seed: u64,
    attempts: u32,
    places: Semaphore,
}

impl Sender {
    pub(crate) fn new(settings: &SimulatorSettings, stats: Arc<Mutex<Stats>>) -> Result<Self, StartError> {
        let target = settings.webhook_url.as_deref().map(|url| Target::new(url, &settings.webhook_secret)).transpose()?;
        let client = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        Ok(Self {
            client: client.map_err(StartError::Client)?,
            target: Mutex::new(target),
            clock: settings.clock.clone(),
            stats,
            seed: settings.seed,
            attempts: settings.attempts.max(1),
            places: Semaphore::new(UNDER_WAY_MAX),
        })
    }

    /// Sends elsewhere from now on; `None`: nowhere.
    pub(crate) fn aim(&self, target: Option<Target>) {
        *lock(&self.target) = target;
    }

    pub(crate) fn target(&self) -> Option<Target> {
        lock(&self.target).clone()
    }

    /// Delivers one copy: until a 2xx, or once if it is corrupted. Without a target it does nothing.
    pub(crate) async fn deliver(&self, delivery: &Delivery) {
        let event = &delivery.event;
        let mut random = Random::new(self.seed, Stream::Backoff, event.number);
        for attempt in 0..self.attempts {
            let Some(target) = self.target() else { return };
            let answer = self.send(&target, &event.webhook_id, event.body(delivery.thin), delivery.form).await;
            tell(delivery, attempt, &answer);
            if self.is_done(delivery.form, attempt, &answer) {
                return;
            }
            if attempt + 1 < self.attempts {
                tokio::time::sleep(pause(attempt, &answer, random.share())).await;
            }
        }
        lock(&self.stats).given_up += 1;
    }

    /// Counts an attempt; whether no other is needed.
    fn is_done(&self, form: Form, attempt: u32, answer: &Result<Answer, String>) -> bool {
        let mut stats = lock(&self.stats);
        stats.redelivered += u64::from(attempt > 0);
        let taken = answer.as_ref().is_ok_and(Answer::is_taken);
        stats.delivered += u64::from(taken && form == Form::Genuine);
        taken || matches!(form, Form::Corrupted(_))
    }

    /// Sends once.
    pub(crate) async fn send(&self, target: &Target, id: &str, body: String, form: Form) -> Result<Answer, String> {
        // It is never closed.
        let place = self.places.acquire().await.map_err(|err| err.to_string())?;
        // Signed now and not when it was planned: a retry minutes later would be too old.
        let now_ms = self.clock.now_ms();
        let signed = match form {
            Form::Corrupted(how) => target.signer.corrupt(id, now_ms, body, how),
            Form::Genuine | Form::Duplicate => target.signer.sign(id, now_ms, body),
        };
        let answer = self.post(&target.url, signed).await;
        drop(place);
        lock(&self.stats).count_answer(form, answer.as_ref());
        answer
    }

    async fn post(&self, url: &str, signed: Signed) -> Result<Answer, String> {
        let mut request = self.client.post(url).header("content-type", "application/json");
        for (name, value) in signed.headers() {
            request = request.header(name, value);
        }
        let response = request.body(signed.body).send().await.map_err(|err| err.to_string())?;
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let status = response.status().as_u16();
        let body = response.text().await.map_err(|err| err.to_string())?;
        Ok(Answer { status, body, retry_after_seconds: retry_after })
    }
}

/// How long to wait before the next attempt: what the receiver asked for, else between half of the backoff and all of it.
fn pause(attempt: u32, answer: &Result<Answer, String>, share: f64) -> Duration {
    let asked = answer.as_ref().ok().and_then(|answer| answer.retry_after_seconds);
    if let Some(seconds) = asked {
        return Duration::from_secs(seconds).min(BACKOFF_MAX);
    }
    let backoff = BACKOFF.saturating_mul(2_u32.saturating_pow(attempt)).min(BACKOFF_MAX);
    backoff.mul_f64(0.5 + share / 2.0)
}

/// One line for whoever watches.
fn tell(delivery: &Delivery, attempt: u32, answer: &Result<Answer, String>) {
    let (event, form) = (&delivery.event, delivery.form);
    let kind = event.kind.as_str();
    match answer {
        Ok(answer) => {
            let word = answer.word().unwrap_or_default();
            tracing::info!(
                kind,
                id = event.id,
                version = event.version,
                ?form,
                thin = delivery.thin,
                attempt,
                "{} {word}",
                answer.status
            );
        }
        Err(why) => tracing::info!(kind, id = event.id, version = event.version, ?form, attempt, "no answer: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after_seconds: Option<u64>) -> Result<Answer, String> {
        Ok(Answer { status, body: r#"{"status":"accepted"}"#.to_owned(), retry_after_seconds })
    }

    #[test]
    fn the_wait_doubles_to_a_bound_or_is_what_was_asked_for() {
        assert_eq!(pause(0, &answer(503, None), 1.0), BACKOFF);
        assert_eq!(pause(1, &answer(503, None), 0.0), BACKOFF);
        assert_eq!(pause(40, &Err("refused".to_owned()), 1.0), BACKOFF_MAX);
        assert_eq!(pause(0, &answer(429, Some(3)), 0.0), Duration::from_secs(3));
        assert_eq!(pause(0, &answer(429, Some(3_000)), 0.0), BACKOFF_MAX);
    }

    #[test]
    fn the_word_of_an_answer_is_read() {
        assert_eq!(answer(200, None).unwrap().word().as_deref(), Some("accepted"));
        assert!(answer(299, None).unwrap().is_taken() && !answer(302, None).unwrap().is_taken());
    }
}
