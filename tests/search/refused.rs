//! What cannot be searched, and signs that mean nothing.

use farmlokal_testbed::{Postgres, fresh_sqlite, wait_until};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::market::{Market, Product, program};

fn code(market: &Market, arguments: &str, text: &str) -> Value {
    let document = format!("query($text: String) {{ products(search: $text{arguments}) {{ nodes {{ slug }} }} }}");
    let answer = market.ask(0, &document, &json!({ "text": text }));
    let told = answer.to_string().to_lowercase();
    for engine in ["tantivy", "query parser", "syntax", "sqlite"] {
        assert!(!told.contains(engine), "{answer}");
    }
    answer["errors"][0]["extensions"]["code"].clone()
}

#[test]
fn a_search_that_says_nothing_or_too_much_is_refused() {
    let (database, _folder) = fresh_sqlite();
    let market = Market::open(&database, 1, &[]);
    market.settle(&["food"]);
    for text in ["", "  ", "\t\n", "\0", "\"*\"", "🥕🥕", &"a".repeat(201), &"a ".repeat(17)] {
        assert_eq!(code(&market, "", text), "BAD_USER_INPUT", "{text:?}");
    }
    assert_eq!(code(&market, ", sort: { field: RELEVANCE, direction: DESC }", "milk"), "BAD_USER_INPUT");
    let alone = market.ask(0, "{ products(sort: { field: RELEVANCE }) { nodes { slug } } }", &json!({}));
    assert_eq!(alone["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    let facets = "{ products { facets(fields: [PRICE], limit: 101) { field } } }";
    assert_eq!(market.ask(0, facets, &json!({}))["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

#[test]
fn operators_of_engines_are_words_or_nothing() {
    let (database, _folder) = fresh_sqlite();
    let market = Market::open(&database, 1, &[]);
    let producer = market.settle(&["food"]);
    market.put(0, &producer, &[Product::named("milk", "Cow Milk"), Product::named("water", "Rose Water")]);
    market.finds(0, "milk", &["milk"]);
    for text in
        ["\"milk\"", "milk*", "+milk", "name:milk^2", "(milk", "milk\\", "milk~", "milk 🥛", "{milk]", "<b>milk", "milk\0"]
    {
        let expected: &[&str] = if text.contains("name") || text.contains("<b>") { &[] } else { &["milk"] };
        assert_eq!(market.search(0, text, 5), expected, "{text:?}");
    }
    for text in
        ["milk OR water", "milk AND water", "NOT milk", "-milk water", "milk' OR '1'='1", "%", "_", "%milk%; DROP TABLE products"]
    {
        assert!(market.search(0, "cow", 5).len() == 1, "nothing is broken");
        let answer = market.ask(0, "query($t: String!) { products(search: $t) { nodes { slug } } }", &json!({ "t": text }));
        let (found, code) = (&answer["data"]["products"]["nodes"], &answer["errors"][0]["extensions"]["code"]);
        assert!(found == &json!([]) || code == "BAD_USER_INPUT", "{text:?}: {answer}");
    }
}

#[test]
fn without_an_index_searches_are_refused_and_everything_else_answers() {
    let database = Postgres::shared().fresh_database();
    let output = program(&database).args(["seed", "--products=50", "--seed-number=1"]).run();
    assert!(output.status.success());
    let market = Market::started(&database, 1, &[("SEARCH_DIR", "off")]);
    let told = |document: &str| market.ask(0, document, &json!({}));
    assert_eq!(told("{ products(search: \"milk\") { totalCount } }")["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE");
    assert_eq!(told("{ products { totalCount } }")["data"]["products"]["totalCount"], 50);
}

#[test]
fn while_the_first_index_is_made_a_search_is_told_how_far_it_is_and_everything_else_answers() {
    let database = Postgres::shared().fresh_database();
    let output = program(&database).args(["seed", "--products=50", "--seed-number=1"]).run();
    assert!(output.status.success());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut lock = runtime.block_on(PgConnection::connect(&database)).unwrap();
    for sql in ["BEGIN", "LOCK TABLE products IN ACCESS EXCLUSIVE MODE"] {
        runtime.block_on(lock.execute(AssertSqlSafe(sql.to_owned()))).unwrap();
    }
    let market = Market::started(&database, 1, &[]);
    let search = || market.ask(0, "{ products(search: \"milk\") { totalCount } categories { slug } }", &json!({}));
    let told = search();
    assert_eq!(told["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE");
    assert!(told["errors"][0]["message"].as_str().unwrap().contains("0 %"), "{told}");
    assert_eq!(told["data"]["categories"].as_array().unwrap().len(), 12);
    assert_eq!(market.ready(0)["checks"]["search"], json!({ "status": "degraded", "progressPercent": 0 }));
    let health = market.ask(0, "{ health { status checks { name status } } }", &json!({}))["data"]["health"].clone();
    assert_eq!(health["status"], "DEGRADED", "{health}");
    runtime.block_on(lock.close()).unwrap();
    wait_until("it is made", std::time::Duration::from_secs(30), || search()["errors"] == Value::Null);
    assert_eq!(market.ready(0)["checks"]["search"], json!({ "status": "ok" }));
}
