//! The HTTP client for services that the user names: it asks nobody else.

use std::time::Duration;

use ureq::Agent;

/// A client that waits `connect` for a connection and `whole` for all of an answer. It follows no redirect and uses no proxy, since
/// a key that was meant for one service must not reach another; a status of failure is an answer like any other.
pub fn agent(connect: Duration, whole: Duration) -> Agent {
    let config = Agent::config_builder()
        .timeout_connect(Some(connect))
        .timeout_global(Some(whole))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(None)
        .user_agent(concat!("wasmlam/", env!("CARGO_PKG_VERSION")))
        .build();
    Agent::new_with_config(config)
}
