//! The Lambda API over HTTP: requests in, answers out. The rules of the service are [`crate::control`]'s.
//!
//! A request takes these steps: `guard` (does it come from this machine), `route` (which operation), `intake` (its
//! body), `sigv4` (whose is it), `input` (members as one JSON object), `validate` (bounds of the model), then
//! [`Control`], then `output`. Function URLs, the reading half of CloudWatch Logs and the server's own pages leave that
//! way at its begin. The API itself is data, in `model`.

mod body;
mod error;
mod event_stream;
mod guard;
mod here;
mod input;
mod intake;
mod invoke;
mod logs;
mod metrics;
mod model;
mod operations;
mod output;
mod own;
mod route;
mod sigv4;
mod url;
mod validate;

use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request, Response, header};
use tokio::runtime::Handle;

use crate::control::{ApiError, Control, Exception, Here, Scope};
use crate::function::{Account, RequestId};
pub use crate::sigv4::{Credentials, CredentialsError};
pub use body::Body;
use guard::Guard;
use here::Threads;
use intake::Intake;
use metrics::RequestMetrics;
pub use operations::{OperationInfo, State, operations};

/// What the API is to do about callers.
#[derive(Debug)]
pub struct ApiSettings {
    /// Region and account of a request that names none.
    pub account: Account,
    /// The keys that may call. `None`: signatures are not looked at, and every caller must come from this machine.
    pub credentials: Option<Credentials>,
    /// Host names of this server besides those of the loopback address, without ports.
    pub hosts: Vec<String>,
}

/// The API of one server. Answers any number of requests at a time.
pub struct Api {
    control: Control,
    settings: ApiSettings,
    guard: Guard,
    intake: Intake,
    metrics: RequestMetrics,
    /// Pages beside the API, under `/_wasmlam/`.
    pages: Router,
    /// Where functions run; elsewhere than on the threads of requests without it.
    threads: Option<Arc<dyn Here>>,
}

/// What is known of a request before its body is read.
struct Call<B> {
    parts: Parts,
    body: B,
    peer: SocketAddr,
    request_id: RequestId,
}

impl Api {
    /// The API over this service. The router answers what is under `/_wasmlam/` and is not the API's own.
    pub fn new(control: Control, settings: ApiSettings, pages: Router) -> Self {
        let guard = Guard::new(&settings.hosts);
        Self { control, settings, guard, intake: Intake::default(), metrics: RequestMetrics::default(), pages, threads: None }
    }

    /// The same on the threads of this runtime, which have a guest's stack and are one more than `most`: functions run where their
    /// requests are read, up to `most` of them without handing the thread's other work over first.
    ///
    /// # Errors
    /// When the system has no thread for the watch over them.
    pub fn on_threads_of(mut self, runtime: Handle, most: usize) -> io::Result<Self> {
        self.threads = Some(Arc::new(Threads::new(runtime, most)?));
        Ok(self)
    }

    /// The service behind the API.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Answers one request. Never fails: what is wrong is said in the answer.
    pub async fn handle<B>(&self, request: Request<B>, peer: SocketAddr) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Unpin + Send + 'static,
        B::Error: Display,
    {
        let began = Instant::now();
        let (parts, body) = request.into_parts();
        let origin = parts.headers.get(header::ORIGIN).cloned();
        let call = Call { parts, body, peer, request_id: RequestId::mint() };
        let request_id = call.request_id.as_str().to_owned();
        let mut operation = "unknown";
        let mut response = match self.answer(call, &mut operation).await {
            Ok(response) => response,
            Err(error) => {
                if error.code.status() >= 500 {
                    tracing::error!(request_id, operation, %error, "a fault of the server");
                }
                error::response(&error)
            }
        };
        if let Ok(value) = HeaderValue::try_from(&request_id) {
            response.headers_mut().entry("x-amzn-requestid").or_insert(value);
        }
        // The origin was checked; function URLs have rules of their own for theirs.
        if let Some(origin) = origin.filter(|_| operation != url::OPERATION && response.status() != http::StatusCode::FORBIDDEN) {
            guard::allow(&mut response, &origin);
        }
        let status = response.status().as_u16();
        let took = began.elapsed();
        self.metrics.count(operation, status, took);
        tracing::debug!(request_id, operation, status, micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), "answered");
        response
    }

    async fn answer<B>(&self, call: Call<B>, operation: &mut &'static str) -> Result<Response<Body>, ApiError>
    where
        B: http_body::Body<Data = Bytes> + Unpin + Send + 'static,
        B::Error: Display,
    {
        if self.settings.credentials.is_none() {
            self.guard.host(&call.parts)?;
        }
        if let Some(target) = url::target(&call.parts) {
            *operation = url::OPERATION;
            return self.function_url(call, target).await;
        }
        self.guard.origin(&call.parts)?;
        if let Some(response) = guard::preflight(&call.parts) {
            *operation = "preflight";
            return Ok(response);
        }
        if call.parts.uri.path().starts_with(own::PATH) {
            *operation = own::OPERATION;
            return self.own(call).await;
        }
        if let Some(target) = call.parts.headers.get(logs::TARGET) {
            *operation = logs::OPERATION;
            let target = target.to_str().unwrap_or_default().to_owned();
            return self.logs(call, &target).await;
        }
        self.lambda(call, operation).await
    }

    /// Region and account of a request, whose signature is checked where keys are known.
    fn scope(&self, parts: &Parts, body: &[u8], services: &[&str], request_id: RequestId) -> Result<Scope, ApiError> {
        let claimed = match &self.settings.credentials {
            Some(credentials) => {
                let now = i64::try_from(url::now().as_secs()).unwrap_or(i64::MAX);
                let scope = sigv4::verify(parts, body, credentials, now)?;
                if !services.contains(&scope.service.as_str()) {
                    let message = format!("Credential should be scoped to correct service: '{}'. ", services.join("' or '"));
                    return Err(ApiError::new(Exception::InvalidSignature, message));
                }
                Some(scope)
            }
            None => sigv4::claimed(parts),
        };
        let Some(claimed) = claimed else {
            return Ok(Scope { account: self.settings.account.clone(), request_id });
        };
        // A key that is an account's number chooses that account; any other key has the server's.
        let is_account = claimed.key_id.len() == 12 && claimed.key_id.bytes().all(|b| b.is_ascii_digit());
        let id = if is_account && self.settings.credentials.is_none() { &claimed.key_id } else { &self.settings.account.id };
        let account = Account::new(&claimed.region, id)
            .map_err(|_| ApiError::new(Exception::InvalidSignature, "Credential should be scoped to a valid region. "))?;
        Ok(Scope { account, request_id })
    }
}

/// Runs what may wait for the disk on a thread that may.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, ApiError> + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| ApiError::service(format!("the operation ended early: {error}")))?
}

#[cfg(test)]
mod tests;
