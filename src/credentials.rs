//! The AWS keys of whoever runs this program, found where the AWS CLI finds them: environment, profiles, processes, single sign-on,
//! containers and instances.
//!
//! They stay in this process: requests of functions are signed with them ([`crate::network::aws`]), and no message names more than
//! where they came from.

use std::collections::HashMap;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use ureq::Agent;
use url::Url;

use crate::network::aws::{Key, Keys};
use crate::sigv4::{Secret, encoded, seconds};

/// Bytes of a file, of a program's output and of an answer.
const MAX_BYTES: u64 = 1 << 20;
/// Files of the folder in which single sign-on keeps its tokens.
const MAX_TOKENS: usize = 200;
/// How long a program or a service may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the service of an instance may take, which most machines do not have.
const SHORT_PATIENCE: Duration = Duration::from_secs(2);
/// Seconds before its end from which on a key is fetched again.
const BEFORE_END: i64 = 300;
/// Where containers and instances ask.
const CONTAINER: &str = "http://169.254.170.2";
const INSTANCE: &str = "http://169.254.169.254/latest";

/// Why there are no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MissingKeys(String);

impl MissingKeys {
    /// For this reason.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

fn missing(text: impl Into<String>) -> MissingKeys {
    MissingKeys::new(text)
}

/// Where keys are fetched.
#[derive(Clone)]
enum Source {
    Fixed(Key),
    /// A program and its arguments.
    Process(Vec<String>),
    SignOn {
        region: String,
        account: String,
        role: String,
        start: String,
        cache: PathBuf,
    },
    Container {
        url: String,
        token: Option<String>,
        token_file: Option<PathBuf>,
    },
    Instance,
}

impl Source {
    fn name(&self) -> &'static str {
        match self {
            Self::Fixed(_) => "a key of the environment or of a profile",
            Self::Process(_) => "credential_process",
            Self::SignOn { .. } => "single sign-on",
            Self::Container { .. } => "the container's service",
            Self::Instance => "the instance's service",
        }
    }
}

/// The keys of one user.
pub struct UserKeys {
    source: Source,
    /// What was fetched, and when it ends.
    fetched: Mutex<Option<(Key, Option<i64>)>>,
}

/// Where they come from, and no more.
impl fmt::Debug for UserKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserKeys({})", self.source.name())
    }
}

impl Keys for UserKeys {
    fn key(&self, now: i64) -> Result<Key, String> {
        if let Source::Fixed(key) = &self.source {
            return Ok(key.clone());
        }
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((key, end)) = &*fetched
            && end.is_none_or(|end| now < end - BEFORE_END)
        {
            return Ok(key.clone());
        }
        match fetch(&self.source) {
            Ok(new) => Ok(fetched.insert(new).0.clone()),
            // The old one may last until the next request.
            Err(error) => match &*fetched {
                Some((key, Some(end))) if now < *end => Ok(key.clone()),
                _ => Err(error.to_string()),
            },
        }
    }
}

/// Finds the keys of a profile; without one those of the environment, of the default profile, of the container or of the instance.
/// `variable` reads a variable of this process.
///
/// # Errors
/// When there are none, or the profile cannot be used.
pub fn find(profile: Option<&str>, variable: &dyn Fn(&str) -> Option<String>) -> Result<UserKeys, MissingKeys> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let of = |source| Ok(UserKeys { source, fetched: Mutex::new(None) });
    if profile.is_none()
        && let (Some(id), Some(key)) = (set("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY"))
    {
        return of(Source::Fixed(Key { id, secret: Secret { key, token: set("AWS_SESSION_TOKEN") } }));
    }
    let home = set("HOME").map(PathBuf::from).unwrap_or_default().join(".aws");
    let files = [("AWS_SHARED_CREDENTIALS_FILE", "credentials"), ("AWS_CONFIG_FILE", "config")];
    let [credentials, config] = files.map(|(name, file)| set(name).map_or_else(|| home.join(file), PathBuf::from));
    let named = profile.map(str::to_owned).or_else(|| set("AWS_PROFILE"));
    let name = named.as_deref().unwrap_or("default");
    if let Some(source) = of_profile(name, &sections(&credentials)?, &sections(&config)?, &home)? {
        return of(source);
    }
    if named.is_some() {
        return Err(missing(format!("the profile '{name}' is neither in {} nor in {}", credentials.display(), config.display())));
    }
    let (token, token_file) = (set("AWS_CONTAINER_AUTHORIZATION_TOKEN"), set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(PathBuf::from));
    if let Some(path) = set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        return of(Source::Container { url: format!("{CONTAINER}/{}", path.trim_start_matches('/')), token, token_file });
    }
    if let Some(url) = set("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
        check_container(&url)?;
        return of(Source::Container { url, token, token_file });
    }
    if !set("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        let keys = UserKeys { source: Source::Instance, fetched: Mutex::new(None) };
        if let Ok(new) = fetch(&keys.source) {
            *keys.fetched.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
            return Ok(keys);
        }
    }
    Err(missing(
        "there is no AWS key: neither in the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), nor in the default profile of \
         ~/.aws, nor of a container or an instance; --sign-aws=PROFILE names a profile",
    ))
}

