//! Events that wait for their effect. Many servers share the work: each takes the lease of a subject, asks the partner once for
//! all that waits, and writes only if the lease still holds. No transaction is open while it asks.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio_util::sync::CancellationToken;

use super::decision::Decision;
use super::effect::{Effect, Scene};
use super::incoming::{Content, Incoming};
use super::refresh::{Account, Refresh, Taken};
use crate::domain::partner::Precedence;
use crate::domain::{Currency, Subject, SubjectKind, WebhookEvent, WebhookEventState};
use crate::error::{Error, ErrorCode};
use crate::service::Marketplace;
use crate::service::write::{Write, WriteError};
use crate::storage::webhook_events::{self, Outcome};
use crate::storage::{Transaction, subjects};
use crate::strict_json;
use crate::telemetry::WebhookCount;
use crate::upstream::PartnerApi;

/// How often the inbox is looked through when nothing was said.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longer than the partner may take, with room for the database.
const LEASE: Duration = Duration::from_secs(20);
/// Events of one subject settled at once.
const BATCH: u32 = 500;
/// Pause of an event whose facts are of no use yet.
const NEWS_MISSED_MS: i64 = 60_000;
/// Rows looked at for subjects.
const ROWS: u32 = 500;
/// Subjects worked on at the same time.
const AT_ONCE: usize = 8;

