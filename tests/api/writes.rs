//! Writing the catalogue: all or none, versions, tombstones, who may, and what the very next query sees.

use std::thread;

use serde_json::{Value, json};

use crate::answer::{text, texts};
use crate::engine::{Database, Engine, on_each_engine};
use crate::harness::{Call, TestApp};
use crate::shop::{GOPAL, REMOVE_PRODUCTS, UPSERT_CATEGORIES, UPSERT_PRODUCERS, UPSERT_PRODUCTS, producer, product, with};

fn version(product: &Value) -> i64 {
    text(&product["version"]).parse().unwrap()
}

#[test]
fn what_is_written_is_what_the_next_query_reads() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        let written = app.stock_up(&product("milk-1", &gopal));
        let document = "{ products { nodes { id slug name description price { amount minorUnits } pack { value unit } stockQuantity stockStatus
            version createdAt updatedAt category { slug } producer { slug } } } }";
        assert_eq!(app.query(document).data()["products"]["nodes"], json!([written]));
        assert_eq!((&written["version"], &written["createdAt"]), (&json!("1"), &written["updatedAt"]));
        assert_eq!((&written["category"]["slug"], &written["producer"]["slug"]), (&json!("milk"), &json!("gopal")));
        for amount in 65..75 {
            app.stock_up(&with(product("milk-1", &gopal), &json!({ "price": { "amount": amount.to_string() } })));
            let read = app.query("{ products(sort: { field: PRICE }) { nodes { price { amount } version } } }").data();
            let expected = json!([{ "price": { "amount": format!("{amount}.00") }, "version": (amount - 63).to_string() }]);
            assert_eq!(read["products"]["nodes"], expected);
        }
        assert_eq!(app.remove_products(&["milk-1"])["removed"], 1);
        assert_eq!(app.query(document).data()["products"]["nodes"], json!([]));
    });
}

#[test]
fn equal_input_writes_no_version() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        let changes = || app.database.sql("SELECT COUNT(*) FROM changes");
        let first = app.stock_up(&product("milk-1", &gopal));
        let after_first = changes();
        assert_eq!(app.stock_up(&product("milk-1", &gopal)), first);
        assert_eq!(
            app.stock_up(&with(product("milk-1", &gopal), &json!({ "price": { "amount": "64.00", "currency": "INR" } }))),
            first
        );
        app.open_shop();
        assert_eq!(changes(), after_first, "and no change in the feed");
        let dearer = app.stock_up(&with(product("milk-1", &gopal), &json!({ "price": { "amount": "65" } })));
        assert_eq!((version(&dearer), &dearer["id"], &dearer["createdAt"]), (2, &first["id"], &first["createdAt"]));
        assert!(text(&dearer["updatedAt"]) >= text(&first["updatedAt"]));
    });
}

#[test]
fn an_upsert_replaces_the_product_but_keeps_a_stock_that_is_not_named() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        app.stock_up(&product("milk-1", &gopal));
        let mut input = with(product("milk-1", &gopal), &json!({ "name": "Buffalo milk", "category": "vegetables" }));
        for member in ["stockQuantity", "description"] {
            input.as_object_mut().unwrap().remove(member);
        }
        let kept = app.stock_up(&input);
        assert_eq!(
            (&kept["stockQuantity"], &kept["description"], &kept["category"]["slug"]),
            (&json!(20), &json!(""), &json!("vegetables"))
        );
        let untracked = app.stock_up(&with(input.clone(), &json!({ "stockQuantity": null })));
        assert_eq!((&untracked["stockQuantity"], &untracked["stockStatus"]), (&Value::Null, &json!("IN_STOCK")));
        assert_eq!(app.stock_up(&input)["stockQuantity"], Value::Null, "kept untracked");
        let ravi = app.settle(&producer("ravi", (19.0, 72.8)));
        let moved = app.stock_up(&with(input, &json!({ "producerId": ravi })));
        assert_eq!((version(&moved), &moved["producer"]["slug"]), (4, &json!("ravi")));
    });
}

