//! Arguments of queries that cannot be: each gets a clear error with a code, never a 500, never an inner detail.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::engine::on_each_engine;
use crate::harness::TestApp;

const PRODUCTS: &str = "query($first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: ProductFilter, $sort: ProductSort, $near: NearInput) {
    products(first: $first, after: $after, last: $last, before: $before, filter: $filter, sort: $sort, near: $near) { nodes { id } }
    categories { __typename } }";
const PRODUCERS: &str = "query($first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: ProducerFilter, $sort: ProducerSort, $near: NearInput) {
    producers(first: $first, after: $after, last: $last, before: $before, filter: $filter, sort: $sort, near: $near) { nodes { id } }
    categories { __typename } }";

/// Asks for a list that is refused by the service, and checks that only this field is gone.
fn refused_alone(app: &TestApp, field: &str, variables: &Value, code: &str) {
    let document = if field == "products" { PRODUCTS } else { PRODUCERS };
    let answer = app.query_with(document, variables);
    assert_eq!((answer.status, answer.code().as_str()), (200, code), "{variables}: {}", answer.text());
    assert_eq!((&answer.json()["data"][field], &answer.errors()[0]["path"]), (&Value::Null, &json!([field])));
    assert_eq!(answer.json()["data"]["categories"].as_array().unwrap().len(), 12);
}

/// The answer to a request that was refused before anything ran.
fn refused_whole(answer: &Answer, codes: &[&str]) {
    answer.tells_nothing_inner();
    let found = answer.codes();
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(!found.is_empty() && found.iter().all(|code| codes.contains(&code.as_str())), "{}", answer.text());
    assert_eq!(answer.json().get("data"), None, "{}", answer.text());
}

#[test]
fn pages_that_cannot_be() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        for field in ["products", "producers"] {
            for variables in [
                json!({ "first": 5, "last": 5 }),
                json!({ "first": 0 }),
                json!({ "first": -1 }),
                json!({ "first": 101 }),
                json!({ "first": i32::MIN }),
                json!({ "first": i32::MAX }),
                json!({ "last": 0 }),
                json!({ "last": -7 }),
                json!({ "last": 101 }),
                json!({ "after": "x", "before": "y" }),
                json!({ "first": 5, "before": "x" }),
                json!({ "last": 5, "after": "x" }),
            ] {
                refused_alone(app, field, &variables, "BAD_USER_INPUT");
            }
            for cursor in ["", "AAAA", "not base64!", "AQABAAAAAAAAAAAA", "दूध", "a\u{0}b"] {
                refused_alone(app, field, &json!({ "after": cursor }), "INVALID_CURSOR");
                refused_alone(app, field, &json!({ "before": cursor }), "INVALID_CURSOR");
            }
        }
    });
}

#[test]
fn places_that_cannot_be() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let near = |latitude: f64, longitude: f64, radius: i64| json!({ "near": { "latitude": latitude, "longitude": longitude, "radiusMeters": radius } });
        for field in ["products", "producers"] {
            for variables in [
                near(18.5, 73.8, 0),
                near(18.5, 73.8, -1),
                near(18.5, 73.8, 50_001),
                near(18.5, 73.8, i64::from(i32::MAX)),
                near(90.01, 73.8, 5),
                near(-91.0, 73.8, 5),
                near(18.5, 180.01, 5),
                near(18.5, -1e300, 5),
            ] {
                refused_alone(app, field, &variables, "BAD_USER_INPUT");
            }
            for edge in [near(90.0, 180.0, 50_000), near(-90.0, -180.0, 1)] {
                let document = if field == "products" { PRODUCTS } else { PRODUCERS };
                assert_eq!(app.query_with(document, &edge).data()[field], json!({ "nodes": [] }), "the poles are on the globe");
            }
        }
        refused_alone(
            app,
            "producers",
            &json!({ "filter": { "deliversTo": { "latitude": 91, "longitude": 0 } } }),
            "BAD_USER_INPUT",
        );
    });
}

#[test]
fn sorts_that_cannot_be() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let near = json!({ "latitude": 18.5, "longitude": 73.8 });
        for field in ["products", "producers"] {
            refused_alone(app, field, &json!({ "sort": { "field": "DISTANCE" } }), "BAD_USER_INPUT");
            refused_alone(
                app,
                field,
                &json!({ "sort": { "field": "DISTANCE", "direction": "DESC" }, "near": near }),
                "BAD_USER_INPUT",
            );
        }
        for direction in ["ASC", "DESC"] {
            let sort = json!({ "sort": { "field": "RELEVANCE", "direction": direction } });
            refused_alone(app, "products", &sort, "BAD_USER_INPUT");
        }
        refused_whole(&app.query_with(PRODUCTS, &json!({ "sort": {} })), &["BAD_USER_INPUT"]);
        refused_whole(&app.query("{ producers(sort: { field: RELEVANCE }) { nodes { id } } }"), &["BAD_USER_INPUT"]);
    });
}

