//! Which door a request comes to.
//!
//! `/graphql` is where nearly all requests go. They need none of what a router does for the others: no matching of paths, no
//! layers, each of which would put the rest into a box of its own. A cached answer takes no longer than that.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ORIGIN, VARY};
use axum::http::{HeaderValue, Response};
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
}

impl Answering for Doors {
    async fn answer(&self, request: Request) -> Response<Body> {
        let crosses_origins = !self.state.settings.cors_origins.is_empty();
        if request.uri().path() != "/graphql" || (crosses_origins && request.headers().contains_key(ORIGIN)) {
            // In a box: the future of a cached answer is moved about, and should be small.
            let by_router = Box::pin(self.router.clone().oneshot(request));
            return by_router.await.unwrap_or_else(|never| match never {});
        }
        let answer = |request, id: &HeaderValue| graphql_endpoint::answer(&self.state, request, Some(id.clone()));
        let mut response = observe::observed(&self.state, request, answer).await;
        if crosses_origins {
            response.headers_mut().append(VARY, HeaderValue::from_static("origin"));
        }
        response
    }
}
