//! `adjustStock`: the same idempotency key never counts twice.

use std::thread;

use serde_json::{Value, json};

use crate::answer::text;
use crate::engine::on_each_engine;
use crate::harness::TestApp;
use crate::shop::{product, with};

fn stocked(app: &TestApp, stock: &Value) -> String {
    let gopal = app.open_shop();
    text(&app.stock_up(&with(product("milk-1", &gopal), &json!({ "stockQuantity": stock })))["id"])
}

fn quantity(app: &TestApp) -> Value {
    app.query("{ product(by: { slug: \"milk-1\" }) { stockQuantity } }").data()["product"]["stockQuantity"].take()
}

fn code(payload: &Value) -> &Value {
    assert_eq!(payload["product"], Value::Null);
    &payload["userErrors"][0]["code"]
}

#[test]
fn the_same_key_gives_the_first_result_again() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let id = stocked(&app, &json!(10));
        let first = app.adjust_stock(&id, -7, "order-1");
        assert_eq!(
            (&first["product"]["stockQuantity"], &first["product"]["stockStatus"], &first["product"]["version"]),
            (&json!(3), &json!("LOW_STOCK"), &json!("2"))
        );
        app.adjust_stock(&id, 5, "delivery");
        assert_eq!(app.adjust_stock(&id, -7, "order-1"), first, "quantity and version of then");
        assert_eq!(quantity(&app), 8);
        for (delta, key_owner) in [(-6, &id), (-7, &"AAAA".to_owned())] {
            assert_eq!(code(&app.adjust_stock(key_owner, delta, "order-1")), "IDEMPOTENCY_MISMATCH");
        }
        assert_eq!(app.adjust_stock(&id, -7, "ORDER-1")["product"]["stockQuantity"], 1, "keys are compared byte by byte");
        assert_eq!(app.adjust_stock(&id, -1, "order-1 ")["product"]["stockQuantity"], 0);
        assert_eq!(
            app.adjust_stock(&id, 0, "nothing")["product"],
            json!({ "id": id, "slug": "milk-1", "stockQuantity": 0, "stockStatus": "OUT_OF_STOCK", "version": "5" })
        );
    });
}

#[test]
fn what_cannot_be_is_refused_and_its_key_stays_free() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let id = stocked(&app, &json!(3));
        assert_eq!(code(&app.adjust_stock(&id, -4, "too-much")), "CONFLICT");
        assert_eq!(code(&app.adjust_stock(&id, i32::MAX, "beyond-32-bits")), "CONFLICT");
        assert_eq!(code(&app.adjust_stock("AAAA", 1, "nobody")), "NOT_FOUND");
        for key in ["", "  ", &"k".repeat(256)] {
            assert_eq!(code(&app.adjust_stock(&id, 1, key)), "BAD_USER_INPUT");
        }
        assert_eq!(quantity(&app), 3);
        assert_eq!(app.adjust_stock(&id, 1, &"क".repeat(255))["userErrors"], json!([]));
        assert_eq!(app.adjust_stock(&id, -4, "too-much")["product"]["stockQuantity"], 0, "failures are not kept");

        let gopal = app.open_shop();
        app.stock_up(&with(product("milk-1", &gopal), &json!({ "stockQuantity": null })));
        assert_eq!(code(&app.adjust_stock(&id, 1, "untracked")), "CONFLICT");
    });
}

#[test]
fn the_same_key_from_many_sides_counts_exactly_once() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let id = stocked(&app, &json!(1_000));
        let all = |key: fn(usize) -> String| -> Vec<Value> {
            let (app, id) = (&app, &id);
            thread::scope(|scope| {
                let callers: Vec<_> = (0..12).map(|n| scope.spawn(move || app.adjust_stock(id, -5, &key(n)))).collect();
                callers.into_iter().map(|caller| caller.join().unwrap()).collect()
            })
        };
        let same = all(|_| "one-key".to_owned());
        assert!(same.iter().all(|payload| *payload == same[0] && payload["product"]["stockQuantity"] == 995), "{same:?}");
        assert_eq!(quantity(&app), 995);
        let different = all(|n| format!("key-{n}"));
        assert!(different.iter().all(|payload| payload["userErrors"] == json!([])), "{different:?}");
        assert_eq!(quantity(&app), 935);
    });
}
