//! Persisted documents: named by a hash that the client registers, or by an id out of a manifest.

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::answer::Answer;
use crate::engine::{Database, Engine, on_each_engine};
use crate::harness::{Call, TOKEN, TestApp};

const QUERY: &str = "query Names($first: Int!) { products(first: $first) { nodes { name } } }";

/// Lower-case hexadecimal digits, computed once by `printf '%s' … | sha256sum`.
const TYPENAME: &str = "{__typename}";
const TYPENAME_HASH: &str = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";

fn hash(text: &str) -> String {
    farmlokal::graphql::DocumentHash::of(text).to_string()
}

fn extensions(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

fn posted(app: &TestApp, body: &Value) -> Answer {
    app.send(Call::json(body.to_string()))
}

fn get(app: &TestApp, parameters: &[(&str, &str)]) -> Answer {
    let url = reqwest::Url::parse_with_params("http://x/graphql", parameters).unwrap();
    app.get(&format!("/graphql?{}", url.query().unwrap()))
}

fn outcome(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

fn required() -> (u16, String) {
    (400, "PERSISTED_QUERY_REQUIRED".to_owned())
}

/// A server with a manifest.
fn with_manifest(mode: &str, manifest: &str) -> TestApp {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), manifest).unwrap();
    TestApp::on(Database::fresh(Engine::Sqlite))
        .env("FARMLOKAL_PERSISTED_DOCUMENTS", mode)
        .env("FARMLOKAL_PERSISTED_DOCUMENTS_FILE", file.path())
        .start()
}

#[test]
fn a_hash_is_registered_once_and_enough_from_then_on() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let variables = json!({ "first": 3 });
        let query = format!("{QUERY} # of {}", engine.name());
        let alone = json!({ "variables": variables, "extensions": extensions(&hash(&query)) });
        let miss = posted(app, &alone);
        assert_eq!(outcome(&miss), (200, "PERSISTED_QUERY_NOT_FOUND".to_owned()));
        assert_eq!(miss.errors()[0]["message"], "PersistedQueryNotFound");
        assert_eq!((miss.json().get("data"), miss.header("cache-control")), (None, "no-store"));

        let with_text = json!({ "query": query, "variables": variables, "extensions": extensions(&hash(&query)) });
        let registered = posted(app, &with_text).data();
        assert_eq!(registered["products"]["nodes"].as_array().unwrap().len(), 3);
        assert_eq!(posted(app, &alone).data(), registered);
        assert_eq!(posted(app, &with_text).data(), registered);
        let extensions = extensions(&hash(&query)).to_string();
        let by_get = get(app, &[("extensions", &extensions), ("variables", "{\"first\":3}"), ("operationName", "Names")]);
        assert_eq!(by_get.data(), registered);
        let wrong_variables = get(app, &[("extensions", &extensions), ("variables", "{\"first\":\"x\"}")]);
        assert_eq!(outcome(&wrong_variables), (400, "BAD_USER_INPUT".to_owned()));
    });
}

#[test]
fn the_whole_exchange_goes_by_get_too() {
    let app = TestApp::seeded(Engine::Sqlite);
    let query = "{ categories { slug } } # by GET";
    let extensions = extensions(&hash(query)).to_string();
    assert_eq!(outcome(&get(app, &[("extensions", &extensions)])), (200, "PERSISTED_QUERY_NOT_FOUND".to_owned()));
    let registered = get(app, &[("query", query), ("extensions", &extensions)]).data();
    assert_eq!(get(app, &[("extensions", &extensions)]).data(), registered);
    let browser =
        Call::new(Method::GET, &format!("/graphql?documentId=sha256:{}", hash(query))).header("accept", "text/html,*/*");
    assert_eq!(app.send(browser).data(), registered, "an address that asks for something is no visit to the page");
}

#[test]
fn a_miss_has_the_status_that_each_form_of_answer_asks_for() {
    let app = TestApp::seeded(Engine::Sqlite);
    let body = json!({ "extensions": extensions(&hash("{ never }")) }).to_string();
    for (accept, status) in [
        ("*/*", 200),
        ("application/json", 200),
        ("application/graphql-response+json", 404),
        ("application/graphql-response+json, application/json;q=0.9", 404),
    ] {
        let answer = app.send(Call::json(body.clone()).header("accept", accept));
        assert_eq!(outcome(&answer), (status, "PERSISTED_QUERY_NOT_FOUND".to_owned()), "{accept}");
    }
}

