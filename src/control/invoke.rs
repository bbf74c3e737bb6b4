//! Invocations: what a caller asks, who may run, what comes back.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::admission::Permit;
use super::deployments::{Build, Ready};
use super::hosting::{Done, InvocationPlan, Ran};
use super::name::FunctionRef;
use super::routes::{Route, Target, hosted_version};
use super::{ApiError, Control, Exception, Scope, records, settings};
use crate::function::{Account, EventError, Invocation, MAX_EVENT_BYTES, Outcome, RequestId};
use crate::store::{LogChunk, LogEvent};

/// The largest event of an asynchronous invocation, in bytes.
const MAX_ASYNC_BYTES: usize = 1_048_576;
/// The longest client context, in bytes of base64.
const MAX_CONTEXT_BYTES: usize = 3583;

/// What a caller wants of an invocation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InvocationType {
    /// The result.
    #[default]
    RequestResponse,
    /// That it happens, later.
    Event,
    /// To know whether it could.
    DryRun,
}

/// Which way an invocation came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Source {
    /// `Invoke`, `InvokeAsync` or `InvokeWithResponseStream`.
    #[default]
    Api,
    /// The function's URL.
    Url,
}

/// An invocation as it was asked for.
#[derive(Debug, Clone, Default)]
pub struct Invoke {
    /// In any of AWS's forms.
    pub function_name: String,
    /// Version or alias, where the name has none.
    pub qualifier: Option<String>,
    /// What the caller wants of it.
    pub invocation_type: InvocationType,
    /// The event: JSON text; empty counts as `{}`.
    pub payload: Vec<u8>,
    /// Whether the end of the log comes back; only RequestResponse has it.
    pub wants_log_tail: bool,
    /// JSON text of the client context, already decoded from base64.
    pub client_context: Option<String>,
    /// The caller's `X-Amzn-Trace-Id`.
    pub trace_id: Option<String>,
    /// Of a function with tenant isolation.
    pub tenant_id: Option<String>,
    /// Which way it came.
    pub source: Source,
    /// Where a function whose result is awaited may run on the calling thread, which then waits for it: on guest threads that
    /// saves the two changes of thread that an invocation costs otherwise.
    pub here: Option<Arc<dyn Here>>,
}

/// A calling thread on which functions may run.
pub trait Here: Send + Sync + fmt::Debug {
    /// Runs `work` and comes back when it is done. `expected` is how long the function's last invocations took, or `None` before
    /// its first.
    fn run(&self, expected: Option<Duration>, work: Box<dyn FnOnce() + Send>);
}

/// How an invocation was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invoked {
    /// 200, 202 or 204.
    pub status: u16,
    /// `$LATEST` or a number; RequestResponse alone has it.
    pub executed_version: Option<String>,
    /// `Unhandled` where the payload is an error document.
    pub function_error: Option<&'static str>,
    /// The result or the error document, as JSON text.
    pub payload: Vec<u8>,
    /// The last 4 KiB of the log, not yet in base64.
    pub log_tail: Option<Vec<u8>>,
}

/// Takes the answer, on whichever thread has it.
pub type Answer = Box<dyn FnOnce(Result<Invoked, ApiError>) + Send>;

/// Takes what came of one attempt, with the version that ran.
pub(super) type Attempted = Box<dyn FnOnce(Result<(Ran, String), ApiError>) + Send>;

impl Control {
    /// Invokes a function. Returns at once, whatever the function does, unless the caller may wait: `answer` is called exactly
    /// once, here for what is refused at once, else from the thread of the guest, and must not wait for anything.
    pub fn invoke(&self, scope: Scope, invoke: Invoke, answer: Answer) {
        let checked = self.check(&scope, &invoke);
        let (route, invocation) = match checked {
            Ok(checked) => checked,
            Err(error) => return answer(Err(error)),
        };
        match invoke.invocation_type {
            InvocationType::DryRun => answer(Ok(Invoked { status: 204, ..Invoked::default() })),
            InvocationType::Event => {
                let accepted = self.accept(&scope, &route, invoke, invocation.event);
                answer(accepted.map(|()| Invoked { status: 202, ..Invoked::default() }));
            }
            InvocationType::RequestResponse => {
                let (request_id, wants_tail) = (invocation.request_id.clone(), invoke.wants_log_tail);
                let attempted = move |ended: Result<(Ran, String), ApiError>| {
                    answer(ended.map(|(ran, version)| answered(ran, version, &request_id, wants_tail)));
                };
                self.attempt(&route, invocation, invoke.here, Box::new(attempted));
            }
        }
    }