impl Marketplace {
    /// Works through the inbox until `stop`. What a killed process left behind is taken up once its lease has run out.
    pub async fn work_on_webhooks(&self, stop: CancellationToken) {
        let mut wake = self.partner.is_some();
        loop {
            tokio::select! {
                () = stop.cancelled() => return self.count_repeats().await,
                () = self.webhooks.worker.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if wake {
                wake = webhook_events::wake_all(&self.database, self.clock.now_ms()).await.is_err();
            }
            self.count_repeats().await;
            // A look that found much is followed by another one at once.
            while !stop.is_cancelled() && self.work_once(&stop).await {}
        }
    }

    /// One look through the inbox; tells whether there may be more to do.
    async fn work_once(&self, stop: &CancellationToken) -> bool {
        let found = match webhook_events::due_subjects(&self.database, self.clock.now_ms(), ROWS).await {
            Ok(found) => found,
            Err(err) => {
                tracing::debug!(detail = err.detail().unwrap_or_default(), "the inbox could not be looked through");
                return false;
            }
        };
        let many = found.len() >= AT_ONCE;
        let worked = stream::iter(found).map(|subject| async move {
            if stop.is_cancelled() {
                return false;
            }
            match self.work_on(&subject).await {
                Ok(settled) => settled,
                Err(err) => {
                    err.log();
                    false
                }
            }
        });
        let settled: Vec<bool> = worked.buffer_unordered(AT_ONCE).collect().await;
        many && settled.contains(&true)
    }

    /// Works on one subject, unless somebody else does; tells whether anything was settled.
    pub(super) async fn work_on(&self, subject: &Subject) -> Result<bool, Error> {
        let Some(token) = subjects::take_lease(&self.database, subject, LEASE).await? else { return Ok(false) };
        let settled = self.work_under_lease(subject, token).await;
        subjects::release_lease(&self.database, subject, token).await?;
        settled
    }

    async fn work_under_lease(&self, subject: &Subject, token: i64) -> Result<bool, Error> {
        let events = webhook_events::waiting_of(&self.database, subject, BATCH).await?;
        if events.is_empty() {
            return Ok(false);
        }
        match &self.partner {
            Some(partner) => self.ask_and_take(partner, subject, token, &events).await,
            None => self.try_again(subject, &events).await,
        }
    }

    async fn ask_and_take(
        &self,
        partner: &PartnerApi,
        subject: &Subject,
        token: i64,
        events: &[WebhookEvent],
    ) -> Result<bool, Error> {
        if !partner.is_callable() {
            return self.put_off(events, partner.pause()).await.map(|()| false);
        }
        let account = match ask(partner, subject).await {
            Ok(account) => account,
            // Nobody was asked, so no try is counted.
            Err(err) if err.code() == ErrorCode::CircuitOpen => {
                return self.put_off(events, partner.pause()).await.map(|()| false);
            }
            Err(err) => return self.failed(events, &err).await.map(|()| false),
        };
        // An account from before an event settles everything but that event.
        let (later, settled): (Vec<_>, Vec<_>) = events.iter().cloned().partition(|event| is_before(&account, event));
        let refresh =
            Refresh { subject, account: &account, events: &settled, lease_token: Some(token), currency: self.rules.currency };
        match self.commit(&refresh).await {
            Ok(Taken::LeaseLost) => Ok(false),
            Ok(Taken::Done(effect)) => {
                if effect.is_written() {
                    self.applied(subject);
                }
                if !later.is_empty() {
                    self.failed(&later, &Error::internal("the partner's account is older than the event")).await?;
                }
                Ok(!settled.is_empty())
            }
            Err(err) => self.failed(events, &err.into()).await.map(|()| false),
        }
    }

    /// Without a partner: what carries facts is tried again, one after the other; the rest waits on.
    async fn try_again(&self, subject: &Subject, events: &[WebhookEvent]) -> Result<bool, Error> {
        let mut settled = false;
        for event in events {
            let again = Again { subject, event, currency: self.rules.currency };
            match self.commit(&again).await {
                Ok(Effect::Ask) => {
                    // News of the subject wakes it; the pause is for news that came at this very moment.
                    let again_ms = (!event.thin).then(|| self.clock.now_ms() + NEWS_MISSED_MS);
                    webhook_events::postpone(&self.database, &[event.id], again_ms).await?;
                }
                Ok(effect) => {
                    settled = true;
                    if effect.is_written() {
                        self.applied(subject);
                    }
                }
                Err(err) => self.failed(std::slice::from_ref(event), &err.into()).await?,
            }
        }
        Ok(settled)
    }

    async fn put_off(&self, events: &[WebhookEvent], pause: Duration) -> Result<(), Error> {
        let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
        let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(1_000).max(100);
        webhook_events::postpone(&self.database, &ids, Some(self.clock.now_ms() + pause_ms)).await
    }

    /// A try failed: events are tried again after a growing pause, or given up.
    async fn failed(&self, events: &[WebhookEvent], err: &Error) -> Result<(), Error> {
        let why: String =
            err.detail().map_or_else(|| err.to_string(), |detail| format!("{err}: {detail}")).chars().take(500).collect();
        let now_ms = self.clock.now_ms();
        let tx = self.database.begin().await?;
        for event in events {
            let attempt = event.attempts + 1;
            let over = self.webhooks.retry.is_over(attempt);
            let state = if over { WebhookEventState::DeadLettered } else { WebhookEventState::Failed };
            let due_at_ms = (!over).then(|| now_ms + self.webhooks.retry.pause_ms(attempt));
            webhook_events::mark(&tx, &[event.id], Outcome { state, last_error: Some(&why), due_at_ms, now_ms }).await?;
            self.webhooks.meter.add(if over { WebhookCount::DeadLettered } else { WebhookCount::Failed });
            if over {
                tracing::warn!(source = event.source, event_id = event.event_id, attempt, why, "an event was given up");
            }
        }
        tx.commit().await
    }
}

async fn ask(partner: &PartnerApi, subject: &Subject) -> Result<Account, Error> {
    let id = &subject.external_id;
    match subject.kind {
        SubjectKind::Order => {
            let order = partner.order(id).await?.map(Box::new).map(Account::Order);
            order.ok_or_else(|| Error::refused(ErrorCode::NotFound, "the partner knows no such order"))
        }
        SubjectKind::Product => Ok(partner.product(id).await?.map(Box::new).map_or(Account::NoProduct, Account::Product)),
    }
}

/// Whether the partner's account does not hold yet what the event tells: its API may lag behind its webhooks.
fn is_before(account: &Account, event: &WebhookEvent) -> bool {
    let told = event.body.as_deref().and_then(|body| read(body).ok()).map(|incoming| incoming.position);
    match (account.position(), told) {
        (Some(account), Some(told)) => account.precedence_over(&told) == Precedence::Older,
        _ => false,
    }
}

fn read(body: &str) -> Result<Incoming, String> {
    strict_json::parse(body.as_bytes()).and_then(|body| Incoming::read(&body))
}

/// A stored event once more.
struct Again<'a> {
    subject: &'a Subject,
    event: &'a WebhookEvent,
    currency: Currency,
}

impl Write for Again<'_> {
    type Output = Effect;

    async fn apply(&self, tx: &Transaction, now_ms: i64) -> Result<Effect, WriteError> {
        let incoming = read(self.event.body.as_deref().unwrap_or_default()).map_err(Error::bad_input)?;
        let (Content::Facts(facts), false) = (&incoming.content, self.event.thin) else { return Ok(Effect::Ask) };
        let mut scene = Scene::open(tx, self.subject, self.currency, now_ms).await?;
        let decision = Decision::of(&scene.locked.known, facts, &incoming.position);
        let effect = scene.apply(facts, incoming.position, &decision).await?;
        let state = match effect {
            Effect::Created | Effect::Applied => WebhookEventState::Applied,
            Effect::Superseded => WebhookEventState::Superseded,
            Effect::Ask => return Ok(Effect::Ask),
        };
        let outcome = Outcome { state, last_error: None, due_at_ms: None, now_ms };
        webhook_events::mark(tx, &[self.event.id], outcome).await?;
        Ok(effect)
    }
}
