//! Look-ups of many rows by their keys: one statement, and a seek for each key.
//!
//! PostgreSQL plans a prepared statement once, and for `IN` over a table that is small at that time it reads the whole table, for
//! as long as the plan is kept. A lateral subquery with a LIMIT is planned for one key.

use sea_orm::Value;

use super::dialect::Engine;
use super::sql::{Sql, padded};

/// Which rows.
pub(crate) struct Lookup<'a> {
    /// What is read of them.
    pub(crate) columns: &'a str,
    /// Their table.
    pub(crate) table: &'a str,
    /// Columns with one value for all.
    pub(crate) fixed: &'a [(&'a str, Value)],
    /// The same, but checked row by row: no index of theirs is to be used.
    pub(crate) residual: &'a [(&'a str, Value)],
    /// The column of the keys, a text.
    pub(crate) key: &'a str,
    /// Whether they are locked until the transaction ends, one after the other in the order of `keys`, which must be sorted.
    pub(crate) locked: bool,
}

/// The statement that reads one row at most of each key on PostgreSQL, all of them elsewhere. A row may come twice.
pub(crate) fn rows_by_key(engine: Engine, lookup: &Lookup<'_>, keys: &[&str]) -> Sql {
    let mut sql = Sql::new(engine);
    push_rows_by_key(&mut sql, lookup, keys);
    sql
}

/// Appends it.
pub(crate) fn push_rows_by_key(sql: &mut Sql, lookup: &Lookup<'_>, keys: &[&str]) {
    let Lookup { columns, table, key, .. } = lookup;
    let engine = sql.engine();
    let lock = if lookup.locked { engine.for_update() } else { "" };
    if engine == Engine::Postgres {
        sql.push("SELECT t.* FROM (VALUES ");
        for (n, key) in padded(keys).enumerate() {
            sql.push(if n > 0 { ", (" } else { "(" }).bind(key).push(")");
        }
        sql.push(&format!(") k (k) CROSS JOIN LATERAL (SELECT {columns} FROM {table} WHERE {key} = k.k COLLATE \"C\""));
        push_fixed(sql, lookup);
        sql.push(&format!(" LIMIT 1{lock}) t"));
    } else {
        sql.push(&format!("SELECT {columns} FROM {table} WHERE {key} IN ")).bind_list(padded(keys));
        push_fixed(sql, lookup);
        let order = if lookup.locked { format!(" ORDER BY {key}") } else { String::new() };
        sql.push(&format!("{order}{lock}"));
    }
}

fn push_fixed(sql: &mut Sql, lookup: &Lookup<'_>) {
    for (column, value) in lookup.fixed {
        sql.push(&format!(" AND {column} = ")).bind(value.clone());
    }
    if lookup.residual.is_empty() {
        return;
    }
    let (engine, (opens, closes)) = (sql.engine(), sql.engine().residual());
    sql.push(opens);
    for (column, value) in lookup.residual {
        sql.push(&format!(" AND {} = ", engine.opaque(column))).bind(value.clone());
    }
    sql.push(closes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_a_seek_of_its_own() {
        let source: [(&str, Value); 1] = [("source", "shop".into())];
        let state: [(&str, Value); 1] = [("state", 1_i16.into())];
        let (columns, table, key) = ("id", "events", "event_id");
        let lookup = Lookup { columns, table, fixed: &source, residual: &state, key, locked: true };
        let text = |engine| rows_by_key(engine, &lookup, &["a", "b"]).into_statement().sql;
        assert_eq!(
            text(Engine::Postgres),
            "SELECT t.* FROM (VALUES ($1), ($2)) k (k) CROSS JOIN LATERAL (SELECT id FROM events WHERE event_id = k.k COLLATE \"C\" \
             AND source = $3 AND CASE WHEN TRUE AND state = $4 THEN TRUE ELSE FALSE END LIMIT 1 FOR UPDATE) t"
        );
        let plain = "SELECT id FROM events WHERE event_id IN (?, ?) AND source = ? AND +state = ? ORDER BY event_id";
        assert_eq!(text(Engine::Sqlite), plain);
        assert_eq!(text(Engine::MySql), format!("{plain} FOR UPDATE").replace('+', ""));
    }
}