    /// Reads a request: which function it means, and what its event is.
    fn check(&self, scope: &Scope, invoke: &Invoke) -> Result<(Arc<Route>, Invocation), ApiError> {
        check_size(invoke)?;
        let wanted = FunctionRef::parse(scope, &invoke.function_name, invoke.qualifier.as_deref())?;
        let route = self.route(&scope.account, &wanted)?;
        check_tenant(&route, invoke.tenant_id.as_deref())?;
        let event = if invoke.payload.is_empty() { b"{}".to_vec() } else { invoke.payload.clone() };
        let context = invoke.client_context.clone();
        let invocation = invocation(scope.request_id.clone(), event, context, invoke.trace_id.as_deref(), invoke.tenant_id.as_deref())?;
        Ok((route, invocation))
    }

    /// Runs one attempt of an invocation, synchronous or not, on the calling thread if that is `here`.
    pub(super) fn attempt(&self, route: &Arc<Route>, mut invocation: Invocation, here: Option<Arc<dyn Here>>, attempted: Attempted) {
        let target = route.target(dice).clone();
        if let Some(state) = &target.failed {
            let message =
                format!("The operation cannot be performed at this time. The function is currently in the following state: {state}");
            return attempted(Err(ApiError::conflict(message)));
        }
        let id = deployment_id(&target, invocation.tenant_id.as_ref().map(crate::function::TenantId::as_str));
        let demand = route.demand(&target, self.0.deployments.expected_bytes(&id));
        let permit = match self.0.admission.admit(&demand) {
            Ok(permit) => permit,
            Err(error) => {
                if error.code == Exception::TooManyRequests {
                    self.0.counts.throttles.fetch_add(1, Ordering::Relaxed);
                    self.0.throttles.count(&route.account, &route.name);
                }
                return attempted(Err(error));
            }
        };
        self.0.counts.invocations.fetch_add(1, Ordering::Relaxed);
        invocation.qualifier.clone_from(&route.qualifier);
        let build = self.build(route.account.clone(), route.name.clone(), target.number);
        let (control, route) = (self.clone(), Arc::clone(route));
        let then = move |ready: Result<Arc<Ready>, String>| match ready {
            Ok(ready) => {
                let (deployed, expected) = (Arc::clone(&ready.deployed), ready.expected_time());
                let done = control.done(ready, &route, target, permit, attempted);
                match here {
                    Some(here) => here.run(expected, Box::new(move || deployed.invoke_here(invocation, done))),
                    None => deployed.invoke(invocation, done),
                }
            }
            Err(reason) => attempted(Err(ApiError::service(reason))),
        };
        self.0.deployments.with(&id, build, Box::new(then));
    }

    /// What follows an invocation: its place is free, its log is kept, and whoever waits hears of it.
    fn done(&self, ready: Arc<Ready>, route: &Route, target: Target, permit: Permit, attempted: Attempted) -> Done {
        let (control, account, name) = (self.clone(), route.account.clone(), route.name.clone());
        let began = Instant::now();
        Box::new(move |ended: Result<Ran, String>| {
            drop(permit); // whoever gets the answer may invoke again
            ready.took(began.elapsed());
            let ended = ended.map_err(ApiError::service).map(|ran| {
                ready.needed(ran.memory_bytes);
                if ran.outcome.result().is_none() {
                    control.0.counts.function_errors.fetch_add(1, Ordering::Relaxed);
                }
                if !ran.attempts.is_empty() {
                    control.note_attempts(&account, &name, &target.version, &ran);
                }
                control.log(account, target.log_group, &ran);
                (ran, target.version)
            });
            attempted(ended);
        })
    }

    fn log(&self, account: Account, group: String, ran: &Ran) {
        let ends = ran.started_ms + ran.duration_ms;
        // The lines have no times of their own: those of the call come when it began, its end when it ended.
        let is_end = |line: &str| line.starts_with("END RequestId: ") || line.starts_with("REPORT RequestId: ");
        let time = |line: &str| if is_end(line) { ends } else { ran.started_ms };
        let events = ran.log.lines().filter(|line| !line.is_empty()).map(|line| LogEvent(time(line), line.to_owned())).collect();
        self.0.parts.logs.append(LogChunk { account, group, stream: ran.log_stream.clone(), events });
    }

    /// Makes a version ready in the background, and notes it in its state.
    pub(super) fn deploy(&self, account: &Account, name: &str, number: u64) {
        let Ok(Some(record)) = self.read(|tables| records::version(tables, account, name, number)) else { return };
        if record.configuration.tenancy_config.is_some() {
            // Each tenant has a deployment of its own, made with its first invocation.
            return self.finish(account, name, number, &record.deployment, Ok(()));
        }
        let build = self.build(account.clone(), name.to_owned(), number);
        let (control, account, name, id) = (self.clone(), account.clone(), name.to_owned(), record.deployment.clone());
        let then = move |ready: Result<Arc<Ready>, String>| control.finish(&account, &name, number, &record.deployment, ready.map(drop));
        self.0.deployments.with(&id, build, Box::new(then));
    }

