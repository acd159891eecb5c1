//! Requests that cannot be read: bodies, encodings, documents, operations.

use reqwest::Method;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::engine::{Engine, on_each_engine};
use crate::harness::{Call, TOKEN, TestApp};
use crate::shop::{UPSERT_CATEGORIES, product};

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text());
    assert_eq!(answer.json().get("data"), None, "{}", answer.text());
}

#[test]
fn bodies_that_are_not_strict_json() {
    let app = TestApp::seeded(Engine::Sqlite);
    let bodies: [&[u8]; 16] = [
        b"",
        b"{",
        b"7",
        b"null",
        b"\"{__typename}\"",
        b"[]",
        br#"[{"query":"{__typename}"}]"#,
        b"{}",
        br#"{"query":null}"#,
        br#"{"query":5}"#,
        br#"{"query":"{__typename}","query":"{health{status}}"}"#,
        br#"{"query":"{__typename}","variables":[]}"#,
        br#"{"query":"{__typename}","variables":{"a":1,"a":2}}"#,
        br#"{"query":"{__typename}","operationName":5}"#,
        b"{\"query\":\"{__typename}\xff\"}",
        b"\xef\xbb\xbf{\"query\":\"{__typename}\"}",
    ];
    for body in bodies {
        refused(&app.send(Call::json(body)), 400, "BAD_REQUEST");
    }
    refused(&app.send(Call::json("[".repeat(100_000))), 400, "BAD_REQUEST");
    refused(
        &app.send(Call::json(format!(
            "{{\"query\":\"{{__typename}}\",\"variables\":{}1{}}}",
            "{\"a\":".repeat(100_000),
            "}".repeat(100_000)
        ))),
        400,
        "BAD_REQUEST",
    );
}

#[test]
fn documents_that_cannot_run() {
    let app = TestApp::seeded(Engine::Sqlite);
    for document in
        ["", "{", "}", "{ products( }", "query", "hello", "{ categories { slug } \u{0} }", "{ a(b: \"x) }", "type A { a: Int }"]
    {
        let answer = app.query(document);
        assert_eq!(answer.status, 400, "{document:?}");
        assert_eq!(answer.code(), "GRAPHQL_PARSE_FAILED", "{document:?}");
    }
    for document in [
        "{ nothing }",
        "{ categories }",
        "{ categories { slug { x } } }",
        "{ categories(first: 5) { slug } }",
        "{ ...f }",
        "fragment f on Query { __typename }",
        "{ ...f } fragment f on Query { ...f }",
        "query($x: Nothing) { __typename }",
        "query($x: Int) { categories { slug } products(first: $y) { nodes { id } } }",
        "{ categories { slug slug: name } }",
        "{ categories @nothing { slug } }",
        "subscription { x }",
        "{ products(first: 1, first: 2) { nodes { id } } }",
    ] {
        let answer = app.query(document);
        answer.tells_nothing_inner();
        assert_eq!(answer.status, 400, "{document}: {}", answer.text());
        let codes = answer.codes();
        assert!(
            codes.iter().all(|code| ["GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"].contains(&code.as_str())),
            "{document}: {codes:?}"
        );
    }
    let two = "query A { __typename } query B { categories { slug } }";
    let named = |name: Value| app.send(Call::json(json!({ "query": two, "operationName": name }).to_string()));
    refused(&named(Value::Null), 400, "BAD_REQUEST");
    refused(&named(json!("C")), 400, "BAD_REQUEST");
    refused(&named(json!("")), 400, "BAD_REQUEST");
    assert_eq!(named(json!("A")).data(), json!({ "__typename": "Query" }));
}