type Sections = HashMap<String, HashMap<String, String>>;

/// The sections of a file of settings; none where there is no file.
fn sections(path: &Path) -> Result<Sections, MissingKeys> {
    let mut text = String::new();
    match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Sections::new()),
        Err(error) => return Err(missing(format!("cannot read {}: {error}", path.display()))),
        Ok(file) => match file.take(MAX_BYTES).read_to_string(&mut text) {
            Ok(_) => {}
            Err(error) => return Err(missing(format!("cannot read {}: {error}", path.display()))),
        },
    }
    Ok(read_sections(&text))
}

fn read_sections(text: &str) -> Sections {
    let mut found = Sections::new();
    let mut section = String::new();
    for line in text.lines() {
        // An indented line belongs to the setting above it, and none of those is asked for.
        if line.starts_with([' ', '\t']) || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.trim().strip_prefix('[').and_then(|line| line.split(']').next()) {
            section = name.split_whitespace().collect::<Vec<_>>().join(" ");
            found.entry(section.clone()).or_default();
        } else if let Some((name, value)) = line.split_once('=') {
            found.entry(section.clone()).or_default().insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    found
}

/// Where a profile says that its keys are. `None`: there is no such profile, or it says nothing of keys.
fn of_profile(name: &str, credentials: &Sections, config: &Sections, home: &Path) -> Result<Option<Source>, MissingKeys> {
    let own = credentials.get(name);
    let in_config = config.get(&format!("profile {name}")).or_else(|| config.get(name).filter(|_| name == "default"));
    let setting = |key: &str| own.and_then(|own| own.get(key)).or_else(|| in_config.and_then(|section| section.get(key))).cloned();
    match (setting("aws_access_key_id"), setting("aws_secret_access_key")) {
        (Some(id), Some(key)) => {
            return Ok(Some(Source::Fixed(Key { id, secret: Secret { key, token: setting("aws_session_token") } })));
        }
        (None, None) => {}
        (Some(_), None) | (None, Some(_)) => {
            return Err(missing(format!("the profile '{name}' needs both aws_access_key_id and aws_secret_access_key")));
        }
    }
    if let Some(command) = setting("credential_process") {
        let words = words(&command).ok_or_else(|| missing(format!("the credential_process of the profile '{name}' cannot be read")))?;
        return Ok(Some(Source::Process(words)));
    }
    if let (Some(account), Some(role)) = (setting("sso_account_id"), setting("sso_role_name")) {
        let session = setting("sso_session");
        let of_session = |key: &str| {
            let section = config.get(&format!("sso-session {}", session.as_ref()?))?;
            section.get(key).cloned()
        };
        let both = |key: &str| of_session(key).or_else(|| setting(key));
        let (Some(start), Some(region)) = (both("sso_start_url"), both("sso_region")) else {
            return Err(missing(format!("the profile '{name}' needs sso_start_url and sso_region")));
        };
        check_region(&region)?;
        return Ok(Some(Source::SignOn { region, account, role, start, cache: home.join("sso/cache") }));
    }
    for key in ["role_arn", "web_identity_token_file", "login_session"] {
        if setting(key).is_some() {
            return Err(missing(format!(
                "the profile '{name}' has {key}, which is not followed here; make one with \
                 `credential_process = aws configure export-credentials --profile {name} --format process`"
            )));
        }
    }
    Ok(None)
}

fn check_region(region: &str) -> Result<(), MissingKeys> {
    let is_one = !region.is_empty() && region.len() <= 40 && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_one {
        Ok(())
    } else {
        Err(missing(format!("sso_region is '{}', which is not a region", region.chars().take(40).collect::<String>())))
    }
}

/// Only this machine and the services of ECS and EKS, or whoever has a certificate.
fn check_container(url: &str) -> Result<(), MissingKeys> {
    let parsed = Url::parse(url).ok();
    let host = parsed.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
    let is_near = ["localhost", "127.0.0.1", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"].contains(&host);
    match parsed.as_ref().map(Url::scheme) {
        Some("https") => Ok(()),
        Some("http") if is_near => Ok(()),
        _ => Err(missing("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor at an address of this machine or of ECS and EKS")),
    }
}

/// The words of a command, with quotes as shells have them. There is no shell.
fn words(command: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().push(characters.next()?),
            (Some(_), other) => word.get_or_insert_default().push(other),
            (None, '"' | '\'') => {
                word.get_or_insert_default();
                quote = Some(character);
            }
            (None, space) if space.is_whitespace() => words.extend(word.take()),
            (None, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    if quote.is_some() || words.is_empty() { None } else { Some(words) }
}

/// What all of them answer, in the spellings of each.
#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "AccessKeyId", alias = "accessKeyId")]
    id: Option<String>,
    #[serde(alias = "SecretAccessKey", alias = "secretAccessKey")]
    key: Option<String>,
    #[serde(alias = "SessionToken", alias = "sessionToken", alias = "Token")]
    token: Option<String>,
    #[serde(alias = "Expiration", alias = "expiration")]
    end: Option<End>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum End {
    Text(String),
    /// Milliseconds since 1970.
    Number(i64),
}

fn read_answer(json: &[u8], whose: &str) -> Result<(Key, Option<i64>), MissingKeys> {
    // Nothing of the text is in a message: it has the key.
    let answer: Answer = serde_json::from_slice(json).map_err(|_| missing(format!("{whose} did not answer with a key")))?;
    let (Some(id), Some(key)) = (answer.id, answer.key) else { return Err(missing(format!("{whose} did not answer with a key"))) };
    let end = match answer.end {
        None => None,
        Some(End::Number(milliseconds)) => Some(milliseconds / 1000),
        Some(End::Text(text)) => Some(moment(&text).ok_or_else(|| missing(format!("{whose} says an end that is not a time")))?),
    };
    Ok((Key { id, secret: Secret { key, token: answer.token } }, end))
}

/// `2026-01-31T23:59:59Z`, also with fractions or with `+00:00`.
fn moment(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00")).or_else(|| text.strip_suffix("UTC"))?;
    let whole = text.split('.').next()?;
    seconds(&format!("{}Z", whole.replace(['-', ':'], "")))
}

fn fetch(source: &Source) -> Result<(Key, Option<i64>), MissingKeys> {
    let whose = source.name();
    match source {
        Source::Fixed(key) => Ok((key.clone(), None)),
        Source::Process(words) => read_answer(&run(words)?, whose),
        Source::SignOn { region, account, role, start, cache } => {
            let token = sign_on_token(cache, start)?;
            let query = format!("role_name={}&account_id={}", encoded(role), encoded(account));
            let url = format!("https://portal.sso.{region}.amazonaws.com/federation/credentials?{query}");
            let json = ask(&agent(PATIENCE), "GET", &url, &[("x-amz-sso_bearer_token", &token)], whose)?;
            #[derive(Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Federated<'a> {
                #[serde(borrow)]
                role_credentials: &'a serde_json::value::RawValue,
            }
            let federated: Federated<'_> =
                serde_json::from_slice(&json).map_err(|_| missing(format!("{whose} did not answer with a key")))?;
            read_answer(federated.role_credentials.get().as_bytes(), whose)
        }
        Source::Container { url, token, token_file } => {
            let token = match (token_file, token) {
                (Some(path), _) => {
                    let text =
                        std::fs::read_to_string(path).map_err(|error| missing(format!("cannot read {}: {error}", path.display())))?;
                    Some(text.trim().to_owned())
                }
                (None, token) => token.clone(),
            };
            let headers: Vec<(&str, &str)> = token.iter().map(|token| ("authorization", token.as_str())).collect();
            read_answer(&ask(&agent(PATIENCE), "GET", url, &headers, whose)?, whose)
        }
        Source::Instance => {
            let agent = agent(SHORT_PATIENCE);
            let token = ask(&agent, "PUT", &format!("{INSTANCE}/api/token"), &[("x-aws-ec2-metadata-token-ttl-seconds", "21600")], whose)?;
            let token = String::from_utf8_lossy(&token).trim().to_owned();
            let headers = [("x-aws-ec2-metadata-token", token.as_str())];
            let roles = format!("{INSTANCE}/meta-data/iam/security-credentials/");
            let role = String::from_utf8_lossy(&ask(&agent, "GET", &roles, &headers, whose)?).lines().next().unwrap_or_default().to_owned();
            read_answer(&ask(&agent, "GET", &format!("{roles}{}", encoded(role.trim())), &headers, whose)?, whose)
        }
    }
}

/// What a program prints.
fn run(words: &[String]) -> Result<Vec<u8>, MissingKeys> {
    let [program, arguments @ ..] = words else { return Err(missing("credential_process is empty")) };
    let failed = |why: String| missing(format!("credential_process {program}: {why}"));
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let Some(stdout) = child.stdout.take() else { return Err(failed("it has no output".into())) };
    let reading = std::thread::spawn(move || {
        let mut out = Vec::new();
        stdout.take(MAX_BYTES).read_to_end(&mut out).map(|_| out)
    });
    let began = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) | Err(_) => {
                let _ = child.kill(); // it may have ended meanwhile
                let _ = child.wait();
                return Err(failed(format!("it did not end within {} s", PATIENCE.as_secs())));
            }
        }
    };
    if !status.success() {
        return Err(failed(format!("it ended with {status}")));
    }
    reading.join().ok().and_then(Result::ok).ok_or_else(|| failed("its output cannot be read".into()))
}

