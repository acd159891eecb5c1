//! Takes connections and speaks HTTP/1.1 and HTTP/2 on them.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, Response};
use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::guarded_stream::GuardedStream;
use super::settings::HttpSettings;
use super::shutdown::Shutdown;

/// Requests that may run at the same time on one HTTP/2 connection; browsers open one connection and use some 100.
const HTTP2_STREAMS: u32 = 128;
/// How often a silent HTTP/2 connection is asked whether it is still there.
const HTTP2_PING: Duration = Duration::from_secs(30);
/// Pause when the process has no file handle left: accepting again at once would only burn the core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers requests.
pub trait Answering: Send + Sync + 'static {
    /// The body of an answer.
    type Body: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static;

    /// The answer to one request of this caller.
    fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
        caller: SocketAddr,
    ) -> impl Future<Output = Result<Response<Self::Body>, Infallible>> + Send + 'static + use<Self>;
}

/// What all connections share.
struct Server<A> {
    protocol: auto::Builder<TokioExecutor>,
    doors: Arc<A>,
    header_read_timeout: Duration,
    /// No further requests; those that run may finish.
    shutdown: Shutdown,
    /// Nothing may go on.
    cut: CancellationToken,
}

/// Serves until `stop`, then lets what runs finish for as long as `shutdown_grace`, then cuts the rest.
///
/// # Errors
/// None in practice: failures to accept a connection are logged and passed over.
pub async fn serve(
    listener: TcpListener,
    doors: impl Answering,
    settings: &HttpSettings,
    stop: CancellationToken,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(settings.max_connections));
    let connections = TaskTracker::new();
    let server = Arc::new(Server {
        protocol: protocol(settings),
        doors: Arc::new(doors),
        header_read_timeout: settings.header_read_timeout,
        shutdown: Shutdown::default(),
        cut: CancellationToken::new(),
    });
    while let Some((stream, caller, place)) = next_connection(&listener, &places, &stop).await? {
        let server = Arc::clone(&server);
        connections.spawn(async move {
            server.serve_connection(stream, caller).await;
            drop(place);
        });
    }
    drop(listener);
    server.shutdown.begin();
    connections.close();
    if tokio::time::timeout(settings.shutdown_grace, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "the grace is over; what still runs is cut");
        server.cut.cancel();
        connections.wait().await;
    }
    Ok(())
}

fn protocol(settings: &HttpSettings) -> auto::Builder<TokioExecutor> {
    let mut protocol = auto::Builder::new(TokioExecutor::new());
    // Deadlines of heads are kept by `GuardedStream`: hyper's would cut idle connections as well.
    protocol.http1().header_read_timeout(None).max_buf_size(settings.max_header_bytes.max(8_192)).timer(TokioTimer::new());
    protocol
        .http2()
        .max_header_list_size(u32::try_from(settings.max_header_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(HTTP2_STREAMS)
        .keep_alive_interval(HTTP2_PING)
        .timer(TokioTimer::new());
    protocol
}

type Connection = (TcpStream, SocketAddr, OwnedSemaphorePermit);

/// The next connection once there is a place for it; `None` when the server is to stop.
async fn next_connection(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> io::Result<Option<Connection>> {
    let next = async {
        let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
        let (stream, caller) = accept(listener).await;
        Ok((stream, caller, place))
    };
    stop.run_until_cancelled(next).await.transpose()
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // The caller left before it was its turn.
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

impl<A: Answering> Server<A> {
    async fn serve_connection(self: Arc<Self>, stream: TcpStream, caller: SocketAddr) {
        // Answers are written whole; waiting for more to send would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        let stream = TokioIo::new(GuardedStream::new(stream, self.header_read_timeout));
        let doors = Arc::clone(&self.doors);
        let service = service_fn(move |request: Request<Incoming>| doors.answer(request, caller));
        let mut connection = std::pin::pin!(self.protocol.serve_connection(stream, service));
        let mut ended = self.shutdown.unless_begun(connection.as_mut()).await;
        if ended.is_none() {
            connection.as_mut().graceful_shutdown();
            ended = self.cut.run_until_cancelled(connection).await;
        }
        if let Some(Err(error)) = ended {
            tracing::debug!(error, "the connection ended early");
        }
    }
}

#[cfg(test)]
mod tests;
