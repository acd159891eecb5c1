//! API A.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::answer::{not_found, problem};
use crate::clock::parse_rfc3339;
use crate::running::{Shared, lock};
use crate::world::Subject;

/// Items of a page, unless somebody wants another number.
const LIMIT: usize = 100;
/// Most items of a page: well below the 4 MiB that an answer may have.
const LIMIT_MAX: usize = 1_000;

/// What a list may be asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListQuery {
    updated_since: Option<String>,
    cursor: Option<String>,
    limit: Option<usize>,
}

type AnyQuery = Result<Query<ListQuery>, QueryRejection>;

pub(super) async fn product(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    one(&shared, Subject::Product, &id).await
}

pub(super) async fn order(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    one(&shared, Subject::Order, &id).await
}

pub(super) async fn products(State(shared): State<Arc<Shared>>, query: AnyQuery) -> Response {
    list(&shared, Subject::Product, query)
}

pub(super) async fn orders(State(shared): State<Arc<Shared>>, query: AnyQuery) -> Response {
    list(&shared, Subject::Order, query)
}

async fn one(shared: &Shared, subject: Subject, id: &str) -> Response {
    let found = lock(&shared.world).get(subject, id);
    match found {
        Some(thing) => Json(thing).into_response(),
        None => not_found().await,
    }
}

fn list(shared: &Shared, subject: Subject, query: AnyQuery) -> Response {
    let query = match query {
        Ok(Query(query)) => query,
        Err(why) => return problem(StatusCode::BAD_REQUEST, &why.body_text()),
    };
    let since_ms = query.updated_since.as_deref().map(parse_rfc3339);
    if since_ms == Some(None) {
        return problem(StatusCode::BAD_REQUEST, "updatedSince must be an RFC 3339 instant");
    }
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let page = lock(&shared.world).page(subject, since_ms.flatten(), query.cursor.as_deref(), limit);
    match page {
        Ok(page) => Json(json!({ "items": page.items, "nextCursor": page.next_cursor })).into_response(),
        Err(why) => problem(StatusCode::BAD_REQUEST, &why.to_string()),
    }
}
