//! Rules, and what they say of a name or an address.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;

use super::address::{Range, numeric_address, range_of};
use super::aws::Signer;
use super::recording::{Recorder, Recording};

/// Rules of one option: more is a mistake.
const MAX_RULES: usize = 256;
/// Bytes of a name, as DNS has it.
const MAX_NAME: usize = 253;

/// What `--allow-net` and `--deny-net` say. The default allows nothing.
///
/// An address on the public internet is allowed if a rule names it, a block around it, or a name that it was looked up by. An
/// address of this machine, of a private network or of a metadata service is allowed only if a rule names it itself: as an
/// address, as a block that lies within that range, or as `localhost`. A name that resolves to such an address is not enough,
/// for whoever runs the name's DNS would then decide what is reached. Rules that deny win over all others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    allow: Vec<Rule>,
    deny: Vec<Rule>,
    /// Rules that have to allow it too.
    within: Option<Box<Self>>,
    /// How much an invocation may use.
    pub limits: Limits,
    /// Who sees what passes through.
    pub traffic: Traffic,
}

/// Who sees what passes through connections, and who answers in their place. The default: nobody.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    /// Keeps every exchange of HTTP/1.1.
    pub record: Option<Arc<Recorder>>,
    /// Answers every exchange: there are no connections then, and no rules for them.
    pub replay: Option<Arc<Recording>>,
    /// Signs requests to AWS again.
    pub sign: Option<Arc<Signer>>,
}

impl Traffic {
    /// Whether somebody reads what passes through connections.
    pub fn reads_http(&self) -> bool {
        self.record.is_some() || self.sign.is_some()
    }
}

/// The same ones, and not others that would do the same.
impl PartialEq for Traffic {
    fn eq(&self, other: &Self) -> bool {
        let place = |own: &Self| {
            let (record, replay) = (own.record.as_ref().map(Arc::as_ptr), own.replay.as_ref().map(Arc::as_ptr));
            (record, replay, own.sign.as_ref().map(Arc::as_ptr))
        };
        place(self) == place(other)
    }
}

impl Eq for Traffic {}

/// What one invocation may use of the network, whatever the rules allow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Sockets and look-ups that are open at the same time.
    pub open: usize,
    /// Connections that are begun, and look-ups that are made.
    pub connections: u64,
    /// Bytes in each direction.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { open: 256, connections: 10_000, bytes: 16 << 30 }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Rule {
    host: Host,
    ports: (u16, u16),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Host {
    /// `*`: every name, every public address.
    Any,
    /// In lower case.
    Name(String),
    /// `*.example.org`: every name that ends in `.example.org`. With the dot.
    Suffix(String),
    Block(IpNet),
    /// This machine, by name.
    Localhost,
}

/// A rule that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{rule}' is not HOST[:PORT]: {reason}. Write for instance api.example.org:443, *.amazonaws.com:443, 10.1.0.0/16:5432, \
     [::1]:8080, localhost, or * for every public address"
)]
pub struct RuleError {
    rule: String,
    reason: String,
}

/// Why something is not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No rule names it.
    NotNamed,
    /// A rule denies it.
    Denied,
    /// It lies in a range that must be named itself.
    Special(IpAddr, Range),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNamed => f.write_str("no --allow-net names it"),
            Self::Denied => f.write_str("--deny-net names it"),
            Self::Special(address, range) => {
                write!(f, "{address} is {}, which --allow-net must name as an address", range.describe())
            }
        }
    }
}

impl Policy {
    /// From the texts of `--allow-net` and `--deny-net`, each of which may have several rules with commas between.
    ///
    /// # Errors
    /// When a rule cannot be read, or there are more than 256.
    pub fn new<A: AsRef<str>, D: AsRef<str>>(allow: &[A], deny: &[D]) -> Result<Self, RuleError> {
        Ok(Self {
            allow: rules(allow.iter().map(AsRef::as_ref))?,
            deny: rules(deny.iter().map(AsRef::as_ref))?,
            within: None,
            limits: Limits::default(),
            traffic: Traffic::default(),
        })
    }

    /// These rules, of which only what `outer` allows too is left: a function cannot open more than its server has opened.
    #[must_use]
    pub fn within(mut self, outer: &Self) -> Self {
        (self.limits, self.traffic) = (outer.limits.clone(), outer.traffic.clone());
        self.within = Some(Box::new(outer.clone()));
        self
    }

    /// Whether nothing can be allowed, so that there is no network at all.
    pub fn is_closed(&self) -> bool {
        self.traffic.replay.is_none() && (self.allow.is_empty() || self.within.as_ref().is_some_and(|outer| outer.is_closed()))
    }