#[test]
fn a_document_may_be_named_by_its_id() {
    let app = TestApp::seeded(Engine::Sqlite);
    assert_eq!(app.query(TYPENAME).data(), json!({ "__typename": "Query" }));
    let prefixed = format!("sha256:{TYPENAME_HASH}");
    for name in ["documentId", "doc_id", "id"] {
        for id in [prefixed.as_str(), TYPENAME_HASH] {
            assert_eq!(posted(app, &json!({ name: id })).data(), json!({ "__typename": "Query" }), "{name} {id}");
            assert_eq!(get(app, &[(name, id)]).data(), json!({ "__typename": "Query" }), "{name} {id}");
        }
        let unknown = posted(app, &json!({ name: "sha256:00", "variables": {} }));
        assert_eq!(outcome(&unknown), (200, "PERSISTED_QUERY_NOT_FOUND".to_owned()), "{name}");
    }
    let both = posted(app, &json!({ "query": "{ x: __typename }", "id": prefixed }));
    assert_eq!(both.data(), json!({ "x": "Query" }), "the text is what counts");
}

#[test]
fn a_hash_that_does_not_fit_its_text_is_refused_and_registers_nothing() {
    let app = TestApp::seeded(Engine::Sqlite);
    let (query, other) = ("{ a: __typename }", hash("{ b: __typename }"));
    let refused = posted(app, &json!({ "query": query, "extensions": extensions(&other) }));
    assert_eq!(outcome(&refused), (400, "BAD_REQUEST".to_owned()));
    assert_eq!(refused.errors()[0]["message"], "provided sha does not match query");
    for hash in [&other, &hash(query)] {
        let alone = posted(app, &json!({ "extensions": extensions(hash) }));
        assert_eq!(outcome(&alone), (200, "PERSISTED_QUERY_NOT_FOUND".to_owned()));
    }
    for broken in [
        json!({ "persistedQuery": { "version": 2, "sha256Hash": hash(query) } }),
        json!({ "persistedQuery": { "sha256Hash": hash(query) } }),
        json!({ "persistedQuery": { "version": 1 } }),
        json!({ "persistedQuery": { "version": 1, "sha256Hash": 7 } }),
        json!({ "persistedQuery": "x" }),
    ] {
        let answer = posted(app, &json!({ "query": query, "extensions": broken }));
        assert_eq!(outcome(&answer), (400, "BAD_REQUEST".to_owned()), "{broken}");
        assert_eq!(outcome(&get(app, &[("query", query), ("extensions", &broken.to_string())])), (400, "BAD_REQUEST".to_owned()));
    }
    let does_not_parse = posted(app, &json!({ "query": "{ a", "extensions": extensions(&hash("{ a")) }));
    assert_eq!(outcome(&does_not_parse), (400, "GRAPHQL_PARSE_FAILED".to_owned()));
    let still = posted(app, &json!({ "extensions": extensions(&hash("{ a")) }));
    assert_eq!(still.code(), "PERSISTED_QUERY_NOT_FOUND");
}

#[test]
fn a_mutation_goes_by_its_hash_but_not_by_get() {
    let app = TestApp::empty(Engine::Sqlite);
    let mutation = "mutation { removeProducts(input: { slugs: [\"a\"] }) { removed } }";
    let body = json!({ "query": mutation, "extensions": extensions(&hash(mutation)) });
    let with_token = |body: &Value| app.send(Call::json(body.to_string()).header("authorization", &format!("Bearer {TOKEN}")));
    assert_eq!(with_token(&body).data(), json!({ "removeProducts": { "removed": 0 } }));
    assert_eq!(with_token(&json!({ "id": hash(mutation) })).data(), json!({ "removeProducts": { "removed": 0 } }));
    let by_get = get(&app, &[("extensions", &extensions(&hash(mutation)).to_string())]);
    assert_eq!((outcome(&by_get), by_get.header("allow")), ((405, "BAD_REQUEST".to_owned()), "POST"));
    assert_eq!(posted(&app, &json!({ "id": hash(mutation) })).codes(), ["UNAUTHENTICATED"], "a hash is no token");
}

