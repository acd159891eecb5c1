//! The simulator's own switches: faults, counters, and the world by hand. They ask for no token: they are for tests on this
//! machine.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::problem;
use crate::faults::Faults;
use crate::running::{Shared, lock};
use crate::schedule::Form;
use crate::sender::Target;
use crate::signer::Corruption;
use crate::stats::Stats;
use crate::world::{EventKind, Subject};

/// What goes wrong now.
pub(super) async fn faults(State(shared): State<Arc<Shared>>) -> Json<Faults> {
    Json(*lock(&shared.faults))
}

/// Changes what goes wrong; `revokeTokens` ends all tokens.
pub(super) async fn change_faults(State(shared): State<Arc<Shared>>, Json(mut patch): Json<Map<String, Value>>) -> Response {
    if patch.remove("revokeTokens") == Some(Value::Bool(true)) {
        lock(&shared.tokens).revoke_all();
    }
    let mut faults = lock(&shared.faults);
    match faults.patched(patch) {
        Ok(patched) => {
            *faults = patched;
            Json(patched).into_response()
        }
        Err(why) => problem(StatusCode::BAD_REQUEST, &why),
    }
}

/// Nothing goes wrong any more.
pub(super) async fn reset_faults(State(shared): State<Arc<Shared>>) -> Json<Faults> {
    *lock(&shared.faults) = Faults::default();
    Json(Faults::default())
}

/// What has been counted.
pub(super) async fn stats(State(shared): State<Arc<Shared>>) -> Json<Stats> {
    Json(lock(&shared.stats).clone())
}

/// Where webhooks go from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Aim {
    /// null: nowhere.
    url: Option<String>,
    /// By default the one of the start.
    secret: Option<String>,
}

/// Sends webhooks elsewhere: a server that takes a free port is known later than the simulator.
pub(super) async fn aim(State(shared): State<Arc<Shared>>, Json(aim): Json<Aim>) -> Response {
    match target(&shared, aim.url.as_deref(), aim.secret.as_deref()) {
        Ok(target) => {
            shared.sender.aim(target);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(why) => problem(StatusCode::BAD_REQUEST, &why),
    }
}

fn target(shared: &Shared, url: Option<&str>, secret: Option<&str>) -> Result<Option<Target>, String> {
    let secret = secret.unwrap_or(&shared.settings.webhook_secret);
    url.map(|url| Target::new(url, secret)).transpose().map_err(|err| err.to_string())
}

/// Changes a product by a merge patch.
pub(super) async fn change_product(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Json(patch): Json<Map<String, Value>>,
) -> Json<Value> {
    Json(lock(&shared.world).change(Subject::Product, &id, patch))
}

/// Changes an order by a merge patch.
pub(super) async fn change_order(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Json(patch): Json<Map<String, Value>>,
) -> Json<Value> {
    Json(lock(&shared.world).change(Subject::Order, &id, patch))
}

/// One webhook by hand.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Wish {
    event: String,
    id: Value,
    /// Say only that something happened.
    #[serde(default)]
    thin: bool,
    /// `body`, `signature`, `id` or `stale`.
    corrupt: Option<String>,
    /// An id of one's own: the same again is a duplicate.
    webhook_id: Option<String>,
    /// Another body than ours.
    body: Option<Value>,
    /// Elsewhere than the others go.
    url: Option<String>,
    /// Signed by another secret.
    secret: Option<String>,
}

/// Sends one webhook now, once, and gives what came back.
pub(super) async fn send_event(State(shared): State<Arc<Shared>>, Json(order): Json<Wish>) -> Response {
    let by_default = || shared.sender.target();
    let target = match target(&shared, order.url.as_deref(), order.secret.as_deref()) {
        Ok(target) => target.or_else(by_default),
        Err(why) => return problem(StatusCode::BAD_REQUEST, &why),
    };
    let Some(target) = target else { return problem(StatusCode::CONFLICT, "webhooks go nowhere: name a url") };
    let form = match order.corrupt.as_deref().map(corruption) {
        None => Form::Genuine,
        Some(Some(how)) => Form::Corrupted(how),
        Some(None) => return problem(StatusCode::BAD_REQUEST, "corrupt must be body, signature, id or stale"),
    };
    let webhook_id = order.webhook_id.clone().unwrap_or_else(|| shared.next_id_by_hand());
    let body = body(&shared, &order, webhook_id.clone());
    match shared.sender.send(&target, &webhook_id, body, form).await {
        Ok(answer) => {
            let body = serde_json::from_str(&answer.body).unwrap_or_else(|_| Value::String(answer.body.clone()));
            let retry_after = answer.retry_after_seconds;
            Json(json!({ "webhookId": webhook_id, "status": answer.status, "body": body, "retryAfterSeconds": retry_after }))
                .into_response()
        }
        Err(why) => problem(StatusCode::BAD_GATEWAY, &format!("no answer: {why}")),
    }
}

/// What is sent: their body, what there is to tell, or a thin event about what we do not know.
fn body(shared: &Shared, order: &Wish, webhook_id: String) -> String {
    if let Some(body) = &order.body {
        return body.to_string();
    }
    let kind = EventKind::parse(&order.event);
    let event = kind.zip(order.id.as_str()).and_then(|(kind, id)| lock(&shared.world).event_about(kind, id, webhook_id));
    match event {
        Some(event) => event.body(order.thin),
        None => json!({ "event": order.event, "id": order.id }).to_string(),
    }
}

fn corruption(name: &str) -> Option<Corruption> {
    match name {
        "body" => Some(Corruption::Body),
        "signature" => Some(Corruption::Signature),
        "id" => Some(Corruption::Id),
        "stale" => Some(Corruption::Stale),
        _ => None,
    }
}
