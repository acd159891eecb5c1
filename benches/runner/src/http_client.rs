//! One kept-alive HTTP/1.1 connection that posts GraphQL requests.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const GRAPHQL_JSON: HeaderValue = HeaderValue::from_static("application/graphql-response+json");
/// What an answer with failures holds.
const ERRORS: &[u8] = b"\"errors\":";

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its body.
    pub(crate) body: Bytes,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            // A broken connection shows itself in the request on it.
            let _ = connection.await;
        });
        Ok(Self { sender, host: HeaderValue::try_from(address.to_string())? })
    }

    /// Posts to `/graphql` and reads the whole answer.
    ///
    /// # Errors
    /// When the connection breaks.
    pub(crate) async fn post(&mut self, body: Bytes) -> anyhow::Result<Answer> {
        self.sender.ready().await?;
        let request = Request::post("/graphql")
            .header(HOST, self.host.clone())
            .header(CONTENT_TYPE, JSON)
            .header(ACCEPT, GRAPHQL_JSON)
            .body(Full::new(body))?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body })
    }
}

impl Answer {
    /// Refuses everything but data without errors.
    ///
    /// # Errors
    /// The status and the beginning of the body.
    pub(crate) fn require_data(&self) -> anyhow::Result<()> {
        if self.status == StatusCode::OK && !contains(&self.body, ERRORS) {
            return Ok(());
        }
        let start = &self.body[..self.body.len().min(300)];
        bail!("{}: {}", self.status, String::from_utf8_lossy(start))
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
