//! The webhook inbox as a list, newest first.

use std::collections::HashMap;

use super::filter_hash::FilterHash;
use super::page::PageRequest;
use super::timeline::{Timeline, TimelineSelection};
use super::{LIST_MAX, Marketplace};
use crate::domain::{GlobalId, NodeKind, Subject, WebhookEvent, WebhookEventState};
use crate::error::Error;
use crate::storage::webhook_events::{self, EventSelection};
use crate::storage::{Bounds, Database, Seek, Window};

/// Filters as they came; `None` does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookEventFilter {
    /// Sent by any of these.
    pub sources: Option<Vec<String>>,
    /// Any of these kinds.
    pub types: Option<Vec<String>>,
    /// In any of these states.
    pub states: Option<Vec<WebhookEventState>>,
    /// About this, for example `order:123`.
    pub subject: Option<String>,
    /// Received within these milliseconds since 1970.
    pub received_at: Bounds,
}

/// A page of the inbox.
pub type WebhookEventPage = Timeline<EventSelection>;

impl WebhookEventFilter {
    /// The same, checked and in one form.
    pub(super) fn selection(self) -> Result<EventSelection, Error> {
        let Self { sources, types, states, subject, received_at } = self;
        let (sources, types, states) = (tidy("sources", sources)?, tidy("types", types)?, tidy("states", states)?);
        Ok(EventSelection { sources, types, states, subject, received_at })
    }
}

fn tidy<T: Ord>(name: &str, values: Option<Vec<T>>) -> Result<Option<Vec<T>>, Error> {
    let Some(mut values) = values else { return Ok(None) };
    if values.len() > LIST_MAX {
        return Err(Error::bad_input(format!("`{name}` may hold at most {LIST_MAX} values")));
    }
    values.sort_unstable();
    values.dedup();
    Ok(Some(values))
}

impl Marketplace {
    /// One page of the inbox.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`, `INVALID_CURSOR`, or the database's.
    pub async fn webhook_events(&self, filter: WebhookEventFilter, page: &PageRequest) -> Result<WebhookEventPage, Error> {
        self.timeline(filter.selection()?, page).await
    }

    /// Events by database id; unknown ones are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn webhook_events_by_ids(&self, ids: &[i64]) -> Result<Vec<WebhookEvent>, Error> {
        webhook_events::by_ids(&self.database, ids).await
    }

    /// The event with this global id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn webhook_event(&self, id: &str) -> Result<Option<WebhookEvent>, Error> {
        let Some(id) = GlobalId::decode_as(NodeKind::WebhookEvent, id) else { return Ok(None) };
        Ok(self.webhook_events_by_ids(&[id]).await?.pop())
    }

    /// The event with the provider's identifier.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn webhook_event_of(&self, source: &str, event_id: &str) -> Result<Option<WebhookEvent>, Error> {
        webhook_events::by_event_id(&self.database, source, event_id).await
    }

    /// The latest events about each of these orders, so many of each, newest first, by the order's number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn histories_of_orders(
        &self,
        external_ids: &[&str],
        limit: u64,
    ) -> Result<HashMap<String, Vec<WebhookEvent>>, Error> {
        let subjects: Vec<String> = external_ids.iter().map(|id| Subject::order(*id).to_string()).collect();
        let texts: Vec<&str> = subjects.iter().map(String::as_str).collect();
        let mut histories: HashMap<String, Vec<WebhookEvent>> = HashMap::new();
        for event in webhook_events::of_subjects(&self.database, &texts, limit).await? {
            let subject = event.subject.as_deref().and_then(Subject::parse);
            let Some(subject) = subject else { continue };
            histories.entry(subject.external_id).or_default().push(event);
        }
        Ok(histories)
    }
}

impl TimelineSelection for EventSelection {
    type Row = WebhookEvent;
    const TAG: u8 = 33;

    fn hash(&self) -> [u8; 8] {
        let mut hash = FilterHash::new();
        let codes = |states: &Vec<WebhookEventState>| states.iter().map(|state| i64::from(state.code())).collect();
        hash.texts("source", self.sources.as_ref().map(|all| all.iter().map(String::as_str)));
        hash.texts("type", self.types.as_ref().map(|all| all.iter().map(String::as_str)));
        hash.list("state", self.states.as_ref().map(codes));
        hash.texts("subject", self.subject.as_deref().map(|subject| [subject]));
        hash.list("from", self.received_at.min.map(|min| vec![min]));
        hash.list("to", self.received_at.max.map(|max| vec![max]));
        hash.finish()
    }

    fn position(row: &WebhookEvent) -> Seek {
        webhook_events::position(row)
    }

    async fn read(&self, database: &Database, window: &Window) -> Result<Vec<WebhookEvent>, Error> {
        webhook_events::read(database, self, window).await
    }

    async fn count(&self, database: &Database, cap: u64) -> Result<u64, Error> {
        webhook_events::count(database, self, cap).await
    }
}
