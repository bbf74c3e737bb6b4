//! Asynchronous invocations: accepted now, run later, tried again as AWS does, and reported to their destinations.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use super::hosting::Ran;
use super::invoke::invocation;
use super::name::{FunctionRef, qualified};
use super::records;
use super::routes::Route;
use super::{ApiError, Control, Exception, InvocationType, Invoke, Scope, model};
use crate::function::{RequestId, iso_time};
use crate::queue::Event;
use crate::store::Setting;

/// When a function that failed is called again: the first time, and the second.
const RETRIES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];
/// How long an event is tried where nothing else is set.
const MAX_AGE: Duration = Duration::from_secs(6 * 3600);
/// The longest wait after a throttle.
const MAX_BACKOFF: Duration = Duration::from_secs(300);

/// Something of a record that went to a destination outside.
#[derive(Debug, Clone)]
pub struct Undelivered(pub String);

/// Destinations that are not functions: queues, topics, buses, buckets.
pub trait Outlet: Send + Sync {
    /// Delivers a record, or the event of a dead-letter queue, to the ARN. May block.
    ///
    /// # Errors
    /// A sentence about what went wrong.
    fn deliver(&self, target: &str, body: &str) -> Result<(), Undelivered>;
}

/// How an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Success,
    RetriesExhausted,
    EventAgeExceeded,
    ZeroReservedConcurrency,
}

impl Condition {
    fn name(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
            Self::ZeroReservedConcurrency => "ZeroReservedConcurrency",
        }
    }
}

impl Control {
    /// Accepts an event.
    pub(super) fn accept(&self, scope: &Scope, route: &Route, invoke: Invoke, payload: Vec<u8>) -> Result<(), ApiError> {
        let now = self.0.parts.clock.now();
        let event = Event {
            account: route.account.clone(),
            function: route.name.clone(),
            qualifier: route.qualifier.as_ref().map(|qualifier| qualifier.as_str().to_owned()),
            request_id: scope.request_id.clone(),
            payload,
            client_context: invoke.client_context,
            trace_id: invoke.trace_id,
            tenant_id: invoke.tenant_id,
            accepted: now,
            due: now,
            attempts: 0,
            throttles: 0,
        };
        self.0.parts.queue.push(event).map_err(|full| {
            let message = format!("The queue of this server is full: {full}. Try again later.");
            let reason = super::ThrottleReason::ConcurrentInvocationLimitExceeded;
            ApiError { retry_after: Some(1), ..ApiError::throttled(message, reason) }
        })
    }

    /// Starts every event whose time has come; how many.
    pub fn run_due(&self) -> usize {
        let mut started = 0;
        while let Some(event) = self.0.parts.queue.take(self.0.parts.clock.now()) {
            started += 1;
            self.run_event(event);
        }
        started
    }

    fn run_event(&self, mut event: Event) {
        let wanted = FunctionRef { name: event.function.clone(), qualifier: event.qualifier.clone() };
        let config = self.event_config(&event, &wanted);
        let age = self.0.parts.clock.now().saturating_sub(event.accepted);
        if age > config.max_age && (event.attempts > 0 || event.throttles > 0) {
            return self.end(&event, &config, Condition::EventAgeExceeded, None);
        }
        let route = match self.route(&event.account, &wanted) {
            Ok(route) => route,
            // The function is gone, and its destinations with it.
            Err(error) if error.code == Exception::ResourceNotFound => return,
            Err(_) => return self.back_off(event, &config),
        };
        if route.is_stopped() {
            return self.end(&event, &config, Condition::ZeroReservedConcurrency, None);
        }
        let context = (event.client_context.clone(), event.trace_id.as_deref(), event.tenant_id.as_deref());
        let invocation = invocation(event.request_id.clone(), event.payload.clone(), context.0, context.1, context.2);
        // It was checked when it was accepted.
        let Ok(invocation) = invocation else { return };
        event.attempts += 1;
        let control = self.clone();
        self.attempt(&route, invocation, None, Box::new(move |ended| control.attempted(event, &config, ended)));
    }

    fn attempted(&self, mut event: Event, config: &EventConfig, ended: Result<(Ran, String), ApiError>) {
        let (ran, version) = match ended {
            Ok(ran) => ran,
            Err(_) => {
                event.attempts -= 1; // the function was not called
                return self.back_off(event, config);
            }
        };
        if ran.outcome.result().is_some() {
            return self.end(&event, config, Condition::Success, Some((&ran, &version)));
        }
        let done = usize::try_from(event.attempts).unwrap_or(usize::MAX);
        let wait = RETRIES.get(done - 1).filter(|_| u64::from(event.attempts) <= config.max_retries);
        let Some(wait) = wait else { return self.end(&event, config, Condition::RetriesExhausted, Some((&ran, &version))) };
        let now = self.0.parts.clock.now();
        if now.saturating_sub(event.accepted) + *wait > config.max_age {
            return self.end(&event, config, Condition::EventAgeExceeded, Some((&ran, &version)));
        }
        event.due = now + *wait;
        self.0.parts.queue.put_back(event);
    }

