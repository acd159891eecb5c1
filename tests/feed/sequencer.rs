//! The sequencer by itself.

use std::collections::HashMap;

use farmlokal::storage::feed::sequencer;

use crate::raw::Raw;
use crate::shop::NOW_MS;
use crate::stage::on_every_engine;

/// Several of the sequencer's batches, the last one not full.
const WAITING: i64 = 1_050;
/// Products that they are of.
const PRODUCTS: i64 = 10;

/// Versions of ten products, newest first: the order of the rows is the reverse of the right one.
fn newest_first() -> Vec<(i64, i64)> {
    (0..WAITING).rev().map(|n| (1 + n % PRODUCTS, 1 + n / PRODUCTS)).collect()
}

#[test]
fn many_waiting_changes_are_numbered_without_a_gap_in_version_order() {
    on_every_engine(|stage| async move {
        let database = stage.database().await;
        let raw = Raw::connect(&stage.url).await;
        raw.insert_unnumbered(&newest_first(), NOW_MS).await;

        assert_eq!(sequencer::run(&database).await.unwrap(), WAITING);
        assert_eq!(sequencer::run(&database).await.unwrap(), WAITING, "a second run finds nothing to do");

        assert_numbered(&raw).await;
    });
}

#[test]
fn sequencers_at_work_at_once_give_no_number_twice() {
    on_every_engine(|stage| async move {
        let (first, second) = (stage.database().await, stage.database().await);
        let raw = Raw::connect(&stage.url).await;
        for part in newest_first().rchunks(350) {
            raw.insert_unnumbered(part, NOW_MS).await;
            let run = |database| tokio::spawn(async move { sequencer::run(&database).await });
            for run in [run(first.clone()), run(second.clone()), run(first.clone()), run(second.clone())] {
                run.await.unwrap().unwrap();
            }
        }
        assert_numbered(&raw).await;
    });
}

async fn assert_numbered(raw: &Raw) {
    let changes = raw.changes().await;
    assert!(changes.iter().map(|change| change.seq).eq(1..=WAITING), "numbered from 1 without a gap");
    assert_eq!(raw.number("SELECT seq FROM change_head WHERE id = 1").await, WAITING);
    let mut last: HashMap<i64, i64> = HashMap::new();
    for change in changes {
        let before = last.insert(change.entity_id, change.version).unwrap_or(0);
        assert_eq!(change.version, before + 1, "product {}", change.entity_id);
    }
}
