//! What holds at every door: headers, request ids, unknown paths, methods.

use std::time::Duration;

use farmlokal_testbed::wait_until;
use reqwest::Method;
use serde_json::json;

use crate::answer::Answer;
use crate::engine::{Database, Engine};
use crate::harness::{Call, TestApp};

fn app() -> &'static TestApp {
    TestApp::seeded(Engine::Sqlite)
}

fn call(method: Method, path: &str) -> Answer {
    app().send(Call::new(method, path))
}

/// One answer of every kind.
fn one_of_each() -> Vec<(&'static str, Answer)> {
    vec![
        ("a query", app().query("{ __typename }")),
        ("a query that is refused", app().query("{")),
        ("a body that is too large", app().send(Call::json(vec![b' '; 2 << 20]))),
        ("a wrong media type", app().send(Call::new(Method::POST, "/graphql").header("content-type", "text/plain").body("{}"))),
        ("a wrong method", call(Method::DELETE, "/graphql")),
        ("a wrong method elsewhere", call(Method::POST, "/products")),
        ("no such path", call(Method::GET, "/nope")),
        ("products", call(Method::GET, "/products")),
        ("a wrong parameter", call(Method::GET, "/products?foo=1")),
        ("a wrong token", app().send(Call::new(Method::GET, "/products").header("authorization", "Bearer x"))),
        ("metrics", call(Method::GET, "/metrics")),
        ("Prometheus", call(Method::GET, "/metrics/prometheus")),
        ("liveness", call(Method::GET, "/livez")),
        ("readiness", call(Method::GET, "/readyz")),
        ("no such file", call(Method::GET, "/graphiql/nope.js")),
        ("a file", call(Method::GET, "/graphiql/init.js")),
        ("the page", call(Method::GET, "/")),
    ]
}

#[test]
fn every_answer_has_the_headers_that_protect_browsers_and_a_name() {
    for (what, answer) in one_of_each() {
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
        for name in ["content-security-policy", "cache-control", "x-request-id", "date", "content-type"] {
            assert!(!answer.header(name).is_empty(), "{what}: {name}");
        }
        assert!(answer.header("server").is_empty() && answer.header("x-powered-by").is_empty(), "{what}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("http"),
            "{what}: {policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
    }
    let page = call(Method::GET, "/");
    assert_eq!((page.header("x-frame-options"), page.header("referrer-policy")), ("DENY", "same-origin"));
    assert_eq!(call(Method::GET, "/livez").header("cache-control"), "no-store");
}

#[test]
fn a_request_keeps_its_plain_name_and_gets_one_otherwise() {
    let named =
        |id: &str| app().send(Call::new(Method::GET, "/livez").header("x-request-id", id)).header("x-request-id").to_owned();
    assert_eq!(named("7f3e-A_b.9"), "7f3e-A_b.9");
    let odd = ["", "a b", "<script>", "a\"b", &"x".repeat(65)].map(named);
    for (n, made) in odd.iter().enumerate() {
        assert!(made.len() > 16 && !odd[..n].contains(made), "{odd:?}");
    }
    let answer = app().send(Call::graphql("{ categories { slug } }", &json!({})).header("x-request-id", "find-me-in-the-log"));
    assert_eq!(answer.header("x-request-id"), "find-me-in-the-log");
    farmlokal_testbed::wait_until("its name is in the log", std::time::Duration::from_secs(5), || {
        app().server.logs().contains("find-me-in-the-log")
    });
}

#[test]
fn what_is_not_there_is_a_problem_document() {
    for path in ["/nope", "/products/", "/Products", "/api", "/graphql/x", "/.env", "/graphiql/../Cargo.toml", "/%ff", "/livez/x"]
    {
        let answer = call(Method::GET, path);
        assert_eq!((answer.status, answer.header("content-type")), (404, "application/problem+json"), "{path}");
        let expected =
            json!({ "title": "Not Found", "status": 404, "detail": "There is nothing at this path.", "code": "NOT_FOUND" });
        assert_eq!(answer.json(), expected);
    }
}

#[test]
fn a_method_that_a_path_does_not_have_is_told_with_those_it_has() {
    for path in ["/products", "/api/products", "/livez", "/readyz", "/metrics", "/metrics/prometheus"] {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = call(method.clone(), path);
            assert_eq!(
                (answer.status, answer.header("content-type"), answer.header("allow")),
                (405, "application/problem+json", "GET,HEAD"),
                "{method} {path}"
            );
            assert_eq!(answer.code(), "BAD_REQUEST");
        }
        let head = call(Method::HEAD, path);
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
    }
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = call(method, "/graphql");
        assert_eq!(
            (answer.status, answer.header("allow"), answer.code().as_str()),
            (405, "GET, HEAD, POST, OPTIONS", "BAD_REQUEST")
        );
    }
    let options = call(Method::OPTIONS, "/graphql");
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, POST, OPTIONS"));
}

#[test]
fn liveness_and_readiness_are_told_in_json() {
    for engine in Engine::ALL {
        let app = TestApp::seeded(engine);
        assert_eq!((app.get("/livez").status, app.get("/livez").json()), (200, json!({ "status": "ok" })));
        // A server that has just started makes its search index first.
        wait_until("the search index is made", Duration::from_secs(30), || {
            app.get("/readyz").json()["checks"]["search"]["status"] == "ok"
        });
        let ready = app.get("/readyz");
        assert_eq!((ready.status, &ready.json()["status"]), (200, &json!("ok")));
        let database = &ready.json()["checks"]["database"];
        assert!(database["status"] == "ok" && database["latencyMs"].as_f64().is_some_and(|ms| ms > 0.0), "{database}");
        assert_eq!(ready.json()["checks"]["changeFeed"], json!({ "status": "ok" }));
    }
}

#[test]
fn in_production_there_is_no_page_no_introspection_and_no_suggestion() {
    let token_file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token_file.path(), "a-token-for-administrators\n").unwrap();
    let database = Database::fresh(Engine::Sqlite);
    let command = crate::harness::command(&database)
        .env("FARMLOKAL_ENV", "production")
        .env("FARMLOKAL_ADMIN_TOKEN_FILE", token_file.path());
    let app = TestApp::joining(command.start(), database);
    assert_eq!((app.get("/").status, app.get("/graphiql/init.js").status), (404, 404));
    assert_eq!(app.send(Call::new(Method::GET, "/graphql").header("accept", "text/html")).status, 406);
    for document in ["{ __schema { queryType { name } } }", "{ __type(name: \"Query\") { name } }"] {
        let answer = app.query(document);
        assert!(!answer.text().contains("\"Query\""), "{}", answer.text());
    }
    assert_eq!(app.query("{ __typename }").data(), json!({ "__typename": "Query" }));
    let misspelt = app.query("{ categoris { slug } }");
    assert!(misspelt.status == 400 && !misspelt.text().contains("categories"), "{}", misspelt.text());
    assert!(!app.server.stdout().contains("token"), "{}", app.server.stdout());
    let admin = Call::graphql(
        crate::shop::UPSERT_CATEGORIES,
        &json!({ "input": { "categories": [{ "slug": "milk", "name": "Milk" }] } }),
    );
    assert_eq!(
        app.send(admin.header("authorization", "Bearer a-token-for-administrators")).data()["upsertCategories"]["userErrors"],
        json!([])
    );
    farmlokal_testbed::wait_until("the log is JSON", std::time::Duration::from_secs(5), || !app.server.logs().is_empty());
    for line in app.server.logs().lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok_and(|entry| entry["level"].is_string()), "{line}");
    }
    assert!(!app.server.logs().contains("a-token-for-administrators"));
}
