//! Reading the catalogue: every root field, what is nested in it, counts, and nothing but what was asked.

use serde_json::{Value, json};

use crate::answer::{text, texts};
use crate::engine::{Engine, on_each_engine};
use crate::harness::{SEEDED_PRODUCTS, TestApp};
use crate::shop::{product, with};

#[test]
fn an_answer_holds_what_was_asked_in_the_order_of_asking_and_nothing_else() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let answer = app.query(
            "query Q($no: Boolean = false) { z: products(first: 1) { nodes { slug ...more id @include(if: $no) } } categories { __typename } }
             fragment more on Product { stockStatus name @skip(if: $no) }",
        );
        let data = answer.data();
        let product = &data["z"]["nodes"][0];
        let categories = [r#"{"__typename":"Category"}"#; 12].join(",");
        let expected = format!(
            r#"{{"data":{{"z":{{"nodes":[{{"slug":{},"stockStatus":{},"name":{}}}]}},"categories":[{categories}]}}}}"#,
            product["slug"], product["stockStatus"], product["name"]
        );
        assert_eq!(answer.text(), expected);
    });
}

#[test]
fn without_arguments_a_list_is_its_first_twenty_newest_first() {
    on_each_engine(|engine| {
        let data = TestApp::seeded(engine)
            .query("{ products { nodes { createdAt } edges { node { createdAt } distanceMeters } } }")
            .data();
        let created = texts(&data["products"]["nodes"], "createdAt");
        assert_eq!(created.len(), 20);
        assert!(created.is_sorted_by(|a, b| a >= b), "{created:?}");
        assert_eq!(data["products"]["edges"][0], json!({ "node": { "createdAt": created[0] }, "distanceMeters": null }));
    });
}

#[test]
fn categories_come_in_display_order() {
    on_each_engine(|engine| {
        let slugs = texts(&TestApp::seeded(engine).query("{ categories { slug } }").data()["categories"], "slug");
        assert_eq!((slugs.len(), slugs[0].as_str(), slugs[11].as_str()), (12, "vegetables", "eggs"));
    });
}

#[test]
fn everything_is_found_by_its_id_and_by_its_slug() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let one = app
            .query(
                "{ products(first: 1) { nodes { id slug } } producers(first: 1) { nodes { id slug } } categories { id slug } }",
            )
            .data();
        let found = [
            ("product", "ProductLookup", &one["products"]["nodes"][0]),
            ("producer", "ProducerLookup", &one["producers"]["nodes"][0]),
            ("category", "CategoryLookup", &one["categories"][0]),
        ];
        for (field, lookup, expected) in found {
            let document = format!("query($by: {lookup}!) {{ {field}(by: $by) {{ id slug }} }}");
            for key in ["id", "slug"] {
                let answer = app.query_with(&document, &json!({ "by": { key: expected[key] } }));
                assert_eq!(&answer.data()[field], expected);
            }
            let ids_of_another_kind = found.iter().filter(|(other, ..)| *other != field).map(|(.., thing)| text(&thing["id"]));
            let nowhere = ["AAAA", "", "not an id!", "cP___________", "💥", "a\u{0}b"].map(str::to_owned);
            for id in ids_of_another_kind.chain(nowhere) {
                let answer = app.query_with(&document, &json!({ "by": { "id": id } }));
                assert_eq!(answer.data(), json!({ field: null }), "{id}");
            }
            for slug in ["nobody", "", "Not A Slug", "milk\u{0}", "MILK", "milk ", "दूध"] {
                let answer = app.query_with(&document, &json!({ "by": { "slug": slug } }));
                assert_eq!(answer.data(), json!({ field: null }), "{slug}");
            }
        }
    });
}

#[test]
fn nodes_come_in_the_order_of_their_ids_with_null_where_nothing_is() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let one =
            app.query("{ products(first: 2) { nodes { id } } producers(first: 1) { nodes { id } } categories { id } }").data();
        let products = texts(&one["products"]["nodes"], "id");
        let (producer, category) = (text(&one["producers"]["nodes"][0]["id"]), text(&one["categories"][0]["id"]));
        let ids = json!([category, products[1], "AAAA", producer, "not an id", products[0], products[1]]);
        let document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Category { slug } ... on Product { price { currency } } } }";
        let data = app.query_with(document, &json!({ "ids": ids })).data();
        let product = |id: &String| json!({ "__typename": "Product", "id": id, "price": { "currency": "INR" } });
        let expected = json!([
            { "__typename": "Category", "id": category, "slug": "vegetables" }, product(&products[1]), null,
            { "__typename": "Producer", "id": producer }, null, product(&products[0]), product(&products[1]),
        ]);
        assert_eq!(data["nodes"], expected);
        assert_eq!(
            app.query_with("query($id: ID!) { node(id: $id) { id } }", &json!({ "id": producer })).data()["node"]["id"],
            producer
        );
        assert_eq!(app.query("{ node(id: \"AAAA\") { id } }").data(), json!({ "node": null }));
    });
}