/// The token that `aws sso login` keeps for this start page.
fn sign_on_token(cache: &Path, start: &str) -> Result<String, MissingKeys> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Token {
        start_url: Option<String>,
        access_token: Option<String>,
        expires_at: Option<String>,
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let files = std::fs::read_dir(cache).into_iter().flatten().filter_map(Result::ok).take(MAX_TOKENS);
    let read = |path: PathBuf| {
        let mut json = Vec::new();
        std::fs::File::open(path).ok()?.take(MAX_BYTES).read_to_end(&mut json).ok()?;
        let token: Token = serde_json::from_slice(&json).ok()?;
        let is_fresh = token.expires_at.as_deref().and_then(moment).is_some_and(|end| u64::try_from(end).is_ok_and(|end| end > now));
        let is_own = token.start_url.as_deref().is_some_and(|own| own.trim_end_matches('/') == start.trim_end_matches('/'));
        token.access_token.filter(|_| is_fresh && is_own)
    };
    let token = files.filter(|file| file.path().extension().is_some_and(|kind| kind == "json")).find_map(|file| read(file.path()));
    token.ok_or_else(|| missing("nobody is signed on: run `aws sso login`"))
}

fn agent(patience: Duration) -> Agent {
    crate::agent::agent(SHORT_PATIENCE.max(patience / 6), patience)
}

