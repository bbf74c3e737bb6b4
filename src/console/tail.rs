//! The live log: server-sent events, within bounds and until the server stops.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::desk::{Console, Problem, secure};
use super::monitor::{Line, Search, group_of};

/// How often the log is looked at while somebody watches it.
const LOOK: Duration = Duration::from_millis(400);
/// Without a new line, a comment says this often that the connection is there.
const QUIET: Duration = Duration::from_secs(15);
/// After this time the browser has to ask again, which it does by itself.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// Lines of one look.
const MAX_LINES: usize = 500;
/// Parts of the stream that may wait for the browser: then the log is not looked at.
const WAITING: usize = 4;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    from: u64,
    search: String,
}

#[derive(Serialize)]
struct NewLine {
    time: String,
    class: &'static str,
    text: String,
}

/// What is written from now on, as a stream of server-sent events: each has JSON with some lines, and as its id the place
/// behind them, from which the browser goes on when the connection was lost.
pub(super) async fn follow(
    State(console): State<Console>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let Ok(place) = console.tails().try_acquire_owned() else {
        let problem = Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many live logs",
            "Every place for a live log is taken.",
            "Close one of the other pages that show one.",
        );
        return console.page(move |_| Err(problem)).await;
    };
    let desk = console.desk();
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let mut from = last.unwrap_or(asked.from);
    let search = Search::new(&asked.search);
    let group = match tokio::task::spawn_blocking(move || desk.function(&name).map(|configuration| group_of(&configuration))).await {
        Ok(Ok(group)) => group,
        Ok(Err(problem)) => return console.page(move |_| Err(problem)).await,
        Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    };
    let (sender, parts) = mpsc::channel::<Bytes>(WAITING);
    let mut stopping = console.stopping();
    let watch = async move {
        let _place = place;
        let (began, mut spoke) = (Instant::now(), Instant::now());
        // So that the browser knows at once that it is connected, and how soon to ask again.
        let mut next = Some(Bytes::from_static(b"retry: 2000\n\n"));
        while began.elapsed() < LONGEST {
            if let Some(part) = next.take() {
                spoke = Instant::now();
                if sender.send(part).await.is_err() {
                    return;
                }
            }
            let (console, wanted) = (console.clone(), group.clone());
            let looked = tokio::task::spawn_blocking(move || {
                let desk = console.desk();
                desk.control.later_log_lines(&desk.scope, &wanted, from, MAX_LINES)
            });
            // Where the store is at fault, the page says that the connection was lost.
            let Ok(Ok(page)) = looked.await else { return };
            let lines: Vec<NewLine> = page
                .lines
                .iter()
                .filter(|line| search.finds(&line.text))
                .map(|line| Line::new(line.time_ms, &line.text))
                .map(|line| NewLine { time: line.time, class: line.class, text: line.text.to_string() })
                .collect();
            from = page.end;
            if !lines.is_empty() {
                // JSON has no line breaks of its own, which would end the event.
                next = serde_json::to_string(&lines).ok().map(|json| format!("id: {from}\ndata: {json}\n\n").into());
            } else if spoke.elapsed() >= QUIET {
                next = Some(Bytes::from_static(b": still here\n\n"));
            }
            if page.is_partial {
                continue;
            }
            if tokio::time::timeout(LOOK, either(sender.closed(), stopping.wait_for(|is_stopping| *is_stopping))).await.is_ok() {
                return; // nobody reads it any more, or the server stops
            }
        }
    };
    tokio::spawn(watch);
    let mut response = Response::new(Body::new(Parts(parts)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    secure(headers);
    response
}

/// Ends with the first of the two.
async fn either<A, B>(first: impl Future<Output = A>, second: impl Future<Output = B>) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(|context| match (first.as_mut().poll(context), second.as_mut().poll(context)) {
        (Poll::Pending, Poll::Pending) => Poll::Pending,
        (Poll::Ready(_), _) | (_, Poll::Ready(_)) => Poll::Ready(()),
    })
    .await;
}

/// A body whose parts come when there are any.
struct Parts(mpsc::Receiver<Bytes>);

impl HttpBody for Parts {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|part| part.map(|bytes| Ok(Frame::data(bytes))))
    }
}