    /// Whether a name may be looked up. The question itself reaches whoever runs the name's DNS, so a name that no rule
    /// has is not asked for, whatever addresses are allowed.
    ///
    /// # Errors
    /// Why it may not be.
    pub fn check_name(&self, name: &str) -> Result<(), Refusal> {
        let name = normal(name);
        if self.deny.iter().any(|rule| rule.ports == ALL_PORTS && rule.host.has_name(&name)) {
            return Err(Refusal::Denied);
        }
        if !self.allow.iter().any(|rule| rule.host.has_name(&name)) {
            return Err(Refusal::NotNamed);
        }
        self.within.as_ref().map_or(Ok(()), |outer| outer.check_name(&name))
    }

    /// Whether an address may be connected to, which was found under these names, if any.
    ///
    /// # Errors
    /// Why it may not be.
    pub fn check<N: AsRef<str>>(&self, to: SocketAddr, names: &[N]) -> Result<(), Refusal> {
        let (address, port) = (to.ip().to_canonical(), to.port());
        let names: Vec<String> = names.iter().map(|name| normal(name.as_ref())).collect();
        let range = range_of(address);
        let denies = |rule: &&Rule| {
            rule.has_port(port)
                && (rule.host.has_address(address) || names.iter().any(|name| rule.host.has_name(name)) || rule.host == Host::Any)
        };
        if self.deny.iter().any(|rule| denies(&rule)) {
            return Err(Refusal::Denied);
        }
        let with_port = || self.allow.iter().filter(|rule| rule.has_port(port));
        let is_allowed = match range {
            Some(range) => with_port().any(|rule| rule.host.names_outright(address, range)),
            None => with_port()
                .any(|rule| rule.host == Host::Any || rule.host.has_address(address) || names.iter().any(|name| rule.host.has_name(name))),
        };
        if !is_allowed {
            let is_named = with_port().any(|rule| rule.host == Host::Any || names.iter().any(|name| rule.host.has_name(name)));
            return Err(match range {
                Some(range) if is_named || with_port().any(|rule| rule.host.has_address(address)) => Refusal::Special(address, range),
                _ => Refusal::NotNamed,
            });
        }
        self.within.as_ref().map_or(Ok(()), |outer| outer.check(to, &names))
    }

    /// Whether an address is allowed by itself, whatever name it has.
    pub fn allows_address(&self, to: SocketAddr) -> bool {
        self.check::<&str>(to, &[]).is_ok()
    }
}

/// The rules in one line, for keys and reports.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (sign, rules) in [("", &self.allow), ("!", &self.deny)] {
            for rule in rules {
                write!(f, "{sign}{rule},")?;
            }
        }
        if let Some(replay) = &self.traffic.replay {
            write!(f, " from {}", replay.digest())?;
        }
        match &self.within {
            Some(outer) => write!(f, " within {outer}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Any => f.write_str("*")?,
            Host::Name(name) => f.write_str(name)?,
            Host::Suffix(suffix) => write!(f, "*{suffix}")?,
            Host::Block(block) => write!(f, "[{block}]")?,
            Host::Localhost => f.write_str("localhost")?,
        }
        match self.ports {
            ALL_PORTS => Ok(()),
            (first, last) if first == last => write!(f, ":{first}"),
            (first, last) => write!(f, ":{first}-{last}"),
        }
    }
}

const ALL_PORTS: (u16, u16) = (0, u16::MAX);

/// As names are compared: DNS knows no upper case, and a dot at the end changes nothing.
fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

impl Host {
    /// Whether the rule has this name, which is in normal form.
    fn has_name(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Name(own) => own == name,
            Self::Suffix(suffix) => name.len() > suffix.len() && name.ends_with(suffix),
            Self::Localhost => name == "localhost" || name.ends_with(".localhost"),
            Self::Block(_) => false,
        }
    }

    fn has_address(&self, address: IpAddr) -> bool {
        match self {
            Self::Block(block) => block.contains(&address),
            Self::Localhost => address.is_loopback(),
            Self::Any | Self::Name(_) | Self::Suffix(_) => false,
        }
    }

    /// Whether the rule means an address of this range by itself, and not because it has a much larger block.
    fn names_outright(&self, address: IpAddr, range: Range) -> bool {
        match self {
            Self::Localhost => range == Range::Loopback,
            Self::Block(block) => {
                let is_one = block.prefix_len() == block.max_prefix_len();
                // A metadata service is one address, so a block around it means its neighbours. What is reserved is many
                // ranges, those at both ends of all addresses among them.
                let is_named_by_block = !matches!(range, Range::Metadata | Range::Reserved);
                let ends = [block.network(), block.broadcast()].map(range_of);
                let is_within = is_named_by_block && ends.iter().all(|end| *end == Some(range) || *end == Some(Range::Metadata));
                block.contains(&address) && (is_one || is_within)
            }
            Self::Any | Self::Name(_) | Self::Suffix(_) => false,
        }
    }
}

