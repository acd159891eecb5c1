//! The database goes away and comes back.

use farmlokal::domain::ProductDraft;
use farmlokal::service::WriteError;
use farmlokal_testbed::{MariaDb, Postgres};

use crate::raw::Raw;
use crate::shop::{NOW_MS, Shop, place, producer, product};
use crate::stage::{Stage, never, often, runtime};
use crate::wait::until;

#[test]
fn a_follower_survives_a_restart_of_postgresql() {
    let server = Postgres::start();
    let stage = || Stage::at("PostgreSQL", server.fresh_database());
    runtime().block_on(survives(stage(), || server.restart()));
    runtime().block_on(catches_up_by_itself(stage(), || server.restart()));
}

#[test]
fn a_follower_survives_a_restart_of_mariadb() {
    let server = MariaDb::start();
    let stage = || Stage::at("MariaDB", server.fresh_database());
    runtime().block_on(survives(stage(), || server.restart()));
    runtime().block_on(catches_up_by_itself(stage(), || server.restart()));
}

async fn survives(stage: Stage, restart: impl Fn()) {
    let shop = Shop::open(&stage, often()).await;
    shop.put_category("milk").await;
    let asha = shop.put_producer(producer("asha", place(0))).await;
    let draft = |price_minor| ProductDraft { price_minor, ..product("ghee", "milk", asha.id) };
    shop.put(draft(1)).await;
    for round in 0..2 {
        restart();
        for price_minor in [10 + round, 20 + round] {
            put_when_back(&shop, draft(price_minor)).await;
        }
    }
    let raw = Raw::connect(&stage.url).await;
    let stored = raw.changes().await;
    assert_eq!(stored.len(), 7, "a category, a producer, five versions of a product");
    until("all is told", || shop.recorder.changes().len() >= stored.len()).await;
    assert_eq!(shop.recorder.changes(), stored, "once and in order");
    assert_eq!(shop.recorder.fresh_starts(), 0);
}

/// Its poll fails on a connection from before the restart; the next one must not wait until it is time again.
async fn catches_up_by_itself(stage: Stage, restart: impl Fn()) {
    let shop = Shop::open(&stage, never()).await;
    shop.put_category("milk").await;
    restart();
    Raw::connect(&stage.url).await.insert_unnumbered(&[(1, 1)], NOW_MS).await;

    shop.follower.nudge();

    until("the change is told", || shop.recorder.seqs() == [1, 2]).await;
}

/// Connections from before the restart are broken: the write is tried until one works.
async fn put_when_back(shop: &Shop, draft: ProductDraft) {
    for _ in 0..20 {
        match shop.marketplace.upsert_products(std::slice::from_ref(&draft)).await {
            Ok(_) => return,
            Err(WriteError::Failed(_)) => {}
            Err(refused) => panic!("{refused:?}"),
        }
    }
    panic!("the database is back, but no write succeeds");
}
