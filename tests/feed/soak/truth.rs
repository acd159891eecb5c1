//! What the tables hold when nobody writes any more.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use farmlokal::domain::{Change, EntityKind};
use farmlokal::storage::feed::sequencer;

use crate::raw::Raw;
use crate::stage::Stage;

/// The end of one product's life, or the present of its last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) id: i64,
    pub(super) version: i64,
}

/// The tables.
#[derive(Debug)]
pub(super) struct Truth {
    /// The last number given out.
    pub(super) head: i64,
    /// All changes, in order.
    pub(super) changes: Vec<Change>,
    /// Changes without a number: none may be left.
    pub(super) unnumbered: i64,
    /// Categories and producers with their versions.
    pub(super) others: HashMap<(EntityKind, i64), i64>,
    /// By category, of which each product has one of its own: the product that is there.
    pub(super) products: HashMap<i64, Last>,
    /// By category: the product that was removed last. It may have come back since.
    pub(super) tombstones: HashMap<i64, Last>,
    /// Products whose copied place is not their producer's.
    pub(super) misplaced: i64,
}

impl Truth {
    /// Waits until no killed writer's transaction is left, numbers what waits, and reads everything.
    pub(super) async fn when_quiet(stage: &Stage) -> Self {
        let raw = Raw::connect(&stage.url).await;
        await_quiet(&raw, stage.engine).await;
        let head = sequencer::run(&stage.database().await).await.unwrap();
        let mut others = versions(&raw, EntityKind::Category, "categories").await;
        others.extend(versions(&raw, EntityKind::Producer, "producers").await);
        let misplaced = "SELECT COUNT(*) FROM products p JOIN producers r ON r.id = p.producer_id \
             WHERE p.cell <> r.cell OR p.lat_e3 <> r.lat_e3 OR p.lng_e3 <> r.lng_e3";
        // `product-7` stands on `shelf-7`.
        let tombstones = "SELECT c.id, t.last_id, t.last_version FROM tombstones t \
             JOIN categories c ON REPLACE(c.slug, 'shelf', 'product') = t.slug";
        Self {
            head,
            changes: raw.changes().await,
            unnumbered: raw.number("SELECT COUNT(*) FROM changes WHERE seq IS NULL").await,
            others,
            products: by_category(&raw, "SELECT category_id, id, version FROM products").await,
            tombstones: by_category(&raw, tombstones).await,
            misplaced: raw.number(misplaced).await,
        }
    }
}

/// MariaDB shows its transactions out of a cache, which it fills only when nobody has looked for 100 ms.
const LOOK_EVERY: Duration = Duration::from_millis(150);

/// The database rolls back what a killed process left open as soon as it notices that the process is gone.
async fn await_quiet(raw: &Raw, engine: &str) {
    let open = match engine {
        "PostgreSQL" => {
            "SELECT COUNT(*) FROM pg_stat_activity \
             WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
        }
        "MariaDB" => "SELECT COUNT(*) FROM information_schema.innodb_trx",
        _ => return,
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while raw.number(open).await > 0 {
        assert!(Instant::now() < deadline, "transactions of killed processes are still open");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn versions(raw: &Raw, kind: EntityKind, table: &str) -> HashMap<(EntityKind, i64), i64> {
    let rows = raw.rows(&format!("SELECT id, version FROM {table}")).await;
    rows.iter().map(|row| ((kind, row.try_get_by_index(0).unwrap()), row.try_get_by_index(1).unwrap())).collect()
}

async fn by_category(raw: &Raw, sql: &str) -> HashMap<i64, Last> {
    let rows = raw.rows(sql).await;
    let last =
        |row: &sea_orm::QueryResult| Last { id: row.try_get_by_index(1).unwrap(), version: row.try_get_by_index(2).unwrap() };
    rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), last(row))).collect()
}
