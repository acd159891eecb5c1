//! Product lists by distance: all products of a producer are equally far, so producers are read nearest-first and their
//! products with them, until the page is full or no producer is left.

use sea_orm::QueryResult;

use super::clause::push_limit;
use super::database::Database;
use super::dialect::Engine;
use super::product_query::ProductQuery;
use super::rows::{ProductRow, read_products};
use super::seek::{Seek, SortKey};
use super::selection::{Skip, push_cells, push_in, push_inside, push_kinds, push_residuals, push_squared_distance};
use super::sql::{Sql, padded};
use super::walk::{push_joined_columns, push_joins};
use crate::domain::Circle;
use crate::error::Error;

/// Producers asked for their products in the first round; each further round asks twice as many.
const FIRST_ROUND: usize = 8;
/// Producers read at once.
const PRODUCER_BATCH: usize = 128;

/// Reads a stretch of a list by distance. Statements: one for each 128 producers, and one for 8, 16, 32, … of them.
pub(super) async fn read(database: &Database, query: &ProductQuery) -> Result<Vec<ProductRow>, Error> {
    let Some(circle) = query.selection.near else {
        return Err(Error::internal("a list by distance needs a place"));
    };
    let wanted = usize::try_from(query.window.limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let mut from = query.window.after.clone();
    let mut round = FIRST_ROUND;
    loop {
        let producers = nearest_producers(database, query, &circle, from.as_ref()).await?;
        let mut rest = producers.as_slice();
        while let (false, true) = (rest.is_empty(), found.len() < wanted) {
            let (now, later) = rest.split_at(round.min(rest.len()));
            found.extend(products_of(database, query, &circle, now, wanted - found.len()).await?);
            rest = later;
            round *= 2;
        }
        if found.len() >= wanted || producers.len() < PRODUCER_BATCH {
            return Ok(found);
        }
        // The last producer of the batch has been read whole: go on strictly behind it.
        from = producers.last().map(|(id, distance)| Seek {
            key: SortKey::Number(*distance),
            producer_id: *id,
            id: if query.window.descending { i64::MIN } else { i64::MAX },
            inclusive: false,
        });
    }
}

/// The next producers in order of distance, with it. The one that the position lies in comes first again.
async fn nearest_producers(
    database: &Database,
    query: &ProductQuery,
    circle: &Circle,
    from: Option<&Seek>,
) -> Result<Vec<(i64, i64)>, Error> {
    let mut sql = Sql::of(database.engine(), "SELECT g.id, g.d FROM (SELECT r.id, ");
    push_squared_distance(&mut sql, "r", circle);
    sql.push(" AS d FROM producers r WHERE 1 = 1");
    push_cells(&mut sql, "r", circle);
    push_inside(&mut sql, "r", circle);
    push_kinds(&mut sql, "r.kind", query.selection.kinds.as_deref());
    if let Some(ids) = &query.selection.producer_ids {
        push_in(&mut sql, "r.id", ids);
    }
    sql.push(") g");
    let (sign, direction) = if query.window.descending { ("<", " DESC") } else { (">", "") };
    if let Some(from) = from {
        let end = if from.id == i64::MAX || from.id == i64::MIN { "" } else { "=" };
        sql.push(&format!(" WHERE (g.d {sign} ")).bind(from.key.value());
        sql.push(" OR (g.d = ").bind(from.key.value()).push(&format!(" AND g.id {sign}{end} ")).bind(from.producer_id).push("))");
    }
    sql.push(&format!(" ORDER BY g.d{direction}, g.id{direction} LIMIT {PRODUCER_BATCH}"));
    let pair = |row: &QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    database.all(sql).await?.iter().map(pair).collect()
}

/// The products of these producers, in order of distance, producer and id.
async fn products_of(
    database: &Database,
    query: &ProductQuery,
    circle: &Circle,
    producers: &[(i64, i64)],
    limit: usize,
) -> Result<Vec<ProductRow>, Error> {
    let ids: Vec<i64> = producers.iter().map(|(id, _)| *id).collect();
    let engine = database.engine();
    let direction = if query.window.descending { " DESC" } else { "" };
    let mut sql = Sql::new(engine);
    push_joined_columns(&mut sql, query.columns);
    // Distances and ids are sorted; the rows of the page are read by their ids.
    sql.push(" FROM (SELECT p.id AS found, ");
    push_squared_distance(&mut sql, "p", circle);
    sql.push(" AS d FROM products p").push(&producer_index(engine)).push(" WHERE p.producer_id IN ").bind_list(padded(&ids));
    // The producers passed the circle and their kinds with the same numbers that their products carry.
    push_residuals(&mut sql, &query.selection, Skip { producers: true, ..Skip::default() });
    if let Some(after) = &query.window.after {
        push_behind(&mut sql, after, query.window.descending);
    }
    sql.push(&format!(" ORDER BY d{direction}, p.producer_id{direction}, p.id{direction}"));
    push_limit(&mut sql, limit as u64);
    sql.push(") g JOIN products p ON p.id = g.found");
    push_joins(&mut sql, query.columns);
    sql.push(&format!(" ORDER BY g.d{direction}, p.producer_id{direction}, p.id{direction}"));
    read_products(database, sql, query.columns).await
}

/// Of the producer that the position lies in, only what is behind it; the others come whole.
fn push_behind(sql: &mut Sql, after: &Seek, descending: bool) {
    let sign = if descending { "<" } else { ">" };
    let end = if after.inclusive { "=" } else { "" };
    sql.push(" AND (p.producer_id <> ").bind(after.producer_id).push(&format!(" OR p.id {sign}{end} ")).bind(after.id).push(")");
}

fn producer_index(engine: Engine) -> String {
    if engine == Engine::MySql { engine.index_hint("ix_products_producer_created") } else { String::new() }
}
