//! The console in a browser, over `wasmlam serve`: what a user does there, and how every page looks. Pictures of all pages are
//! kept in `target/console/`, light and dark, wide and 400 pixels.

#![allow(unused_crate_dependencies, reason = "the other tests' crates")]

mod browser;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use browser::{Browser, http};
use serde_json::{Value, json};

const CONSOLE: &str = "/_wasmlam/console";

/// A server without state, which ends with the test.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start() -> Self {
        Self::with_patience("0")
    }

    /// One that lets what it has begun end for these seconds.
    fn with_patience(seconds: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_wasmlam"))
            .args(["serve", "--in-memory", "--listen", "127.0.0.1:0", "--log-level", "error", "--patience", seconds])
            .stdout(Stdio::piped())
            .spawn()
            .expect("wasmlam serve");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let first = lines.next().expect("a line").expect("text");
        let port = first.rsplit(':').next().and_then(|port| port.trim().parse().ok()).expect("an address with a port");
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, port }
    }

    fn page(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{CONSOLE}{path}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A zip with these files, stored.
fn zip_of(files: &[(&str, &str)]) -> tempfile::TempPath {
    let mut archive = tempfile::Builder::new().suffix(".zip").tempfile().expect("a file");
    let files: Value = files.iter().map(|(name, text)| json!([name, text])).collect();
    let script = "import json, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as z:\n for name, text in json.loads(sys.argv[2]):\n  info = zipfile.ZipInfo(name); info.external_attr = 0o644 << 16; z.writestr(info, text)";
    let made = Command::new("python3").args(["-c", script, &archive.path().display().to_string(), &files.to_string()]).status();
    assert!(made.expect("python3").success());
    archive.flush().expect("written");
    archive.into_temp_path()
}

fn create(browser: &Browser, server: &Server, name: &str, zip: &Path, handler: &str) {
    browser.open(&server.page("/create"));
    browser.send_keys("#zip", &zip.display().to_string());
    browser.fill("#name", name);
    browser.fill("#handler", handler);
    browser.fill("#timeout", "15");
    browser.submit("button.first");
}

fn invoke(browser: &Browser, server: &Server, name: &str, event: &str) {
    browser.open(&server.page(&format!("/functions/{name}/test")));
    browser.fill("#event", event);
    browser.submit("#invoke");
}

fn hello() -> tempfile::TempPath {
    zip_of(&[("hello_python.py", include_str!("../handlers/hello_python.py"))])
}

const ADA: &str = r#"{"first_name": "Ada", "last_name": "Lovelace"}"#;

#[test]
fn the_documents_zip_is_uploaded_and_says_hello() {
    let (server, browser) = (Server::start(), Browser::start(1280, 900, false));
    browser.open(&server.page("/"));
    browser.wait_for("main", "No functions yet");
    let zip = hello();
    create(&browser, &server, "hello", &zip, "");
    assert!(browser.url().ends_with("/functions/hello/test?done=created"), "{}: {}", browser.url(), browser.text("main"));
    browser.wait_for("header.head", "hello_python.my_handler");
    invoke(&browser, &server, "hello", ADA);
    assert_eq!(browser.text("#value"), "{\n  \"message\": \"Hello Ada Lovelace!\"\n}");
    let result = browser.text("#result");
    for part in ["Succeeded", "Billed duration", "Max memory used", "Request ID", "START RequestId", "REPORT RequestId"] {
        assert!(result.contains(part), "{part} is missing in {result}");
    }
    // An edit is deployed at once.
    browser.open(&server.page("/functions/hello/code"));
    let code = browser.run("return document.getElementById('content').value", &json!([]));
    assert_eq!(code, include_str!("../handlers/hello_python.py"), "to the byte");
    browser.fill("#content", &code.as_str().expect("text").replace("Hello {}", "Good morning {}"));
    browser.submit("form button.first");
    browser.wait_for("[role=status]", "Saved and deployed");
    invoke(&browser, &server, "hello", ADA);
    browser.wait_for("#value", "Good morning Ada Lovelace!");
    // An event that is kept comes back.
    browser.fill("#name", "Ada");
    browser.submit("button[formaction]");
    browser.wait_for("[role=status]", "The event is saved");
    browser.open(&server.page("/functions/hello/test"));
    assert_eq!(browser.run("return document.getElementById('event').value", &json!([])), ADA);
    // Versions do not change with the code.
    browser.open(&server.page("/functions/hello/versions"));
    browser.submit("form button.first");
    browser.wait_for("main", "A new version is published");
    browser.open(&server.page("/functions/hello/compare"));
    browser.run("document.getElementById('left').value = '1'", &json!([]));
    browser.submit("form:has([value=versions]) button");
    browser.wait_for("main", "Both gave the same answer to every event.");
    browser.submit("form:has([value=sandboxes]) button");
    browser.wait_for("main", "All three gave the same answer.");
}

#[test]
fn a_log_line_appears_while_one_looks() {
    let (server, browser) = (Server::start(), Browser::start(1280, 900, false));
    let zip = zip_of(&[("app.py", "def handler(event, context):\n    print('seen', event['n'])\n")]);
    create(&browser, &server, "loud", &zip, "app.handler");
    browser.open(&server.page("/functions/loud/monitor"));
    browser.wait_for("#live-said", "New lines appear here");
    let body = br#"{"n": 4711}"#;
    let (status, _, answer) = http(server.port, "POST", "/2015-03-31/functions/loud/invocations", "", body).expect("an answer");
    assert_eq!((status, answer.as_slice()), (200, &b"null"[..]));
    browser.wait_for("#log", "seen 4711");
    browser.open(&server.page("/functions/loud/monitor?search=4711"));
    browser.wait_for("#log", "seen 4711");
    assert_eq!((browser.text("#invocations"), browser.text("#errors")), ("1".into(), "0".into()));
    assert!(!browser.text("#log").contains("REPORT"), "only what was searched for");
}

#[test]
fn what_goes_wrong_comes_with_what_to_do() {
    let (server, browser) = (Server::start(), Browser::start(1280, 900, false));
    let mut broken = tempfile::Builder::new().suffix(".zip").tempfile().expect("a file");
    broken.write_all(b"this is a text").expect("written");
    create(&browser, &server, "broken", broken.path(), "");
    browser.wait_for("[role=alert]", "This file is not a package");
    assert_eq!(browser.run("return document.getElementById('name').value", &json!([])), "broken", "what was typed stays");
    let code =
        "import time\n\ndef handler(event, context):\n    if event.get('sleep'):\n        time.sleep(60)\n    return event['missing']\n";
    let zip = zip_of(&[("app.py", code)]);
    create(&browser, &server, "typo", &zip, "ap.handler");
    invoke(&browser, &server, "typo", "{}");
    browser.wait_for("#result", "needs a file ap.py at its top level");
    create(&browser, &server, "wrong", &zip, "app.handler");
    invoke(&browser, &server, "wrong", "{}");
    browser.wait_for("#result", "KeyError");
    browser.wait_for("#result", "has no entry of this name");
    browser.submit(".trace a");
    assert_eq!(browser.run("return document.querySelector('.editor').dataset.line", &json!([])), "6");
    browser.open(&server.page("/functions/wrong/configuration"));
    browser.fill("#timeout", "1");
    browser.submit("form button.first");
    browser.wait_for("[role=status]", "in effect");
    invoke(&browser, &server, "wrong", r#"{"sleep": 1}"#);
    browser.wait_for("#result", "Timed out");
    browser.wait_for("#result", "longer than its timeout");
    invoke(&browser, &server, "wrong", "{'a': 1}");
    browser.wait_for("[role=alert]", "The event is not JSON");
}

#[test]
fn what_a_package_says_is_text() {
    let (server, browser) = (Server::start(), Browser::start(1280, 900, false));
    let evil = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script></textarea></pre>\u{202e}";
    let code = format!("def handler(event, context):\n    print({evil:?})\n    if event: raise Exception({evil:?})\n    return {evil:?}\n");
    let zip = zip_of(&[
        ("app.py", &code.replace("\\u{202e}", "\\u202e")),
        ("<script>window.pwned=1<|script>.py", ""),
        ("</textarea>\u{202e}.txt", evil),
    ]);
    create(&browser, &server, "evil", &zip, "app.handler");
    let name = "/functions/evil";
    for event in ["{}", r#"{"</textarea><script>window.pwned=1</script>": "\u202e"}"#] {
        invoke(&browser, &server, "evil", event);
        browser.wait_for("#result", "<script>window.pwned=1</script>");
        assert!(browser.text("#result").contains("[U+202E]"), "{}", browser.text("#result"));
        check_harmless(&browser);
    }
    for path in [
        "/code",
        "/monitor",
        "/code?file=%3C%2Ftextarea%3E%E2%80%AE.txt",
        "/code?file=%3Cscript%3Ewindow.pwned=1%3C%2Fscript%3E",
        "/monitor?search=%22%3E%3Cscript%3Ewindow.pwned=1%3C/script%3E",
    ] {
        browser.open(&server.page(&format!("{name}{path}")));
        check_harmless(&browser);
    }
    browser.open(&server.page("/?search=%22%3E%3Cscript%3Ewindow.pwned=1%3C/script%3E"));
    check_harmless(&browser);
}

fn check_harmless(browser: &Browser) {
    let found = browser.run("return [window.pwned ?? null, document.querySelectorAll('main script, main img').length]", &json!([]));
    assert_eq!(found, json!([null, 0]), "{}", browser.url());
}

#[test]
fn forms_of_other_pages_are_refused() {
    let server = Server::start();
    let (status, head, body) = http(server.port, "GET", &format!("{CONSOLE}/"), "", b"").expect("an answer");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    let head = head.to_ascii_lowercase();
    let policy = head.lines().find(|line| line.starts_with("content-security-policy:")).expect("a policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
    let form = b"token=00&name=x&event=%7B%7D";
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    for path in [
        "/functions/x/test",
        "/functions/x/test/save",
        "/functions/x/delete",
        "/functions/x/versions/publish",
        "/functions/x/code",
        "/functions/x/configuration",
        "/layers/x/delete",
    ] {
        let (status, _, body) = http(server.port, "POST", &format!("{CONSOLE}{path}"), kind, form).expect("an answer");
        let text = String::from_utf8_lossy(&body).into_owned();
        assert!(matches!(status, 403 | 404 | 400 | 422), "{path}: {status} {text}");
    }
    let other = format!("{kind}Sec-Fetch-Site: cross-site\r\n");
    let (status, ..) = http(server.port, "POST", &format!("{CONSOLE}/functions/x/delete"), &other, form).expect("an answer");
    assert_eq!(status, 403);
}

/// What `tests/console/fetch.sh` prints: the path of axe-core.
fn axe() -> &'static str {
    static AXE: OnceLock<String> = OnceLock::new();
    AXE.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/console/fetch.sh");
        let found = Command::new(script).stderr(Stdio::inherit()).output().expect("fetch.sh");
        assert!(found.status.success(), "tests/console/fetch.sh failed");
        fs::read_to_string(String::from_utf8_lossy(&found.stdout).trim()).expect("axe-core")
    })
}