#[test]
fn up_to_a_hundred_nodes_may_be_asked_for() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let id = app.query("{ categories { id } }").data()["categories"][0]["id"].take();
        let document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let hundred = app.query_with(document, &json!({ "ids": vec![&id; 100] })).data();
        assert_eq!(hundred["nodes"].as_array().unwrap().len(), 100);
        assert_eq!(app.query_with(document, &json!({ "ids": [] })).data(), json!({ "nodes": [] }));
        assert_eq!(app.query_with(document, &json!({ "ids": vec![&id; 101] })).code(), "BAD_USER_INPUT");
    });
}

#[test]
fn nested_lists_are_the_lists_of_the_root_with_a_filter() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let page = "(first: 3, sort: { field: PRICE }, filter: { inStock: true }) { nodes { slug category { slug } } pageInfo { hasNextPage } totalCount }";
        let nested = app
            .query(&format!("{{ categories {{ slug products{page} }} producers {{ nodes {{ id products{page} }} }} }}"))
            .data();
        let root = "query($filter: ProductFilter) { products(first: 3, sort: { field: PRICE }, filter: $filter) {
            nodes { slug category { slug } } pageInfo { hasNextPage } totalCount } }";
        for category in nested["categories"].as_array().unwrap() {
            let filter = json!({ "category": [category["slug"]], "inStock": true });
            assert_eq!(app.query_with(root, &json!({ "filter": filter })).data()["products"], category["products"]);
        }
        for producer in nested["producers"]["nodes"].as_array().unwrap() {
            let filter = json!({ "producerIds": [producer["id"]], "inStock": true });
            assert_eq!(app.query_with(root, &json!({ "filter": filter })).data()["products"], producer["products"]);
        }
    });
}

#[test]
fn filters_select_what_they_say() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let document = "query($filter: ProductFilter!) { products(first: 100, filter: $filter) {
            nodes { category { slug } producer { id kind } price { minorUnits } stockStatus createdAt } totalCount } }";
        let all = |filter: Value, holds: fn(&Value) -> bool| {
            let data = app.query_with(document, &json!({ "filter": filter })).data();
            let nodes = data["products"]["nodes"].as_array().unwrap().clone();
            assert!(!nodes.is_empty() && nodes.iter().all(holds), "{filter}: {nodes:?}");
            nodes
        };
        all(json!({ "category": ["milk", "eggs", "nowhere"] }), |node| {
            ["milk", "eggs"].contains(&node["category"]["slug"].as_str().unwrap())
        });
        all(json!({ "producerKinds": ["FPO"] }), |node| node["producer"]["kind"] == "FPO");
        all(json!({ "inStock": false }), |node| node["stockStatus"] == "OUT_OF_STOCK");
        all(json!({ "inStock": true }), |node| node["stockStatus"] != "OUT_OF_STOCK");
        let cheap = all(json!({ "price": { "min": "30", "max": "60.00" } }), |node| {
            (3_000..=6_000).contains(&text(&node["price"]["minorUnits"]).parse::<i64>().unwrap())
        });
        let (price, created) = (text(&cheap[0]["price"]["minorUnits"]), text(&cheap[0]["createdAt"]));
        let amount = format!("{}.{}", &price[..price.len() - 2], &price[price.len() - 2..]);
        all(json!({ "price": { "min": amount, "max": amount } }), |_| true);
        let from =
            app.query_with(document, &json!({ "filter": { "createdAt": { "from": created } } })).data()["products"]["totalCount"]
                .as_u64();
        let to =
            app.query_with(document, &json!({ "filter": { "createdAt": { "to": created } } })).data()["products"]["totalCount"]
                .as_u64();
        assert_eq!(from.unwrap() + to.unwrap(), SEEDED_PRODUCTS as u64, "`from` is inclusive, `to` exclusive");
    });
}

#[test]
fn filters_without_a_match_give_an_empty_page() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let document = "query($filter: ProductFilter!) { products(filter: $filter) {
            edges { cursor } nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
        let page_info = json!({ "hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null });
        let empty = json!({ "edges": [], "nodes": [], "totalCount": 0, "pageInfo": page_info });
        let instant = "2026-01-01T00:00:00Z";
        for filter in [
            json!({ "category": ["nowhere"] }),
            json!({ "category": ["Not A Slug", "milk\u{0}"] }),
            json!({ "category": [] }),
            json!({ "producerIds": ["AAAA", "?"] }),
            json!({ "producerIds": [] }),
            json!({ "producerKinds": [] }),
            json!({ "price": { "max": "0" } }),
            json!({ "createdAt": { "from": instant, "to": instant } }),
        ] {
            assert_eq!(app.query_with(document, &json!({ "filter": filter })).data()["products"], empty, "{filter}");
        }
    });
}

