//! Clauses that several statements share: where a branch begins, where a page begins, its order and its end.

use super::dialect::Engine;
use super::plan::Branch;
use super::seek::{Bounds, Seek};
use super::selection::Skip;
use super::sql::Sql;

/// Appends the equality of a branch.
pub(crate) fn push_equality(sql: &mut Sql, branch: Branch) {
    match branch {
        Branch::All => sql.push("1 = 1"),
        Branch::Category(id) => sql.push("p.category_id = ").bind(id),
        Branch::Producer(id) => sql.push("p.producer_id = ").bind(id),
        Branch::Cell(cell) => sql.push("p.cell = ").bind(cell),
        // A literal: a partial index serves no bound value.
        Branch::SoldOut(kind) => sql.push("p.in_stock = 0 AND p.producer_kind = ").bind(kind),
    };
}

/// The filters that the equality of a branch takes care of.
pub(crate) fn skip_of(branch: Branch) -> Skip {
    Skip {
        categories: matches!(branch, Branch::Category(_)),
        producers: matches!(branch, Branch::Producer(_)),
        kinds: matches!(branch, Branch::SoldOut(_)),
        stock: matches!(branch, Branch::SoldOut(_)),
        ..Skip::default()
    }
}

/// Appends ` ORDER BY key, id` in one direction.
pub(crate) fn push_order_by(sql: &mut Sql, key: &str, id: &str, descending: bool) {
    let direction = if descending { " DESC" } else { "" };
    sql.push(&format!(" ORDER BY {key}{direction}, {id}{direction}"));
}

/// Appends `(key, id) > (?, ?)`, or with `<` when descending, or with `=` allowed, in the form that seeks.
pub(crate) fn push_keyset(sql: &mut Sql, key: &str, id: &str, after: &Seek, descending: bool) {
    let sign = if descending { "<" } else { ">" };
    let end = if after.inclusive { "=" } else { "" };
    let value = || after.key.value();
    match sql.engine() {
        Engine::Postgres | Engine::Sqlite => {
            sql.push(&format!("({key}, {id}) {sign}{end} (")).bind(value()).push(", ").bind(after.id).push(")");
        }
        Engine::MySql => {
            sql.push(&format!("{key} {sign}= ")).bind(value());
            sql.push(&format!(" AND ({key} {sign} ")).bind(value());
            sql.push(&format!(" OR ({key} = ")).bind(value());
            sql.push(&format!(" AND {id} {sign}{end} ")).bind(after.id).push("))");
        }
    }
}

/// Appends what an INSERT does with a row whose key is there: it overwrites these columns.
pub(crate) fn push_overwrite<'c>(sql: &mut Sql, key: &str, columns: impl IntoIterator<Item = &'c str>) {
    let engine = sql.engine();
    match engine {
        Engine::MySql => sql.push(" ON DUPLICATE KEY UPDATE "),
        Engine::Postgres | Engine::Sqlite => sql.push(&format!(" ON CONFLICT ({key}) DO UPDATE SET ")),
    };
    for (n, column) in columns.into_iter().enumerate() {
        sql.push(if n > 0 { ", " } else { "" });
        match engine {
            Engine::MySql => sql.push(&format!("{column} = VALUES({column})")),
            Engine::Postgres | Engine::Sqlite => sql.push(&format!("{column} = excluded.{column}")),
        };
    }
}

/// Appends an inclusive range.
pub(crate) fn push_bounds(sql: &mut Sql, column: &str, bounds: Bounds) {
    if let Some(min) = bounds.min {
        sql.push(&format!(" AND {column} >= ")).bind(min);
    }
    if let Some(max) = bounds.max {
        sql.push(&format!(" AND {column} <= ")).bind(max);
    }
}

/// Appends a limit. PostgreSQL gets the number itself: a plan for any limit is one for a tenth of the rows.
pub(crate) fn push_limit(sql: &mut Sql, rows: u64) {
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    match sql.engine() {
        Engine::Postgres => sql.push(&format!(" LIMIT {rows}")),
        Engine::Sqlite | Engine::MySql => sql.push(" LIMIT ").bind(rows),
    };
}

impl Branch {
    /// What the names of its indexes begin with.
    pub(crate) fn index_prefix(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Category(_) => "category_",
            Self::Producer(_) => "producer_",
            Self::Cell(_) => "cell_",
            Self::SoldOut(_) => "sold_out_",
        }
    }
}
