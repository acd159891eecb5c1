//! Limits of an answer out of a cache: the same bytes out of the process's memory, or out of Redis.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use redis::AsyncCommands as _;
use redis::aio::ConnectionManager;
use serde::Deserialize;
use serde_json::Value;

const GRAPHQL_JSON: &str = "application/graphql-response+json; charset=utf-8";

/// A request as GraphQL over HTTP has it; all of it is read and checked, nothing is done with it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "reading it is the work that is measured")]
struct Request {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Value>,
    extensions: Option<Value>,
}

/// Answers every GET with the bytes of `file`; every POST, too, once its body is read and its JSON parsed.
pub(super) fn memory(file: &Path) -> anyhow::Result<Router> {
    let answer = Bytes::from(fs::read(file).with_context(|| format!("cannot read {}", file.display()))?);
    let same = answer.clone();
    let by_get = move || {
        let answer = answer.clone();
        async move { answered(answer) }
    };
    let by_post = move |request: Bytes| {
        let answer = same.clone();
        async move {
            match serde_json::from_slice::<Request>(&request) {
                Ok(_) => answered(answer),
                Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
            }
        }
    };
    Ok(Router::new().route("/graphql", get(by_get).post(by_post)))
}

/// Answers every GET with the value of `key`, fetched from Redis over one shared connection.
pub(super) async fn redis(url: &str, key: String) -> anyhow::Result<Router> {
    let connection = ConnectionManager::new(redis::Client::open(url)?).await.context("Redis")?;
    let key: Arc<str> = key.into();
    let handler = move || {
        let (mut connection, key) = (connection.clone(), Arc::clone(&key));
        async move {
            match connection.get::<_, Vec<u8>>(&*key).await {
                Ok(answer) => answered(answer.into()),
                Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
            }
        }
    };
    Ok(Router::new().route("/graphql", get(handler)))
}

fn answered(answer: Bytes) -> Response {
    ([(CONTENT_TYPE, GRAPHQL_JSON)], answer).into_response()
}
