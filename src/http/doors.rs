//! Which door a request comes to.
//!
//! `/graphql` is where nearly all requests go. They need none of what a router does for the others: no matching of paths, no
//! layers, each of which would put the rest into a box of its own. A cached answer takes no longer than that.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use axum::http::header::ORIGIN;
use tower::ServiceExt as _;

use super::server::Answering;
use super::state::AppState;
use super::{graphql_endpoint, observe};

/// All doors of the house.
#[derive(Clone)]
pub struct Doors {
    router: Router,
    state: AppState,
}

impl std::fmt::Debug for Doors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Doors")
    }
}

impl Doors {
    /// The doors of this state.
    pub fn new(state: AppState) -> Self {
        Self { router: super::router(state.clone()).with_state(()), state }
    }

    /// Whether the layer that deals with other origins has something to say.
    fn is_across_origins(&self, request: &Request) -> bool {
        !self.state.settings.cors_origins.is_empty() && request.headers().contains_key(ORIGIN)
    }
}

impl Answering for Doors {
    async fn answer(&self, request: Request) -> Response<Body> {
        if request.uri().path() == "/graphql" && !self.is_across_origins(&request) {
            return observe::observed(&self.state, request, |request, id| {
                graphql_endpoint::answer(&self.state, request, Some(id.clone()))
            })
            .await;
        }
        self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    }
}
