//! TLS, made by rustls on this side of the door: no cryptography runs in WebAssembly, and none that a guest brings.
//!
//! A *context* is what Python's `SSLContext` comes to: trust anchors, versions, protocols, a certificate of its own. A
//! *session* is one connection, over a socket of the guest or over bytes that the guest carries itself (`MemoryBIO`).
//!
//! | operation | arguments | answer |
//! |---|---|---|
//! | 32 context | in: settings as JSON, see [`Settings`] | a handle |
//! | 33 session | a context; a: a socket, or 0; in: the server's name | a handle |
//! | 34 hand shake | | 0 when done |
//! | 35 read | out | how many bytes; 0: the peer has ended it |
//! | 36 write | in | how many bytes were sent |
//! | 37 end | | 0 when the peer was told |
//! | 38 fed | in: bytes from the peer; a: 1 when there will be no more | how many were taken |
//! | 39 taken | out: bytes for the peer | how many |
//! | 40 about | a: 0 version, 1 cipher, 2 protocol, 3 how many certificates the peer sent, 4 bits of the cipher; b: which; out | |
//! | 41 certificate | in: a certificate (DER); out: JSON of what `getpeercert` returns | bytes of `out` |
//! | 42 waiting | | bytes that can be read at once |
//! | 43 roots | | how many certificates this machine trusts |
//!
//! Besides errnos there are [`WANT_READ`], [`WANT_WRITE`], [`FAILED`] (the reason has `REASON|code|text`) and [`BROKEN_OFF`].

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::net::{RecvFlags, SendFlags};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, Connection, DigitallySignedStruct, Error, InvalidMessage, PeerIncompatible,
    ProtocolVersion, RootCertStore, ServerConfig, SignatureScheme, SupportedProtocolVersion,
};
use serde::{Deserialize, Serialize};
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};

use crate::network::tap::{IsAt, Tap};

/// The session needs bytes from the peer, or room towards it, before it can go on.
pub(super) const WANT_READ: i64 = -2001;
pub(super) const WANT_WRITE: i64 = -2002;
/// Something is wrong, and the reason says what.
pub(super) const FAILED: i64 = -2003;
/// The peer is gone, and did not say that it would go.
pub(super) const BROKEN_OFF: i64 = -2004;

/// Bytes of settings: all certificates of this machine's store take about 300 KB.
pub(super) const MOST_SETTINGS: u32 = 4 << 20;
/// Certificates of one store, or of one chain.
const MOST_CERTIFICATES: usize = 5000;
const MOST_CHAIN: usize = 32;
/// Bytes that are encrypted at once, and bytes from the peer that are kept for a session without a socket.
const WRITTEN_AT_ONCE: usize = 64 << 10;
const MOST_FED: usize = 256 << 10;

/// What Python's context says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    server: bool,
    /// Trust anchors, in base64.
    cas: Vec<String>,
    /// This machine's too.
    default_roots: bool,
    /// `CERT_NONE`, `CERT_OPTIONAL`, `CERT_REQUIRED`.
    verify: u8,
    check_hostname: bool,
    alpn: Vec<String>,
    min: u16,
    max: u16,
    /// Its own certificate, with those above it, in base64.
    chain: Vec<String>,
    key: Option<String>,
}

/// The settings of sessions.
#[derive(Clone)]
pub(super) enum Context {
    Client(Arc<ClientConfig>),
    Server(Arc<ServerConfig>),
}

/// A failure as OpenSSL names it: reason, code of the verification, text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    reason: &'static str,
    code: u32,
    text: String,
}

impl Failure {
    fn new(reason: &'static str, text: impl Into<String>) -> Self {
        Self { reason, code: 0, text: text.into() }
    }

    fn unverified(code: u32, text: impl Into<String>) -> Self {
        Self { reason: "CERTIFICATE_VERIFY_FAILED", code, text: text.into() }
    }

    /// For the guest, which makes an exception of it.
    pub(super) fn line(&self) -> String {
        format!("{}|{}|{}", self.reason, self.code, self.text)
    }
}

/// Certificates that this machine trusts. Read once.
static ROOTS: LazyLock<Vec<CertificateDer<'static>>> = LazyLock::new(|| rustls_native_certs::load_native_certs().certs);

static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(ring::default_provider()));

