//! Events that wait for their effect.

use super::super::database::{Database, Transaction};
use super::super::sql::{Sql, padded};
use super::super::subjects;
use super::{COLUMNS, event};
use crate::domain::{Subject, WebhookEvent, WebhookEventState};
use crate::error::Error;

pub(super) const WAITING: [WebhookEventState; 2] = [WebhookEventState::Received, WebhookEventState::Failed];

/// What became of a try.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome<'a> {
    /// What became of the event.
    pub(crate) state: WebhookEventState,
    /// Why it failed.
    pub(crate) last_error: Option<&'a str>,
    /// When it is to be tried again.
    pub(crate) due_at_ms: Option<i64>,
    /// Now.
    pub(crate) now_ms: i64,
}

/// What waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pending {
    /// When the oldest waiting event came; milliseconds since 1970.
    pub oldest_received_at_ms: Option<i64>,
    /// Events given up and not taken out by hand, counted up to 1 000.
    pub dead_letters: u64,
}

/// Dead letters are counted up to here.
const DEAD_LETTERS_MAX: u64 = 1_000;

/// Subjects with something to do, longest waiting first, that nobody holds.
///
/// # Errors
/// When the database fails.
pub async fn due_subjects(database: &Database, now_ms: i64, limit: u32) -> Result<Vec<Subject>, Error> {
    let clock = subjects::clock(database.engine());
    let mut sql = Sql::of(
        database.engine(),
        "SELECT e.subject FROM webhook_events e LEFT JOIN webhook_subjects s ON s.subject = e.subject WHERE e.due_at_ms <= ",
    );
    sql.bind(now_ms).push(&format!(" AND (s.lease_until_ms IS NULL OR s.lease_until_ms <= {clock})"));
    sql.push(&format!(" ORDER BY e.due_at_ms LIMIT {limit}"));
    let mut subjects: Vec<Subject> = Vec::new();
    for row in database.all(sql).await? {
        let text: Option<String> = row.try_get_by_index(0)?;
        if let Some(subject) = text.as_deref().and_then(Subject::parse)
            && !subjects.contains(&subject)
        {
            subjects.push(subject);
        }
    }
    Ok(subjects)
}

/// The waiting events of a subject, oldest first.
pub(crate) async fn waiting_of(database: &Database, subject: &Subject, limit: u32) -> Result<Vec<WebhookEvent>, Error> {
    let mut sql = Sql::of(database.engine(), &format!("SELECT {COLUMNS} FROM webhook_events WHERE subject = "));
    sql.bind(subject.to_string()).push(" AND state IN ").bind_list(WAITING.map(WebhookEventState::code));
    sql.push(&format!(" ORDER BY received_at_ms, id LIMIT {limit}"));
    database.all(sql).await?.iter().map(event).collect()
}

/// Marks events that still wait, in the transaction of their effect; each counts one more try.
pub(crate) async fn mark(tx: &Transaction, ids: &[i64], outcome: Outcome<'_>) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let applied_at_ms = (outcome.state == WebhookEventState::Applied).then_some(outcome.now_ms);
    let mut sql = Sql::of(tx.engine(), "UPDATE webhook_events SET state = ");
    sql.bind(outcome.state.code()).push(", attempts = attempts + 1, last_error = ").bind(outcome.last_error);
    sql.push(", due_at_ms = ").bind(outcome.due_at_ms).push(", applied_at_ms = ").bind(applied_at_ms);
    sql.push(" WHERE id IN ").bind_list(padded(ids)).push(" AND state IN ").bind_list(WAITING.map(WebhookEventState::code));
    tx.execute(sql).await.map(|_| ())
}

/// Puts events off, without counting a try.
pub(crate) async fn postpone(database: &Database, ids: &[i64], due_at_ms: Option<i64>) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::of(database.engine(), "UPDATE webhook_events SET due_at_ms = ");
    sql.bind(due_at_ms).push(" WHERE id IN ").bind_list(padded(ids));
    sql.push(" AND state IN ").bind_list(WAITING.map(WebhookEventState::code));
    database.execute(sql).await.map(|_| ())
}

/// Gives events another state by hand, if they are in one of `from`; gives how many were.
pub(crate) async fn restate(
    database: &Database,
    ids: &[i64],
    from: &[WebhookEventState],
    to: WebhookEventState,
    reason: Option<&str>,
    due_at_ms: Option<i64>,
) -> Result<u64, Error> {
    if ids.is_empty() || from.is_empty() {
        return Ok(0);
    }
    let mut sql = Sql::of(database.engine(), "UPDATE webhook_events SET state = ");
    sql.bind(to.code()).push(", last_error = ").bind(reason).push(", due_at_ms = ").bind(due_at_ms);
    sql.push(", applied_at_ms = NULL WHERE id IN ").bind_list(padded(ids));
    sql.push(" AND state IN ").bind_list(from.iter().map(|state| state.code()));
    database.execute(sql).await.map(|result| result.rows_affected())
}

/// There is news of this subject: the events that wait for it are due now.
pub(crate) async fn wake(tx: &Transaction, subject: &str, now_ms: i64) -> Result<(), Error> {
    let mut sql = Sql::of(tx.engine(), "UPDATE webhook_events SET due_at_ms = ");
    sql.bind(now_ms).push(" WHERE subject = ").bind(subject);
    sql.push(" AND state = ").bind(WebhookEventState::Received.code());
    sql.push(" AND (due_at_ms IS NULL OR due_at_ms > ").bind(now_ms).push(")");
    tx.execute(sql).await.map(|_| ())
}

/// All events that wait for a partner to ask are due now: there is one.
///
/// # Errors
/// When the database fails.
pub async fn wake_all(database: &Database, now_ms: i64) -> Result<u64, Error> {
    let mut sql = Sql::of(database.engine(), "UPDATE webhook_events SET due_at_ms = ");
    sql.bind(now_ms).push(" WHERE due_at_ms IS NULL AND state = ").bind(WebhookEventState::Received.code());
    database.execute(sql).await.map(|result| result.rows_affected())
}

/// What waits, and what was given up.
///
/// # Errors
/// When the database fails.
pub async fn pending(database: &Database) -> Result<Pending, Error> {
    let mut oldest: Option<i64> = None;
    for state in WAITING {
        let mut sql = Sql::of(database.engine(), "SELECT received_at_ms FROM webhook_events WHERE state = ");
        sql.bind(state.code()).push(" ORDER BY received_at_ms, id LIMIT 1");
        if let Some(row) = database.one(sql).await? {
            let received: i64 = row.try_get_by_index(0)?;
            oldest = Some(oldest.map_or(received, |oldest| oldest.min(received)));
        }
    }
    let mut sql = Sql::of(database.engine(), "SELECT COUNT(*) FROM (SELECT 1 AS one FROM webhook_events WHERE state = ");
    sql.bind(WebhookEventState::DeadLettered.code()).push(&format!(" LIMIT {DEAD_LETTERS_MAX}) counted"));
    let row = database.one(sql).await?.ok_or_else(|| Error::internal("a count gave no row"))?;
    let dead: i64 = row.try_get_by_index(0)?;
    Ok(Pending { oldest_received_at_ms: oldest, dead_letters: u64::try_from(dead).unwrap_or(0) })
}
