//! Failures inside: a nullable field that fails is null with its path and code, and its siblings and the order of keys
//! stay; a non-null one takes its parent. The database is broken under the server for it.

use std::collections::BTreeSet;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use serde_json::{Value, json};

use crate::answer::text;
use crate::engine::{Database, Engine, on_each_engine};
use crate::harness::TestApp;
use crate::shop::{ADJUST_STOCK, REMOVE_PRODUCTS, UPSERT_PRODUCTS, producer, product, with};

/// Nullable fields that are null for a reason and cannot fail.
const NEVER_FAIL: [&str; 17] = [
    "Product.stockQuantity",
    "ProductEdge.distanceMeters",
    "ProducerEdge.distanceMeters",
    "PageInfo.startCursor",
    "PageInfo.endCursor",
    "HealthCheck.latencyMs",
    "UserError.path",
    "UpstreamMetrics.tokenExpiresAt",
    "WebhookEvent.subject",
    "WebhookEvent.occurredAt",
    "WebhookEvent.appliedAt",
    "WebhookEvent.lastError",
    "WebhookEvent.nextAttemptAt",
    "WebhookEvent.payload",
    "IngestWebhookPayload.receipt",
    "IngestWebhookPayload.event",
    "DiscardWebhookEventPayload.event",
];

/// Nullable fields that fail only when the database is lost between a page and its count.
const NOT_MADE_TO_FAIL: [&str; 2] = ["OrderConnection.totalCount", "WebhookEventConnection.totalCount"];

/// Nullable fields that the tests here, in `counts` and (`syncPartnerCatalogue`) in `tests/partners` make fail.
const MADE_TO_FAIL: [&str; 28] = [
    "Query.node",
    "Query.products",
    "Query.product",
    "Query.categories",
    "Query.category",
    "Query.producers",
    "Query.producer",
    "Query.metrics",
    "Category.products",
    "Producer.products",
    "ProductConnection.totalCount",
    "ProducerConnection.totalCount",
    "AdjustStockPayload.product",
    "Mutation.upsertProducts",
    "Mutation.removeProducts",
    "Mutation.upsertProducers",
    "Mutation.upsertCategories",
    "Mutation.adjustStock",
    "Query.orders",
    "Query.order",
    "Query.webhookEvents",
    "Query.webhookEvent",
    "Order.history",
    "OrderLine.product",
    "Mutation.ingestWebhook",
    "Mutation.replayWebhookEvents",
    "Mutation.discardWebhookEvent",
    "Mutation.syncPartnerCatalogue",
];

/// Two products of two producers in two categories.
fn shop(app: &TestApp) -> (String, String) {
    let gopal = app.open_shop();
    let ravi = app.settle(&producer("ravi", (18.53, 73.86)));
    let milk = app.stock_up(&product("milk-1", &gopal));
    let onion = app.stock_up(&with(product("onion-1", &ravi), &json!({ "category": "vegetables" })));
    (text(&milk["id"]), text(&onion["id"]))
}

fn rename(database: &Database, from: &str, to: &str) {
    database.sql(&format!("ALTER TABLE {from} RENAME TO {to}"));
}

/// Runs `story` while a table is missing.
fn without(app: &TestApp, table: &str, story: impl Fn(&TestApp)) {
    rename(&app.database, table, "away");
    story(app);
    rename(&app.database, "away", table);
}

/// Asks for `field` between two siblings that still work, and checks that it alone is gone, in its place.
fn fails_alone(app: &TestApp, field: &str, below: &str, path: &Value, sibling: &str) {
    let name = field.split(['(', ' ']).next().unwrap();
    let answer = app.mutate(&format!("{{ before: {sibling} {field} {below} after: {sibling} }}"), &json!({}));
    assert_eq!((answer.status, answer.code().as_str()), (200, "INTERNAL_SERVER_ERROR"), "{field}: {}", answer.text());
    let errors = answer.errors();
    assert_eq!((&errors[0]["path"], &errors[0]["message"]), (path, &json!("internal server error")), "{field}");
    assert!(errors[0]["locations"][0]["line"].is_u64());
    let data = &answer.json()["data"];
    assert_eq!((&data[name], &data["before"]), (&Value::Null, &data["after"]), "{field}");
    let is_there = data["before"].as_object().is_some_and(|object| !object.is_empty())
        || data["before"].as_array().is_some_and(|list| !list.is_empty());
    assert!(is_there, "{field}: its siblings stay");
    let places = ["before", name, "after"].map(|key| answer.text().find(&format!("\"{key}\":")).unwrap());
    assert!(places.is_sorted(), "{field}: the order of keys stays: {}", answer.text());
}