fn decoded(texts: &[String], most: usize, what: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    if texts.len() > most {
        return Err(Failure::new("LIMIT", format!("{} certificates in {what}, of which there can be {most}", texts.len())));
    }
    let decode = |text: &String| STANDARD.decode(text).map(CertificateDer::from);
    texts.iter().map(decode).collect::<Result<_, _>>().map_err(|_| Failure::new("NOT_ENOUGH_DATA", "not enough data"))
}

/// What a replay needs to know of a context: whether it is a server's, and its protocols.
pub(super) fn replayed(json: &[u8]) -> Result<(bool, Vec<String>), Failure> {
    let settings: Settings = serde_json::from_slice(json).map_err(|error| Failure::new("LIMIT", error.to_string()))?;
    Ok((settings.server, settings.alpn))
}

/// How many certificates this machine trusts.
pub(super) fn count_of_roots() -> i64 {
    i64::try_from(ROOTS.len()).unwrap_or(i64::MAX)
}

impl Context {
    /// `reads_http`: what passes through is read as HTTP/1.1, so nothing else is agreed upon.
    pub(super) fn new(json: &[u8], reads_http: bool) -> Result<Self, Failure> {
        let settings: Settings = serde_json::from_slice(json).map_err(|error| Failure::new("LIMIT", error.to_string()))?;
        let versions: Vec<&'static SupportedProtocolVersion> = [(0x0303, &rustls::version::TLS12), (0x0304, &rustls::version::TLS13)]
            .into_iter()
            .filter(|(number, _)| (settings.min..=settings.max).contains(number))
            .map(|(_, version)| version)
            .collect();
        if versions.is_empty() {
            return Err(Failure::new("NO_PROTOCOLS_AVAILABLE", "no protocols available"));
        }
        let own = decoded(&settings.cas, MOST_CERTIFICATES, "a store")?;
        let chain = decoded(&settings.chain, MOST_CHAIN, "a chain")?;
        let key = match &settings.key {
            None => None,
            Some(text) => {
                let bytes = STANDARD.decode(text).map_err(|_| Failure::new("PEM", "PEM lib"))?;
                Some(PrivateKeyDer::try_from(bytes).map_err(|_| Failure::new("PEM", "PEM lib"))?)
            }
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(own.iter().cloned());
        if settings.default_roots {
            roots.add_parsable_certificates(ROOTS.iter().cloned());
        }
        let is_offered = |name: &&String| !(reads_http && name.as_str() == "h2");
        let alpn = settings.alpn.iter().filter(is_offered).map(|name| name.clone().into_bytes()).collect();
        if settings.server {
            Self::server(&settings, roots, &versions, chain, key, alpn)
        } else {
            Self::client(&settings, roots, own, &versions, chain, key, alpn)
        }
    }

    fn client(
        settings: &Settings,
        roots: RootCertStore,
        own: Vec<CertificateDer<'static>>,
        versions: &[&'static SupportedProtocolVersion],
        chain: Vec<CertificateDer<'static>>,
        key: Option<PrivateKeyDer<'static>>,
        alpn: Vec<Vec<u8>>,
    ) -> Result<Self, Failure> {
        let verifier = Verifier { roots, own, verifies: settings.verify > 0, checks_name: settings.check_hostname };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&PROVIDER))
            .with_protocol_versions(versions)
            .map_err(failure)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match key {
            Some(key) if !chain.is_empty() => builder.with_client_auth_cert(chain, key).map_err(failure)?,
            Some(_) | None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = alpn;
        Ok(Self::Client(Arc::new(config)))
    }

    fn server(
        settings: &Settings,
        roots: RootCertStore,
        versions: &[&'static SupportedProtocolVersion],
        chain: Vec<CertificateDer<'static>>,
        key: Option<PrivateKeyDer<'static>>,
        alpn: Vec<Vec<u8>>,
    ) -> Result<Self, Failure> {
        let verifier: Arc<dyn ClientCertVerifier> = if settings.verify == 0 || roots.is_empty() {
            WebPkiClientVerifier::no_client_auth()
        } else {
            let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&PROVIDER));
            let builder = if settings.verify == 1 { builder.allow_unauthenticated() } else { builder };
            builder.build().map_err(|error| Failure::new("LIMIT", error.to_string()))?
        };
        let key = key.ok_or_else(|| Failure::new("NO_SHARED_CIPHER", "no shared cipher"))?;
        let builder = ServerConfig::builder_with_provider(Arc::clone(&PROVIDER)).with_protocol_versions(versions).map_err(failure)?;
        let mut config = builder.with_client_cert_verifier(verifier).with_single_cert(chain, key).map_err(failure)?;
        config.alpn_protocols = alpn;
        Ok(Self::Server(Arc::new(config)))
    }
}