#[test]
fn a_call_is_profiled_and_memory_sizes_are_compared() {
    let (server, browser) = (Server::start(), Browser::start(1280, 900, false));
    let code = "import time\n\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n\ndef handler(event, context):\n    \
                time.sleep(event.get('sleep', 0))\n    if event.get('fail'):\n        raise ValueError('asked to fail')\n    return fib(event.get('n', 5))\n";
    create(&browser, &server, "counts", &zip_of(&[("app.py", code)]), "app.handler");
    for (name, event) in [("ten", "{\"n\": 10}"), ("slow", "{\"sleep\": 1}"), ("failing", "{\"fail\": 1}")] {
        browser.open(&server.page("/functions/counts/test"));
        browser.fill("#event", event);
        browser.fill("#name", name);
        browser.submit("button[formaction]");
    }
    let page = server.page("/functions/counts/measure");
    browser.open(&page);
    browser.fill("#profile-event", "ten");
    browser.submit("#profile");
    browser.wait_for("#profile-result", "WebAssembly operators");
    let found = browser.run(
        "const rows = [...document.querySelectorAll('#profile-result tbody tr')]; return [document.querySelectorAll('.flame rect').length > 10, \
         rows.find((row) => row.innerText.startsWith('fib')).lastElementChild.innerText]",
        &json!([]),
    );
    assert_eq!(found, json!([true, "177"]), "fib(10) makes 177 calls");
    // Sizes that are not wanted are left out; the one that is recommended is one of the others.
    browser.run("for (const box of document.querySelectorAll('[name=size]')) box.checked = ['128', '512'].includes(box.value)", &json!([]));
    browser.fill("#sweep-event", "ten");
    browser.submit("#sweep");
    browser.wait_for("#sweep-result", "Recommended");
    let sizes =
        browser.run("return [...document.querySelectorAll('#sweep-result tbody tr')].map((row) => row.cells[0].innerText)", &json!([]));
    assert_eq!(sizes, json!(["128 MB", "512 MB"]));
    browser.wait_for("#profile-result", "fib");
    // It can be stopped, and while it runs nothing else is measured.
    browser.fill("#sweep-event", "slow");
    browser.submit("#sweep");
    browser.wait_for("#job", "Memory sizes: measuring");
    assert_eq!(browser.run("return document.getElementById('profile').disabled", &json!([])), true);
    browser.click("#job button");
    browser.wait_for("#sweep-result", "It was stopped");
    browser.fill("#profile-event", "failing");
    browser.submit("#profile");
    browser.wait_for("#profile-result", "asked to fail");
    // What is wrong in a form is said.
    browser.run("for (const box of document.querySelectorAll('[name=size]')) box.checked = false", &json!([]));
    browser.submit("#sweep");
    browser.wait_for("[role=alert]", "No memory size is chosen");
}

