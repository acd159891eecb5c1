//! What a write leaves in the feed.

use std::sync::Arc;
use std::time::Duration;

use farmlokal::domain::{Aspects, EntityKind, ProductDraft};
use farmlokal::service::{StockAdjustment, WriteError};

use crate::raw::Raw;
use crate::shop::{Shop, category, place, producer, product};
use crate::stage::{Stage, never, on_every_engine};

/// A shop with the category `milk`, and the id of its one producer.
async fn shop_with_producer(stage: &Stage) -> (Shop, i64) {
    let shop = Shop::open(stage, never()).await;
    shop.put_category("milk").await;
    let asha = shop.put_producer(producer("asha", place(0))).await;
    (shop, asha.id)
}

#[test]
fn equal_input_writes_no_change() {
    on_every_engine(|stage| async move {
        let (shop, asha) = shop_with_producer(&stage).await;
        let ghee = shop.put(product("ghee", "milk", asha)).await;
        let raw = Raw::connect(&stage.url).await;
        let before = raw.change_count().await;

        let again = shop.put(product("ghee", "milk", asha)).await;
        shop.put_producer(producer("asha", place(0))).await;
        shop.marketplace.upsert_categories(&[category("milk")]).await.unwrap();
        let nothing = StockAdjustment { product_id: Some(ghee.id), delta: 0, idempotency_key: "nothing".to_owned() };
        shop.marketplace.adjust_stock(&nothing).await.unwrap();
        shop.marketplace.remove_products(&["unknown".to_owned()]).await.unwrap();

        assert_eq!(again, ghee);
        assert_eq!(raw.change_count().await, before);
        assert_eq!(shop.recorder.changes(), raw.changes().await);
    });
}

#[test]
fn a_refused_list_leaves_nothing_of_its_good_half() {
    on_every_engine(|stage| async move {
        let (shop, asha) = shop_with_producer(&stage).await;
        let raw = Raw::connect(&stage.url).await;
        let before = raw.change_count().await;
        let stale = ProductDraft { expected_version: Some(7), ..product("paneer", "milk", asha) };

        let refused = shop.marketplace.upsert_products(&[product("ghee", "milk", asha), stale]).await;

        assert!(matches!(refused, Err(WriteError::Refused(_))), "{refused:?}");
        assert_eq!(raw.change_count().await, before);
        assert_eq!(raw.number("SELECT COUNT(*) FROM products").await, 0);
    });
}

#[test]
fn a_moved_producer_is_one_change_with_its_old_and_new_cell() {
    on_every_engine(|stage| async move {
        let (shop, asha) = shop_with_producer(&stage).await;
        for slug in ["ghee", "paneer", "curd"] {
            shop.put(product(slug, "milk", asha)).await;
        }
        let before = shop.recorder.changes().len();

        shop.put_producer(producer("asha", place(1))).await;

        let told = shop.recorder.changes();
        let [moved] = told[before..] else { panic!("one change: {:?}", &told[before..]) };
        assert_eq!((moved.kind, moved.entity_id, moved.version), (EntityKind::Producer, asha, 2));
        assert_eq!(moved.aspects, Aspects::SCOPE);
        assert_eq!((moved.before.cell, moved.after.cell), (Some(place(0).cell()), Some(place(1).cell())));
        let raw = Raw::connect(&stage.url).await;
        let there = format!("SELECT COUNT(*) FROM products WHERE cell = {}", place(1).cell());
        assert_eq!(raw.number(&there).await, 3, "its products moved with it");
    });
}

#[test]
fn a_product_that_comes_back_goes_on_above_its_tombstone() {
    on_every_engine(|stage| async move {
        let (shop, asha) = shop_with_producer(&stage).await;
        let first = shop.put(product("ghee", "milk", asha)).await;
        shop.marketplace.remove_products(&["ghee".to_owned()]).await.unwrap();
        let second = shop.put(product("ghee", "milk", asha)).await;

        let told = shop.recorder.changes();
        let ghee = told.iter().filter(|change| change.kind == EntityKind::Product);
        let seen: Vec<_> = ghee.map(|change| (change.entity_id, change.version, change.aspects)).collect();
        assert!(second.id > first.id, "ids are not handed out twice");
        let (created, removed) = (Aspects::CREATED, Aspects::REMOVED);
        assert_eq!(seen, [(first.id, 1, created), (first.id, 2, removed), (second.id, 3, created)]);
    });
}

/// The follower polls only when nudged: what it was told when the write is answered, the write has waited for.
#[test]
fn an_answered_write_has_been_followed_by_its_own_process() {
    on_every_engine(|stage| async move {
        let (shop, asha) = shop_with_producer(&stage).await;
        for price_minor in 1..=20 {
            let ghee = shop.put(ProductDraft { price_minor, ..product("ghee", "milk", asha) }).await;
            let last = shop.recorder.changes().pop().unwrap();
            assert_eq!((last.kind, last.entity_id, last.version), (EntityKind::Product, ghee.id, price_minor));
        }
    });
}

/// Another process creates and removes the same product after ours has looked for its tombstone.
#[test]
fn a_product_created_and_removed_meanwhile_is_not_given_the_same_versions_again() {
    on_every_engine(|stage| async move {
        let (shop, asha) = shop_with_producer(&stage).await;
        let (other, observer) = (Raw::connect(&stage.url).await, Raw::connect(&stage.url).await);
        let shop = Arc::new(shop);
        let begin = if stage.engine == "SQLite" { "BEGIN IMMEDIATE" } else { "BEGIN" };
        other.execute(begin).await;
        other
            .execute(&format!(
                "INSERT INTO products (slug, producer_id, category_id, producer_kind, in_stock, pack_unit, name, name_key, \
                 description, price_minor, pack_value_thousandths, lat_e3, lng_e3, cell, created_at_ms, updated_at_ms, version) \
                 VALUES ('ghee', {asha}, 1, 1, 1, 1, 'Ghee', 'ghee', '', 1, 1, 0, 0, 0, 0, 0, 1)"
            ))
            .await;
        let writer = Arc::clone(&shop);
        let writing = tokio::spawn(async move { writer.put(product("ghee", "milk", asha)).await });
        if stage.engine != "SQLite" {
            let waits = async {
                while observer.waiting_sessions().await == 0 {
                    // MariaDB fills what it shows here only when nobody has looked for 100 ms.
                    tokio::time::sleep(Duration::from_millis(150)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(30), waits).await.expect("the writer waits for the row");
        }
        other.execute("DELETE FROM products WHERE slug = 'ghee'").await;
        other
            .execute(
                "INSERT INTO tombstones (entity_kind, slug, last_id, last_version, removed_at_ms) VALUES (3, 'ghee', 1, 2, 0)",
            )
            .await;
        other.execute("COMMIT").await;

        assert_eq!(writing.await.unwrap().version, 3);
    });
}
