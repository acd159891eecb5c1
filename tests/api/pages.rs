//! Pages: the same list forward and backward, flags that are exact at both ends, and cursors that hold for one list only.

use serde_json::{Value, json};

use crate::answer::{text, texts};
use crate::engine::{Engine, on_each_engine};
use crate::harness::{SEEDED_PRODUCTS, TestApp};
use crate::shop::product;

const PAGE: &str = "query($first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: ProductFilter, $sort: ProductSort, $near: NearInput) {
    products(first: $first, after: $after, last: $last, before: $before, filter: $filter, sort: $sort, near: $near) {
        edges { cursor node { slug } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

/// One page of the list with these arguments.
fn page(app: &TestApp, list: &Value, arguments: &Value) -> Value {
    let mut variables = list.clone();
    variables.as_object_mut().unwrap().extend(arguments.as_object().unwrap().clone());
    app.query_with(PAGE, &variables).data()["products"].take()
}

fn slugs(page: &Value) -> Vec<String> {
    page["edges"].as_array().unwrap().iter().map(|edge| text(&edge["node"]["slug"])).collect()
}

/// Walks a whole list in one direction and checks every flag on the way; gives it in its own order.
fn walk(app: &TestApp, list: &Value, size: usize, forward: bool) -> Vec<String> {
    let (size_name, cursor_name, end) = if forward { ("first", "after", "endCursor") } else { ("last", "before", "startCursor") };
    let (ahead, behind) = if forward { ("hasNextPage", "hasPreviousPage") } else { ("hasPreviousPage", "hasNextPage") };
    let (mut all, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = page(app, list, &json!({ size_name: size, cursor_name: cursor }));
        let (found, info) = (slugs(&page), &page["pageInfo"]);
        assert_eq!(info[behind], !cursor.is_null(), "{list}: something lies behind every page but the first");
        let cursors = texts(&page["edges"], "cursor");
        assert_eq!(
            (info["startCursor"].as_str(), info["endCursor"].as_str()),
            (cursors.first().map(String::as_str), cursors.last().map(String::as_str))
        );
        assert!(!found.is_empty(), "{list}: no page is empty");
        if forward {
            all.extend(found)
        } else {
            all.splice(..0, found);
        }
        if info[ahead] == json!(false) {
            return all;
        }
        cursor = info[end].clone();
    }
}

#[test]
fn every_list_is_the_same_forward_and_backward() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let place = app.query("{ producers(first: 1) { nodes { location { latitude longitude } } } }").data();
        let place = &place["producers"]["nodes"][0]["location"];
        let near = json!({ "latitude": place["latitude"], "longitude": place["longitude"], "radiusMeters": 50_000 });
        let sort = |field: &str, direction: &str| json!({ "field": field, "direction": direction });
        let mut lists = vec![
            json!({ "sort": sort("NAME", "ASC") }),
            json!({ "sort": sort("PRICE", "DESC") }),
            json!({}),
            json!({ "sort": sort("PRICE", "ASC"), "filter": { "category": ["milk", "dairy", "eggs"] } }),
            json!({ "sort": sort("NAME", "DESC"), "filter": { "producerKinds": ["FARMER"], "inStock": true, "price": { "max": "80" } } }),
            json!({ "near": near }),
        ];
        lists.push(json!({ "near": near, "sort": sort("PRICE", "ASC") }));
        for list in lists {
            let forward = walk(app, &list, 41, true);
            assert_eq!(walk(app, &list, 37, false), forward, "{list}");
            let mut unique = forward.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), forward.len(), "{list}: nothing comes twice");
            if !list.to_string().contains("filter") && !list.to_string().contains("near") {
                assert_eq!(forward.len(), SEEDED_PRODUCTS);
            }
        }
    });
}

