//! A browser that is driven through Debian's chromedriver, as far as these tests need it.
//!
//! A small client of the WebDriver protocol, which is JSON over HTTP: the crates for it bring features of shared crates with
//! them that would make cargo compile wasmtime a second time for the tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The member that an element's reference has, by the standard.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Long enough for a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _profile: TempDir,
}

pub(crate) struct Element(String);

/// One request and its answer's status and body.
pub(crate) fn http(port: u16, method: &str, path: &str, headers: &str, body: &[u8]) -> std::io::Result<(u16, String, Vec<u8>)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), None);
    loop {
        let start = head.len();
        reader.read_line(&mut head)?;
        let line = head[start..].trim();
        if let Some((_, value)) = line.to_ascii_lowercase().split_once("content-length:") {
            length = value.trim().parse::<usize>().ok();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = Vec::new();
    match length {
        Some(length) => {
            body.resize(length, 0);
            reader.read_exact(&mut body)?;
        }
        None => {
            reader.read_to_end(&mut body)?;
        }
    }
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Ok((status, head, body))
}

impl Browser {
    /// A new browser with a profile of its own; `dark` as the system's preference.
    pub(crate) fn start(width: u32, height: u32, dark: bool) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let driver = Command::new("chromedriver")
            .args([format!("--port={port}"), "--silent".into()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver, which tests/console/fetch.sh installs");
        let profile = tempfile::tempdir().expect("a folder");
        let mut browser = Self { driver, port, session: String::new(), _profile: profile };
        let until = Instant::now() + PATIENCE;
        while http(port, "GET", "/status", "", b"").is_err() {
            assert!(Instant::now() < until, "chromedriver does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        let mut arguments: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
        ]
        .map(str::to_owned)
        .into();
        arguments.push(format!("--user-data-dir={}", browser._profile.path().display()));
        arguments.push(format!("--window-size={width},{height}"));
        if dark {
            arguments.push("--blink-settings=preferredColorScheme=0".into());
            arguments.push("--force-dark-mode".into());
        }
        // The driver's own are thirty seconds for a script, which a busy machine needs for one run of axe-core.
        let patience = u64::try_from(PATIENCE.as_millis()).expect("minutes");
        let timeouts = json!({"script": patience, "pageLoad": patience});
        let capabilities = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": arguments}, "timeouts": timeouts}}});
        let answer = browser.call("POST", "/session", &capabilities);
        browser.session = answer["sessionId"].as_str().expect("a session").to_owned();
        // Windows have a smallest width; the page's does not.
        browser.cdp(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}),
        );
        let scheme = if dark { "dark" } else { "light" };
        browser.cdp("Emulation.setEmulatedMedia", &json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}));
        browser
    }

    fn try_call(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
        let (status, _, answer) =
            http(self.port, method, path, "Content-Type: application/json\r\n", &body).map_err(|error| error.to_string())?;
        let answer: Value = serde_json::from_slice(&answer).map_err(|error| error.to_string())?;
        if status == 200 { Ok(answer["value"].clone()) } else { Err(answer["value"]["message"].to_string()) }
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_call(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        self.call(method, &format!("/session/{}{path}", self.session), body)
    }

    fn cdp(&self, command: &str, parameters: &Value) -> Value {
        self.command("POST", "/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    pub(crate) fn open(&self, url: &str) {
        self.command("POST", "/url", &json!({"url": url}));
    }

    pub(crate) fn url(&self) -> String {
        self.command("GET", "/url", &Value::Null).as_str().expect("text").to_owned()
    }

    /// The first element of this selector, when it is there.
    pub(crate) fn find(&self, selector: &str) -> Element {
        let path = format!("/session/{}/element", self.session);
        let query = json!({"using": "css selector", "value": selector});
        let until = Instant::now() + PATIENCE;
        loop {
            match self.try_call("POST", &path, &query) {
                Ok(found) => return Element(found[ELEMENT].as_str().expect("a reference").to_owned()),
                Err(error) if Instant::now() > until => panic!("{selector}: {error}; the page is {}: {}", self.url(), self.text("body")),
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    pub(crate) fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.command("POST", &format!("/element/{}/click", element.0), &json!({}));
    }

    /// Clicks and waits until another page is there.
    pub(crate) fn submit(&self, selector: &str) {
        self.run("window.isOld = true", &json!([]));
        self.click(selector);
        let until = Instant::now() + PATIENCE;
        loop {
            let script = "return document.readyState === 'complete' && !window.isOld";
            let path = format!("/session/{}/execute/sync", self.session);
            let there = self.try_call("POST", &path, &json!({"script": script, "args": []}));
            if there == Ok(Value::Bool(true)) {
                return;
            }
            assert!(Instant::now() < until, "no page came after {selector}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub(crate) fn send_keys(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.command("POST", &format!("/element/{}/value", element.0), &json!({"text": text}));
    }

    /// Puts a text into a field as if it were typed in place of what is there.
    pub(crate) fn fill(&self, selector: &str, text: &str) {
        self.find(selector);
        let script = "const field = document.querySelector(arguments[0]); field.value = arguments[1]; \
                      field.dispatchEvent(new Event('input', {bubbles: true})); field.dispatchEvent(new Event('change', {bubbles: true}));";
        self.run(script, &json!([selector, text]));
    }

    pub(crate) fn text(&self, selector: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.innerText ?? ''";
        self.run(script, &json!([selector])).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the text of an element has this in it.
    pub(crate) fn wait_for(&self, selector: &str, part: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.text(selector).contains(part) {
            assert!(Instant::now() < until, "{selector} never has {part:?}: {}", self.text("body"));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub(crate) fn run(&self, script: &str, arguments: &Value) -> Value {
        self.command("POST", "/execute/sync", &json!({"script": script, "args": arguments}))
    }

    pub(crate) fn run_later(&self, script: &str) -> Value {
        self.command("POST", "/execute/async", &json!({"script": script, "args": []}))
    }

    /// The whole page as a PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let size = self.run("return [document.documentElement.clientWidth, document.documentElement.scrollHeight]", &json!([]));
        let clip = json!({"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1});
        let shot = self.cdp("Page.captureScreenshot", &json!({"format": "png", "captureBeyondViewport": true, "clip": clip}));
        base64(shot["data"].as_str().expect("a picture"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.try_call("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
}