#[test]
fn every_nullable_field_of_the_schema_is_known_here() {
    let sdl = std::fs::read_to_string(crate::node::SCHEMA_FILE).unwrap();
    let mut nullable = BTreeSet::new();
    for definition in parse_schema(sdl).unwrap().definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let TypeKind::Object(object) = &definition.node.kind else { continue };
        let of_type = object.fields.iter().filter(|field| field.node.ty.node.nullable);
        nullable.extend(of_type.map(|field| format!("{}.{}", definition.node.name.node, field.node.name.node)));
    }
    let known: BTreeSet<String> =
        NEVER_FAIL.iter().chain(&NOT_MADE_TO_FAIL).chain(&MADE_TO_FAIL).map(|&name| name.to_owned()).collect();
    assert_eq!(nullable, known, "a new nullable field belongs into one of the lists, and is made to fail");
}

#[test]
fn a_root_field_whose_table_is_broken_fails_alone() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let (milk, _) = shop(&app);
        without(&app, "products", |app| {
            let categories = "categories { slug }";
            fails_alone(app, "products", "{ nodes { id } }", &json!(["products"]), categories);
            fails_alone(app, "product(by: { slug: \"milk-1\" })", "{ id }", &json!(["product"]), categories);
            fails_alone(app, &format!("node(id: \"{milk}\")"), "{ id }", &json!(["node"]), categories);
            assert_eq!(app.get("/products").code(), "INTERNAL_SERVER_ERROR");
        });
        without(&app, "producers", |app| {
            let categories = "categories { slug }";
            fails_alone(app, "producers", "{ nodes { id } }", &json!(["producers"]), categories);
            fails_alone(app, "producer(by: { slug: \"gopal\" })", "{ id }", &json!(["producer"]), categories);
        });
        without(&app, "categories", |app| {
            let producers = "producers { nodes { slug } }";
            fails_alone(app, "categories", "{ slug }", &json!(["categories"]), producers);
            fails_alone(app, "category(by: { slug: \"milk\" })", "{ slug }", &json!(["category"]), producers);
        });
        app.query("{ products { nodes { id } } producers { nodes { id } } categories { slug } }").data();
    });
}

#[test]
fn orders_and_the_inbox_fail_alone() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        shop(&app);
        app.database.sql(
            "INSERT INTO orders (id, external_id, status, total_minor, currency, lines_json, placed_at_ms, updated_at_ms, as_of_ms) VALUES \
             (1, 'O-1', 1, 100, 'INR', '[{\"product_external_id\":\"P-1\",\"name\":\"Milk\",\"quantity\":1,\"price_minor\":100}]', 1, 1, 1)",
        );
        let categories = "categories { slug }";
        without(&app, "orders", |app| {
            fails_alone(app, "orders", "{ nodes { id } }", &json!(["orders"]), categories);
            fails_alone(app, "order(by: { externalId: \"O-1\" })", "{ id }", &json!(["order"]), categories);
        });
        without(&app, "webhook_events", |app| {
            fails_alone(app, "webhookEvents", "{ nodes { id } }", &json!(["webhookEvents"]), categories);
            fails_alone(app, "webhookEvent(id: \"dwE\")", "{ id }", &json!(["webhookEvent"]), categories);
            let answer = app.mutate("{ orders { nodes { externalId history { id } } } }", &json!({}));
            assert_eq!(answer.json()["data"], json!({ "orders": { "nodes": [{ "externalId": "O-1", "history": null }] } }));
            assert_eq!(answer.errors()[0]["path"], json!(["orders", "nodes", 0, "history"]));
        });
        without(&app, "partner_ids", |app| {
            let answer = app.mutate("{ orders { nodes { lines { name product { id } } } } }", &json!({}));
            let lines = json!([{ "name": "Milk", "product": null }]);
            assert_eq!(answer.json()["data"]["orders"]["nodes"], json!([{ "lines": lines }]));
            assert_eq!(answer.errors()[0]["path"], json!(["orders", "nodes", 0, "lines", 0, "product"]));
        });
    });
}