#[test]
fn manifests_of_all_three_shapes_name_documents() {
    let relay = json!({ "0b0e1c9d4bd6a1aa1b1c0b0e1c9d4bd6": TYPENAME, "Named": "query Named { x: __typename }" });
    let apollo = json!({
        "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [{ "id": "0b0e1c9d4bd6a1aa1b1c0b0e1c9d4bd6", "name": "A", "type": "query", "body": TYPENAME },
                       { "id": "Named", "name": "Named", "type": "query", "body": "query Named { x: __typename }" }],
    });
    let preset = json!({ TYPENAME_HASH: TYPENAME, hash("query Named { x: __typename }"): "query Named { x: __typename }" });
    for (manifest, id) in
        [(relay, "0b0e1c9d4bd6a1aa1b1c0b0e1c9d4bd6"), (apollo, "0b0e1c9d4bd6a1aa1b1c0b0e1c9d4bd6"), (preset, TYPENAME_HASH)]
    {
        let app = with_manifest("only", &manifest.to_string());
        let expected = json!({ "__typename": "Query" });
        for body in [
            json!({ "id": id }),
            json!({ "doc_id": id, "variables": {} }),
            json!({ "documentId": id }),
            json!({ "documentId": format!("sha256:{TYPENAME_HASH}") }),
            json!({ "extensions": extensions(id) }),
            json!({ "extensions": extensions(TYPENAME_HASH) }),
            json!({ "query": TYPENAME }),
            json!({ "query": TYPENAME, "extensions": extensions(TYPENAME_HASH) }),
        ] {
            assert_eq!(posted(&app, &body).data(), expected, "{body}");
        }
        assert_eq!(get(&app, &[("documentId", id)]).data(), expected);
        assert_eq!(posted(&app, &json!({ "query": "query Named { x: __typename }" })).data(), json!({ "x": "Query" }));
    }
}

#[test]
fn only_what_the_manifest_names_is_run_in_mode_only() {
    let app = with_manifest("only", &json!({ "1": TYPENAME }).to_string());
    for text in ["{ __typename }", "{ categories { slug } }", "{", "{ unknown }"] {
        assert_eq!(outcome(&app.query(text)), required(), "{text}");
        let registering = json!({ "query": text, "extensions": extensions(&hash(text)) });
        assert_eq!(outcome(&posted(&app, &registering)), required(), "{text}");
        assert_eq!(outcome(&get(&app, &[("query", text)])), required(), "{text}");
        let named = app.send(Call::graphql(text, &json!({})).header("accept", "application/json"));
        assert_eq!(outcome(&named), required(), "{text}");
        assert_eq!(posted(&app, &json!({ "id": hash(text) })).code(), "PERSISTED_QUERY_NOT_FOUND", "{text}");
    }
    let products = app.get("/products");
    assert_eq!(products.status, 200, "the shims send no documents");
}

#[test]
fn texts_and_hashes_are_taken_beside_a_manifest() {
    let app = with_manifest("allow", &json!({ "1": TYPENAME }).to_string());
    assert_eq!(posted(&app, &json!({ "id": "1" })).data(), json!({ "__typename": "Query" }));
    assert_eq!(app.query("{ x: __typename }").data(), json!({ "x": "Query" }));
    let text = "{ y: __typename }";
    assert_eq!(posted(&app, &json!({ "query": text, "extensions": extensions(&hash(text)) })).data(), json!({ "y": "Query" }));
    assert_eq!(posted(&app, &json!({ "extensions": extensions(&hash(text)) })).data(), json!({ "y": "Query" }));
}

#[test]
fn a_client_is_told_when_hashes_are_not_taken() {
    let app = TestApp::on(Database::fresh(Engine::Sqlite)).env("FARMLOKAL_PERSISTED_DOCUMENTS", "off").start();
    assert_eq!(app.query(TYPENAME).data(), json!({ "__typename": "Query" }));
    for body in [
        json!({ "extensions": extensions(TYPENAME_HASH) }),
        json!({ "query": TYPENAME, "extensions": extensions(TYPENAME_HASH) }),
        json!({ "documentId": TYPENAME_HASH }),
    ] {
        let answer = posted(&app, &body);
        assert_eq!(outcome(&answer), (400, "BAD_REQUEST".to_owned()), "{body}");
        assert_eq!(answer.errors()[0]["message"], "PersistedQueryNotSupported", "{body}");
    }
}
