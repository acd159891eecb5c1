//! Traces: what an OpenTelemetry collector is sent, and that nobody waits for one.
//!
//! ```text
//! sent        spans of requests and statements, the caller's trace, what has none
//! away        collectors that are gone, hang, or cannot be one
//! collector   a small collector
//! protobuf    as much of the format as it takes to read spans
//! ```
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod away;
mod collector;
mod protobuf;
mod sent;

use std::time::Duration;

use farmlokal_testbed::{Server, ServerBuilder, wait_until};

/// A query that no cache can answer twice.
fn page(first: usize) -> String {
    format!("query Shop {{ products(first: {first}) {{ nodes {{ name producer {{ name }} }} }} }}")
}

/// A server with a small demo catalogue that sends its traces there.
fn tracing_to(endpoint: &str) -> ServerBuilder {
    let server = Server::builder(env!("CARGO_BIN_EXE_farmlokal")).env("FARMLOKAL_DEMO_PRODUCTS", "60");
    server.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
}

/// Asks by POST, and gives the answer when it is one.
fn ask(server: &Server, query: &str, headers: &[(&str, &str)]) -> serde_json::Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let request = reqwest::Client::new().post(format!("{}/graphql", server.base_url()));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = request.json(&serde_json::json!({ "query": query })).send().await.unwrap();
        response.error_for_status().unwrap().json().await.unwrap()
    })
}

/// Asks by GET, for the status.
fn get(server: &Server, path: &str) -> u16 {
    fetch(server, path).0
}

/// Waits until what a server does at its start is done: the feed was read, and the search index is made.
fn is_settled(server: &Server) {
    let is_made = || fetch(server, "/readyz").1.contains("\"search\":{\"status\":\"ok\"}");
    wait_until("the search index is made", Duration::from_secs(30), is_made);
}

fn fetch(server: &Server, path: &str) -> (u16, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response = reqwest::get(format!("{}{path}", server.base_url())).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    })
}