#[test]
fn what_was_tried_and_what_was_throttled_is_shown_for_each_function() {
    let (server, browser) = (Server::start(), Browser::start(1280, 900, false));
    let code = "import os, socket\n\ndef handler(event, context):\n    for what in (lambda: socket.create_connection(('10.0.0.1', 80), 1), \
                lambda: open('/etc/<b>passwd</b>'), lambda: os.fork()):\n        try:\n            what()\n        except OSError:\n            pass\n";
    create(&browser, &server, "curious", &zip_of(&[("app.py", code)]), "app.handler");
    let attempts = server.page("/functions/curious/attempts");
    browser.open(&attempts);
    browser.wait_for("main", "Nothing");
    for _ in 0..2 {
        invoke(&browser, &server, "curious", "{}");
        browser.wait_for("#result", "Succeeded");
    }
    browser.open(&attempts);
    let rows = browser.run("return [...document.querySelectorAll('tbody tr')].map((row) => row.cells[0].innerText)", &json!([]));
    assert_eq!(rows, json!(["connect to 10.0.0.1:80", "call os.fork", "/etc/<b>passwd</b>"]), "each once");
    browser.submit("form button");
    browser.wait_for("[role=status]", "Forgotten");
    browser.wait_for("main", "Nothing");
    browser.open(&server.page("/functions/curious/configuration"));
    browser.fill("#reserved", "0");
    browser.submit("form button.first");
    invoke(&browser, &server, "curious", "{}");
    browser.wait_for("[role=alert]", "Too many invocations at once");
    browser.open(&server.page("/functions/curious/monitor"));
    assert_eq!((browser.text("#throttles"), browser.text("#invocations")), ("1".into(), "2".into()));
    create(&browser, &server, "other", &hello(), "");
    browser.open(&server.page("/functions/other/monitor"));
    assert_eq!(browser.text("#throttles"), "0", "the other function's");
}

