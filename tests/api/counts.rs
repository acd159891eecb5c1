//! Counts: they agree with each other, stop at their limit, and fail without their list.

use serde_json::json;

use crate::engine::{Engine, on_each_engine};
use crate::harness::{SEEDED_PRODUCTS, TestApp};
use crate::shop::{producer, product};

#[test]
fn counts_agree_with_each_other_and_stop_at_their_limit() {
    on_each_engine(|engine| {
        let data = TestApp::seeded(engine)
            .query(
                "{ products(first: 1) { totalCount count { value precision } few: count(limit: 10) { value precision }
                   all: count(limit: 600) { value precision } null: count(limit: null, allowEstimate: false) { value } }
                 producers(first: 1) { totalCount } categories { products(first: 1) { totalCount } } }",
            )
            .data();
        let expected = json!({
            "totalCount": SEEDED_PRODUCTS, "count": { "value": SEEDED_PRODUCTS, "precision": "EXACT" },
            "few": { "value": 10, "precision": "AT_LEAST" }, "all": { "value": SEEDED_PRODUCTS, "precision": "EXACT" },
            "null": { "value": SEEDED_PRODUCTS },
        });
        assert_eq!(data["products"], expected);
        assert_eq!(data["producers"]["totalCount"], 12);
        let of_categories =
            data["categories"].as_array().unwrap().iter().map(|category| category["products"]["totalCount"].as_u64().unwrap());
        assert_eq!(of_categories.sum::<u64>(), SEEDED_PRODUCTS as u64);
    });
}

/// A count reads every row, a page the first ones only: a row behind them that cannot be read makes the count fail alone.
/// PostgreSQL alone has what it takes to poison a row.
#[test]
fn a_total_count_fails_alone() {
    let shop = TestApp::empty(Engine::Postgres);
    let (gopal, ravi) = (shop.open_shop(), shop.settle(&producer("ravi", (18.53, 73.86))));
    for (slug, producer_id) in [("milk-1", &gopal), ("milk-2", &ravi)] {
        shop.stock_up(&product(slug, producer_id));
    }
    // A page reads one row more than it shows, so a sound one stands in front of the poisoned one.
    let aditi = shop.settle(&producer("aditi", (18.53, 73.86)));
    shop.stock_up(&product("newest", &aditi));
    // A server that counts its products at its start: it walks where most of them match.
    let server = crate::harness::command(&shop.database).env("FARMLOKAL_DEV_TOKEN", crate::harness::TOKEN).start();
    let app = TestApp::joining(server, crate::engine::Database::at(Engine::Postgres, shop.database.url()));
    let planner = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_seqscan = off', current_database());
        EXECUTE format('ALTER DATABASE %I SET enable_sort = off', current_database());
        EXECUTE format('ALTER DATABASE %I SET enable_bitmapscan = off', current_database()); END $$";
    app.database.sql(planner);
    for (table, column, poisoned) in [("products", "in_stock", "milk-1"), ("producers", "kind", "ravi")] {
        let columns = app.database.sql(&format!(
            "SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
        ));
        let poison = format!("CASE WHEN slug = '{poisoned}' THEN (1 / (id - id))::smallint ELSE {column} END AS {column}");
        let columns: Vec<&str> = columns.lines().map(|name| if name == column { poison.as_str() } else { name }).collect();
        app.database.sql(&format!("ALTER TABLE {table} RENAME TO {table}_rows"));
        app.database.sql(&format!("CREATE VIEW {table} AS SELECT {} FROM {table}_rows", columns.join(", ")));
    }
    // Connections that were open before plan as they did.
    app.database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    farmlokal_testbed::wait_until("the server has new connections", std::time::Duration::from_secs(20), || {
        app.get("/readyz").json()["status"] == "ok"
    });
    for (field, first) in [
        ("products(first: 1, filter: { inStock: true }", "newest"),
        ("producers(first: 1, filter: { kinds: [DOODHWALA] }", "aditi"),
    ] {
        let name = field.split('(').next().unwrap();
        let document = format!("{{ {field}) {{ before: nodes {{ slug }} totalCount after: nodes {{ slug }} }} }}");
        let answer = app.query(&document);
        assert_eq!((answer.status, answer.code().as_str()), (200, "INTERNAL_SERVER_ERROR"), "{}", answer.text());
        assert_eq!(answer.errors()[0]["path"], json!([name, "totalCount"]));
        let nodes = json!([{ "slug": first }]);
        assert_eq!(answer.json()["data"][name], json!({ "before": nodes, "totalCount": null, "after": nodes }));
    }
}
