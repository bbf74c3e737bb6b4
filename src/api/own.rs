//! The server's own pages, under `/_wasmlam/`: health, metrics, downloads of code, and whatever was mounted beside them.

use std::fmt::Display;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use serde_json::json;
use tower_service::Service;

use super::body::{Body, frames, full};
use super::{Api, Call, blocking, error};
use crate::control::{ApiError, Exception};

/// Where the pages are.
pub(super) const PATH: &str = "/_wasmlam/";
/// What metrics call these requests.
pub(super) const OPERATION: &str = "own";
const CODE: &str = "code/";
const MAX_REQUEST: usize = 70_167_211;
/// Of pages that go on.
const EVENTS: &str = "text/event-stream";

impl Api {
    /// Answers a request to one of the server's own pages.
    pub(super) async fn own<B>(&self, call: Call<B>) -> Result<Response<Body>, ApiError>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
        B::Error: Display,
    {
        let path = call.parts.uri.path().strip_prefix(PATH).unwrap_or_default();
        let is_read = matches!(call.parts.method, Method::GET | Method::HEAD);
        match path {
            "health" if is_read => {
                let health =
                    json!({"status": "ok", "version": env!("CARGO_PKG_VERSION"), "uptime_seconds": self.metrics.uptime().as_secs()});
                Ok(page("application/json", health.to_string()))
            }
            "metrics" if is_read => Ok(page("text/plain; version=0.0.4; charset=utf-8", self.metrics.text(&self.control.metrics()))),
            _ if path.starts_with(CODE) && is_read => self.code(path[CODE.len()..].to_owned()).await,
            // Pages know no signatures, so they are for this machine alone.
            _ if self.settings.credentials.is_none() => self.page(call).await,
            _ => Err(error::unknown_operation(call.parts.method.as_str(), call.parts.uri.path())),
        }
    }

    async fn code(&self, token: String) -> Result<Response<Body>, ApiError> {
        let control = self.control.clone();
        let zip = blocking(move || control.download(&token)).await?;
        let gone =
            || ApiError::new(Exception::ResourceNotFound, "there is no code under this address, or its time is over: ask for it again");
        let mut response = page("application/zip", zip.ok_or_else(gone)?);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    async fn page<B>(&self, call: Call<B>) -> Result<Response<Body>, ApiError>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
        B::Error: Display,
    {
        let received = self.intake.body(call.body, MAX_REQUEST, "page").await?;
        let request = Request::from_parts(call.parts, Full::new(received.bytes));
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = match self.pages.clone().call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if response.status() == StatusCode::NOT_FOUND && !response.headers().contains_key(header::CONTENT_TYPE) {
            return Err(error::unknown_operation(method.as_str(), &path));
        }
        let (parts, body) = response.into_parts();
        if parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == EVENTS) {
            // Its frames come while something happens; one that fails ends it.
            return Ok(Response::from_parts(parts, frames(body)));
        }
        let bytes = body.collect().await.map_err(|error| ApiError::service(format!("the page {path} broke off: {error}")))?.to_bytes();
        Ok(Response::from_parts(parts, full(bytes)))
    }
}

fn page(media_type: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(full(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
