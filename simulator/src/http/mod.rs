//! What is asked of the simulator: tokens, API A, and its own switches.

mod answer;
mod api;
mod control;
mod guard;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::running::Shared;

/// All paths.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let api = Router::new()
        .route("/products", get(api::products))
        .route("/products/{id}", get(api::product))
        .route("/orders", get(api::orders))
        .route("/orders/{id}", get(api::order))
        .fallback(answer::not_found)
        .layer(from_fn_with_state(Arc::clone(&shared), guard::guard));
    Router::new()
        .nest("/api", api)
        .route("/oauth/token", post(token::token))
        .route("/faults", get(control::faults).post(control::change_faults).delete(control::reset_faults))
        .route("/stats", get(control::stats))
        .route("/target", post(control::aim))
        .route("/world/products/{id}", post(control::change_product))
        .route("/world/orders/{id}", post(control::change_order))
        .route("/world/events", post(control::send_event))
        .fallback(answer::not_found)
        .with_state(shared)
}