/// The live log is a stream, which does not keep the server from ending, and of which there is a bounded number.
#[test]
fn live_logs_are_bounded_and_end_with_the_server() {
    let server = Server::with_patience("120");
    let browser = Browser::start(1280, 900, false);
    create(&browser, &server, "hello", &hello(), "");
    let path = format!("{CONSOLE}/functions/hello/monitor/tail?from=0");
    let open = || {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
        stream.set_read_timeout(Some(std::time::Duration::from_secs(120))).expect("sets");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").expect("written");
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first).expect("a line");
        (first, reader)
    };
    let mut held: Vec<_> = (0..64).map(|_| open()).collect();
    assert!(held.iter().all(|(first, _)| first.starts_with("HTTP/1.1 200 OK")));
    assert!(open().0.starts_with("HTTP/1.1 429"), "the last place was taken");
    invoke(&browser, &server, "hello", ADA);
    let (_, reader) = &mut held[0];
    let event = reader.lines().map(|line| line.expect("a line")).find(|line| line.starts_with("data: ")).expect("an event");
    let lines: Value = serde_json::from_str(&event["data: ".len()..]).expect("JSON");
    // Whether the init ran for this call or its image was kept by another test is not decided here.
    assert!(lines[0]["text"].as_str().is_some_and(|text| text.starts_with("INIT_START ") || text.starts_with("RESTORE_START ")), "{lines}");
    // A place that was left is free again.
    held.truncate(10);
    let again = (0..1200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        open().0.starts_with("HTTP/1.1 200")
    });
    assert!(again, "places stay taken");
    drop(browser);
    let pid = server.process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    for (_, mut reader) in held {
        let mut rest = Vec::new();
        std::io::Read::read_to_end(&mut reader, &mut rest).expect("it ends");
        assert!(rest.ends_with(b"0\r\n\r\n"), "as a stream that is whole");
    }
}

