//! The webhook inbox: every event once, with its exact bytes.

mod list;
pub mod payloads;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sea_orm::QueryResult;

pub use list::{EventSelection, by_ids, count, matching, of_subjects, position, read};
pub(crate) use waiting::{Outcome, mark, postpone, restate, waiting_of, wake};
pub use waiting::{Pending, due_subjects, pending, wake_all};

use super::database::{Database, Transaction};
use super::dialect::Engine;
use super::lookup::{Lookup, push_rows_by_key};
use super::sql::{Sql, in_few_sizes};
use crate::domain::{WebhookEvent, WebhookEventState};
use crate::error::Error;

const COLUMNS: &str = "id, source, event_id, event_type, state, subject, occurred_at_ms, received_at_ms, applied_at_ms, \
                       deliveries, attempts, last_error, due_at_ms, body_sha256, body, thin";
const NEW_COLUMNS: &str = "source, event_id, event_type, state, thin, subject, version, occurred_at_ms, received_at_ms, \
                           applied_at_ms, deliveries, attempts, last_error, due_at_ms, body_sha256, body";

/// An event to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewEvent<'a> {
    /// Who sent it.
    pub source: &'a str,
    /// The provider's identifier.
    pub event_id: &'a str,
    /// What happened.
    pub event_type: &'a str,
    /// What it is about.
    pub subject: Option<&'a str>,
    /// Whether it says only that something happened.
    pub thin: bool,
    /// The version of its subject, by the provider's count.
    pub version: Option<i64>,
    /// When it happened, by the provider's clock; milliseconds since 1970.
    pub occurred_at_ms: Option<i64>,
    /// Milliseconds since 1970.
    pub received_at_ms: i64,
    /// SHA-256 of the received bytes, hexadecimal.
    pub body_sha256: &'a str,
    /// The received bytes.
    pub body: &'a str,
}

/// What is known of an event when it is stored.
#[derive(Debug, Clone, Copy)]
pub struct FirstState<'a> {
    /// What became of it.
    pub state: WebhookEventState,
    /// How often its effect was tried.
    pub attempts: i64,
    /// Why the try failed.
    pub last_error: Option<&'a str>,
    /// When it is to be tried (again).
    pub due_at_ms: Option<i64>,
}

impl FirstState<'_> {
    /// Nothing is to be done any more.
    pub fn is_over(state: WebhookEventState) -> Self {
        Self { state, attempts: 1, last_error: None, due_at_ms: None }
    }
}

/// Stores an event by itself. False when it is there already.
///
/// # Errors
/// When the database fails.
pub async fn insert(database: &Database, event: &NewEvent<'_>, first: FirstState<'_>) -> Result<bool, Error> {
    Ok(database.execute(insert_unless_there(database.engine(), event, first)).await?.rows_affected() > 0)
}

/// Stores an event in the transaction of its effect. False when it is there already: then nothing of the transaction may stay.
pub(crate) async fn insert_with_effect(tx: &Transaction, event: &NewEvent<'_>, first: FirstState<'_>) -> Result<bool, Error> {
    Ok(tx.execute(insert_unless_there(tx.engine(), event, first)).await?.rows_affected() > 0)
}

/// What the inbox holds of what is asked.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Events that are there, as (source, event id).
    pub(crate) events: HashSet<(String, String)>,
    /// Subjects with events that wait for news of them.
    pub(crate) waited_for: BTreeSet<String>,
}