/// Checks servers as OpenSSL does with Python's settings, where webpki alone would be stricter.
#[derive(Debug)]
struct Verifier {
    roots: RootCertStore,
    /// Anchors that the guest gave. A server's own certificate may be one of them.
    own: Vec<CertificateDer<'static>>,
    verifies: bool,
    checks_name: bool,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.verifies {
            return Ok(ServerCertVerified::assertion());
        }
        let parsed = ParsedCertificate::try_from(end_entity)?;
        if self.own.iter().any(|own| own == end_entity) {
            let (_, certificate) = X509Certificate::from_der(end_entity).map_err(|_| CertificateError::BadEncoding)?;
            let at = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
            if at > certificate.validity().not_after.timestamp() {
                return Err(CertificateError::Expired.into());
            }
            if at < certificate.validity().not_before.timestamp() {
                return Err(CertificateError::NotValidYet.into());
            }
        } else {
            let algorithms = PROVIDER.signature_verification_algorithms.all;
            rustls::client::verify_server_cert_signed_by_trust_anchor(&parsed, &self.roots, intermediates, now, algorithms).map_err(
                |error| {
                    let is_unknown = matches!(error, Error::InvalidCertificate(CertificateError::UnknownIssuer));
                    let is_other = matches!(error, Error::InvalidCertificate(CertificateError::Other(_)));
                    if is_unknown || is_other && is_self_signed(end_entity) { unknown_issuer(end_entity, intermediates) } else { error }
                },
            )?;
        }
        if self.checks_name {
            rustls::client::verify_server_name(&parsed, name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &PROVIDER.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &PROVIDER.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        PROVIDER.signature_verification_algorithms.supported_schemes()
    }
}

fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(certificate).is_ok_and(|(_, certificate)| certificate.subject() == certificate.issuer())
}

