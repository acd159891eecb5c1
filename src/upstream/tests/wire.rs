//! Real connections: what a partner may do to them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::LOCATION;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::partner::code;
use crate::clock::Clock;
use crate::error::ErrorCode::{UpstreamTimeout, UpstreamUnavailable};
use crate::upstream::{PartnerApi, PartnerSettings, RetrySettings};

/// A client with short deadlines.
fn client(address: SocketAddr) -> PartnerApi {
    let settings = PartnerSettings {
        attempt_timeout: Duration::from_millis(300),
        total_timeout: Duration::from_millis(700),
        retry: RetrySettings { backoff: Duration::from_millis(1), ..RetrySettings::default() },
        body_limit_bytes: 1 << 20,
        ..PartnerSettings::new(format!("http://{address}"))
    };
    PartnerApi::new(settings, None, Clock::system()).unwrap()
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn serve(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    let (listener, address) = listen().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let router = Router::new().fallback(get(move || {
        count.fetch_add(1, Ordering::Relaxed);
        let answer = answer();
        async move { answer }
    }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, asked)
}

#[tokio::test]
async fn a_product_arrives() {
    let (address, _) = serve(|| r#"{"id":"P-1","version":1,"deleted":true}"#.into_response()).await;
    let product = client(address).product("P-1").await.unwrap().unwrap();
    assert_eq!((product.id.as_str(), product.body), ("P-1", None));
}

#[tokio::test]
async fn redirects_and_garbage_are_refused_at_the_first_try() {
    let elsewhere = || (axum::http::StatusCode::FOUND, [(LOCATION, "/products/P-2")]).into_response();
    let (address, asked) = serve(elsewhere).await;
    assert_eq!((code(client(address).product("P-1").await), asked.load(Ordering::Relaxed)), (UpstreamUnavailable, 1));
    let (address, asked) = serve(|| Bytes::from_static(b"\xff\x00<").into_response()).await;
    assert_eq!((code(client(address).product("P-1").await), asked.load(Ordering::Relaxed)), (UpstreamUnavailable, 1));
}

#[tokio::test]
async fn a_body_without_end_is_read_no_further_than_allowed() {
    let endless = || {
        let chunk = Bytes::from_static(&[b' '; 65_536]);
        Body::from_stream(stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()))).into_response()
    };
    let (address, asked) = serve(endless).await;
    assert_eq!((code(client(address).product("P-1").await), asked.load(Ordering::Relaxed)), (UpstreamUnavailable, 1));
}

#[tokio::test]
async fn a_partner_that_hangs_or_trickles_ends_with_the_deadline() {
    let hang = || Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>()).into_response();
    let (address, _) = serve(hang).await;
    let started = Instant::now();
    assert_eq!(code(client(address).product("P-1").await), UpstreamTimeout);
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again() {
    let (listener, address) = listen().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            let _ = stream.read(&mut [0; 1_024]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\"").await;
        }
    });
    assert_eq!((code(client(address).product("P-1").await), asked.load(Ordering::Relaxed)), (UpstreamUnavailable, 3));
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let (listener, address) = listen().await;
    drop(listener);
    let api = client(address);
    assert_eq!(code(api.product("P-1").await), UpstreamUnavailable);
    assert_eq!(api.reports()[0].requests, 3);
}

#[tokio::test]
async fn addresses_are_looked_at_before_anything_starts() {
    let new = |url: &str| PartnerApi::new(PartnerSettings::new(url), None, Clock::system());
    assert!(new("https://partner.example/api").is_ok());
    for url in
        ["", "partner.example", "ftp://partner.example", "https://us:hush@partner.example", "http://partner.example/?key=1"]
    {
        let why = new(url).unwrap_err().to_string();
        assert!(why.contains("partner's API") && !why.contains("hush"), "{url}: {why}");
    }
}