#[test]
fn at_most_twenty_errors_are_told() {
    let app = TestApp::seeded(Engine::Sqlite);
    let fields: Vec<String> = (0..200).map(|n| format!("nothing{n}")).collect();
    let answer = app.query(&format!("{{ categories {{ {} }} }}", fields.join(" ")));
    assert_eq!((answer.status, answer.errors().len()), (400, 20), "{}", answer.text());
    let bad: Vec<String> = (0..25).map(|n| format!("p{n}: products(first: 0) {{ nodes {{ id }} }}")).collect();
    let answer = app.query(&format!("{{ categories {{ slug {} }} }}", bad.join(" ")));
    assert_eq!((answer.status, answer.errors().len()), (200, 20));
}

#[test]
fn a_nul_is_text_that_matches_nothing_and_is_never_written() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        let by_slug = "query($s: String!) { product(by: { slug: $s }) { id } category(by: { slug: $s }) { id } producer(by: { slug: $s }) { id } }";
        let nowhere = json!({ "product": null, "category": null, "producer": null });
        assert_eq!(app.query_with(by_slug, &json!({ "s": "milk\u{0}" })).data(), nowhere);
        for (member, value) in [("slug", "a\u{0}b"), ("name", "a\u{0}b"), ("description", "\u{0}"), ("name", "\u{1b}[31mred")] {
            let payload = app.upsert_products(&json!([crate::shop::with(product("p", &gopal), &json!({ member: value }))]));
            assert_eq!(
                (&payload["products"], &payload["userErrors"][0]["code"]),
                (&json!([]), &json!("BAD_USER_INPUT")),
                "{member}"
            );
            assert_eq!(payload["userErrors"][0]["path"], json!(["input", "products", "0", member]));
        }
        let payload = app.adjust_stock(&gopal, 1, "key\u{0}");
        assert_eq!(payload["userErrors"][0]["code"], "BAD_USER_INPUT");
        let nul_in_category =
            app.upsert_products(&json!([crate::shop::with(product("p", &gopal), &json!({ "category": "milk\u{0}" }))]));
        assert_eq!(nul_in_category["userErrors"][0]["code"], "NOT_FOUND");
        assert_eq!(app.get("/products?category=milk%00").code(), "BAD_USER_INPUT");
        assert_eq!(app.get("/products?category=%FF").code(), "BAD_USER_INPUT");
    });
}

#[test]
fn bodies_over_the_limit() {
    let app = TestApp::seeded(Engine::Sqlite);
    let padded = |bytes: usize| format!("{{\"query\":\"{{__typename}}\"{}}}", " ".repeat(bytes - 24));
    assert_eq!(app.send(Call::json(padded(1024 * 1024))).data(), json!({ "__typename": "Query" }));
    refused(&app.send(Call::json(padded(1024 * 1024 + 1))), 413, "PAYLOAD_TOO_LARGE");
    refused(&app.send(Call::json(vec![b'x'; 20 << 20])), 413, "PAYLOAD_TOO_LARGE");
    let small = TestApp::on(crate::engine::Database::fresh(Engine::Sqlite)).env("FARMLOKAL_BODY_LIMIT_BYTES", "100").start();
    refused(&small.send(Call::json(padded(101))), 413, "PAYLOAD_TOO_LARGE");
    small.send(Call::json(padded(100))).data();
}

#[test]
fn mutations_by_get_change_nothing() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let input = json!({ "input": { "categories": [{ "slug": "milk", "name": "Milk" }] } });
        let query = reqwest::Url::parse_with_params(
            "http://x/graphql",
            [("query", UPSERT_CATEGORIES), ("variables", &input.to_string())],
        )
        .unwrap();
        let path = format!("/graphql?{}", query.query().unwrap());
        for method in [Method::GET, Method::HEAD] {
            let answer = app.send(Call::new(method.clone(), &path).header("authorization", &format!("Bearer {TOKEN}")));
            assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
            if method == Method::GET {
                assert_eq!(answer.code(), "BAD_REQUEST");
            }
        }
        assert_eq!(app.query("{ categories { slug } }").data(), json!({ "categories": [] }));
        assert_eq!(app.mutate(UPSERT_CATEGORIES, &input).data()["upsertCategories"]["userErrors"], json!([]));
    });
}