#[test]
fn a_list_is_written_as_a_whole_or_not_at_all() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        app.stock_up(&product("old", &gopal));
        let payload = app.upsert_products(&json!([
            product("new", &gopal),
            with(product("old", &gopal), &json!({ "name": "Other" })),
            with(product("bad", &gopal), &json!({ "category": "nowhere" })),
        ]));
        assert_eq!(
            (&payload["products"], &payload["userErrors"][0]["path"]),
            (&json!([]), &json!(["input", "products", "2", "category"]))
        );
        let read = app.query("{ products { nodes { slug name version } } }").data();
        assert_eq!(read["products"]["nodes"], json!([{ "slug": "old", "name": "Cow milk", "version": "1" }]));
        let hundred: Vec<Value> = (0..100).rev().map(|n| product(&format!("p-{n}"), &gopal)).collect();
        let payload = app.upsert_products(&json!(hundred));
        assert_eq!(texts(&payload["products"], "slug"), texts(&json!(hundred), "slug"), "in the order of the input");
        assert_eq!(app.upsert_products(&json!([])), json!({ "products": [], "userErrors": [] }));
    });
}

#[test]
fn a_stale_expected_version_is_a_conflict() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        let expecting =
            |version: &str, name: &str| with(product("milk-1", &gopal), &json!({ "expectedVersion": version, "name": name }));
        app.stock_up(&product("milk-1", &gopal));
        assert_eq!(app.stock_up(&expecting("1", "Second"))["version"], "2");
        let stale = app.upsert_products(&json!([product("other", &gopal), expecting("1", "Third")]));
        assert_eq!((&stale["products"], &stale["userErrors"][0]["code"]), (&json!([]), &json!("CONFLICT")));
        assert_eq!(stale["userErrors"][0]["path"], json!(["input", "products", "1", "expectedVersion"]));
        let read = app.query("{ products { nodes { slug name version } } }").data();
        assert_eq!(
            read["products"]["nodes"],
            json!([{ "slug": "milk-1", "name": "Second", "version": "2" }]),
            "nothing was written"
        );
    });
}

#[test]
fn of_writers_that_expect_the_same_version_one_wins() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        app.stock_up(&product("milk-1", &gopal));
        let write = |n: i32| {
            app.upsert_products(&json!([with(
                product("milk-1", &gopal),
                &json!({ "expectedVersion": "1", "name": format!("By {n}") })
            )]))
        };
        let payloads: Vec<Value> = thread::scope(|scope| {
            let writers: Vec<_> = (0..6).map(|n| scope.spawn(move || write(n))).collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        let won = payloads.iter().filter(|payload| payload["userErrors"] == json!([])).count();
        let lost = payloads.iter().filter(|payload| payload["userErrors"][0]["code"] == "CONFLICT").count();
        assert_eq!((won, lost), (1, 5), "{payloads:?}");
    });
}

#[test]
fn writers_of_the_same_new_slugs_in_any_order_all_succeed() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        let write = |n: usize| {
            let mut products: Vec<Value> =
                (0..10).map(|p| with(product(&format!("p-{p}"), &gopal), &json!({ "name": format!("By {n}") }))).collect();
            products.rotate_left(n * 3);
            if n % 2 == 1 {
                products.reverse();
            }
            app.upsert_products(&json!(products))
        };
        thread::scope(|scope| {
            let writers: Vec<_> = (0..4).map(|n| scope.spawn(move || write(n))).collect();
            for writer in writers {
                assert_eq!(writer.join().unwrap()["userErrors"], json!([]));
            }
        });
        let names = texts(&app.query("{ products { nodes { name } } }").data()["products"]["nodes"], "name");
        assert!(names.len() == 10 && names.iter().all(|name| *name == names[0]), "one whole list came last: {names:?}");
    });
}