/// Looks for events, as (source, event id), and for events that wait for news of `subjects`, given as text.
pub(crate) async fn find_all(tx: &Transaction, events: &[(&str, &str)], subjects: &[&str]) -> Result<Found, Error> {
    let mut of_source: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (source, event_id) in events {
        of_source.entry(source).or_default().push(event_id);
    }
    // One statement for all: NULL as source is a subject that is waited for.
    let mut sql = Sql::new(tx.engine());
    for (n, (source, event_ids)) in of_source.iter().enumerate() {
        sql.push(if n > 0 { " UNION ALL " } else { "" });
        let (columns, fixed) = ("source, event_id", [("source", (*source).into())]);
        let lookup = Lookup { columns, table: "webhook_events", fixed: &fixed, residual: &[], key: "event_id", locked: false };
        push_rows_by_key(&mut sql, &lookup, event_ids);
    }
    if !subjects.is_empty() {
        sql.push(" UNION ALL ");
        let residual = [("state", WebhookEventState::Received.code().into())];
        let (columns, table) = ("NULL AS source, subject AS event_id", "webhook_events");
        let lookup = Lookup { columns, table, fixed: &[], residual: &residual, key: "subject", locked: false };
        push_rows_by_key(&mut sql, &lookup, subjects);
    }
    let mut found = Found::default();
    for row in tx.all(sql).await? {
        let (source, key): (Option<String>, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        match source {
            Some(source) => found.events.insert((source, key)),
            None => found.waited_for.insert(key),
        };
    }
    Ok(found)
}

/// The statements that store events of which [`find_all`] has found none. One that came in between is contention.
pub(crate) fn inserts(engine: Engine, events: &[(NewEvent<'_>, FirstState<'_>)]) -> Vec<Sql> {
    let insert = |rows: &[(NewEvent<'_>, FirstState<'_>)]| {
        let mut sql = Sql::of(engine, &format!("INSERT INTO webhook_events ({NEW_COLUMNS}) VALUES "));
        for (n, (event, first)) in rows.iter().enumerate() {
            sql.push(if n > 0 { ", " } else { "" });
            push_row(&mut sql, event, *first);
        }
        sql
    };
    in_few_sizes(events).map(insert).collect()
}

/// An event that was stored in this transaction turned out to be without effect.
pub(crate) async fn supersede(tx: &Transaction, event: &NewEvent<'_>) -> Result<(), Error> {
    let mut sql = Sql::of(tx.engine(), "UPDATE webhook_events SET state = ");
    sql.bind(WebhookEventState::Superseded.code()).push(", applied_at_ms = NULL WHERE source = ");
    sql.bind(event.source).push(" AND event_id = ").bind(event.event_id);
    tx.execute(sql).await.map(|_| ())
}

/// Counts so many more deliveries.
pub(crate) async fn count_deliveries(tx: &Transaction, source: &str, event_id: &str, count: i64) -> Result<(), Error> {
    let mut sql = Sql::of(tx.engine(), "UPDATE webhook_events SET deliveries = deliveries + ");
    sql.bind(count).push(" WHERE source = ").bind(source).push(" AND event_id = ").bind(event_id);
    tx.execute(sql).await.map(|_| ())
}

/// The event with this identifier.
///
/// # Errors
/// When the database fails.
pub async fn by_event_id(database: &Database, source: &str, event_id: &str) -> Result<Option<WebhookEvent>, Error> {
    let mut sql = Sql::of(database.engine(), &format!("SELECT {COLUMNS} FROM webhook_events WHERE source = "));
    sql.bind(source).push(" AND event_id = ").bind(event_id);
    database.one(sql).await?.as_ref().map(event).transpose()
}

/// The conflict of a repeat is swallowed; the lengths of all texts are checked before, so IGNORE has nothing else to ignore.
fn insert_unless_there(engine: Engine, event: &NewEvent<'_>, first: FirstState<'_>) -> Sql {
    let (insert, end) = match engine {
        Engine::MySql => ("INSERT IGNORE INTO", ""),
        Engine::Postgres | Engine::Sqlite => ("INSERT INTO", " ON CONFLICT (source, event_id) DO NOTHING"),
    };
    let mut sql = Sql::of(engine, &format!("{insert} webhook_events ({NEW_COLUMNS}) VALUES "));
    push_row(&mut sql, event, first);
    sql.push(end);
    sql
}

fn push_row(sql: &mut Sql, event: &NewEvent<'_>, first: FirstState<'_>) {
    let applied_at_ms = (first.state == WebhookEventState::Applied).then_some(event.received_at_ms);
    sql.push("(").bind(event.source).push(", ").bind(event.event_id).push(", ").bind(event.event_type);
    sql.push(", ").bind(first.state.code()).push(", ").bind(i16::from(event.thin)).push(", ").bind(event.subject);
    sql.push(", ").bind(event.version).push(", ").bind(event.occurred_at_ms).push(", ").bind(event.received_at_ms);
    sql.push(", ").bind(applied_at_ms).push(", 1, ").bind(first.attempts).push(", ").bind(first.last_error);
    sql.push(", ").bind(first.due_at_ms).push(", ").bind(event.body_sha256).push(", ").bind(event.body).push(")");
}

fn event(row: &QueryResult) -> Result<WebhookEvent, Error> {
    let state: i16 = row.try_get_by_index(4)?;
    Ok(WebhookEvent {
        id: row.try_get_by_index(0)?,
        source: row.try_get_by_index(1)?,
        event_id: row.try_get_by_index(2)?,
        event_type: row.try_get_by_index(3)?,
        state: WebhookEventState::from_code(state)
            .ok_or_else(|| Error::internal(format!("unknown state {state} of an event")))?,
        subject: row.try_get_by_index(5)?,
        occurred_at_ms: row.try_get_by_index(6)?,
        received_at_ms: row.try_get_by_index(7)?,
        applied_at_ms: row.try_get_by_index(8)?,
        deliveries: row.try_get_by_index(9)?,
        attempts: row.try_get_by_index(10)?,
        last_error: row.try_get_by_index(11)?,
        due_at_ms: row.try_get_by_index(12)?,
        body_sha256: row.try_get_by_index(13)?,
        body: row.try_get_by_index(14)?,
        thin: row.try_get_by_index::<i16>(15)? != 0,
    })
}
