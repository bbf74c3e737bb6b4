//! Which hosts and origins a server without signatures answers, so that a web page in the user's browser cannot call it:
//! not from its own origin, and not by a name of its own that leads to the loopback address (DNS rebinding).

use http::request::Parts;
use http::{HeaderName, HeaderValue, Response, header};

use super::body::Body;
use super::error::{self, cut};
use crate::control::ApiError;

/// The hosts that a request may name besides loopback ones, in lower case and without ports.
#[derive(Debug, Clone, Default)]
pub(super) struct Guard {
    hosts: Vec<String>,
}

impl Guard {
    pub(super) fn new(hosts: &[String]) -> Self {
        Self { hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect() }
    }

    /// Checks the host that a request names.
    ///
    /// # Errors
    /// When it names none, or one that does not mean this machine.
    pub(super) fn host(&self, parts: &Parts) -> Result<(), ApiError> {
        let given = authority(parts).ok_or_else(|| error::validation("the request has no Host header"))?;
        let host = without_port(given).to_ascii_lowercase();
        if is_loopback(&host) || self.hosts.contains(&host) {
            return Ok(());
        }
        Err(error::denied(format!(
            "the host '{}' is not one of this server's: use localhost or 127.0.0.1, or start it with --allow-host {}",
            cut(given),
            cut(&host)
        )))
    }

    /// Checks where a browser says that a request comes from. Without such headers no page has sent it.
    ///
    /// # Errors
    /// When it is a page of another host.
    pub(super) fn origin(&self, parts: &Parts) -> Result<(), ApiError> {
        if let Some(origin) = parts.headers.get(header::ORIGIN) {
            let text = origin.to_str().unwrap_or("?");
            let host = text.split_once("://").map(|(_, rest)| without_port(rest).to_ascii_lowercase());
            if !host.is_some_and(|host| is_loopback(&host) || self.hosts.contains(&host)) {
                return Err(error::denied(format!("a page of '{}' may not call this server", cut(text))));
            }
        }
        let site = parts.headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        match site {
            Some(b"cross-site") if !parts.headers.contains_key(header::ORIGIN) => {
                Err(error::denied("a page of another site may not call this server".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// The host and port that a request is for.
pub(super) fn authority(parts: &Parts) -> Option<&str> {
    match parts.uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()),
    }
}

/// A host without its port; an IPv6 address keeps its brackets.
pub(super) fn without_port(authority: &str) -> &str {
    let end = authority.rfind(']').map_or_else(|| authority.find(':'), |bracket| authority[bracket..].find(':').map(|port| bracket + port));
    end.map_or(authority, |end| &authority[..end])
}

fn is_loopback(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host == "localhost" || host.ends_with(".localhost") || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Headers that a page needs to see the answer to its own request.
const EXPOSED: &str = "x-amzn-requestid, x-amzn-errortype, x-amz-function-error, x-amz-log-result, x-amz-executed-version, date";

/// Lets a page of an origin that was checked see the answer.
pub(super) fn allow(response: &mut Response<Body>, origin: &HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}

/// Answers the question of a browser whether a page of an origin that was checked may call.
pub(super) fn preflight(parts: &Parts) -> Option<Response<Body>> {
    if parts.method != http::Method::OPTIONS || !parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let mut response = Response::new(super::body::empty());
    *response.status_mut() = http::StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE");
    set(header::ACCESS_CONTROL_MAX_AGE, "600");
    if let Some(asked) = parts.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn parts(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let request = headers.iter().fold(Request::get(uri), |request, (name, value)| request.header(*name, *value));
        request.body(()).expect("a request").into_parts().0
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let guard = Guard::new(&["Box.Example".to_owned()]);
        for host in [
            "localhost",
            "LOCALHOST:9001",
            "127.0.0.1:9001",
            "127.1.2.3",
            "[::1]:80",
            "a.lambda-url.us-east-1.localhost:9001",
            "box.example:1",
            "localhost.",
        ] {
            assert_eq!(guard.host(&parts("/", &[("host", host)])), Ok(()), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2]", "", "notlocalhost", "[localhost", "1"]
        {
            assert_eq!(guard.host(&parts("/", &[("host", host)])).expect_err("refused").code.status(), 403, "{host}");
        }
        assert_eq!(guard.host(&parts("/", &[])).expect_err("refused").code.status(), 400);
        assert_eq!(guard.host(&parts("http://evil.example/", &[("host", "localhost")])).expect_err("refused").code.status(), 403);
    }

    #[test]
    fn only_pages_of_this_machine_may_call() {
        let guard = Guard::default();
        for headers in
            [&[][..], &[("origin", "http://localhost:3000")], &[("origin", "https://127.0.0.1")], &[("sec-fetch-site", "same-origin")]]
        {
            assert_eq!(guard.origin(&parts("/", headers)), Ok(()), "{headers:?}");
        }
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[("origin", "http://localhost.evil.example")],
            &[("sec-fetch-site", "cross-site")],
        ] {
            assert_eq!(guard.origin(&parts("/", headers)).expect_err("refused").code.status(), 403, "{headers:?}");
        }
    }
}
