//! The HTTP room: the doors of the house.
//!
//! `/graphql` ([`graphql_endpoint`]), GraphiQL at `/`, the REST shims `/products` and `/api/products`, `/livez`, `/readyz` and
//! `/metrics`. A request comes in through [`serve`] (connections, limits of time and size), passes [`observe`] (id, log,
//! meters, headers), and reaches its handler, which reads it strictly, asks the rooms behind, and writes the answer. Errors
//! are a [`refusal::Refusal`] until the door puts them into its own format: GraphQL errors at `/graphql`, problem documents
//! ([`problem`]) everywhere else.

mod access;
mod admission;
mod cache_hit;
mod cache_status;
mod cached_response;
mod client_address;
mod content_coding;
mod cross_origin;
mod doors;
mod graphiql;
mod graphql_endpoint;
mod graphql_origin;
mod graphql_request;
mod graphql_response;
mod guarded_stream;
mod head_watch;
mod health;
mod kept_headers;
mod media_type;
mod metrics;
mod observe;
mod problem;
mod purse;
mod query_string;
mod refusal;
mod request_body;
mod request_id;
mod rest_product_query;
mod rest_products;
mod security_headers;
mod sent_headers;
mod server;
mod settings;
mod shutdown;
mod state;
mod understood;
mod validator;
mod webhooks;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};

pub use admission::AdmissionSettings;
pub use cached_response::Unkept;
pub use doors::Doors;
pub use purse::Budgets;
pub use request_id::RequestIds;
pub use server::serve;
pub use settings::HttpSettings;
pub use state::{AppState, Parts};

/// All paths of the server, with the layers that they need.
fn router(state: AppState) -> Router {
    let mut router = Router::new()
        .route("/graphql", any(graphql_endpoint::graphql))
        .route("/products", get(rest_products::products))
        .route("/api/products", get(rest_products::products))
        .route("/webhook", post(webhooks::receive_default))
        .route("/webhooks/{source}", post(webhooks::receive))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/metrics/prometheus", get(metrics::prometheus));
    if state.settings.graphiql {
        router = router.merge(graphiql::router());
    }
    router = router.fallback(problem::not_found).method_not_allowed_fallback(problem::method_not_allowed);
    router = router.layer(from_fn_with_state(state.clone(), observe::observe));
    // Outside of everything, so that pages of allowed origins can read every answer, 500 too.
    if let Some(cors) = cross_origin::cors(&state.settings.cors_origins) {
        router = router.layer(cors);
    }
    router.with_state(state)
}
