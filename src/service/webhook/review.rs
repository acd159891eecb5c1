//! What people do with the inbox: apply events again, take them out.

use std::time::Duration;

use crate::domain::{GlobalId, NodeKind, Subject, WebhookEvent, WebhookEventState};
use crate::error::{Error, ErrorCode};
use crate::service::webhook_list::WebhookEventFilter;
use crate::service::write::WriteError;
use crate::service::{LIST_MAX, Marketplace, UserError};
use crate::storage::webhook_events;

/// Most events of one replay.
const REPLAY_MAX: i64 = 1_000;
/// Longest reason, in characters.
const REASON_MAX: usize = 400;
/// So long a replay is waited for; the worker goes on with the rest.
const REPLAY_LIMIT: Duration = Duration::from_secs(8);

/// Which events are to be applied again.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    /// These, by global id.
    pub ids: Option<Vec<String>>,
    /// And these.
    pub filter: Option<WebhookEventFilter>,
    /// Only tell which they are.
    pub dry_run: bool,
    /// At most so many, oldest first.
    pub limit: i64,
}

/// What a replay did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// The events, oldest first, as they are now.
    pub events: Vec<WebhookEvent>,
    /// How many were applied again, or wait for it.
    pub replayed: u64,
}

impl Marketplace {
    /// Applies events again, in order per subject: an effect that is older than what is known stays without effect.
    ///
    /// # Errors
    /// What is wrong with the input, or the database's failure.
    pub async fn replay_webhook_events(&self, replay: Replay) -> Result<Replayed, WriteError> {
        let refuse = |field: &str, why: String| WriteError::from(UserError::new(ErrorCode::BadUserInput, &[field], why));
        if !(1..=REPLAY_MAX).contains(&replay.limit) {
            return Err(refuse("limit", format!("must be from 1 to {REPLAY_MAX}")));
        }
        if replay.ids.as_ref().is_some_and(|ids| ids.len() > LIST_MAX) {
            return Err(refuse("ids", format!("may hold at most {LIST_MAX} values")));
        }
        if replay.ids.is_none() && replay.filter.is_none() {
            return Err(refuse("filter", "give `ids` or `filter`".to_owned()));
        }
        let events = self.to_replay(&replay).await?;
        if replay.dry_run || events.is_empty() {
            return Ok(Replayed { events, replayed: 0 });
        }
        let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
        let from: Vec<_> = WebhookEventState::ALL.into_iter().filter(|state| *state != WebhookEventState::Ignored).collect();
        let now_ms = self.clock.now_ms();
        let replayed =
            webhook_events::restate(&self.database, &ids, &from, WebhookEventState::Received, None, Some(now_ms)).await?;
        let mut subjects: Vec<Subject> = events.iter().filter_map(|event| Subject::parse(event.subject.as_deref()?)).collect();
        subjects.dedup();
        // What is not through by then is the worker's.
        let _ = tokio::time::timeout(REPLAY_LIMIT, async {
            for subject in &subjects {
                if let Err(err) = self.work_on(subject).await {
                    err.log();
                }
            }
        })
        .await;
        self.webhooks.worker.notify_one();
        let mut events = self.webhook_events_by_ids(&ids).await?;
        events.sort_unstable_by_key(|event| (event.received_at_ms, event.id));
        Ok(Replayed { events, replayed })
    }

    async fn to_replay(&self, replay: &Replay) -> Result<Vec<WebhookEvent>, Error> {
        let limit = usize::try_from(replay.limit).unwrap_or(0);
        let mut events = match &replay.ids {
            Some(ids) => {
                let ids: Vec<i64> = ids.iter().filter_map(|id| GlobalId::decode_as(NodeKind::WebhookEvent, id)).collect();
                self.webhook_events_by_ids(&ids).await?
            }
            None => Vec::new(),
        };
        if let Some(filter) = &replay.filter {
            let selection = filter.clone().selection()?;
            events.extend(webhook_events::matching(&self.database, &selection, limit as u64).await?);
        }
        events.retain(|event| event.subject.is_some());
        events.sort_unstable_by_key(|event| (event.received_at_ms, event.id));
        events.dedup_by_key(|event| event.id);
        events.truncate(limit);
        Ok(events)
    }

    /// Takes a dead-lettered event out and keeps it for audit.
    ///
    /// # Errors
    /// `NOT_FOUND`, `CONFLICT` when it is in another state, or the database's failure.
    pub async fn discard_webhook_event(&self, id: &str, reason: &str) -> Result<WebhookEvent, WriteError> {
        let refuse = |code, field: &str, why: &str| WriteError::from(UserError::new(code, &[field], why));
        if let Some(why) = crate::domain::text::fault(reason, 1, REASON_MAX) {
            return Err(refuse(ErrorCode::BadUserInput, "reason", &format!("the reason {why}")));
        }
        let not_found = || refuse(ErrorCode::NotFound, "id", "there is no event with this id");
        let id = GlobalId::decode_as(NodeKind::WebhookEvent, id).ok_or_else(not_found)?;
        let (from, to) = ([WebhookEventState::DeadLettered], WebhookEventState::Discarded);
        let why = format!("discarded: {reason}");
        let discarded = webhook_events::restate(&self.database, &[id], &from, to, Some(&why), None).await?;
        let event = self.webhook_events_by_ids(&[id]).await?.pop().ok_or_else(not_found)?;
        if discarded == 0 {
            return Err(refuse(ErrorCode::Conflict, "id", "only an event that was given up (DEAD_LETTERED) can be discarded"));
        }
        Ok(event)
    }
}
