//! The line that production writes about each request: JSON on standard error.

use std::fs;
use std::time::Duration;

use farmlokal::graphql::DocumentHash;
use farmlokal_testbed::{Postgres, Server, poll};
use serde_json::{Value, json};

use crate::fleet::{Fleet, TOKEN, program, runtime, seed, send};

const DOCUMENT: &str = "query Shelf { products(first: 3) { nodes { name } } }";

fn production() -> (tempfile::TempDir, Server) {
    let database = Postgres::shared().fresh_database();
    seed(&database);
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, TOKEN).unwrap();
    let server = program(&database).env("FARMLOKAL_ENV", "production").env("FARMLOKAL_ADMIN_TOKEN_FILE", &token);
    (folder, server.start())
}

/// The line about the request of this id.
fn line(server: &Server, id: &str) -> Value {
    let found = poll(Duration::from_secs(10), || {
        let logs = server.logs();
        let (complete, _) = logs.rsplit_once('\n')?;
        let lines = complete.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line:?}")));
        lines.into_iter().find(|line| line["fields"]["id"] == id && line["fields"]["message"] == "answered")
    });
    found.unwrap_or_else(|| panic!("no line about {id}\n{}", server.logs()))
}

#[test]
fn a_line_tells_what_was_asked_where_the_answer_came_from_and_what_it_cost() {
    let (_folder, server) = production();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = |id: &str, document: &str| {
        let call = client.post(format!("{}/graphql", server.base_url())).json(&json!({ "query": document }));
        runtime().block_on(send(call.header("x-request-id", id).bearer_auth(TOKEN)))
    };
    let told = |id: &str, document: &str| {
        let answer = ask(id, document);
        assert_eq!(answer.status, 200, "{}", answer.text());
        (answer, line(&server, id))
    };
    let (made, first) = told("the-first", DOCUMENT);
    let (_, second) = told("the-second", DOCUMENT);
    let (_, private) = told("private", "query Mine { rateLimit { remaining } }");
    for line in [&first, &second, &private] {
        assert_eq!((&line["level"], &line["fields"]["method"]), (&json!("INFO"), &json!("POST")), "{line}");
        assert_eq!((&line["fields"]["path"], &line["fields"]["status"]), (&json!("/graphql"), &json!(200)));
        assert!(line["fields"]["duration_ms"].as_f64().unwrap() > 0.0 && line["timestamp"].is_string(), "{line}");
    }
    let hash = DocumentHash::of(DOCUMENT).to_string();
    for line in [&first, &second] {
        assert_eq!((&line["fields"]["operation"], &line["fields"]["document"]), (&json!("Shelf"), &json!(hash[..16])), "{line}");
    }
    let (first, second, private) = (&first["fields"], &second["fields"], &private["fields"]);
    assert_eq!((&first["cache"], first["cost"].to_string()), (&json!("miss"), made.header("x-query-cost").to_owned()));
    assert!(first["statements"].as_u64().unwrap() >= 1, "{first}");
    assert_eq!((&second["cache"], &second["cost"], &second["statements"]), (&json!("memory"), &json!(1), &json!(0)));
    assert_eq!((private.get("cache"), &private["operation"], &private["statements"]), (None, &json!("Mine"), &json!(0)));
}

#[test]
fn the_lines_of_the_last_requests_are_written_before_the_server_ends() {
    let (_folder, server) = production();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let call = client.post(format!("{}/graphql", server.base_url())).json(&json!({ "query": DOCUMENT }));
    assert_eq!(runtime().block_on(send(call.header("x-request-id", "the-last"))).status, 200);
    assert_eq!(server.terminate().status.code(), Some(0));
    assert!(server.logs().contains("\"the-last\""), "{}", server.logs());
}

#[test]
fn a_line_holds_nothing_that_a_caller_typed() {
    let fleet = Fleet::start(1, &[("FARMLOKAL_LOG", "info")]);
    let secret = "a-word-that-only-the-caller-knows";
    let documents =
        [format!("{{ product(by: {{ slug: \"{secret}\" }}) {{ id }} }}"), format!("{{ {secret} }}"), format!("{{ \"{secret}")];
    for document in &documents {
        fleet.ask(0, document);
        fleet.send(fleet.graphql_by_get(0, document));
    }
    fleet.send(fleet.get_with(0, "/products", &[("category", secret)]));
    fleet.send(fleet.get(0, "/livez"));
    let all = poll(Duration::from_secs(10), || {
        let logs = fleet.servers[0].logs();
        (logs.lines().filter(|line| line.contains("answered")).count() >= 7).then_some(logs)
    });
    let logs = all.unwrap_or_else(|| panic!("{}", fleet.servers[0].logs()));
    assert!(!logs.contains(secret) && !logs.contains(TOKEN), "{logs}");
}
