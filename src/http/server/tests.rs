//! The server as its callers meet it, on a real socket.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use axum::routing::{get, post};
use hyper::body::Incoming;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{Answering, serve};
use crate::http::HttpSettings;

struct Running {
    address: std::net::SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
}

async fn start(router: Router, settings: HttpSettings) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let server = tokio::spawn({
        let stop = stop.clone();
        async move { serve(listener, Routes(router), &settings, stop).await }
    });
    Running { address, stop, server }
}

fn plain() -> Router {
    let caller = |ConnectInfo(caller): ConnectInfo<std::net::SocketAddr>| async move { caller.ip().to_string() };
    Router::new().route("/", get(caller)).route("/", post(|body: String| async move { body }))
}

impl Running {
    /// Sends these bytes and reads until the server closes the connection.
    async fn exchange(&self, request: &str) -> String {
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // A connection that is reset has said all it had to say.
        let _ = connection.read_to_string(&mut answer).await;
        answer
    }

    async fn stopped(self) {
        self.stop.cancel();
        self.server.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_request_is_answered_and_knows_its_caller() {
    let server = start(plain(), HttpSettings::default()).await;
    let answer = server.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("127.0.0.1"), "{answer}");
    server.stopped().await;
}

#[tokio::test]
async fn heads_that_are_too_large_or_ambiguous_are_refused() {
    let server = start(plain(), HttpSettings { max_header_bytes: 8_192, ..HttpSettings::default() }).await;
    let large = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(10_000));
    assert!(server.exchange(&large).await.starts_with("HTTP/1.1 431 "));
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(200));
    assert!(server.exchange(&many).await.starts_with("HTTP/1.1 431 "));
    for lengths in [
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        "Content-Length: 6\r\nContent-Length: 5\r\n",
        "Content-Length: +5\r\n",
    ] {
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\n{lengths}\r\n0\r\n\r\nX");
        assert!(server.exchange(&request).await.starts_with("HTTP/1.1 400 "), "{lengths}");
    }
    server.stopped().await;
}

#[tokio::test]
async fn a_head_that_dribbles_is_cut() {
    let settings = HttpSettings { header_read_timeout: Duration::from_millis(30), ..HttpSettings::default() };
    let server = start(plain(), settings).await;
    assert_eq!(server.exchange("").await, "");
    assert!(!server.exchange("GET / HTTP/1.1\r\nHost: a\r\n").await.contains("200"));
    server.stopped().await;
}

#[tokio::test]
async fn what_runs_when_the_server_stops_is_finished() {
    let (arrived, has_arrived) = oneshot::channel();
    let (go, may_go) = oneshot::channel::<()>();
    let gates = std::sync::Mutex::new(Some((arrived, may_go)));
    let waiting = move || {
        let (arrived, may_go) = gates.lock().unwrap().take().unwrap();
        async move {
            arrived.send(()).unwrap();
            may_go.await.unwrap();
            "done"
        }
    };
    let waiting = std::sync::Arc::new(waiting);
    let router = Router::new().route("/", get(move || waiting()));
    let server = start(router, HttpSettings::default()).await;
    let (address, stop) = (server.address, server.stop.clone());
    let request = tokio::spawn(async move { server.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await });
    has_arrived.await.unwrap();
    stop.cancel();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go.send(()).unwrap();
    assert!(request.await.unwrap().ends_with("done"));
}

#[tokio::test]
async fn what_outlasts_the_grace_is_cut() {
    let router = Router::new().route("/", get(std::future::pending::<()>));
    let settings = HttpSettings { shutdown_grace: Duration::from_millis(30), ..HttpSettings::default() };
    let server = start(router, settings).await;
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    connection.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    server.stopped().await;
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer).await;
    assert!(answer.is_empty());
}

#[tokio::test]
async fn more_connections_than_allowed_wait_for_their_turn() {
    let server = start(plain(), HttpSettings { max_connections: 1, ..HttpSettings::default() }).await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    first.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    first.read_u8().await.unwrap();
    let second = server.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut second = Box::pin(second);
    assert!(tokio::time::timeout(Duration::from_millis(30), second.as_mut()).await.is_err());
    drop(first);
    assert!(second.await.starts_with("HTTP/1.1 200 OK"));
    server.stopped().await;
}

/// A router of a test, with its own few routes.
struct Routes(Router);

impl Answering for Routes {
    type Body = Body;

    fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
        caller: std::net::SocketAddr,
    ) -> impl Future<Output = Result<Response<Body>, Infallible>> + use<> {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(caller));
        self.0.clone().oneshot(request)
    }
}