/// OpenSSL has three names for a chain that leads to nobody who is trusted; they travel as general errors.
fn unknown_issuer(end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> Error {
    if is_self_signed(end_entity) {
        Error::General("18|self-signed certificate".into())
    } else if intermediates.iter().any(is_self_signed) {
        Error::General("19|self-signed certificate in certificate chain".into())
    } else {
        Error::General("20|unable to get local issuer certificate".into())
    }
}

/// rustls's error as OpenSSL would name it: libraries match on these words.
#[allow(clippy::wildcard_enum_match_arm, reason = "the enums of rustls grow with each release; what is not named has its own text")]
fn failure(error: Error) -> Failure {
    match &error {
        Error::General(text) => match text.split_once('|') {
            Some((code, text)) => Failure::unverified(code.parse().unwrap_or(1), text),
            None => Failure::new("INTERNAL_ERROR", text),
        },
        Error::InvalidCertificate(reason) => match reason {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Failure::unverified(10, "certificate has expired"),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Failure::unverified(9, "certificate is not yet valid")
            }
            CertificateError::Revoked => Failure::unverified(23, "certificate revoked"),
            CertificateError::UnknownIssuer => Failure::unverified(20, "unable to get local issuer certificate"),
            CertificateError::BadSignature => Failure::unverified(7, "certificate signature failure"),
            CertificateError::UnhandledCriticalExtension => Failure::unverified(34, "unhandled critical extension"),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                Failure::unverified(26, "unsuitable certificate purpose")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Failure::unverified(62, "Hostname mismatch")
            }
            CertificateError::BadEncoding => Failure::unverified(13, "format error in certificate"),
            other => Failure::unverified(1, other.to_string()),
        },
        Error::AlertReceived(alert) => alert_received(*alert),
        Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
            Failure::new("WRONG_VERSION_NUMBER", "wrong version number")
        }
        Error::InvalidMessage(_) => Failure::new("WRONG_VERSION_NUMBER", "wrong version number"),
        Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon) => Failure::new("NO_SHARED_CIPHER", "no shared cipher"),
        Error::PeerIncompatible(_) => Failure::new("UNSUPPORTED_PROTOCOL", "unsupported protocol"),
        Error::NoCertificatesPresented => Failure::new("PEER_DID_NOT_RETURN_A_CERTIFICATE", "peer did not return a certificate"),
        Error::DecryptError => Failure::new("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "decryption failed or bad record mac"),
        Error::NoApplicationProtocol => Failure::new("NO_APPLICATION_PROTOCOL", "no application protocol"),
        Error::InconsistentKeys(_) => Failure::new("KEY_VALUES_MISMATCH", "key values mismatch"),
        Error::PeerSentOversizedRecord => Failure::new("PACKET_LENGTH_TOO_LONG", "packet length too long"),
        other => Failure::new("INTERNAL_ERROR", other.to_string()),
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "an alert that is not named here is a handshake failure")]
fn alert_received(alert: AlertDescription) -> Failure {
    let (reason, text) = match alert {
        AlertDescription::UnexpectedMessage => ("SSLV3_ALERT_UNEXPECTED_MESSAGE", "ssl/tls alert unexpected message"),
        AlertDescription::BadRecordMac => ("SSLV3_ALERT_BAD_RECORD_MAC", "ssl/tls alert bad record mac"),
        AlertDescription::BadCertificate => ("SSLV3_ALERT_BAD_CERTIFICATE", "ssl/tls alert bad certificate"),
        AlertDescription::UnsupportedCertificate => ("SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "ssl/tls alert unsupported certificate"),
        AlertDescription::CertificateRevoked => ("SSLV3_ALERT_CERTIFICATE_REVOKED", "ssl/tls alert certificate revoked"),
        AlertDescription::CertificateExpired => ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "ssl/tls alert certificate expired"),
        AlertDescription::CertificateUnknown => ("SSLV3_ALERT_CERTIFICATE_UNKNOWN", "ssl/tls alert certificate unknown"),
        AlertDescription::UnknownCA => ("TLSV1_ALERT_UNKNOWN_CA", "tlsv1 alert unknown ca"),
        AlertDescription::AccessDenied => ("TLSV1_ALERT_ACCESS_DENIED", "tlsv1 alert access denied"),
        AlertDescription::DecodeError => ("TLSV1_ALERT_DECODE_ERROR", "tlsv1 alert decode error"),
        AlertDescription::DecryptError => ("TLSV1_ALERT_DECRYPT_ERROR", "tlsv1 alert decrypt error"),
        AlertDescription::ProtocolVersion => ("TLSV1_ALERT_PROTOCOL_VERSION", "tlsv1 alert protocol version"),
        AlertDescription::InsufficientSecurity => ("TLSV1_ALERT_INSUFFICIENT_SECURITY", "tlsv1 alert insufficient security"),
        AlertDescription::InternalError => ("TLSV1_ALERT_INTERNAL_ERROR", "tlsv1 alert internal error"),
        AlertDescription::UnrecognisedName => ("TLSV1_UNRECOGNIZED_NAME", "tlsv1 unrecognized name"),
        AlertDescription::CertificateRequired => ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "tlsv13 alert certificate required"),
        AlertDescription::NoApplicationProtocol => ("TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "tlsv1 alert no application protocol"),
        _ => ("SSLV3_ALERT_HANDSHAKE_FAILURE", "ssl/tls alert handshake failure"),
    };
    Failure::new(reason, text)
}

