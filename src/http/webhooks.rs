//! `POST /webhook` and `POST /webhooks/{source}`: deliveries of partners' systems.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::observe::Noted;
use super::refusal::Refusal;
use super::state::AppState;
use super::{client_address, media_type, request_body};
use crate::error::Error;
use crate::service::{DEFAULT_SOURCE, Delivery, Receipt, Received};
use crate::telemetry::statements;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    status: &'static str,
    event_id: String,
}

/// A delivery of the source `default`.
pub(super) async fn receive_default(State(state): State<AppState>, request: Request) -> Response {
    respond(&state, DEFAULT_SOURCE, request).await
}

/// A delivery of the source in the path.
pub(super) async fn receive(State(state): State<AppState>, Path(source): Path<String>, request: Request) -> Response {
    respond(&state, &source, request).await
}

async fn respond(state: &AppState, source: &str, request: Request) -> Response {
    state.marketplace.request_seen();
    let (taken, statements) = statements::counted(take(state, source, request)).await;
    let mut response = match taken {
        Ok(Received { receipt, event_id }) => Json(Taken { status: word(receipt), event_id }).into_response(),
        Err(refusal) => refusal.into_response(),
    };
    response.extensions_mut().insert(Noted { statements, ..Noted::default() });
    response
}

async fn take(state: &AppState, source: &str, request: Request) -> Result<Received, Refusal> {
    let (parts, body) = request.into_parts();
    if let Err(refusal) = media_type::require_json(&parts.headers) {
        request_body::discard(&parts.headers, body);
        return Err(refusal);
    }
    let settings = &state.settings;
    let body = request_body::read(&parts.headers, body, settings.body_limit_bytes, settings.body_read_timeout).await?;
    let header = |name: &str| single(&parts.headers, name);
    let is_local =
        client_address::is_from_here(client_address::peer(&parts.extensions), &parts.headers, settings.trusted_proxies);
    let delivery = Delivery { source, header: &header, body: &body, is_local };
    // A place of their own: a storm of deliveries leaves the database to those who shop.
    let _place = state.webhook_admission.enter().await.map_err(|_| Refusal::overloaded())?;
    let received = tokio::time::timeout(settings.request_timeout, state.marketplace.receive_webhook(&delivery));
    received.await.map_err(|_| Refusal::timed_out())?.map_err(refusal)
}

/// Whatever could not be stored is worth another delivery.
fn refusal(err: Error) -> Refusal {
    let refusal = Refusal::from(err);
    if refusal.code.is_passing() { refusal.retry_after(1) } else { refusal }
}

/// The value of a header that comes once: of two nobody can tell which one was signed.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}

fn word(receipt: Receipt) -> &'static str {
    match receipt {
        Receipt::Processed => "processed",
        Receipt::Accepted => "accepted",
        Receipt::Duplicate => "duplicate",
    }
}
