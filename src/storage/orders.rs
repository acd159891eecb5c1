//! Orders: look-ups, writes, and lists.

use sea_orm::QueryResult;

use super::clause::{push_bounds, push_keyset, push_limit, push_order_by, push_overwrite};
use super::database::{Database, Transaction};
use super::dialect::Engine;
use super::lookup::{Lookup, rows_by_key};
use super::seek::{Bounds, Seek, SortKey, Window};
use super::sql::{Sql, in_few_sizes, padded};
use crate::domain::{Currency, Order, OrderDetails, OrderStatus};
use crate::error::Error;

const COLUMNS: &str = "id, external_id, status, total_minor, currency, lines_json, placed_at_ms, updated_at_ms, as_of_ms";
/// The columns that may change.
const WRITTEN: &str = "status, total_minor, currency, lines_json, placed_at_ms, updated_at_ms, as_of_ms";

/// Which orders of the mirror.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderSelection {
    /// Any of these statuses; sorted, without repeats.
    pub statuses: Option<Vec<OrderStatus>>,
    /// Placed within these milliseconds since 1970.
    pub placed_at: Bounds,
}

/// Where `order` stands among orders, which are sorted by when they were placed.
pub fn position(order: &Order) -> Seek {
    Seek { key: SortKey::Number(order.details.placed_at_ms), producer_id: 0, id: order.id, inclusive: false }
}

/// The orders with these ids; unknown ones are left out.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(database: &Database, ids: &[i64]) -> Result<Vec<Order>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::of(database.engine(), &format!("SELECT {COLUMNS} FROM orders WHERE id IN "));
    sql.bind_list(padded(ids));
    database.all(sql).await?.iter().map(order).collect()
}

/// The order with this number of the partner's.
///
/// # Errors
/// When the database fails.
pub async fn by_external_id(database: &Database, external_id: &str) -> Result<Option<Order>, Error> {
    let mut sql = Sql::of(database.engine(), &format!("SELECT {COLUMNS} FROM orders WHERE external_id = "));
    sql.bind(external_id);
    database.one(sql).await?.as_ref().map(order).transpose()
}

/// Those of these orders that are there, some of them twice; their subjects must be locked.
pub(crate) async fn find_all(tx: &Transaction, external_ids: &[&str]) -> Result<Vec<Order>, Error> {
    if external_ids.is_empty() {
        return Ok(Vec::new());
    }
    let lookup = Lookup { columns: COLUMNS, table: "orders", fixed: &[], residual: &[], key: "external_id", locked: false };
    tx.all(rows_by_key(tx.engine(), &lookup, external_ids)).await?.iter().map(order).collect()
}

/// The statements that add orders, or overwrite those that are there; the ids in them are not looked at.
pub(crate) fn stores(engine: Engine, orders: &[&Order]) -> Result<Vec<Sql>, Error> {
    let store = |rows: &[&Order]| {
        let mut sql = Sql::of(engine, &format!("INSERT INTO orders (external_id, {WRITTEN}) VALUES "));
        for (n, order) in rows.iter().enumerate() {
            let details = &order.details;
            sql.push(if n > 0 { ", (" } else { "(" }).bind(order.external_id.as_str()).push(", ").bind(order.status.code());
            sql.push(", ").bind(details.total_minor).push(", ").bind(details.currency.code());
            sql.push(", ").bind(lines_json(details)?).push(", ").bind(details.placed_at_ms);
            sql.push(", ").bind(order.updated_at_ms).push(", ").bind(order.as_of_ms).push(")");
        }
        push_overwrite(&mut sql, "external_id", WRITTEN.split(", "));
        Ok(sql)
    };
    in_few_sizes(orders).map(store).collect()
}

/// Notes that the partner was asked and has said nothing newer.
///
/// # Errors
/// When the database fails.
pub async fn confirm(database: &Database, external_id: &str, now_ms: i64) -> Result<(), Error> {
    let mut sql = Sql::of(database.engine(), "UPDATE orders SET as_of_ms = ");
    sql.bind(now_ms).push(" WHERE external_id = ").bind(external_id).push(" AND as_of_ms < ").bind(now_ms);
    database.execute(sql).await.map(|_| ())
}

