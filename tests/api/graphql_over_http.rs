//! `/graphql`: methods, media types and status codes of GraphQL over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::engine::Engine;
use crate::harness::{Call, TestApp};

fn app() -> &'static TestApp {
    TestApp::seeded(Engine::Sqlite)
}

fn get(parameters: &[(&str, &str)]) -> Answer {
    let url = reqwest::Url::parse_with_params("http://x/graphql", parameters).unwrap();
    app().get(&format!("/graphql?{}", url.query().unwrap()))
}

fn accepting(accept: &str, document: &str) -> Answer {
    app().send(Call::graphql(document, &json!({})).header("accept", accept))
}

const JSON: &str = "application/json; charset=utf-8";
const RESPONSE: &str = "application/graphql-response+json; charset=utf-8";

#[test]
fn a_query_may_come_in_the_address() {
    let document = "query A($first: Int) { products(first: $first) { nodes { slug } } } query B { __typename }";
    let answer = get(&[("query", document), ("operationName", "A"), ("variables", "{\"first\": 3}"), ("other", "1")]);
    let posted =
        app().send(Call::json(json!({ "query": document, "operationName": "A", "variables": { "first": 3 } }).to_string()));
    assert_eq!(answer.data(), posted.data());
    assert_eq!(
        get(&[("query", "{__typename}"), ("variables", ""), ("operationName", "")]).data(),
        json!({ "__typename": "Query" })
    );
    let head = app().send(Call::new(Method::HEAD, "/graphql?query={__typename}"));
    assert_eq!((head.status, head.body.len()), (200, 0));
    for wrong in [
        &[("query", "{__typename}"), ("query", "{__typename}")][..],
        &[("query", "")],
        &[("variables", "{}")],
        &[("query", "{__typename}"), ("variables", "{")],
        &[("query", "{__typename}"), ("variables", "[]")],
        &[("query", "{__typename}"), ("extensions", "5")],
    ] {
        let answer = get(wrong);
        assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_REQUEST"), "{wrong:?}");
    }
    for path in ["/graphql", "/graphql?query=%FF", "/graphql?query=%7", "/graphql?"] {
        assert_eq!((app().get(path).status, app().get(path).code().as_str()), (400, "BAD_REQUEST"), "{path}");
    }
}

#[test]
fn each_caller_gets_the_form_and_status_it_understands() {
    for (accept, form, status_of_a_bad_document) in [
        ("*/*", JSON, 400),
        ("application/json", JSON, 200),
        ("application/json;charset=UTF-8", JSON, 200),
        ("application/graphql-response+json", RESPONSE, 400),
        ("application/graphql-response+json, application/json;q=0.9", RESPONSE, 400),
        ("application/json, text/plain, */*", JSON, 200),
        ("application/*;q=0.1, text/html", JSON, 400),
    ] {
        let good = accepting(accept, "{ __typename }");
        assert_eq!((good.data(), good.header("content-type")), (json!({ "__typename": "Query" }), form), "{accept}");
        for (bad, code) in [("{", "GRAPHQL_PARSE_FAILED"), ("{ nothing }", "GRAPHQL_VALIDATION_FAILED")] {
            let answer = accepting(accept, bad);
            assert_eq!(
                (answer.status, answer.header("content-type"), answer.code().as_str()),
                (status_of_a_bad_document, form, code),
                "{accept}"
            );
            assert_eq!(answer.json().get("data"), None);
        }
        let failing_field = accepting(accept, "{ products(first: 0) { nodes { id } } }");
        assert_eq!((failing_field.status, &failing_field.json()["data"]), (200, &json!({ "products": null })), "{accept}");
    }
    for accept in ["text/html", "text/plain", "application/json;q=0", "image/*", "application/json;charset=latin1"] {
        let answer = accepting(accept, "{ __typename }");
        assert_eq!((answer.status, answer.code().as_str()), (406, "BAD_REQUEST"), "{accept}");
    }
}

#[test]
fn only_json_in_utf8_is_taken() {
    let sent = |content_type: &str| {
        app().send(Call::new(Method::POST, "/graphql").header("content-type", content_type).body("{\"query\":\"{__typename}\"}"))
    };
    for good in ["application/json", "APPLICATION/JSON; charset=UTF-8", "application/json; charset=\"utf-8\""] {
        sent(good).data();
    }
    for bad in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=utf-16",
        "json",
    ] {
        let answer = sent(bad);
        assert_eq!((answer.status, answer.code().as_str()), (415, "BAD_REQUEST"), "{bad}");
    }
    assert_eq!(app().send(Call::new(Method::POST, "/graphql").body("{\"query\":\"{__typename}\"}")).status, 415);
    assert_eq!(app().send(Call::json("x").header("content-encoding", "gzip")).status, 415);
    assert_eq!(app().send(Call::json("{\"query\":\"{__typename}\"}").header("content-encoding", "identity")).status, 200);
}

#[test]
fn somebody_with_a_browser_is_led_to_the_page() {
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let visit = |path: &str| app().send(Call::new(Method::GET, path).header("accept", browser));
    let led = visit("/graphql");
    assert_eq!((led.status, led.header("location")), (303, "./"));
    let page = visit("/");
    assert!(page.status == 200 && page.header("content-type").starts_with("text/html"));
    assert_eq!(visit("/graphql?query={__typename}").data(), json!({ "__typename": "Query" }), "unless a query is in the address");
}

#[test]
fn the_cost_of_an_operation_is_told() {
    let cost = |document: &str| app().query(document).header("x-query-cost").parse::<u64>().unwrap();
    let (small, large) = (
        cost("{ products(first: 1) { nodes { id } } }"),
        cost("{ products(first: 100) { nodes { producer { name } } totalCount } }"),
    );
    assert!(small >= 1 && (200..=5_000).contains(&large), "{small} {large}");
    assert_eq!(cost("{"), 0);
}

#[test]
fn introspection_answers_the_usual_tools() {
    let document = "query IntrospectionQuery { __schema { queryType { name } mutationType { name } types { ...FullType } directives { name locations args { ...InputValue } } } }
        fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name args { ...InputValue } type { ...TypeRef } }
          inputFields { ...InputValue } interfaces { ...TypeRef } enumValues { name } possibleTypes { ...TypeRef } }
        fragment InputValue on __InputValue { name type { ...TypeRef } defaultValue }
        fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";
    let schema = app().query(document).data()["__schema"].take();
    let types: Vec<&Value> = schema["types"].as_array().unwrap().iter().map(|ty| &ty["name"]).collect();
    assert!(types.contains(&&json!("ProductConnection")) && schema["mutationType"]["name"] == "Mutation");
}