#[test]
fn a_removed_slug_comes_back_as_another_product_with_a_later_version() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        app.stock_up(&product("milk-1", &gopal));
        let second = app.stock_up(&with(product("milk-1", &gopal), &json!({ "name": "Second" })));
        let removed = app.remove_products(&["nobody", "milk-1", "milk-1", "NOT A SLUG"]);
        assert_eq!(removed, json!({ "removed": 1, "userErrors": [] }));
        assert_eq!(app.remove_products(&["milk-1"]), json!({ "removed": 0, "userErrors": [] }));
        assert_eq!(app.remove_products(&[]), json!({ "removed": 0, "userErrors": [] }));
        let document = "query($id: ID!) { product(by: { id: $id }) { id } node(id: $id) { id } }";
        assert_eq!(app.query_with(document, &json!({ "id": second["id"] })).data(), json!({ "product": null, "node": null }));
        let again = app.stock_up(&product("milk-1", &gopal));
        assert_ne!(again["id"], second["id"]);
        assert!(version(&again) > version(&second) + 1, "above the tombstone's: {again}");
        app.remove_products(&["milk-1"]);
        assert!(version(&app.stock_up(&product("milk-1", &gopal))) > version(&again) + 1, "a second time as well");
    });
}

#[test]
fn a_stranger_may_read_and_not_write() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        let inputs = [
            ("upsertCategories", UPSERT_CATEGORIES, json!({ "categories": [{ "slug": "x", "name": "X" }] })),
            ("upsertProducers", UPSERT_PRODUCERS, json!({ "producers": [producer("x", GOPAL)] })),
            ("upsertProducts", UPSERT_PRODUCTS, json!({ "products": [product("x", &gopal)] })),
            ("removeProducts", REMOVE_PRODUCTS, json!({ "slugs": ["x"] })),
            ("adjustStock", crate::shop::ADJUST_STOCK, json!({ "productId": gopal, "delta": 1, "idempotencyKey": "k" })),
        ];
        for (field, document, input) in inputs {
            let answer = app.query_with(document, &json!({ "input": input }));
            assert_eq!((answer.status, answer.code().as_str()), (200, "UNAUTHENTICATED"), "{field}");
            assert_eq!((&answer.json()["data"], &answer.errors()[0]["path"]), (&json!({ field: null }), &json!([field])));
        }
        let read = app.query("{ categories { slug } producers { nodes { slug } } products { totalCount } }").data();
        assert_eq!(
            (texts(&read["categories"], "slug"), texts(&read["producers"]["nodes"], "slug")),
            (vec!["milk".into(), "vegetables".into()], vec!["gopal".into()])
        );
    });
}

#[test]
fn a_wrong_token_is_told_wherever_it_is_shown() {
    let app = TestApp::seeded(Engine::Sqlite);
    let calls = || {
        [
            Call::graphql("{ __typename }", &json!({})),
            Call::new(reqwest::Method::GET, "/graphql?query={__typename}"),
            Call::new(reqwest::Method::GET, "/products"),
            Call::new(reqwest::Method::GET, "/metrics"),
            Call::new(reqwest::Method::GET, "/metrics/prometheus"),
        ]
    };
    for authorization in ["Bearer wrong-token-of-enough-length", "Bearer", "Bearer ", "Basic eDp5", "Bearer a b", "Bearer दूध"]
    {
        // Whoever brought no token at all is told the scheme alone.
        let challenge = if authorization.contains("wrong") { "Bearer error=\"invalid_token\"" } else { "Bearer" };
        for call in calls() {
            let answer = app.send(call.header("authorization", authorization));
            assert_eq!(
                (answer.status, answer.code().as_str(), answer.header("www-authenticate")),
                (401, "UNAUTHENTICATED", challenge),
                "{authorization}"
            );
        }
    }
    let bearer = format!("bEARER {}", crate::harness::TOKEN);
    app.send(Call::graphql("{ __typename }", &json!({})).header("authorization", &bearer)).data();
}

#[test]
fn what_a_caller_without_a_token_may_do_is_a_setting() {
    let app = TestApp::on(Database::fresh(Engine::Sqlite)).env("ANONYMOUS_SCOPES", "catalogue:write").start();
    let input = json!({ "input": { "categories": [{ "slug": "milk", "name": "Milk" }] } });
    assert_eq!(app.query_with(UPSERT_CATEGORIES, &input).data()["upsertCategories"]["userErrors"], json!([]));
    assert_eq!(app.query("{ metrics { version } }").code(), "UNAUTHENTICATED");
    assert_eq!((app.get("/metrics").status, app.get("/metrics/prometheus").status), (401, 401));
}