/// Reads a stretch of the mirror: one branch for each status, each a walk along an index.
///
/// # Errors
/// When the database fails.
pub async fn read(database: &Database, selection: &OrderSelection, window: &Window) -> Result<Vec<Order>, Error> {
    if selection.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(database.engine());
    let branches = selection.branches();
    for (n, status) in branches.iter().enumerate() {
        sql.push(if n > 0 { " UNION ALL " } else { "" });
        push_branch(&mut sql, n, *status, selection, window);
    }
    if branches.len() > 1 {
        push_order_by(&mut sql, "placed_at_ms", "id", window.descending);
        push_limit(&mut sql, window.limit);
    }
    database.all(sql).await?.iter().map(order).collect()
}

/// How many there are, at most `cap`.
///
/// # Errors
/// When the database fails.
pub async fn count(database: &Database, selection: &OrderSelection, cap: u64) -> Result<u64, Error> {
    if selection.is_empty() {
        return Ok(0);
    }
    let mut sql = Sql::of(database.engine(), "SELECT COUNT(*) FROM (");
    for (n, status) in selection.branches().into_iter().enumerate() {
        sql.push(if n > 0 { " UNION ALL " } else { "" }).push("SELECT 1 AS one FROM orders WHERE 1 = 1");
        push_filters(&mut sql, status, selection);
    }
    push_limit(&mut sql, cap);
    sql.push(") counted");
    let row = database.one(sql).await?.ok_or_else(|| Error::internal("a count gave no row"))?;
    let count: i64 = row.try_get_by_index(0)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

impl OrderSelection {
    fn is_empty(&self) -> bool {
        self.statuses.as_ref().is_some_and(Vec::is_empty) || self.placed_at.is_empty()
    }

    fn branches(&self) -> Vec<Option<OrderStatus>> {
        match &self.statuses {
            None => vec![None],
            Some(statuses) => statuses.iter().copied().map(Some).collect(),
        }
    }
}

fn push_branch(sql: &mut Sql, n: usize, status: Option<OrderStatus>, selection: &OrderSelection, window: &Window) {
    let index = if status.is_some() { "ix_orders_status" } else { "ix_orders_placed" };
    let hint = sql.engine().index_hint(index);
    sql.push(&format!("SELECT * FROM (SELECT {COLUMNS} FROM orders{hint} WHERE 1 = 1"));
    push_filters(sql, status, selection);
    if let Some(after) = &window.after {
        sql.push(" AND ");
        push_keyset(sql, "placed_at_ms", "id", after, window.descending);
    }
    push_order_by(sql, "placed_at_ms", "id", window.descending);
    push_limit(sql, window.limit);
    sql.push(&format!(") b{n}"));
}

fn push_filters(sql: &mut Sql, status: Option<OrderStatus>, selection: &OrderSelection) {
    if let Some(status) = status {
        sql.push(" AND status = ").bind(status.code());
    }
    push_bounds(sql, "placed_at_ms", selection.placed_at);
}

fn lines_json(details: &OrderDetails) -> Result<String, Error> {
    serde_json::to_string(&details.lines).map_err(Error::internal)
}

fn order(row: &QueryResult) -> Result<Order, Error> {
    let status: i16 = row.try_get_by_index(2)?;
    let (currency, lines): (String, String) = (row.try_get_by_index(4)?, row.try_get_by_index(5)?);
    Ok(Order {
        id: row.try_get_by_index(0)?,
        external_id: row.try_get_by_index(1)?,
        status: OrderStatus::from_code(status).ok_or_else(|| Error::internal(format!("unknown order status {status}")))?,
        details: OrderDetails {
            total_minor: row.try_get_by_index(3)?,
            currency: Currency::parse(&currency).ok_or_else(|| Error::internal("an order has no currency"))?,
            lines: serde_json::from_str(&lines).map_err(Error::internal)?,
            placed_at_ms: row.try_get_by_index(6)?,
        },
        updated_at_ms: row.try_get_by_index(7)?,
        as_of_ms: row.try_get_by_index(8)?,
    })
}