/// Where a session's bytes go.
pub(super) enum Transport<'a> {
    Socket(&'a OwnedFd),
    Carried(&'a mut Carried),
}

/// Bytes of a session without a socket.
#[derive(Default)]
pub(super) struct Carried {
    incoming: Vec<u8>,
    has_ended: bool,
}

/// One connection.
pub(super) struct Session {
    connection: Connection,
    /// The socket that it is over; 0: none.
    pub(super) socket: i32,
    pub(super) carried: Carried,
    /// Bytes that the guest gave, whose last ones were not sent yet.
    unsent: Option<usize>,
    /// The name that was asked for, for errors.
    name: String,
    failed: Option<String>,
    /// Who sees what passes through it.
    pub(super) tap: Option<Box<Tap>>,
    /// Whether the peer has shown that it is the host of this name, to this machine.
    shown: Option<(String, bool)>,
    /// Bytes that went through the socket since they were last asked for.
    pub(super) moved: (u64, u64),
}

struct Reader<'a, 'b>(&'a mut Transport<'b>, &'a mut u64);

impl Read for Reader<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0 {
            Transport::Socket(fd) => {
                let (count, _) = rustix::net::recv(fd, buffer, RecvFlags::empty())?;
                *self.1 += count as u64;
                Ok(count)
            }
            Transport::Carried(carried) => {
                if carried.incoming.is_empty() && !carried.has_ended {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                let count = buffer.len().min(carried.incoming.len());
                buffer[..count].copy_from_slice(&carried.incoming[..count]);
                carried.incoming.drain(..count);
                Ok(count)
            }
        }
    }
}

struct Writer<'a>(&'a OwnedFd, &'a mut u64);

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = rustix::net::send(self.0, bytes, SendFlags::NOSIGNAL)?;
        *self.1 += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Session {
    pub(super) fn new(context: &Context, socket: i32, name: &str) -> Result<Self, Failure> {
        let mut connection: Connection = match context {
            Context::Client(config) => {
                let server = match name {
                    // Without a name none is sent, and the context checks none.
                    "" => ServerName::IpAddress(std::net::Ipv4Addr::UNSPECIFIED.into()),
                    name => ServerName::try_from(name.to_owned())
                        .map_err(|_| Failure::new("LIMIT", format!("'{name:.200}' cannot be a server's name")))?,
                };
                rustls::ClientConnection::new(Arc::clone(config), server).map_err(failure)?.into()
            }
            Context::Server(config) => rustls::ServerConnection::new(Arc::clone(config)).map_err(failure)?.into(),
        };
        connection.set_buffer_limit(Some(WRITTEN_AT_ONCE));
        let (carried, unsent, failed, name) = (Carried::default(), None, None, name.to_owned());
        Ok(Self { connection, socket, carried, unsent, name, failed, tap: None, shown: None, moved: (0, 0) })
    }

    fn transport<'a>(carried: &'a mut Carried, fd: Option<&'a OwnedFd>) -> Transport<'a> {
        fd.map_or(Transport::Carried(carried), Transport::Socket)
    }

    /// Sends what can be sent. Whether that was all.
    fn flush(&mut self, fd: Option<&OwnedFd>) -> Result<bool, Wrong> {
        let Some(fd) = fd else { return Ok(true) }; // the guest takes it itself
        while self.connection.wants_write() {
            match self.connection.write_tls(&mut Writer(fd, &mut self.moved.0)) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(Wrong::Io(error)),
            }
        }
        Ok(true)
    }

    /// Reads once from the peer. `Ok(false)`: it has ended.
    fn fill(&mut self, fd: Option<&OwnedFd>) -> Result<bool, Wrong> {
        let mut transport = Self::transport(&mut self.carried, fd);
        let count = match self.connection.read_tls(&mut Reader(&mut transport, &mut self.moved.1)) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(Wrong::Answer(WANT_READ)),
            Err(error) => return Err(Wrong::Io(error)),
        };
        if let Err(error) = self.connection.process_new_packets() {
            let _ = self.flush(fd); // the alert that says what is wrong
            return Err(Wrong::Failure(self.named(failure(error))));
        }
        Ok(count > 0)
    }

    /// Python puts the name into this one error.
    fn named(&self, mut failure: Failure) -> Failure {
        if failure.code == 62 {
            let is_address = self.name.parse::<std::net::IpAddr>().is_ok();
            let kind = if is_address { "IP address" } else { "Hostname" };
            failure.code = if is_address { 64 } else { 62 };
            failure.text = format!("{kind} mismatch, certificate is not valid for '{}'.", self.name);
        }
        failure
    }

    pub(super) fn hand_shake(&mut self, fd: Option<&OwnedFd>) -> Result<i64, Wrong> {
        loop {
            if !self.flush(fd)? {
                return Err(Wrong::Answer(WANT_WRITE));
            }
            if !self.connection.is_handshaking() {
                return Ok(0);
            }
            if !self.fill(fd)? && self.connection.is_handshaking() {
                return Err(Wrong::Answer(BROKEN_OFF));
            }
        }
    }

    pub(super) fn read(&mut self, fd: Option<&OwnedFd>, out: &mut [u8]) -> Result<i64, Wrong> {
        let result = self.read_plain(fd, out);
        if let Some(tap) = &mut self.tap {
            match &result {
                Ok(count) => match usize::try_from(*count).unwrap_or(0) {
                    0 if !out.is_empty() => tap.closed(),
                    count => tap.received(&out[..count]),
                },
                Err(Wrong::Answer(WANT_READ | WANT_WRITE)) => {}
                Err(_) => tap.closed(),
            }
        }
        result
    }

    fn read_plain(&mut self, fd: Option<&OwnedFd>, out: &mut [u8]) -> Result<i64, Wrong> {
        let mut total = 0;
        loop {
            if total == out.len() {
                return Ok(count(total));
            }
            match self.connection.reader().read(&mut out[total..]) {
                Ok(0) => return Ok(count(total)),
                Ok(read) => {
                    total += read;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && total == 0 => return Err(Wrong::Answer(BROKEN_OFF)),
                Err(_) => return Ok(count(total)),
            }
            let _ = self.flush(fd)?;
            match self.fill(fd) {
                Ok(_) => {}
                // What came before the error is the guest's first.
                Err(Wrong::Failure(failure)) if total > 0 => {
                    self.failed = Some(failure.line());
                    return Ok(count(total));
                }
                Err(_) if total > 0 => return Ok(count(total)),
                Err(wrong) => return Err(wrong),
            }
            let _ = self.flush(fd)?;
        }
    }

    /// `rewrite` is asked for what is to be sent where a signer sees it; it keeps why it refuses.
    pub(super) fn write(
        &mut self,
        fd: Option<&OwnedFd>,
        bytes: &[u8],
        rewrite: impl FnOnce(&mut Tap, &[u8], IsAt<'_>) -> Result<Vec<u8>, ()>,
    ) -> Result<i64, Wrong> {
        if self.unsent.is_none() {
            let part = &bytes[..bytes.len().min(WRITTEN_AT_ONCE)];
            let taken = match self.tap.take() {
                Some(mut tap) if tap.rewrites() => {
                    let shown = std::cell::RefCell::new(self.shown.take());
                    let is_at = |host: &str, _| self.is_at(host, &mut shown.borrow_mut());
                    let made = rewrite(&mut tap, part, &is_at);
                    self.shown = shown.into_inner();
                    self.tap = Some(tap);
                    let made = made.map_err(|()| Wrong::Answer(FAILED))?;
                    // All of it at once: a body that was waited for is larger than what is encrypted at once otherwise.
                    self.connection.set_buffer_limit(None);
                    self.connection.writer().write_all(&made).map_err(Wrong::Io)?;
                    part.len()
                }
                tap => {
                    let taken = self.connection.writer().write(part).map_err(Wrong::Io)?;
                    self.tap = tap;
                    if let Some(tap) = &mut self.tap {
                        tap.sent(&part[..taken]);
                    }
                    taken
                }
            };
            self.unsent = Some(taken);
        }
        if !self.flush(fd)? {
            return Err(Wrong::Answer(WANT_WRITE));
        }
        Ok(count(self.unsent.take().unwrap_or(0)))
    }

    /// Whether the peer has a certificate for this host that this machine trusts, whatever the guest trusts.
    fn is_at(&self, host: &str, shown: &mut Option<(String, bool)>) -> Result<(), String> {
        let is_known = shown.as_ref().is_some_and(|(known, _)| known == host);
        if !is_known {
            *shown = Some((host.to_owned(), self.shows(host)));
        }
        match shown {
            Some((_, true)) => Ok(()),
            Some((_, false)) | None => Err(format!("the peer has no certificate for {host} that this machine trusts")),
        }
    }

    fn shows(&self, host: &str) -> bool {
        let Some([own, above @ ..]) = self.connection.peer_certificates() else { return false };
        let (Ok(parsed), Ok(name)) = (ParsedCertificate::try_from(own), ServerName::try_from(host)) else { return false };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(ROOTS.iter().cloned());
        let algorithms = PROVIDER.signature_verification_algorithms.all;
        rustls::client::verify_server_cert_signed_by_trust_anchor(&parsed, &roots, above, UnixTime::now(), algorithms).is_ok()
            && rustls::client::verify_server_name(&parsed, &name).is_ok()
    }

    pub(super) fn end(&mut self, fd: Option<&OwnedFd>) -> Result<i64, Wrong> {
        self.connection.send_close_notify();
        if self.flush(fd)? { Ok(0) } else { Err(Wrong::Answer(WANT_WRITE)) }
    }

    pub(super) fn feed(&mut self, bytes: &[u8], is_end: bool) -> i64 {
        let room = MOST_FED.saturating_sub(self.carried.incoming.len());
        let taken = &bytes[..bytes.len().min(room)];
        self.carried.incoming.extend_from_slice(taken);
        self.carried.has_ended |= is_end && taken.len() == bytes.len();
        count(taken.len())
    }

    pub(super) fn take(&mut self, out: &mut [u8]) -> i64 {
        let mut total = 0;
        while total < out.len() && self.connection.wants_write() {
            let mut rest = &mut out[total..];
            match self.connection.write_tls(&mut rest) {
                Ok(0) | Err(_) => break,
                Ok(taken) => total += taken,
            }
        }
        count(total)
    }

    pub(super) fn waiting(&mut self) -> i64 {
        self.connection.process_new_packets().map_or(0, |state| count(state.plaintext_bytes_to_read()))
    }

    /// A failure that came after bytes which were read first.
    pub(super) fn take_failure(&mut self) -> Option<String> {
        self.failed.take()
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "there are two versions that rustls speaks, and names for many more")]
    pub(super) fn about(&self, what: i64, which: i64) -> Vec<u8> {
        let text = match what {
            0 => match self.connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLSv1.3".to_owned(),
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2".to_owned(),
                _ => String::new(),
            },
            1 => self.connection.negotiated_cipher_suite().map(|suite| openssl_name(&format!("{:?}", suite.suite()))).unwrap_or_default(),
            2 => return self.connection.alpn_protocol().unwrap_or_default().to_vec(),
            3 => {
                let place = usize::try_from(which).unwrap_or(usize::MAX);
                return self.connection.peer_certificates().and_then(|all| all.get(place)).map(|one| one.to_vec()).unwrap_or_default();
            }
            _ => String::new(),
        };
        text.into_bytes()
    }
}