#[test]
fn the_flags_are_exact_at_both_ends_of_a_list() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let list = json!({ "filter": { "category": ["eggs", "oils"] }, "sort": { "field": "PRICE" } });
        let all = walk(app, &list, 100, true);
        let whole = page(app, &list, &json!({ "first": all.len() }));
        let flags = |page: &Value| {
            (page["pageInfo"]["hasPreviousPage"].as_bool().unwrap(), page["pageInfo"]["hasNextPage"].as_bool().unwrap())
        };
        assert_eq!((slugs(&whole), flags(&whole)), (all.clone(), (false, false)), "a page that is exactly the list");
        assert_eq!(flags(&page(app, &list, &json!({ "last": all.len() }))), (false, false));
        assert_eq!(flags(&page(app, &list, &json!({ "first": all.len() - 1 }))), (false, true));
        assert_eq!(flags(&page(app, &list, &json!({ "last": all.len() - 1 }))), (true, false));

        let (start, end) = (&whole["pageInfo"]["startCursor"], &whole["pageInfo"]["endCursor"]);
        let past = page(app, &list, &json!({ "first": 5, "after": end }));
        assert_eq!((slugs(&past), flags(&past)), (vec![], (true, false)), "past the end");
        assert_eq!((&past["pageInfo"]["startCursor"], &past["pageInfo"]["endCursor"]), (&Value::Null, &Value::Null));
        let before = page(app, &list, &json!({ "last": 5, "before": start }));
        assert_eq!((slugs(&before), flags(&before)), (vec![], (false, true)), "in front of the start");
        let second = page(app, &list, &json!({ "first": 1, "after": start }));
        assert_eq!((slugs(&second), flags(&second)), (vec![all[1].clone()], (true, true)));
        let default =
            page(app, &json!({}), &json!({ "before": page(app, &json!({}), &json!({ "first": 30 }))["pageInfo"]["endCursor"] }));
        assert_eq!(slugs(&default).len(), 20, "`before` alone means the last twenty in front of it");
    });
}

#[test]
fn a_cursor_holds_for_its_list_alone() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let near = |latitude: f64, radius: i32| json!({ "latitude": latitude, "longitude": 73.856, "radiusMeters": radius });
        let base = json!({ "filter": { "category": ["milk", "dairy"], "price": { "max": "900.00" } }, "sort": { "field": "PRICE" }, "near": null });
        let cursor = page(app, &base, &json!({ "first": 1 }))["pageInfo"]["endCursor"].take();
        assert!(cursor.is_string());
        let go_on =
            |list: &Value| app.query_with(PAGE, &crate::shop::with(list.clone(), &json!({ "first": 1, "after": cursor })));
        for (same, why) in [
            (json!({}), "the list itself"),
            (
                json!({ "filter": { "category": ["dairy", "milk", "dairy", "nowhere"], "price": { "max": "900" } } }),
                "the same filter in other words",
            ),
            (json!({ "sort": { "field": "PRICE", "direction": "ASC" } }), "the default direction"),
        ] {
            assert_eq!(slugs(&go_on(&crate::shop::with(base.clone(), &same)).data()["products"]).len(), 1, "{why}");
        }
        for other in [
            json!({ "sort": { "field": "NAME" } }),
            json!({ "sort": { "field": "PRICE", "direction": "DESC" } }),
            json!({ "sort": null }),
            json!({ "filter": null }),
            json!({ "filter": { "category": ["milk"], "price": { "max": "900" } } }),
            json!({ "filter": { "category": ["milk", "dairy"], "price": { "max": "900.01" } } }),
            json!({ "filter": { "category": ["milk", "dairy"], "price": { "max": "900" }, "inStock": true } }),
            json!({ "near": near(18.52, 50_000) }),
        ] {
            assert_eq!(go_on(&crate::shop::with(base.clone(), &other)).code(), "INVALID_CURSOR", "{other}");
        }
    });
}

