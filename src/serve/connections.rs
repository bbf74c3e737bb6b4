//! Connections: accepted within a bound, each with time limits, none of which holds a thread while it waits.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;

use super::own_wakes::with_own_wakes;
use crate::api::Api;

/// What connections may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections at a time; further ones wait until one ends.
    pub connections: usize,
    /// A client may take this long to send a request's head, and to begin its next request.
    pub head: Duration,
    /// A client that takes nothing of an answer for this long is cut off.
    pub stall: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self { connections: 4096, head: Duration::from_secs(30), stall: Duration::from_secs(60) }
    }
}

/// The largest head of a request, in bytes: a client context and a session token fit several times.
const MAX_HEAD: usize = 64 * 1024;
/// Header lines of a request.
const MAX_HEADERS: usize = 128;
/// How often a timer comes that does nothing. Each request sets one that is later, for the head of the next; were none set that is
/// earlier, the runtime would wake the thread that waits for connections, for each request, so that it waits less.
const EARLIER: Duration = Duration::from_secs(10);
/// How long to wait when the system has no file descriptor for a new connection.
const NO_DESCRIPTOR: Duration = Duration::from_millis(50);

/// Serves connections until the future ends; then those that are there end after the request that they have, within the
/// settings' patience.
pub(super) async fn accept(
    listener: TcpListener,
    api: Arc<Api>,
    limits: ConnectionLimits,
    patience: Duration,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(MAX_HEAD).max_headers(MAX_HEADERS);
    let mut stop = std::pin::pin!(stop);
    let earlier = tokio::spawn(async {
        loop {
            tokio::time::sleep(EARLIER).await;
        }
    });
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = match either(next, stop.as_mut()).await {
            Some(next) => next,
            None => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(NO_DESCRIPTOR).await;
                continue;
            }
        };
        let connection = http.serve_connection(TokioIo::new(patient(stream, limits.stall)), service(Arc::clone(&api), peer));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = with_own_wakes(connection).await {
                tracing::debug!(%error, %peer, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    earlier.abort();
    if tokio::time::timeout(patience, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were cut off: they did not end within {patience:?}");
    }
}

/// A stream that gives up on a client which takes nothing, and sends small answers at once.
fn patient(stream: TcpStream, stall: Duration) -> std::pin::Pin<Box<TimeoutStream<TcpStream>>> {
    let _ = stream.set_nodelay(true); // of a connection that is gone already
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(stall));
    Box::pin(stream)
}

fn service(
    api: Arc<Api>,
    peer: SocketAddr,
) -> impl hyper::service::Service<
    hyper::Request<Incoming>,
    Response = hyper::Response<crate::api::Body>,
    Error = Infallible,
    Future: Send + 'static,
> {
    service_fn(move |request| {
        let api = Arc::clone(&api);
        async move { Ok::<_, Infallible>(api.handle(request, peer).await) }
    })
}

/// The first future's value, or `None` when the second one ends before.
async fn either<T>(first: impl Future<Output = T>, second: std::pin::Pin<&mut impl Future<Output = ()>>) -> Option<T> {
    let mut first = std::pin::pin!(first);
    let mut second = second;
    std::future::poll_fn(|context| {
        if second.as_mut().poll(context).is_ready() {
            return std::task::Poll::Ready(None);
        }
        first.as_mut().poll(context).map(Some)
    })
    .await
}