#[test]
fn a_nested_list_fails_alone() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        shop(&app);
        without(&app, "products", |app| {
            let answer = app.query("{ categories { slug products { nodes { id } } name } producers { nodes { slug products { nodes { id } } city } } }");
            assert_eq!(answer.status, 200);
            let categories = json!([{ "slug": "milk", "products": null, "name": "Milk" }, { "slug": "vegetables", "products": null, "name": "Vegetables" }]);
            let producer = |slug: &str| json!({ "slug": slug, "products": null, "city": "Pune" });
            assert_eq!(
                answer.json()["data"],
                json!({ "categories": categories, "producers": { "nodes": [producer("gopal"), producer("ravi")] } })
            );
            let mut paths: Vec<String> = answer.errors().iter().map(|error| error["path"].to_string()).collect();
            paths.sort();
            let expected = [
                r#"["categories",0,"products"]"#,
                r#"["categories",1,"products"]"#,
                r#"["producers","nodes",0,"products"]"#,
                r#"["producers","nodes",1,"products"]"#,
            ];
            assert_eq!(paths, expected);
            assert!(answer.codes().iter().all(|code| code == "INTERNAL_SERVER_ERROR"));
            answer.tells_nothing_inner();
        });
        let one =
            app.query("{ categories { slug bad: products(first: 0) { nodes { slug } } good: products { nodes { slug } } } }");
        assert_eq!(one.codes(), ["BAD_USER_INPUT", "BAD_USER_INPUT"]);
        let good = |slug: &str, product: &str| json!({ "slug": slug, "bad": null, "good": { "nodes": [{ "slug": product }] } });
        assert_eq!(one.json()["data"]["categories"], json!([good("milk", "milk-1"), good("vegetables", "onion-1")]));
    });
}

#[test]
fn a_field_that_is_never_null_takes_its_parent() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let (milk, onion) = shop(&app);
        without(&app, "producers", |app| {
            fails_alone(
                app,
                "product(by: { slug: \"milk-1\" })",
                "{ name producer { name } slug }",
                &json!(["product", "producer"]),
                "categories { slug }",
            );
        });
        app.database.sql("DELETE FROM categories WHERE slug = 'milk'");
        let document = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Product { slug category { slug } } } }";
        let answer = app.query_with(document, &json!({ "ids": [milk, onion] }));
        assert_eq!((answer.status, answer.code().as_str()), (200, "INTERNAL_SERVER_ERROR"));
        let onion_alone = json!([null, { "id": onion, "slug": "onion-1", "category": { "slug": "vegetables" } }]);
        assert_eq!(
            (&answer.json()["data"]["nodes"], &answer.errors()[0]["path"]),
            (&onion_alone, &json!(["nodes", 0, "category"]))
        );

        without(&app, "products", |app| {
            let answer = app.query_with(document, &json!({ "ids": [milk] }));
            assert_eq!(
                (answer.status, answer.code().as_str(), &answer.json()["data"]),
                (200, "INTERNAL_SERVER_ERROR", &Value::Null),
                "`nodes` is never null itself"
            );
            assert_eq!(answer.errors()[0]["path"], json!(["nodes"]));
        });
    });
}

#[test]
fn a_mutation_that_fails_leaves_the_others_alone() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let (milk, _) = shop(&app);
        let gopal = app.open_shop();
        let category = "input: { categories: [{ slug: \"eggs\", name: \"Eggs\" }] }";
        let remove = "removeProducts(input: { slugs: [\"milk-1\"] }) { removed }";
        let cases = [
            ("tombstones", "removeProducts", remove.to_owned()),
            ("products", "adjustStock", format!("adjustStock(input: {{ productId: \"{milk}\", delta: 1, idempotencyKey: \"k\" }}) {{ product {{ id }} }}")),
            ("producers", "upsertProducers", "upsertProducers(input: { producers: [{ slug: \"x\", name: \"X\", kind: FPO, city: \"Pune\", pincode: \"411001\", location: { latitude: 1, longitude: 1 } }] }) { producers { id } }".to_owned()),
            ("webhook_events", "ingestWebhook", "ingestWebhook(input: { body: \"{\\\"event\\\":\\\"courier.late\\\"}\", headers: [{ name: \"x-event-id\", value: \"e\" }] }) { receipt }".to_owned()),
            ("webhook_events", "replayWebhookEvents", "replayWebhookEvents(input: { ids: [\"dwE\"] }) { matched }".to_owned()),
            ("webhook_events", "discardWebhookEvent", "discardWebhookEvent(input: { id: \"dwE\", reason: \"old\" }) { event { id } }".to_owned()),
            ("products", "upsertProducts", format!("upsertProducts(input: {{ products: [{{ slug: \"x\", name: \"X\", category: \"milk\", producerId: \"{gopal}\", price: {{ amount: \"1\" }}, pack: {{ value: \"1\", unit: LITRE }} }}] }}) {{ products {{ id }} }}")),
        ];
        for (table, field, mutation) in cases {
            without(&app, table, |app| {
                let document = format!(
                    "mutation {{ a: upsertCategories({category}) {{ userErrors {{ code }} }} {mutation} z: upsertCategories({category}) {{ userErrors {{ code }} }} }}"
                );
                let answer = app.mutate(&document, &json!({}));
                assert_eq!(
                    (answer.status, answer.code().as_str(), &answer.errors()[0]["path"]),
                    (200, "INTERNAL_SERVER_ERROR", &json!([field])),
                    "{}",
                    answer.text()
                );
                let done = json!({ "userErrors": [] });
                assert_eq!(answer.json()["data"], json!({ "a": done, field: null, "z": done }));
            });
        }
        without(&app, "categories", |app| {
            let document = format!("mutation {{ {remove} upsertCategories({category}) {{ userErrors {{ code }} }} }}");
            let answer = app.mutate(&document, &json!({}));
            assert_eq!(
                (answer.code().as_str(), &answer.errors()[0]["path"]),
                ("INTERNAL_SERVER_ERROR", &json!(["upsertCategories"]))
            );
            assert_eq!(answer.json()["data"], json!({ "removeProducts": { "removed": 1 }, "upsertCategories": null }));
        });
    });
}

