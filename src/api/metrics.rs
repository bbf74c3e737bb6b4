//! What the server counts, as Prometheus reads it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Counts of requests.
#[derive(Debug)]
pub(super) struct RequestMetrics {
    started: Instant,
    requests: Mutex<BTreeMap<(&'static str, u16), Requests>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Requests {
    count: u64,
    time: Duration,
}

impl Default for RequestMetrics {
    fn default() -> Self {
        Self { started: Instant::now(), requests: Mutex::default() }
    }
}

impl RequestMetrics {
    /// Counts a request of an operation that was answered with this status after this time.
    pub(super) fn count(&self, operation: &'static str, status: u16, time: Duration) {
        // Numbers cannot be left half changed, so those of a thread that panicked are as good as any.
        let mut requests = self.requests.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let entry = requests.entry((operation, status)).or_default();
        entry.count += 1;
        entry.time += time;
    }

    /// Seconds since the start.
    pub(super) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Everything in Prometheus's text format, version 0.0.4.
    pub(super) fn text(&self, control: &crate::control::ServiceMetrics) -> String {
        let mut text = String::new();
        let requests = self.requests.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        head(&mut text, "wasmlam_http_requests_total", "counter", "Requests by operation and status.");
        for ((operation, status), requests) in &requests {
            let _ = writeln!(text, "wasmlam_http_requests_total{{operation=\"{operation}\",status=\"{status}\"}} {}", requests.count);
        }
        head(&mut text, "wasmlam_http_request_seconds_total", "counter", "Time from a request's head to its answer's.");
        for ((operation, status), requests) in &requests {
            let seconds = requests.time.as_secs_f64();
            let _ = writeln!(text, "wasmlam_http_request_seconds_total{{operation=\"{operation}\",status=\"{status}\"}} {seconds:.6}");
        }
        let crate::control::ServiceMetrics {
            invocations,
            function_errors,
            throttles,
            running,
            queued,
            deployments,
            log_bytes_dropped,
            undelivered,
        } = *control;
        for (name, kind, help, value) in [
            ("wasmlam_invocations_total", "counter", "Invocations that were admitted.", invocations),
            ("wasmlam_function_errors_total", "counter", "Invocations that ended in a function error.", function_errors),
            ("wasmlam_throttles_total", "counter", "Invocations that were refused with 429.", throttles),
            ("wasmlam_running_invocations", "gauge", "Invocations that run now.", running),
            ("wasmlam_queued_events", "gauge", "Asynchronous events that wait.", queued),
            ("wasmlam_undelivered_events_total", "counter", "Events that were given up and reached no destination.", undelivered),
            ("wasmlam_deployments", "gauge", "Functions that are ready in memory.", deployments),
            ("wasmlam_log_dropped_bytes_total", "counter", "Bytes of logs that the store could not keep up with.", log_bytes_dropped),
            ("wasmlam_undelivered_records_total", "counter", "Records for destinations that could not be delivered.", undelivered),
        ] {
            head(&mut text, name, kind, help);
            let _ = writeln!(text, "{name} {value}");
        }
        head(&mut text, "wasmlam_uptime_seconds", "gauge", "Seconds since the start.");
        let _ = writeln!(text, "wasmlam_uptime_seconds {:.3}", self.uptime().as_secs_f64());
        text
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_every_series_once() {
        let metrics = RequestMetrics::default();
        metrics.count("Invoke", 200, Duration::from_millis(2));
        metrics.count("Invoke", 200, Duration::from_millis(3));
        metrics.count("Invoke", 429, Duration::ZERO);
        let control = crate::control::ServiceMetrics { invocations: 2, throttles: 1, ..crate::control::ServiceMetrics::default() };
        let text = metrics.text(&control);
        for line in [
            "# TYPE wasmlam_http_requests_total counter",
            "wasmlam_http_requests_total{operation=\"Invoke\",status=\"200\"} 2",
            "wasmlam_http_requests_total{operation=\"Invoke\",status=\"429\"} 1",
            "wasmlam_http_request_seconds_total{operation=\"Invoke\",status=\"200\"} 0.005000",
            "wasmlam_invocations_total 2",
            "wasmlam_throttles_total 1",
            "wasmlam_running_invocations 0",
        ] {
            assert_eq!(text.lines().filter(|given| *given == line).count(), 1, "{line}\n{text}");
        }
    }
}