#[test]
fn filters_that_cannot_be() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let hundred_and_one = vec!["x"; 101];
        for filter in [
            json!({ "price": { "min": "-1" } }),
            json!({ "price": { "max": "-0.01" } }),
            json!({ "price": { "min": "2", "max": "1" } }),
            json!({ "price": { "min": "92233720368547758.08" } }),
            json!({ "price": { "max": "9".repeat(40) } }),
            json!({ "price": { "min": "0.001" } }),
            json!({ "category": hundred_and_one }),
            json!({ "producerIds": hundred_and_one }),
            json!({ "producerKinds": vec!["FPO"; 101] }),
            json!({ "createdAt": { "from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z" } }),
        ] {
            refused_alone(app, "products", &json!({ "filter": filter }), "BAD_USER_INPUT");
        }
        refused_alone(app, "producers", &json!({ "filter": { "kinds": vec!["FPO"; 101] } }), "BAD_USER_INPUT");
        for fits in [
            json!({ "price": { "min": "0", "max": "92233720368547758.07" } }),
            json!({ "category": vec!["x"; 100] }),
            json!({ "price": { "min": "-0" } }),
            json!({ "price": { "max": "001.00000" } }),
            json!({ "createdAt": { "from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59.999+14:00" } }),
        ] {
            app.query_with(PRODUCTS, &json!({ "filter": fits })).data();
        }
    });
}

#[test]
fn values_that_do_not_fit_their_type() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        for variables in [
            json!({ "first": "5" }),
            json!({ "first": 1.5 }),
            json!({ "first": 2_147_483_648_i64 }),
            json!({ "after": 5 }),
            json!({ "filter": { "price": { "min": 64.5 } } }),
            json!({ "filter": { "price": { "min": 64 } } }),
            json!({ "filter": { "price": { "min": "1e3" } } }),
            json!({ "filter": { "price": { "min": "" } } }),
            json!({ "filter": { "price": { "min": "٣" } } }),
            json!({ "filter": { "price": { "min": "9".repeat(41) } } }),
            json!({ "filter": { "createdAt": { "from": "yesterday" } } }),
            json!({ "filter": { "createdAt": { "from": 5 } } }),
            json!({ "filter": { "inStock": "yes" } }),
            json!({ "filter": { "producerKinds": ["BAKER"] } }),
            json!({ "filter": { "unknown": 1 } }),
            json!({ "filter": [] }),
            json!({ "near": { "latitude": 18.5 } }),
            json!({ "near": { "latitude": "18.5", "longitude": 73 } }),
            json!({ "near": { "latitude": 18, "longitude": 73, "radiusMeters": null } }),
            json!({ "filter": { "category": [null] } }),
        ] {
            refused_whole(&app.query_with(PRODUCTS, &variables), &["BAD_USER_INPUT"]);
        }
        for document in [
            "{ products(filter: { price: { min: 64.5 } }) { nodes { id } } }",
            "{ products(filter: { price: { min: \"x\" } }) { nodes { id } } }",
            "{ products(first: \"5\") { nodes { id } } }",
            "{ products(near: { latitude: 1 }) { nodes { id } } }",
            "{ product(by: {}) { id } }",
            "{ product(by: { id: \"a\", slug: \"b\" }) { id } }",
            "{ product(by: { id: null }) { id } }",
            "{ product { id } }",
            "{ nodes(ids: null) { id } }",
            "{ products(search: 5) { nodes { id } } }",
            "{ products(first: 2147483648) { nodes { id } } categories { slug } }",
        ] {
            refused_whole(&app.query(document), &["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"]);
        }
        let lookup = "query($by: ProductLookup!) { product(by: $by) { id } }";
        for by in [json!({}), json!({ "id": "a", "slug": "b" }), json!({ "id": null }), json!({ "name": "x" }), json!(null)] {
            refused_whole(&app.query_with(lookup, &json!({ "by": by })), &["BAD_USER_INPUT"]);
        }
    });
}

#[test]
fn counts_that_cannot_be_take_their_list_with_them() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        for limit in ["0", "-1", "100001"] {
            let answer =
                app.query(&format!("{{ products {{ count(limit: {limit}) {{ value }} }} categories {{ __typename }} }}"));
            assert_eq!((answer.status, answer.code().as_str()), (200, "BAD_USER_INPUT"), "{limit}");
            assert_eq!(answer.errors()[0]["path"], json!(["products", "count"]));
            assert_eq!(answer.json()["data"]["products"], Value::Null);
        }
    });
}
