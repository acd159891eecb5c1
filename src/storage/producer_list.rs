//! Producer lists: one statement for a page.

use super::cells::cells;
use super::clause::push_keyset;
use super::database::Database;
use super::rows::{PRODUCER_COLUMNS, producer_row};
use super::seek::{Seek, SortKey, Window};
use super::selection::{ProducerSelection, push_cells, push_inside, push_kinds, push_squared_distance};
use super::sql::Sql;
use crate::domain::{Circle, Producer, name_key};
use crate::error::Error;

/// What a producer list is sorted by; ties are broken by id in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProducerOrder {
    /// The name key.
    Name,
    /// The creation instant.
    CreatedAt,
    /// The distance from the middle of the circle.
    Distance,
}

impl ProducerOrder {
    /// Where `producer` stands in a list with this order.
    pub fn position(self, producer: &Producer, near: Option<&Circle>) -> Seek {
        let key = match self {
            Self::Name => SortKey::Text(name_key(&producer.name)),
            Self::CreatedAt => SortKey::Number(producer.created_at_ms),
            Self::Distance => SortKey::Number(near.map_or(0, |circle| circle.squared_distance(producer.place))),
        };
        Seek { key, producer_id: producer.id, id: producer.id, inclusive: false }
    }

    fn index_and_column(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => ("ix_producers_name", "r.name_key"),
            Self::CreatedAt => ("ix_producers_created", "r.created_at_ms"),
            Self::Distance => ("ix_producers_cell", "d"),
        }
    }
}

/// A stretch of a producer list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerQuery {
    /// Which producers.
    pub selection: ProducerSelection,
    /// Sorted by what.
    pub order: ProducerOrder,
    /// From where, and how many.
    pub window: Window,
}

/// Reads a stretch of a list. Without a place it walks the sort index; with one it gathers the producers of the cells
/// around it, some thousands at most, and sorts them.
///
/// # Errors
/// When the database fails.
pub async fn read(database: &Database, query: &ProducerQuery) -> Result<Vec<Producer>, Error> {
    if query.selection.is_empty() {
        return Ok(Vec::new());
    }
    let placed = query.selection.near.is_some() || query.selection.delivers_to.is_some();
    let sql = if placed { gather(database, query)? } else { walk(database, query) };
    cells(&database.all(sql).await?).map(|row| producer_row(&row, 0)).collect()
}

fn walk(database: &Database, query: &ProducerQuery) -> Sql {
    let (index, column) = query.order.index_and_column();
    let mut sql = Sql::of(database.engine(), "SELECT ");
    sql.push(PRODUCER_COLUMNS).push(" FROM producers r").push(&database.engine().index_hint(index)).push(" WHERE 1 = 1");
    push_kinds(&mut sql, "r.kind", query.selection.kinds.as_deref());
    if let Some(after) = &query.window.after {
        sql.push(" AND ");
        push_keyset(&mut sql, column, "r.id", after, query.window.descending);
    }
    push_order(&mut sql, column, "r", &query.window);
    sql
}

fn gather(database: &Database, query: &ProducerQuery) -> Result<Sql, Error> {
    let mut sql = Sql::of(database.engine(), "SELECT ");
    sql.push(PRODUCER_COLUMNS).push(" FROM (SELECT r.*, ");
    match (query.order, &query.selection.near) {
        (ProducerOrder::Distance, Some(circle)) => push_squared_distance(&mut sql, "r", circle),
        (ProducerOrder::Distance, None) => return Err(Error::internal("a list by distance needs a place")),
        _ => {
            sql.push("0");
        }
    }
    sql.push(" AS d FROM producers r WHERE 1 = 1");
    push_filters(&mut sql, &query.selection);
    sql.push(") r WHERE 1 = 1");
    let column = if query.order == ProducerOrder::Distance { "r.d" } else { query.order.index_and_column().1 };
    if let Some(after) = &query.window.after {
        sql.push(" AND ");
        push_keyset(&mut sql, column, "r.id", after, query.window.descending);
    }
    push_order(&mut sql, column, "r", &query.window);
    Ok(sql)
}

/// Appends every filter of the selection.
pub(super) fn push_filters(sql: &mut Sql, selection: &ProducerSelection) {
    push_kinds(sql, "r.kind", selection.kinds.as_deref());
    if let Some(circle) = &selection.near {
        push_cells(sql, "r", circle);
        push_inside(sql, "r", circle);
    }
    if let Some(circle) = &selection.delivers_to {
        push_cells(sql, "r", circle);
        sql.push(" AND ");
        push_squared_distance(sql, "r", circle);
        sql.push(" <= r.squared_reach");
    }
}

fn push_order(sql: &mut Sql, column: &str, alias: &str, window: &Window) {
    let direction = if window.descending { " DESC" } else { "" };
    sql.push(&format!(" ORDER BY {column}{direction}, {alias}.id{direction} LIMIT "));
    sql.bind(i64::try_from(window.limit).unwrap_or(i64::MAX));
}