    /// What makes a version ready, on a thread of its own.
    pub(super) fn build(&self, account: Account, name: String, number: u64) -> Build {
        let control = self.clone();
        Box::new(move || {
            let plan = control.plan(account, &name, number).map_err(|error| error.to_string())?;
            control.0.parts.runtime.deploy(plan)
        })
    }

    fn plan(&self, account: Account, name: &str, number: u64) -> Result<InvocationPlan, ApiError> {
        let found = self.read(|tables| records::version(tables, &account, name, number))?;
        let record = found.ok_or_else(|| ApiError::not_found("the version was deleted meanwhile"))?;
        let blobs = self.0.parts.store.blobs();
        let layers = record.layers.iter().map(|digest| blobs.get(digest)).collect::<Result<_, _>>()?;
        let mut config = settings::hosted(&record.configuration)?;
        config.initialization = self.initialization(&account, name, number, &record)?;
        Ok(InvocationPlan { account, config, version: hosted_version(number), code: blobs.get(&record.code)?, layers })
    }
}

/// An invocation of the guest's, with the request's id.
pub(super) fn invocation(
    request_id: RequestId,
    event: Vec<u8>,
    client_context: Option<String>,
    trace_id: Option<&str>,
    tenant_id: Option<&str>,
) -> Result<Invocation, ApiError> {
    let mut invocation = Invocation::new(event, client_context).map_err(|error| event_error(&error))?;
    invocation.request_id = request_id;
    if let Some(trace_id) = trace_id.filter(|id| id.len() <= 1024 && id.bytes().all(|byte| byte.is_ascii_graphic())) {
        invocation.trace_id = trace_id.to_owned();
    }
    let tenant = tenant_id.map(str::parse).transpose();
    invocation.tenant_id = tenant.map_err(|error| ApiError::new(Exception::Validation, format!("{error}")))?;
    Ok(invocation)
}

/// Tenants never share a deployment.
fn deployment_id(target: &Target, tenant: Option<&str>) -> String {
    match tenant {
        Some(tenant) => format!("{}/{tenant}", target.deployment),
        None => target.deployment.clone(),
    }
}

fn check_size(invoke: &Invoke) -> Result<(), ApiError> {
    let too_large = |message: String| Err(ApiError::new(Exception::RequestEntityTooLarge, message));
    let bytes = invoke.payload.len();
    if invoke.invocation_type == InvocationType::Event && bytes > MAX_ASYNC_BYTES {
        return too_large(format!("{bytes} byte payload is too large for the Event invocation type (limit {MAX_ASYNC_BYTES} bytes)"));
    }
    if bytes > MAX_EVENT_BYTES {
        return too_large(format!("Request must be smaller than {MAX_EVENT_BYTES} bytes for the InvokeFunction operation"));
    }
    if invoke.client_context.as_ref().is_some_and(|context| context.len().div_ceil(3) * 4 > MAX_CONTEXT_BYTES) {
        let message = format!("Client context must be no more than {MAX_CONTEXT_BYTES} bytes when base64-encoded.");
        return Err(ApiError::new(Exception::InvalidRequestContent, message));
    }
    Ok(())
}

fn check_tenant(route: &Route, tenant: Option<&str>) -> Result<(), ApiError> {
    match (route.target(|| 1.0).is_per_tenant, tenant) {
        (true, None) => Err(ApiError::invalid(
            "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.",
        )),
        (false, Some(_)) => Err(ApiError::invalid(
            "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.",
        )),
        (true, Some(_)) | (false, None) => Ok(()),
    }
}

fn event_error(error: &EventError) -> ApiError {
    match error {
        EventError::TooLarge(_) => {
            let message = format!("Request must be smaller than {MAX_EVENT_BYTES} bytes for the InvokeFunction operation");
            ApiError::new(Exception::RequestEntityTooLarge, message)
        }
        EventError::NotJson { what: "the event", reason } => {
            let message = format!("Could not parse request body into json: Could not parse payload into json: {reason}");
            ApiError::new(Exception::InvalidRequestContent, message)
        }
        EventError::NotJson { reason, .. } => {
            ApiError::new(Exception::InvalidRequestContent, format!("Client context must be a valid Base64-encoded JSON object: {reason}"))
        }
    }
}

fn answered(ran: Ran, version: String, request_id: &RequestId, wants_tail: bool) -> Invoked {
    let error = ran.outcome.error(request_id);
    let payload = match (&error, ran.outcome) {
        (Some(document), _) => document.json().as_bytes().to_vec(),
        (None, Outcome::Returned(result)) => result,
        // Every other outcome has a document.
        (None, _) => Vec::new(),
    };
    Invoked {
        status: 200,
        executed_version: Some(version),
        function_error: error.map(|_| "Unhandled"),
        payload,
        log_tail: wants_tail.then_some(ran.log_tail),
    }
}

/// A random number below 1.
fn dice() -> f64 {
    let bits = getrandom::u32().unwrap_or(u32::MAX);
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}