    /// Tries an event again that could not be run, with longer and longer waits.
    fn back_off(&self, mut event: Event, config: &EventConfig) {
        let now = self.0.parts.clock.now();
        if now.saturating_sub(event.accepted) > config.max_age {
            return self.end(&event, config, Condition::EventAgeExceeded, None);
        }
        event.due = now + Duration::from_secs(1 << event.throttles.min(9)).min(MAX_BACKOFF);
        event.throttles += 1;
        self.0.parts.queue.put_back(event);
    }

    /// Writes the record of an event that ended to where it is to go.
    fn end(&self, event: &Event, config: &EventConfig, condition: Condition, ran: Option<(&Ran, &str)>) {
        let target = if condition == Condition::Success { &config.on_success } else { &config.on_failure };
        if let Some(target) = target {
            let record = record(event, self.0.parts.clock.now(), condition, ran);
            self.deliver(event, target, record);
        }
        if let Some(target) = config.dead_letters.as_ref().filter(|_| condition != Condition::Success) {
            self.deliver(event, target, String::from_utf8_lossy(&event.payload).into_owned());
        }
    }

    /// Invokes the function that a destination is, or hands the record out.
    fn deliver(&self, event: &Event, target: &str, body: String) {
        let undelivered = || {
            self.0.counts.undelivered.fetch_add(1, Ordering::Relaxed);
        };
        if target.contains(":lambda:") {
            let scope = Scope { account: event.account.clone(), request_id: RequestId::mint() };
            let invocation_type = InvocationType::Event;
            let invoke = Invoke { function_name: target.to_owned(), invocation_type, payload: body.into_bytes(), ..Invoke::default() };
            let control = self.clone();
            let answer = move |answer: Result<_, ApiError>| {
                if answer.is_err() {
                    control.0.counts.undelivered.fetch_add(1, Ordering::Relaxed);
                }
            };
            return self.invoke(scope, invoke, Box::new(answer));
        }
        let Some(outlet) = self.0.parts.outlet.clone() else { return undelivered() };
        let (control, target) = (self.clone(), target.to_owned());
        let spawned = std::thread::Builder::new().name("destination".into()).spawn(move || {
            if outlet.deliver(&target, &body).is_err() {
                control.0.counts.undelivered.fetch_add(1, Ordering::Relaxed);
            }
        });
        if spawned.is_err() {
            undelivered();
        }
    }

    fn event_config(&self, event: &Event, wanted: &FunctionRef) -> EventConfig {
        let found = self.read(|tables| {
            let name = &wanted.name;
            let config: Option<model::FunctionEventInvokeConfig> =
                records::setting(tables, &event.account, Setting::EventInvoke, name, wanted.version_or_alias())?;
            let version = records::find(tables, &event.account, wanted)?;
            let dead_letters = version.and_then(|found| found.record.configuration.dead_letter_config?.target_arn);
            Ok((config.unwrap_or_default(), dead_letters))
        });
        let (config, dead_letters) = found.unwrap_or_default();
        let destinations = config.destination_config.unwrap_or_default();
        let seconds = |seconds: i64| Duration::from_secs(seconds.try_into().unwrap_or_default());
        EventConfig {
            max_retries: config.maximum_retry_attempts.and_then(|most| most.try_into().ok()).unwrap_or(RETRIES.len() as u64),
            max_age: config.maximum_event_age_in_seconds.map_or(MAX_AGE, seconds),
            on_success: destinations.on_success.and_then(|on| on.destination),
            on_failure: destinations.on_failure.and_then(|on| on.destination),
            dead_letters,
        }
    }
}

/// How a function's events are treated.
struct EventConfig {
    max_retries: u64,
    max_age: Duration,
    on_success: Option<String>,
    on_failure: Option<String>,
    dead_letters: Option<String>,
}

/// What AWS writes to a destination.
fn record(event: &Event, now: Duration, condition: Condition, ran: Option<(&Ran, &str)>) -> String {
    // Numbers stay as they were written.
    let raw = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap_or_default();
    let qualifier = event.qualifier.as_deref().unwrap_or(super::name::LATEST);
    let mut record = json!({
        "version": "1.0",
        "timestamp": iso_time(now),
        "requestContext": {
            "requestId": event.request_id.as_str(),
            "functionArn": qualified(&event.account, &event.function, Some(qualifier)),
            "condition": condition.name(),
            "approximateInvokeCount": event.attempts,
        },
        "requestPayload": raw(&event.payload),
    });
    if let Some((ran, version)) = ran {
        let error = ran.outcome.error(&event.request_id);
        let mut context = json!({"statusCode": 200, "executedVersion": version});
        if error.is_some() {
            context["functionError"] = "Unhandled".into();
        }
        record["responseContext"] = context;
        let payload = error.map(|document| document.json().as_bytes().to_vec());
        record["responsePayload"] = raw(&payload.or_else(|| ran.outcome.result().map(<[u8]>::to_vec)).unwrap_or_default());
    }
    record.to_string()
}