fn ask(agent: &Agent, method: &str, url: &str, headers: &[(&str, &str)], whose: &str) -> Result<Vec<u8>, MissingKeys> {
    let failed = |why: String| missing(format!("{whose} does not answer: {why}"));
    let response = match method {
        "PUT" => headers.iter().fold(agent.put(url), |request, (name, value)| request.header(*name, *value)).send_empty(),
        _ => headers.iter().fold(agent.get(url), |request, (name, value)| request.header(*name, *value)).call(),
    };
    let response = response.map_err(|error| failed(error.to_string()))?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(failed(format!("the status is {status}")));
    }
    let mut out = Vec::new();
    response.into_body().into_reader().take(MAX_BYTES).read_to_end(&mut out).map_err(|error| failed(error.to_string()))?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(source: Option<Source>) -> Option<(String, String, Option<String>)> {
        match source {
            Some(Source::Fixed(key)) => Some((key.id, key.secret.key, key.secret.token)),
            _ => None,
        }
    }

    #[test]
    fn profiles_are_read_from_both_files() {
        let credentials =
            read_sections("# x\n[default]\naws_access_key_id = a\naws_secret_access_key=b=c\n\n[half]\naws_access_key_id=a\n");
        let config = read_sections(
            "[default]\nregion = eu\n[profile  one]\naws_access_key_id=d\naws_secret_access_key=e\naws_session_token=f\ns3 =\n  x = y\n\
             [profile two]\ncredential_process = \"/a b/c\" --d 'e f' g\\ h\n[profile role]\nrole_arn = arn:x\n[other]\n\
             [profile sso]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_start_url = https://x\nsso_region = eu-west-1\n",
        );
        let of = |name: &str| of_profile(name, &credentials, &config, Path::new("/h"));
        assert_eq!(key_of(of("default").expect("read")), Some(("a".into(), "b=c".into(), None)));
        assert_eq!(key_of(of("one").expect("read")), Some(("d".into(), "e".into(), Some("f".into()))));
        assert!(matches!(of("two").expect("read"), Some(Source::Process(words)) if words == ["/a b/c", "--d", "e f", "g h"]));
        assert!(matches!(of("sso").expect("read"), Some(Source::SignOn { region, .. }) if region == "eu-west-1"));
        assert!(of("other").expect("read").is_none(), "in the file of settings a profile is called so");
        let said = |name: &str| of(name).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said("half").contains("needs both") && said("role").contains("export-credentials"));
    }

    #[test]
    fn answers_are_read_in_every_spelling_and_never_shown() {
        let (key, end) = read_answer(
            br#"{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T", "Expiration": "2026-01-31T23:59:59.5Z"}"#,
            "x",
        )
        .expect("read");
        assert_eq!(
            (key.id.as_str(), key.secret.key.as_str(), key.secret.token.as_deref(), end),
            ("A", "S", Some("T"), Some(1_769_903_999))
        );
        let (key, end) =
            read_answer(br#"{"accessKeyId": "A", "secretAccessKey": "S", "sessionToken": "T", "expiration": 1000}"#, "x").expect("read");
        assert_eq!((key.secret.token.as_deref(), end), (Some("T"), Some(1)));
        assert_eq!(
            read_answer(br#"{"AccessKeyId": "A", "SecretAccessKey": "S", "Token": "T"}"#, "x").expect("read").0.secret.token.as_deref(),
            Some("T")
        );
        for wrong in [
            &br#"{"SecretAccessKey": "hidden"}"#[..],
            b"hidden",
            br#"{"AccessKeyId": "A", "SecretAccessKey": "hidden", "Expiration": "x"}"#,
        ] {
            assert!(!read_answer(wrong, "x").expect_err("wrong").to_string().contains("hidden"));
        }
        let keys = UserKeys { source: Source::Fixed(key), fetched: Mutex::new(None) };
        assert!(!format!("{keys:?}").contains('S') || format!("{keys:?}") == "UserKeys(a key of the environment or of a profile)");
    }

    #[test]
    fn a_process_is_asked_again_when_its_key_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let count = folder.path().join("count");
        let script = format!(
            "echo x >> {0}; n=$(wc -l < {0}); printf '{{\"Version\":1,\"AccessKeyId\":\"A%s\",\"SecretAccessKey\":\"S\",\"Expiration\":\"1970-01-01T01:00:00Z\"}}' $n",
            count.display()
        );
        let keys = UserKeys { source: Source::Process(vec!["sh".into(), "-c".into(), script]), fetched: Mutex::new(None) };
        let id = |now| keys.key(now).map(|key| key.id);
        assert_eq!((id(0), id(3000)), (Ok("A1".into()), Ok("A1".into())));
        assert_eq!(id(3500), Ok("A2".into()));
        let failing = UserKeys { source: Source::Process(vec!["false".into()]), fetched: Mutex::new(None) };
        assert!(failing.key(0).expect_err("fails").contains("credential_process false: it ended with"));
    }

    #[test]
    fn a_container_is_asked_only_near_by_or_over_tls() {
        for (url, is_good) in [
            ("http://169.254.170.23/v1/credentials", true),
            ("http://localhost:1234/get", true),
            ("https://keys.example.org/", true),
            ("http://keys.example.org/", false),
            ("http://169.254.169.254/", false),
            ("ftp://localhost/", false),
        ] {
            assert_eq!(check_container(url).is_ok(), is_good, "{url}");
        }
    }

    #[test]
    fn the_environment_comes_first_but_not_before_a_profile_that_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("credentials");
        std::fs::write(&file, "[named]\naws_access_key_id=n\naws_secret_access_key=s\n").expect("writes");
        let path = file.display().to_string();
        let variable = |name: &str| match name {
            "AWS_ACCESS_KEY_ID" => Some("e".to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some("s".to_owned()),
            "AWS_SHARED_CREDENTIALS_FILE" => Some(path.clone()),
            "AWS_CONFIG_FILE" => Some("/nowhere".to_owned()),
            _ => None,
        };
        let id = |profile| find(profile, &variable).map(|keys| keys.key(0).expect("fixed").id);
        assert_eq!((id(None), id(Some("named"))), (Ok("e".into()), Ok("n".into())));
        assert!(id(Some("else")).expect_err("not there").to_string().contains("the profile 'else' is neither in"));
    }
}