/// Every page in every look: kept as a picture, nothing wider than the page, and nothing that axe-core finds.
#[test]
fn every_page_can_be_used_by_everyone() {
    let (server, empty) = (Server::start(), Server::start());
    let wide = Browser::start(1280, 900, false);
    let code = "import os, socket\n\nCOUNT = 0\n\n\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n\n\ndef handler(event, context):\n    \"\"\"Greets, counts and fails on request.\"\"\"\n    global COUNT\n    COUNT += 1\n    print(\"call\", COUNT)\n    if event.get(\"fail\"):\n        raise ValueError(\"asked to fail\")\n    try:\n        socket.create_connection((\"10.0.0.1\", 80), 1)\n    except OSError as error:\n        print(\"no network:\", error)\n    try:\n        open(\"/etc/passwd\")\n    except OSError:\n        pass\n    fib(12)\n    return {\"message\": f\"Hello {event.get('name', 'World')}!\", \"count\": COUNT}\n";
    let zip = zip_of(&[
        ("app.py", code),
        ("lib/__init__.py", ""),
        ("lib/a_module_with_a_rather_long_name_that_goes_on.py", "x = 1\n"),
        ("README.md", "# Read me\n"),
    ]);
    create(&wide, &server, "greeter", &zip, "app.handler");
    create(&wide, &server, "a-function-that-nobody-called-yet-and-that-has-a-long-name", &zip, "app.handler");
    invoke(&wide, &server, "greeter", r#"{"name": "Ada"}"#);
    wide.fill("#name", "Ada");
    wide.submit("button[formaction]");
    invoke(&wide, &server, "greeter", r#"{"fail": true}"#);
    wide.open(&server.page("/functions/greeter/versions"));
    wide.submit("form button.first");
    wide.fill("#alias", "live");
    wide.submit("form:has(#alias) button");
    let layer = zip_of(&[("python/shared.py", "VALUE = 1\n")]);
    wide.open(&server.page("/layers"));
    wide.fill("#name", "shared-code");
    wide.send_keys("#zip", &layer.display().to_string());
    wide.submit("form button.first");
    wide.open(&server.page("/functions/greeter/measure"));
    wide.submit("#profile");
    wide.wait_for("#profile-result", "WebAssembly operators");
    wide.submit("#sweep");
    wide.wait_for("#sweep-result", "Recommended");
    drop(wide);
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("console");
    fs::create_dir_all(&out).expect("a folder");
    let mut wrong = Vec::new();
    for (width, dark) in [(1280, false), (1280, true), (400, false), (400, true)] {
        let browser = Browser::start(width, 900, dark);
        let mut look = |name: &str| {
            let look = format!("{name}-{width}-{}", if dark { "dark" } else { "light" });
            fs::write(out.join(format!("{look}.png")), browser.picture()).expect("a picture");
            let wider = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth", &json!([]));
            if wider != json!(0) {
                wrong.push(format!("{look} is {wider} pixels too wide"));
            }
            browser.run(axe(), &json!([]));
            let found = browser.run_later("const done = arguments[0]; axe.run().then((r) => done(r.violations.map((v) => [v.id, v.nodes.map((n) => n.target.join(' ') + ': ' + n.failureSummary)])))");
            if found != json!([]) {
                wrong.push(format!("{look}: {found}"));
            }
        };
        for (name, path) in [("functions-empty", "/"), ("layers-empty", "/layers")] {
            browser.open(&empty.page(path));
            look(name);
        }
        for (name, path) in [
            ("functions", "/"),
            ("functions-none", "/?search=nothing"),
            ("create", "/create"),
            ("code", "/functions/greeter/code"),
            ("test", "/functions/greeter/test"),
            ("monitor", "/functions/greeter/monitor"),
            ("configuration", "/functions/greeter/configuration"),
            ("versions", "/functions/greeter/versions"),
            ("compare", "/functions/greeter/compare"),
            ("measure", "/functions/greeter/measure"),
            ("attempts", "/functions/greeter/attempts"),
            ("layers", "/layers"),
            ("layer", "/layers/shared-code"),
            ("nothing", "/functions/nothing/code"),
        ] {
            browser.open(&server.page(path));
            look(name);
        }
        let fresh = "/functions/a-function-that-nobody-called-yet-and-that-has-a-long-name";
        for tab in ["test", "monitor", "versions", "compare", "measure", "attempts"] {
            browser.open(&server.page(&format!("{fresh}/{tab}")));
            look(&format!("{tab}-fresh"));
        }
        // The navigation has room for one entry more, of which the queue will be one.
        browser.run("document.querySelector('.bar nav').insertAdjacentHTML('beforeend', '<a href=\"#\">Queue</a>')", &json!([]));
        look("navigation");
        browser.open(&server.page("/create"));
        browser.fill("#name", "no-package");
        browser.submit("button.first");
        browser.wait_for("[role=alert]", "There is no package yet");
        look("create-wrong");
        invoke(&browser, &server, "greeter", r#"{"name": "Ada"}"#);
        look("test-result");
        invoke(&browser, &server, "greeter", r#"{"fail": true}"#);
        look("test-failed");
        browser.open(&server.page("/functions/greeter/compare"));
        browser.submit("form:has([value=sandboxes]) button");
        browser.wait_for("main", "network: connect to 10.0.0.1:80");
        look("compare-sandboxes");
        browser.run("document.getElementById('left').value = '1'", &json!([]));
        browser.submit("form:has([value=versions]) button");
        look("compare-versions");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
