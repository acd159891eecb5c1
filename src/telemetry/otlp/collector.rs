//! The connection to the collector: one request at a time, each on a connection of its own, as there is one every few seconds.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::header::{CONNECTION, HOST};
use axum::http::{HeaderValue, Request, Response, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::net::TcpStream;

/// Longest wait for the collector, per request.
const LIMIT: Duration = Duration::from_secs(10);
/// Most of an answer that is read: it says which spans were refused, at most.
const ANSWER_LIMIT_BYTES: usize = 64 * 1_024;

/// Speaks to the collector, from the thread that sends spans and from no other: it blocks.
#[derive(Debug, Default)]
pub(super) struct Collector {
    /// Whether the log has been told that it takes nothing.
    is_away: AtomicBool,
}

type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

impl HttpClient for Collector {
    fn send_bytes<'life0, 'async_trait>(&'life0 self, request: Request<Bytes>) -> Sending<'async_trait>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let outcome = send(request);
            self.tell(&outcome);
            outcome
        })
    }
}

impl Collector {
    /// One line when it goes away, one when it is back.
    fn tell(&self, outcome: &Result<Response<Bytes>, HttpError>) {
        let trouble = match outcome {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(response.status().to_string()),
            Err(err) => Some(err.to_string()),
        };
        match trouble {
            Some(detail) if !self.is_away.swap(true, Ordering::Relaxed) => {
                tracing::warn!(detail, "the OpenTelemetry collector takes no traces; they are dropped until it does");
            }
            Some(_) => {}
            None if self.is_away.swap(false, Ordering::Relaxed) => {
                tracing::info!("the OpenTelemetry collector takes traces again")
            }
            None => {}
        }
    }
}

/// Runs the exchange on a runtime of its own: the server's may be gone when the last spans are sent, and its threads have
/// better things to do.
fn send(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async { tokio::time::timeout(LIMIT, exchange(request)).await });
    // A name that is still being looked up cannot be called back, and is not waited for.
    runtime.shutdown_background();
    outcome.unwrap_or_else(|_| Err(format!("no answer within {LIMIT:?}").into()))
}

async fn exchange(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (mut parts, body) = request.into_parts();
    let authority = parts.uri.authority().cloned().ok_or("the address has no host")?;
    // An IPv6 address stands in brackets there.
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    parts.headers.insert(HOST, HeaderValue::from_str(authority.as_str())?);
    parts.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    parts.uri = parts.uri.path_and_query().cloned().map_or_else(Uri::default, Uri::from);
    let response = sender.send_request(Request::from_parts(parts, Full::new(body))).await?;
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_LIMIT_BYTES).collect().await?.to_bytes();
    Ok(Response::from_parts(parts, body))
}