impl Rule {
    fn has_port(&self, port: u16) -> bool {
        (self.ports.0..=self.ports.1).contains(&port)
    }
}

fn rules<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<Rule>, RuleError> {
    let mut found = Vec::new();
    for text in texts.flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty()) {
        let rule = text.parse().map_err(|reason: String| RuleError { rule: text.chars().take(100).collect(), reason })?;
        if !found.contains(&rule) {
            found.push(rule);
        }
        if found.len() > MAX_RULES {
            return Err(RuleError { rule: text.chars().take(100).collect(), reason: format!("there are more than {MAX_RULES} rules") });
        }
    }
    Ok(found)
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, ports) = split(text)?;
        let ports = match ports {
            None | Some("*") => ALL_PORTS,
            Some(ports) => read_ports(ports)?,
        };
        Ok(Self { host: read_host(host)?, ports })
    }
}

/// Host and port. An IPv6 address has colons of its own: with a port it stands in brackets.
fn split(text: &str) -> Result<(&str, Option<&str>), String> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or("a bracket is not closed")?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if after.is_empty() => Ok((host, None)),
            None => Err("after the bracket only a port can follow".into()),
        };
    }
    if text.matches(':').count() > 1 {
        return Ok((text, None));
    }
    Ok(text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))))
}

fn read_ports(text: &str) -> Result<(u16, u16), String> {
    let port = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { text.parse().ok() } else { None };
        number.ok_or_else(|| format!("'{text}' is not a port (0 to 65535)"))
    };
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (port(first)?, port(last)?),
        None => (port(text)?, port(text)?),
    };
    if first > last { Err(format!("{first} is greater than {last}")) } else { Ok((first, last)) }
}

fn read_host(text: &str) -> Result<Host, String> {
    if text == "*" {
        return Ok(Host::Any);
    }
    if text.contains('/') {
        let block: IpNet = text.parse().map_err(|_| "the block is not ADDRESS/BITS".to_owned())?;
        return Ok(Host::Block(block.trunc()));
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Host::Block(address.to_canonical().into()));
    }
    if let Some(address) = numeric_address(text) {
        return Err(format!("write the address as {address}"));
    }
    let name = normal(text);
    let (suffix, labels) = match name.strip_prefix("*.") {
        Some(rest) => (true, rest),
        None => (false, &*name),
    };
    check_name(labels)?;
    Ok(match (suffix, labels) {
        (false, "localhost") => Host::Localhost,
        (false, _) => Host::Name(name),
        (true, _) => Host::Suffix(format!(".{labels}")),
    })
}

fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(format!("a name has 1 to {MAX_NAME} characters"));
    }
    for label in name.split('.') {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if label.is_empty() || label.len() > 63 || !label.bytes().all(good) {
            return Err(match label.contains('*') {
                true => "a star stands for whole labels at the start: *.example.org".into(),
                false => "a name has letters, digits, hyphens and dots (in Punycode if need be)".into(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn policy(allow: &str, deny: &str) -> Policy {
        Policy::new(&[allow], &[deny]).expect("rules")
    }

    fn check(policy: &Policy, to: &str, name: &str) -> Result<(), Refusal> {
        let names: &[&str] = if name.is_empty() { &[] } else { &[name] };
        policy.check(to.parse().expect("an address and a port"), names)
    }

    #[test]
    fn nothing_is_allowed_by_default() {
        let closed = Policy::default();
        assert!(closed.is_closed());
        assert_eq!(closed.check_name("example.org"), Err(Refusal::NotNamed));
        assert_eq!(check(&closed, "8.8.8.8:53", "example.org"), Err(Refusal::NotNamed));
        assert!(!policy("a.b", "").is_closed());
        assert!(policy("", "a.b").is_closed());
    }

    #[test]
    fn names_and_ports() {
        let rules = policy("api.example.org:443, *.Amazonaws.com:443,plain.test,range.test:8000-8010", "");
        for (to, name, ok) in [
            ("8.8.8.8:443", "api.example.org", true),
            ("8.8.8.8:443", "API.Example.org.", true),
            ("8.8.8.8:80", "api.example.org", false),
            ("8.8.8.8:443", "example.org", false),
            ("8.8.8.8:443", "x.api.example.org", false),
            ("8.8.8.8:443", "api.example.org.evil.test", false),
            ("8.8.8.8:443", "s3.us-east-1.amazonaws.com", true),
            ("8.8.8.8:443", "amazonaws.com", false),
            ("8.8.8.8:443", "evilamazonaws.com", false),
            ("8.8.8.8:1", "plain.test", true),
            ("8.8.8.8:8010", "range.test", true),
            ("8.8.8.8:8011", "range.test", false),
            ("8.8.8.8:443", "", false),
        ] {
            assert_eq!(check(&rules, to, name).is_ok(), ok, "{to} {name}");
        }
        assert!(rules.check_name("S3.amazonaws.com").is_ok());
        assert_eq!(rules.check_name("secret.evil.test"), Err(Refusal::NotNamed));
    }

    #[test]
    fn what_is_not_public_must_be_named_itself() {
        for (allow, to, name, ok) in [
            // Rebinding: the name is allowed, but not where it leads to.
            ("evil.test", "127.0.0.1:80", "evil.test", false),
            ("evil.test", "169.254.169.254:80", "evil.test", false),
            ("evil.test", "10.0.0.1:80", "evil.test", false),
            ("evil.test", "[::1]:80", "evil.test", false),
            ("evil.test", "[::ffff:10.0.0.1]:80", "evil.test", false),
            ("*", "8.8.8.8:80", "", true),
            ("*", "127.0.0.1:80", "", false),
            ("*", "169.254.169.254:80", "", false),
            ("*", "[fd00:ec2::254]:80", "", false),
            ("0.0.0.0/0", "8.8.8.8:80", "", true),
            ("0.0.0.0/0", "127.0.0.1:80", "", false),
            ("0.0.0.0/0", "10.0.0.1:80", "", false),
            ("::/0", "[::1]:80", "", false),
            ("0.0.0.0/0", "0.0.0.0:80", "", false),
            ("::/0", "[ff02::1]:80", "", false),
            ("8.0.0.0/5", "10.0.0.1:80", "", false),
            ("localhost", "127.0.0.1:80", "", true),
            ("localhost", "[::1]:80", "", true),
            ("localhost:81", "127.0.0.1:80", "", false),
            ("localhost", "10.0.0.1:80", "localhost", false),
            ("127.0.0.1:8000", "127.0.0.1:8000", "", true),
            ("127.0.0.1:8000", "[::ffff:127.0.0.1]:8000", "", true),
            ("127.0.0.1:8000", "127.0.0.2:8000", "", false),
            ("10.0.0.0/8", "10.255.0.1:5432", "", true),
            ("10.1.0.0/16:5432", "10.1.2.3:5432", "db.internal", true),
            ("10.1.0.0/16:5432", "10.2.2.3:5432", "db.internal", false),
            ("169.254.0.0/16", "169.254.7.7:80", "", true),
            ("169.254.0.0/16", "169.254.169.254:80", "", false),
            ("169.254.169.254", "169.254.169.254:80", "", true),
            ("[::1]:8080", "[::1]:8080", "", true),
            ("fd00::/8", "[fd12::1]:1", "", true),
            ("fd00::/8", "[fd00:ec2::254]:1", "", false),
            // Nor through an IPv6 form of it.
            ("10.0.0.0/8", "[64:ff9b::a00:1]:80", "", false),
            ("*", "[64:ff9b::7f00:1]:80", "", false),
            ("*", "[2002:7f00:1::]:80", "", false),
        ] {
            let found = check(&policy(allow, ""), to, name);
            assert_eq!(found.is_ok(), ok, "--allow-net {allow}: {to} {name}: {found:?}");
        }
        let text = check(&policy("evil.test", ""), "169.254.169.254:80", "evil.test").expect_err("refused").to_string();
        assert_eq!(text, "169.254.169.254 is a metadata service, which --allow-net must name as an address");
    }

    #[test]
    fn deny_wins() {
        let rules = policy("*,localhost,10.0.0.0/8", "*.evil.test,10.1.0.0/16,8.8.4.4:53,one.test:25");
        for (to, name, ok) in [
            ("8.8.8.8:443", "good.test", true),
            ("8.8.8.8:443", "x.evil.test", false),
            ("10.2.0.1:1", "", true),
            ("10.1.0.1:1", "", false),
            ("[::ffff:10.1.0.1]:1", "", false),
            ("8.8.4.4:53", "", false),
            ("8.8.4.4:54", "", true),
            ("1.1.1.1:25", "one.test", false),
            ("1.1.1.1:26", "one.test", true),
        ] {
            assert_eq!(check(&rules, to, name).is_ok(), ok, "{to} {name}");
        }
        assert_eq!(rules.check_name("x.evil.test"), Err(Refusal::Denied));
        assert!(rules.check_name("one.test").is_ok(), "other ports of it are allowed");
        assert_eq!(check(&policy("localhost", "*"), "127.0.0.1:1", ""), Err(Refusal::Denied));
    }

    #[test]
    fn a_function_opens_no_more_than_its_server() {
        let rules = policy("*,localhost", "").within(&policy("*.good.test:443", ""));
        assert!(check(&rules, "8.8.8.8:443", "a.good.test").is_ok());
        assert!(check(&rules, "8.8.8.8:80", "a.good.test").is_err());
        assert!(check(&rules, "127.0.0.1:443", "a.good.test").is_err());
        assert!(rules.check_name("evil.test").is_err());
        assert!(policy("*", "").within(&Policy::default()).is_closed());
    }

    #[test]
    fn rules_that_cannot_be_read_say_why() {
        for (text, reason) in [
            ("a b", "a name has letters"),
            ("exa*mple.org", "a star stands for"),
            ("*.*.org", "a star stands for"),
            ("host:", "'' is not a port"),
            ("host:70000", "'70000' is not a port"),
            ("host:+1", "'+1' is not a port"),
            ("host:9-1", "9 is greater than 1"),
            ("[::1", "a bracket is not closed"),
            ("[::1]x", "only a port can follow"),
            ("10.0.0.0/33", "the block is not ADDRESS/BITS"),
            ("10.0.0.0/8/9", "the block is not ADDRESS/BITS"),
            ("2130706433", "write the address as 127.0.0.1"),
            ("0x7f.1:80", "write the address as 127.0.0.1"),
            ("http://example.org", "'//example.org' is not a port"),
            (".example.org", "a name has letters"),
            (&"a".repeat(64), "a name has letters"),
            (&"a.".repeat(200), "a name has 1 to 253"),
        ] {
            let error = Policy::new(&[text], &[""; 0]).expect_err(text).to_string();
            assert!(error.contains(reason) && error.contains("Write for instance"), "{error}");
        }
        let many: Vec<String> = (0..300).map(|i| format!("h{i}.test")).collect();
        assert!(Policy::new(&many, &[""; 0]).is_err());
    }

    #[test]
    fn rules_show_as_they_are() {
        let text = "a.test:1,*.b.test,10.0.0.0/8:5-6,[::1]:7,localhost,*:443";
        assert_eq!(policy(text, "c.test").to_string(), "a.test:1,*.b.test,[10.0.0.0/8]:5-6,[::1/128]:7,localhost,*:443,!c.test,");
    }

    proptest! {
        #[test]
        fn no_name_and_no_star_reach_what_is_not_public(bits in any::<u32>(), high in any::<u64>(), port in any::<u16>()) {
            let open = policy("*,evil.test,*.test,0.0.0.0/0,::/0", "");
            let v4 = std::net::Ipv4Addr::from_bits(bits);
            let v6 = std::net::Ipv6Addr::from_bits(u128::from(high) << 64 | u128::from(bits));
            for address in [IpAddr::V4(v4), v4.to_ipv6_mapped().into(), v4.to_ipv6_compatible().into(), v6.into()] {
                let found = open.check(SocketAddr::new(address, port), &["evil.test"]);
                prop_assert_eq!(found.is_ok(), range_of(address).is_none(), "{}", address);
            }
        }

        #[test]
        fn deny_always_wins(bits in any::<u32>(), port in any::<u16>(), prefix in 0_u8..=32) {
            let address = std::net::Ipv4Addr::from_bits(bits);
            let rules = policy(&format!("{address},*,localhost"), &format!("{address}/{prefix}"));
            prop_assert_eq!(rules.check::<&str>(SocketAddr::new(address.into(), port), &[]), Err(Refusal::Denied));
            prop_assert_eq!(rules.check::<&str>(SocketAddr::new(address.to_ipv6_mapped().into(), port), &[]), Err(Refusal::Denied));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,60}", name in "\\PC{0,60}") {
            if let Ok(policy) = Policy::new(&[&text], &[""; 0]) {
                let _ = policy.check_name(&name);
                let again = Policy::new(&[policy.to_string()], &[""; 0]).expect("its own text is rules");
                prop_assert_eq!(again, policy);
            }
        }
    }
}