#[test]
fn producers_are_filtered_and_sorted() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let data = app
            .query(
                "{ producers(filter: { kinds: [FARMER, FPO] }) { nodes { kind } totalCount }
            newest: producers(sort: { field: CREATED_AT, direction: DESC }) { nodes { createdAt } } }",
            )
            .data();
        let kinds = texts(&data["producers"]["nodes"], "kind");
        assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind == "FARMER" || kind == "FPO"), "{kinds:?}");
        assert_eq!(data["producers"]["totalCount"], kinds.len());
        assert!(texts(&data["newest"]["nodes"], "createdAt").is_sorted_by(|a, b| a >= b));
    });
}

#[test]
fn prices_per_unit_and_stock_in_words() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        for (n, (value, unit, amount, unit_price, per)) in [
            ("500", "GRAM", "32", "64.00", "KILOGRAM"),
            ("2", "KILOGRAM", "32", "16.00", "KILOGRAM"),
            ("250", "MILLILITRE", "16.01", "64.04", "LITRE"),
            ("1.5", "LITRE", "100", "66.67", "LITRE"),
            ("2", "PIECE", "0.05", "0.03", "PIECE"),
            ("1", "DOZEN", "72", "6.00", "PIECE"),
            ("1", "BUNCH", "15", "15.00", "BUNCH"),
        ]
        .into_iter()
        .enumerate()
        {
            let members = json!({ "price": { "amount": amount }, "pack": { "value": value, "unit": unit } });
            app.stock_up(&with(product(&format!("p-{n}"), &gopal), &members));
            let document = format!(
                "{{ product(by: {{ slug: \"p-{n}\" }}) {{ pack {{ value unit }} unitPrice {{ price {{ amount currency }} per {{ value unit }} }} }} }}"
            );
            let expected = json!({
                "pack": { "value": value, "unit": unit },
                "unitPrice": { "price": { "amount": unit_price, "currency": "INR" }, "per": { "value": "1", "unit": per } },
            });
            assert_eq!(app.query(&document).data()["product"], expected);
        }
        for (stock, status) in [
            (json!(null), "IN_STOCK"),
            (json!(0), "OUT_OF_STOCK"),
            (json!(1), "LOW_STOCK"),
            (json!(5), "LOW_STOCK"),
            (json!(6), "IN_STOCK"),
        ] {
            let written = app.stock_up(&with(product("p", &gopal), &json!({ "stockQuantity": stock })));
            assert_eq!((&written["stockQuantity"], &written["stockStatus"]), (&stock, &json!(status)));
        }
    });
}

#[test]
fn a_page_with_producers_and_categories_takes_three_statements_at_most() {
    on_each_engine(|engine| {
        let app = TestApp::on(crate::engine::Database::fresh(engine)).products(300).env("FARMLOKAL_CACHE", "false").start();
        let statements = |document: &str| {
            // The follower of the change feed asks now and then as well; the fewest of five runs are without it.
            let run = |_| {
                let before = app.counter("farmlokal_sql_statements_total");
                app.query(document).data();
                app.counter("farmlokal_sql_statements_total") - before
            };
            (0..5).map(run).min().unwrap()
        };
        for (document, most) in [
            ("{ products(first: 100) { nodes { name } } }", 1),
            ("{ products(first: 100) { nodes { name producer { name } category { name } } } }", 3),
            (
                "{ products(first: 100) { edges { node { ...p } } } } fragment p on Product { producer { name } category { name } }",
                3,
            ),
            ("{ categories { products(first: 5) { nodes { name } } } }", 3),
            ("{ producers { nodes { products(first: 5, sort: { field: NAME }) { nodes { category { name } } } } } }", 3),
            ("{ categories { slug } }", 1),
        ] {
            let found = statements(document);
            assert!((1..=most).contains(&found), "{found} statements: {document}");
        }
    });
}

#[test]
fn the_server_tells_how_it_does() {
    for engine in Engine::ALL {
        let data = TestApp::seeded(engine)
            .query("{ health { status checks { name status latencyMs } }
                 metrics { timestamp uptimeSeconds version memory { rssBytes } requests { total failed rateLimited inFlight latency { p50Ms p95Ms p99Ms } }
                   database { engine poolSize poolIdle latency { p50Ms } } } }")
            .data();
        assert_eq!(data["health"]["status"], "OK");
        let database = &data["health"]["checks"][0];
        assert_eq!((&database["name"], &database["status"]), (&json!("database"), &json!("OK")));
        assert!(database["latencyMs"].as_f64().unwrap() > 0.0);
        let metrics = &data["metrics"];
        assert!(text(&metrics["memory"]["rssBytes"]).parse::<u64>().unwrap() > 1_000_000);
        assert!(metrics["requests"]["inFlight"].as_i64().unwrap() >= 1 && metrics["database"]["poolSize"].as_i64().unwrap() >= 1);
        assert_eq!(metrics["version"], env!("CARGO_PKG_VERSION"));
    }
}
