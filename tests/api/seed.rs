//! The generated catalogue: the same number gives the same rows, on every engine.

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::engine::{Database, Engine, on_each_engine};
use crate::harness::{TestApp, seed};

const PRODUCTS: usize = 500;

/// Everything that the API tells of the catalogue, but for versions of the server.
fn walk(app: &TestApp) -> Vec<Value> {
    let mut rows = vec![app.query("{ categories { id slug name } }").data()];
    let producers = "query($after: Cursor) { page: producers(first: 100, after: $after) { nodes { id slug name kind city pincode
        location { latitude longitude } deliveryRadiusMeters createdAt } pageInfo { hasNextPage endCursor } totalCount } }";
    let products = "query($after: Cursor) { page: products(first: 100, after: $after, sort: { field: NAME }) { nodes { id slug name description
        price { minorUnits } pack { value unit } stockQuantity createdAt updatedAt version category { slug } producer { slug } }
        pageInfo { hasNextPage endCursor } totalCount } }";
    for document in [producers, products] {
        let mut after = Value::Null;
        loop {
            let mut page = app.query_with(document, &json!({ "after": after })).data()["page"].take();
            rows.push(page["totalCount"].take());
            rows.extend(page["nodes"].as_array().unwrap().iter().cloned());
            after = page["pageInfo"]["endCursor"].take();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
    }
    rows
}

fn catalogue(engine: Engine, number: u64) -> Vec<Value> {
    let database = Database::fresh(engine);
    seed(&database, number, PRODUCTS);
    walk(&TestApp::on(database).start())
}

#[test]
fn the_same_number_gives_the_same_rows_on_every_engine() {
    static FIRST: Mutex<Option<Vec<Value>>> = Mutex::new(None);
    on_each_engine(|engine| {
        let rows = catalogue(engine, 7);
        assert!(rows.len() > PRODUCTS, "{}", rows.len());
        let first = FIRST.lock().unwrap().get_or_insert_with(|| rows.clone()).clone();
        for (row, of_first) in rows.iter().zip(&first) {
            assert_eq!(row, of_first);
        }
        assert_eq!(rows.len(), first.len());
    });
}

#[test]
fn another_number_gives_other_rows_and_the_same_number_the_same_again() {
    let seven = catalogue(Engine::Sqlite, 7);
    assert_eq!(catalogue(Engine::Sqlite, 7), seven);
    let eight = catalogue(Engine::Sqlite, 8);
    assert_eq!(eight[0], seven[0], "categories are always the same");
    assert_ne!(eight[2], seven[2]);
    assert_ne!(eight.last(), seven.last());
}