#[test]
fn a_payload_survives_the_loss_of_what_it_shows() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let (milk, _) = shop(&app);
        app.database.sql("DELETE FROM categories WHERE slug = 'milk'");
        let document = ADJUST_STOCK.replace("product { id", "product { category { slug }");
        let answer = app.mutate(&document, &json!({ "input": { "productId": milk, "delta": 1, "idempotencyKey": "k" } }));
        assert_eq!((answer.status, answer.code().as_str()), (200, "INTERNAL_SERVER_ERROR"));
        assert_eq!(answer.errors()[0]["path"], json!(["adjustStock", "product", "category"]));
        assert_eq!(answer.json()["data"]["adjustStock"], json!({ "product": null, "userErrors": [] }));
    });
}

#[test]
fn without_a_scope_a_field_is_null_and_its_siblings_stay() {
    let app = TestApp::on(Database::fresh(Engine::Sqlite)).env("ANONYMOUS_SCOPES", "").start();
    let answer = app.query("{ a: __typename metrics { version } z: categories { slug } }");
    assert_eq!(
        (answer.status, answer.code().as_str(), &answer.errors()[0]["path"]),
        (200, "UNAUTHENTICATED", &json!(["metrics"]))
    );
    assert!(answer.text().starts_with(r#"{"data":{"a":"Query","metrics":null,"z":[]},"errors":"#), "{}", answer.text());
}

#[test]
fn a_mutation_whose_variables_do_not_fit_runs_nothing() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        let document = "mutation($first: UpsertCategoriesInput!, $second: UpsertProductsInput!) {
            upsertCategories(input: $first) { userErrors { code } } upsertProducts(input: $second) { userErrors { code } } }";
        let eggs = json!({ "categories": [{ "slug": "eggs", "name": "Eggs" }] });
        for second in [
            Value::Null,
            json!({}),
            json!({ "products": [{}] }),
            json!({ "products": [with(product("p", &gopal), &json!({ "price": { "amount": 5 } }))] }),
        ] {
            let answer = app.mutate(document, &json!({ "first": eggs, "second": second }));
            assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_USER_INPUT"), "{second}");
            assert_eq!(answer.json().get("data"), None);
        }
        let literal =
            "mutation { upsertCategories(input: { categories: [{ slug: \"eggs\", name: \"Eggs\" }] }) { userErrors { code } }
            adjustStock(input: { productId: 5, delta: \"x\", idempotencyKey: \"k\" }) { userErrors { code } } }";
        assert_eq!(app.mutate(literal, &json!({})).status, 400);
        let beyond_32_bits = literal.replace("productId: 5, delta: \"x\"", "productId: \"AAAA\", delta: 5000000000");
        let answer = app.mutate(&beyond_32_bits, &json!({}));
        assert_eq!((answer.status, answer.json().get("data")), (400, None), "{}", answer.text());
        for (document, input) in [
            (UPSERT_PRODUCTS, json!({ "products": "p" })),
            (REMOVE_PRODUCTS, json!({ "slugs": [null] })),
            (ADJUST_STOCK, json!({ "delta": 1 })),
        ] {
            assert_eq!(app.mutate(document, &json!({ "input": input })).code(), "BAD_USER_INPUT");
        }
        assert_eq!(app.query("{ category(by: { slug: \"eggs\" }) { slug } }").data(), json!({ "category": null }));
        assert_eq!(app.database.sql("SELECT COUNT(*) FROM changes"), "3", "those of the shop's opening");
    });
}