#[test]
fn a_cursor_holds_for_its_place_and_its_parent_alone() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let place = app.query("{ producers(first: 1) { nodes { location { latitude longitude } } } }").data()["producers"]["nodes"][0]["location"].take();
        let near = |north: f64, radius: i32| {
            let latitude = place["latitude"].as_f64().unwrap() + north;
            json!({ "near": { "latitude": latitude, "longitude": place["longitude"], "radiusMeters": radius } })
        };
        let cursor = page(app, &near(0.0, 40_000), &json!({ "first": 1 }))["pageInfo"]["endCursor"].take();
        let go_on = |list: Value| app.query_with(PAGE, &crate::shop::with(list, &json!({ "first": 1, "after": cursor })));
        go_on(near(0.000_3, 40_000)).data();
        assert_eq!(go_on(near(0.001, 40_000)).code(), "INVALID_CURSOR");
        assert_eq!(go_on(near(0.0, 40_001)).code(), "INVALID_CURSOR");

        let nested = "query($slug: String!, $after: Cursor) { category(by: { slug: $slug }) { products(first: 1, after: $after) { pageInfo { endCursor } } } }";
        let of_milk =
            app.query_with(nested, &json!({ "slug": "milk" })).data()["category"]["products"]["pageInfo"]["endCursor"].take();
        app.query_with(nested, &json!({ "slug": "milk", "after": of_milk })).data();
        assert_eq!(app.query_with(nested, &json!({ "slug": "dairy", "after": of_milk })).code(), "INVALID_CURSOR");
        assert_eq!(
            app.query_with("query($c: Cursor) { products(after: $c) { nodes { id } } }", &json!({ "c": of_milk })).code(),
            "INVALID_CURSOR"
        );
        assert_eq!(
            app.query_with("query($c: Cursor) { producers(after: $c) { nodes { id } } }", &json!({ "c": of_milk })).code(),
            "INVALID_CURSOR"
        );
    });
}

#[test]
fn a_cursor_that_was_tampered_with_is_refused() {
    let app = TestApp::seeded(Engine::Sqlite);
    let document = "query($c: Cursor) { products(first: 1, after: $c) { pageInfo { endCursor } } }";
    let cursor = text(&app.query(document).data()["products"]["pageInfo"]["endCursor"]);
    let refused = |forged: &str| {
        let answer = app.query_with(document, &json!({ "c": forged }));
        assert_eq!(answer.code(), "INVALID_CURSOR", "{forged}");
        assert_eq!(answer.json()["data"], json!({ "products": null }));
    };
    for at in 0..cursor.len() {
        let other = if cursor.as_bytes()[at] == b'A' { "B" } else { "A" };
        refused(&format!("{}{other}{}", &cursor[..at], &cursor[at + 1..]));
    }
    for forged in [
        "",
        "A",
        "!!!",
        "💥",
        "20",
        "a\u{0}b",
        &cursor[..cursor.len() - 1],
        &cursor[1..],
        &format!("{cursor}="),
        &format!("{cursor}A"),
        &"A".repeat(9_000),
    ] {
        refused(forged);
    }
    let elsewhere = TestApp::seeded(Engine::Postgres).query(document).data()["products"]["pageInfo"]["endCursor"].take();
    refused(&text(&elsewhere));
}

#[test]
fn cursors_outlive_the_process_that_gave_them() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let list = json!({ "sort": { "field": "NAME" } });
        let cursor = page(app, &list, &json!({ "first": 3 }))["pageInfo"]["endCursor"].take();
        let replica = crate::harness::command(&app.database).env("FARMLOKAL_DEV_TOKEN", crate::harness::TOKEN).start();
        let replica = TestApp::joining(replica, crate::engine::Database::at(engine, app.database.url()));
        let next = json!({ "first": 3, "after": cursor });
        assert_eq!(page(&replica, &list, &next), page(app, &list, &next));
    });
}

#[test]
fn rows_that_come_and_go_during_a_walk_neither_hide_nor_repeat_others() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        for n in 0..9 {
            app.stock_up(&crate::shop::with(product(&format!("m-{n}"), &gopal), &json!({ "name": format!("Milk {n}") })));
        }
        let list = json!({ "sort": { "field": "NAME" } });
        let first = page(&app, &list, &json!({ "first": 4 }));
        assert_eq!(slugs(&first), ["m-0", "m-1", "m-2", "m-3"]);
        app.remove_products(&["m-1", "m-3", "m-5"]);
        app.stock_up(&crate::shop::with(product("early", &gopal), &json!({ "name": "Milk 00" })));
        app.stock_up(&crate::shop::with(product("late", &gopal), &json!({ "name": "Milk 7a" })));
        let rest = page(&app, &list, &json!({ "first": 9, "after": first["pageInfo"]["endCursor"] }));
        assert_eq!(slugs(&rest), ["m-4", "m-6", "m-7", "late", "m-8"], "also behind a row that is gone");
        assert_eq!(rest["pageInfo"]["hasPreviousPage"], true);
    });
}