/// What an operation that did not succeed comes to.
pub(super) enum Wrong {
    Answer(i64),
    Failure(Failure),
    Io(io::Error),
}

fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// `TLS13_AES_256_GCM_SHA384` as `TLS_AES_256_GCM_SHA384`, `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` as
/// `ECDHE-RSA-AES128-GCM-SHA256`.
fn openssl_name(name: &str) -> String {
    if let Some(rest) = name.strip_prefix("TLS13_") {
        return format!("TLS_{rest}");
    }
    let name = name
        .strip_prefix("TLS_")
        .unwrap_or(name)
        .replace("_WITH_", "_")
        .replace("AES_", "AES")
        .replace("CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305");
    name.replace('_', "-")
}

/// What `getpeercert` returns, as JSON: names are lists of lists of pairs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    subject: Vec<Vec<(String, String)>>,
    issuer: Vec<Vec<(String, String)>>,
    version: u32,
    serial_number: String,
    not_before: String,
    not_after: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subject_alt_name: Vec<(&'static str, String)>,
    #[serde(rename = "OCSP", skip_serializing_if = "Vec::is_empty")]
    ocsp: Vec<String>,
    #[serde(rename = "caIssuers", skip_serializing_if = "Vec::is_empty")]
    ca_issuers: Vec<String>,
    #[serde(rename = "crlDistributionPoints", skip_serializing_if = "Vec::is_empty")]
    crls: Vec<String>,
    /// Not in Python's, but asked for with it.
    #[serde(rename = "isCA")]
    is_ca: bool,
}

