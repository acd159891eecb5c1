//! Lists of events, newest first.

use super::super::clause::{push_bounds, push_keyset, push_limit, push_order_by};
use super::super::database::Database;
use super::super::seek::{Bounds, Seek, SortKey, Window};
use super::super::sql::{Sql, padded};
use super::{COLUMNS, event};
use crate::domain::{WebhookEvent, WebhookEventState};
use crate::error::Error;

/// Which events. Lists are sorted and without repeats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventSelection {
    /// Sent by any of these.
    pub sources: Option<Vec<String>>,
    /// Any of these kinds.
    pub types: Option<Vec<String>>,
    /// In any of these states.
    pub states: Option<Vec<WebhookEventState>>,
    /// About this.
    pub subject: Option<String>,
    /// Received within these milliseconds since 1970.
    pub received_at: Bounds,
}

/// The equality that a branch walks along.
#[derive(Clone, Copy)]
enum Branch<'a> {
    All,
    Subject(&'a str),
    Type(&'a str),
    State(WebhookEventState),
}

/// Where `event` stands among events, which are sorted by when they came.
pub fn position(event: &WebhookEvent) -> Seek {
    Seek { key: SortKey::Number(event.received_at_ms), producer_id: 0, id: event.id, inclusive: false }
}

/// The events with these ids; unknown ones are left out.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(database: &Database, ids: &[i64]) -> Result<Vec<WebhookEvent>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::of(database.engine(), &format!("SELECT {COLUMNS} FROM webhook_events WHERE id IN "));
    sql.bind_list(padded(ids));
    database.all(sql).await?.iter().map(event).collect()
}

/// The latest events about each of these subjects, so many of each, newest first: one branch for each.
///
/// # Errors
/// When the database fails.
pub async fn of_subjects(database: &Database, subjects: &[&str], limit: u64) -> Result<Vec<WebhookEvent>, Error> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let window = Window { descending: true, after: None, limit };
    let mut sql = Sql::new(database.engine());
    for (n, subject) in subjects.iter().enumerate() {
        sql.push(if n > 0 { " UNION ALL " } else { "" });
        push_branch(&mut sql, n, Branch::Subject(subject), &EventSelection::default(), &window);
    }
    push_order_by(&mut sql, "received_at_ms", "id", true);
    database.all(sql).await?.iter().map(event).collect()
}

/// The oldest events of a selection, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn matching(database: &Database, selection: &EventSelection, limit: u64) -> Result<Vec<WebhookEvent>, Error> {
    read(database, selection, &Window { descending: false, after: None, limit }).await
}

/// Reads a stretch of the inbox: one branch for each value of the narrowest equality, each a walk along an index.
///
/// # Errors
/// When the database fails.
pub async fn read(database: &Database, selection: &EventSelection, window: &Window) -> Result<Vec<WebhookEvent>, Error> {
    if selection.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(database.engine());
    let branches = selection.branches();
    for (n, branch) in branches.iter().enumerate() {
        sql.push(if n > 0 { " UNION ALL " } else { "" });
        push_branch(&mut sql, n, *branch, selection, window);
    }
    if branches.len() > 1 {
        push_order_by(&mut sql, "received_at_ms", "id", window.descending);
        push_limit(&mut sql, window.limit);
    }
    database.all(sql).await?.iter().map(event).collect()
}

/// How many there are, at most `cap`.
///
/// # Errors
/// When the database fails.
pub async fn count(database: &Database, selection: &EventSelection, cap: u64) -> Result<u64, Error> {
    if selection.is_empty() {
        return Ok(0);
    }
    let mut sql = Sql::of(database.engine(), "SELECT COUNT(*) FROM (");
    for (n, branch) in selection.branches().into_iter().enumerate() {
        sql.push(if n > 0 { " UNION ALL " } else { "" }).push("SELECT 1 AS one FROM webhook_events WHERE 1 = 1");
        push_filters(&mut sql, branch, selection);
    }
    push_limit(&mut sql, cap);
    sql.push(") counted");
    let row = database.one(sql).await?.ok_or_else(|| Error::internal("a count gave no row"))?;
    let count: i64 = row.try_get_by_index(0)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

impl EventSelection {
    fn is_empty(&self) -> bool {
        let none = |list: &Option<Vec<String>>| list.as_ref().is_some_and(Vec::is_empty);
        none(&self.sources) || none(&self.types) || self.states.as_ref().is_some_and(Vec::is_empty) || self.received_at.is_empty()
    }

    fn branches(&self) -> Vec<Branch<'_>> {
        match (&self.subject, &self.types, &self.states) {
            (Some(subject), ..) => vec![Branch::Subject(subject)],
            (None, Some(types), _) => types.iter().map(|name| Branch::Type(name)).collect(),
            (None, None, Some(states)) => states.iter().copied().map(Branch::State).collect(),
            (None, None, None) => vec![Branch::All],
        }
    }
}

fn push_branch(sql: &mut Sql, n: usize, branch: Branch<'_>, selection: &EventSelection, window: &Window) {
    let index = match branch {
        Branch::All => "ix_webhook_events_received",
        Branch::Subject(_) => "ix_webhook_events_subject",
        Branch::Type(_) => "ix_webhook_events_type",
        Branch::State(_) => "ix_webhook_events_state",
    };
    let hint = sql.engine().index_hint(index);
    sql.push(&format!("SELECT * FROM (SELECT {COLUMNS} FROM webhook_events{hint} WHERE 1 = 1"));
    push_filters(sql, branch, selection);
    if let Some(after) = &window.after {
        sql.push(" AND ");
        push_keyset(sql, "received_at_ms", "id", after, window.descending);
    }
    push_order_by(sql, "received_at_ms", "id", window.descending);
    push_limit(sql, window.limit);
    sql.push(&format!(") b{n}"));
}

fn push_filters(sql: &mut Sql, branch: Branch<'_>, selection: &EventSelection) {
    match branch {
        Branch::All => {}
        Branch::Subject(subject) => {
            sql.push(" AND subject = ").bind(subject);
            push_any(sql, "event_type", selection.types.as_deref());
        }
        Branch::Type(name) => {
            sql.push(" AND event_type = ").bind(name);
        }
        Branch::State(state) => {
            sql.push(" AND state = ").bind(state.code());
        }
    }
    if let (Some(states), Branch::Subject(_) | Branch::Type(_)) = (&selection.states, branch) {
        sql.push(" AND state IN ").bind_list(states.iter().map(|state| state.code()));
    }
    push_any(sql, "source", selection.sources.as_deref());
    push_bounds(sql, "received_at_ms", selection.received_at);
}

fn push_any(sql: &mut Sql, column: &str, values: Option<&[String]>) {
    if let Some(values) = values {
        sql.push(&format!(" AND {column} IN ")).bind_list(values.iter().map(String::as_str));
    }
}
