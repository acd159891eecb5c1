//! Which door a request comes to.
//!
//! `/graphql` is where nearly all requests go. They need none of what a router does for the others: no matching of paths, no
//! layers, each of which would put the rest into a box of its own. A cached answer takes no longer than that.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{ORIGIN, VARY};
use axum::http::{HeaderValue, Request, Response};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tower::ServiceExt as _;

use super::cache_hit::{Begun, Ordinary};
use super::observe::{self, Observed};
use super::request_id::X_REQUEST_ID;
use super::server::Answering;
use super::state::AppState;
use super::{cache_hit, graphql_endpoint};
use crate::telemetry::RequestGuard;

/// What has been done for a request, and its place in the meters.
type Handed<'a> = (Begun, RequestGuard<'a>);

/// All doors of the house.
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

    fn allows_origins(&self) -> bool {
        !self.state.settings.cors_origins.is_empty()
    }

    async fn by_router(&self, mut request: Request<Body>, caller: SocketAddr) -> Response<Body> {
        request.extensions_mut().insert(ConnectInfo(caller));
        self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    }

    /// The answer when it is kept; else what has been done for it, if it is an ordinary request.
    async fn kept<'a>(
        &'a self,
        request: &Request<Incoming>,
        caller: SocketAddr,
    ) -> Result<Response<Full<Bytes>>, Option<Handed<'a>>> {
        let ordinary = Ordinary::of(&self.state, request, caller.ip()).ok_or(None)?;
        match cache_hit::find(&self.state, &ordinary.meaning.key, || ordinary.came).await {
            Ok((entry, source)) => Ok(ordinary.answer(&self.state, request, &entry, source)),
            Err(seen) => Err(Some(ordinary.begun(seen))),
        }
    }

    async fn ask(&self, request: Request<Body>, caller: SocketAddr, handed: Option<Handed<'_>>) -> Response<Body> {
        let (begun, meter) = match handed {
            Some((begun, meter)) => (Some(begun), meter),
            None => (None, self.state.telemetry.requests().start()),
        };
        let (head, body) = request.into_parts();
        let id = self.state.request_ids.of(head.headers.get(X_REQUEST_ID));
        let last_on_connection = observe::is_last_on_connection(head.version, &head.headers);
        let request = Observed { id: &id, method: &head.method, uri: &head.uri, last_on_connection, meter: Some(meter) };
        let answer = pin!(graphql_endpoint::answer(&self.state, &head, body, caller.ip(), Some(&id), begun));
        observe::observed(&self.state, request, answer).await
    }
}

impl Answering for Doors {
    type Body = Either<Full<Bytes>, Body>;

    async fn answer(self: Arc<Self>, request: Request<Incoming>, caller: SocketAddr) -> Result<Response<Self::Body>, Infallible> {
        // What has to wait does so in a box: the future of an answer at hand is moved about, and should be small.
        if request.uri().path() != "/graphql" || (self.allows_origins() && request.headers().contains_key(ORIGIN)) {
            return Ok(Box::pin(self.by_router(request.map(Body::new), caller)).await.map(Either::Right));
        }
        // A panic is taken for something unusual: `ask` answers whatever happens.
        let kept = AssertUnwindSafe(self.kept(&request, caller)).catch_unwind().await;
        let mut response = match kept.unwrap_or(Err(None)) {
            Ok(response) => response.map(Either::Left),
            Err(handed) => Box::pin(self.ask(request.map(Body::new), caller, handed)).await.map(Either::Right),
        };
        if self.allows_origins() {
            response.headers_mut().append(VARY, HeaderValue::from_static("origin"));
        }
        Ok(response)
    }
}