/// The certificate as Python shows it. `None`: it cannot be read.
#[allow(clippy::wildcard_enum_match_arm, reason = "of the many extensions, those that Python shows are named")]
pub(super) fn describe(der: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let mut described = Certificate {
        subject: names(certificate.subject()),
        issuer: names(certificate.issuer()),
        version: certificate.version().0 + 1,
        serial_number: certificate.raw_serial().iter().skip_while(|byte| **byte == 0).map(|byte| format!("{byte:02X}")).collect(),
        not_before: date(certificate.validity().not_before.timestamp()),
        not_after: date(certificate.validity().not_after.timestamp()),
        subject_alt_name: Vec::new(),
        ocsp: Vec::new(),
        ca_issuers: Vec::new(),
        crls: Vec::new(),
        is_ca: certificate.is_ca(),
    };
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(all) => {
                described.subject_alt_name.extend(all.general_names.iter().filter_map(alternative));
            }
            ParsedExtension::AuthorityInfoAccess(all) => {
                for access in &all.accessdescs {
                    if let GeneralName::URI(uri) = &access.access_location {
                        match access.access_method.to_id_string().as_str() {
                            "1.3.6.1.5.5.7.48.1" => described.ocsp.push((*uri).to_owned()),
                            "1.3.6.1.5.5.7.48.2" => described.ca_issuers.push((*uri).to_owned()),
                            _ => {}
                        }
                    }
                }
            }
            ParsedExtension::CRLDistributionPoints(all) => {
                for point in &all.points {
                    if let Some(DistributionPointName::FullName(full)) = &point.distribution_point {
                        described.crls.extend(full.iter().filter_map(|name| match name {
                            GeneralName::URI(uri) => Some((*uri).to_owned()),
                            _ => None,
                        }));
                    }
                }
            }
            _ => {}
        }
    }
    serde_json::to_vec(&described).ok()
}

