//! Which door a request comes to.
//!
//! `/graphql` is where nearly all requests go. They need none of what a router does for the others: no matching of paths, no
//! layers, each of which would put the rest into a box of its own. A cached answer takes no longer than that.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{ORIGIN, VARY};
use axum::http::{HeaderValue, Request, Response};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::ready;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tower::ServiceExt as _;

use super::cache_hit::{self, Begun, Ordinary, Paid};
use super::graphql_endpoint;
use super::observe::{self, Observed};
use super::request_id::X_REQUEST_ID;
use super::server::Answering;
use super::state::AppState;
use crate::cache::response::Source;
use crate::telemetry::RequestGuard;

/// What has been done for a request, and its place in the meters.
type Handed<'a> = (Begun, RequestGuard<'a>);

/// The body of a kept answer, or of any other.
type Content = Either<Full<Bytes>, Body>;

type Answer = Result<Response<Content>, Infallible>;

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

    fn is_for_endpoint(&self, request: &Request<Incoming>) -> bool {
        request.uri().path() == "/graphql" && !(self.allows_origins() && request.headers().contains_key(ORIGIN))
    }

    /// The answer when it is in memory; else what was paid for, if it is an ordinary request.
    fn at_once(&self, request: &Request<Incoming>, caller: SocketAddr) -> Result<Response<Full<Bytes>>, Option<Paid>> {
        let ordinary = Ordinary::of(&self.state, request, caller.ip()).ok_or(None)?;
        let Some(entry) = cache_hit::at_hand(&self.state, &ordinary.paid.meaning.key, || ordinary.paid.came) else {
            return Err(Some(ordinary.paid));
        };
        let came = ordinary.paid.came.instant.into_std();
        let measured = || self.state.telemetry.requests().answered_at_once(came);
        Ok(ordinary.answer(&self.state, request, (&entry, Source::Memory), measured))
    }

    /// The answer that is not in memory.
    async fn later(&self, request: Request<Incoming>, caller: SocketAddr, paid: Option<Paid>) -> Response<Content> {
        let handed = match paid {
            Some(paid) => match AssertUnwindSafe(self.shared(&request, paid)).catch_unwind().await.unwrap_or(Err(None)) {
                Ok(response) => return response.map(Either::Left),
                Err(handed) => handed,
            },
            None => None,
        };
        // In a box: the future of an answer out of the shared store is one allocation, and should be small.
        Box::pin(self.ask(request.map(Body::new), caller, handed)).await.map(Either::Right)
    }

    /// The answer when it is in the shared store; else what has been done for it.
    async fn shared<'a>(&'a self, request: &Request<Incoming>, paid: Paid) -> Result<Response<Full<Bytes>>, Option<Handed<'a>>> {
        let meter = self.state.telemetry.requests().started_at(paid.came.instant.into_std());
        match cache_hit::in_shared_store(&self.state, &paid.meaning.key).await {
            Ok(entry) => {
                let ordinary = Ordinary::paid(paid, request);
                Ok(ordinary.answer(&self.state, request, (&entry, Source::Shared), || meter.finish(false)))
            }
            Err(seen) => Err(Some((paid.begun(seen), meter))),
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

    /// Caches on the way must not give what was told to one origin to another.
    fn varied(&self, mut response: Response<Content>) -> Response<Content> {
        if self.allows_origins() {
            response.headers_mut().append(VARY, HeaderValue::from_static("origin"));
        }
        response
    }
}

impl Answering for Doors {
    type Body = Content;

    /// What is at hand is given as it is: a future that could wait would be moved about with the request in it.
    fn answer(self: &Arc<Self>, request: Request<Incoming>, caller: SocketAddr) -> impl Future<Output = Answer> + use<> {
        if !self.is_for_endpoint(&request) {
            let doors = Arc::clone(self);
            let answer = async move { Ok(doors.by_router(request.map(Body::new), caller).await.map(Either::Right)) };
            return answer.boxed().right_future();
        }
        // A panic is taken for something unusual: `ask` answers whatever happens.
        let paid = match catch_unwind(AssertUnwindSafe(|| self.at_once(&request, caller))) {
            Ok(Ok(response)) => return ready(Ok(self.varied(response.map(Either::Left)))).left_future(),
            Ok(Err(paid)) => paid,
            Err(_) => None,
        };
        let doors = Arc::clone(self);
        async move { Ok(doors.varied(doors.later(request, caller, paid).await)) }.boxed().right_future()
    }
}
