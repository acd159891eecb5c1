//! The audits of GraphQL over HTTP, and the GraphiQL page in a browser.

use crate::engine::{Database, Engine};
use crate::harness::{TOKEN, TestApp};
use crate::node;

#[test]
fn every_audit_of_graphql_over_http_is_passed() {
    for engine in Engine::ALL {
        let printed = node::run("conformance.mjs", &[TestApp::seeded(engine).server.base_url()]);
        assert_eq!(printed.trim_end(), "61 ok, 0 warnings, 0 errors, 0 notices");
    }
}

#[test]
fn a_query_typed_into_the_page_shows_products() {
    let app = TestApp::on(Database::fresh(Engine::Sqlite)).products(200).start();
    let picture = tempfile::Builder::new().suffix(".png").tempfile().unwrap();
    let picture = picture.path().to_str().unwrap();
    let works = "GraphiQL works: query, docs, explorer; 0 errors, 0 policy violations, 0 outside requests";
    assert_eq!(node::run("graphiql.mjs", &[app.server.base_url(), picture, TOKEN]).trim_end(), works);
    assert_eq!(node::run("graphiql.mjs", &[app.server.base_url()]).trim_end(), works, "without a token as well");
}