#[allow(clippy::wildcard_enum_match_arm, reason = "kinds of names that Python shows differently in each release")]
fn alternative(name: &GeneralName<'_>) -> Option<(&'static str, String)> {
    Some(match name {
        GeneralName::DNSName(name) => ("DNS", (*name).to_owned()),
        GeneralName::RFC822Name(name) => ("email", (*name).to_owned()),
        GeneralName::URI(name) => ("URI", (*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let address = match bytes.len() {
                4 => std::net::IpAddr::from(<[u8; 4]>::try_from(*bytes).ok()?).to_string(),
                16 => {
                    let groups: Vec<String> = bytes.chunks(2).map(|pair| format!("{:X}", u16::from_be_bytes([pair[0], pair[1]]))).collect();
                    groups.join(":")
                }
                _ => return None,
            };
            ("IP Address", address)
        }
        _ => return None,
    })
}

fn names(name: &X509Name<'_>) -> Vec<Vec<(String, String)>> {
    let text = |attribute: &x509_parser::x509::AttributeTypeAndValue<'_>| {
        let id = attribute.attr_type().to_id_string();
        let name = NAMES.iter().find(|(known, _)| *known == id).map_or(id.clone(), |(_, name)| (*name).to_owned());
        (name, attribute.as_str().map_or_else(|_| String::from_utf8_lossy(attribute.as_slice()).into_owned(), str::to_owned))
    };
    name.iter_rdn().map(|rdn| rdn.iter().map(text).collect()).collect()
}

/// OpenSSL's long names.
const NAMES: [(&str, &str); 16] = [
    ("2.5.4.3", "commonName"),
    ("2.5.4.4", "surname"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "countryName"),
    ("2.5.4.7", "localityName"),
    ("2.5.4.8", "stateOrProvinceName"),
    ("2.5.4.9", "streetAddress"),
    ("2.5.4.10", "organizationName"),
    ("2.5.4.11", "organizationalUnitName"),
    ("2.5.4.12", "title"),
    ("2.5.4.15", "businessCategory"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.42", "givenName"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("0.9.2342.19200300.100.1.25", "domainComponent"),
    ("0.9.2342.19200300.100.1.1", "userId"),
];

/// `Jun  1 12:00:00 2024 GMT`.
fn date(timestamp: i64) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, seconds) = (timestamp.div_euclid(86_400), timestamp.rem_euclid(86_400));
    // Days since 1970 to a date (Howard Hinnant's algorithm for proleptic Gregorian calendars).
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let name = usize::try_from(month - 1).ok().and_then(|place| MONTHS.get(place)).unwrap_or(&"");
    format!("{name} {day:2} {:02}:{:02}:{:02} {year} GMT", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_openssls() {
        assert_eq!(date(0), "Jan  1 00:00:00 1970 GMT");
        assert_eq!(date(951_782_399), "Feb 28 23:59:59 2000 GMT");
        assert_eq!(date(951_782_400), "Feb 29 00:00:00 2000 GMT");
        assert_eq!(date(4_102_444_800), "Jan  1 00:00:00 2100 GMT");
        assert_eq!(date(-1), "Dec 31 23:59:59 1969 GMT");
    }

    #[test]
    fn ciphers_are_openssls() {
        assert_eq!(openssl_name("TLS13_AES_256_GCM_SHA384"), "TLS_AES_256_GCM_SHA384");
        assert_eq!(openssl_name("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), "ECDHE-RSA-AES128-GCM-SHA256");
        assert_eq!(openssl_name("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"), "ECDHE-ECDSA-CHACHA20-POLY1305");
    }

    #[test]
    fn settings_that_cannot_be_used_say_so() {
        let context = |json: &str| Context::new(json.as_bytes(), false).err().map(|failure| failure.line());
        let with = |rest: &str| {
            format!(
                r#"{{"server":false,"cas":[],"default_roots":false,"verify":2,"check_hostname":true,"alpn":[],"chain":[],"key":null,{rest}}}"#
            )
        };
        assert_eq!(context(&with(r#""min":771,"max":772"#)), None);
        assert_eq!(context(&with(r#""min":768,"max":770"#)).as_deref(), Some("NO_PROTOCOLS_AVAILABLE|0|no protocols available"));
        assert!(context("{}").is_some_and(|line| line.starts_with("LIMIT|0|")));
        assert!(describe(b"not a certificate").is_none());
    }
}
