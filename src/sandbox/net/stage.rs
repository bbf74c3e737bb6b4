//! What stands in the place of the network where a recording answers: sockets and TLS sessions that lead nowhere else.
//!
//! Nothing here waits, and nothing opens a socket of this machine. Every name has an address and every connection is made; a
//! request is answered as soon as it is complete. TLS is not spoken: a session hands on what it is given, behind a line that says
//! so, so that a guest that carries the bytes itself can do that as it always does.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::door::{self, Call, MOST_MOVED, MOST_NAME, address_of, encoded, put};
use super::{ENTRY, errno, tls};
use crate::function::{Attempt, Contact, ContactKind};
use crate::network::http1::{Event, Reader, value};
use crate::network::recording::{Asked, Digesting, Played, Recording};
use crate::network::{Limits, numeric_address};
use crate::sandbox::wasi::{Attempts, GuestMemory};

/// Answers that a connection has not read.
const MOST_UNREAD: usize = 256;
/// Names that are remembered with the addresses they were given.
const MOST_NAMES: usize = 4096;
/// What a session without cryptography begins with.
const NO_TLS: &[u8] = b"\x16wasmlam: no TLS in a replay\n";
/// Bytes that a session keeps for a guest that carries them itself.
const MOST_CARRIED: usize = 256 << 10;

/// Bytes that are to be read.
enum Part {
    Bytes(Vec<u8>),
    /// The body of this exchange, for a request with this method.
    Body(usize, String),
}

/// A connection.
struct Line {
    is_v6: bool,
    is_udp: bool,
    to: Option<SocketAddr>,
    contact: Option<Contact>,
    requests: Reader,
    is_tls: bool,
    /// Bytes of the line that says whether TLS is spoken, as far as they came.
    start: Option<Vec<u8>>,
    asking: Option<(Asked, Digesting)>,
    is_answered_early: bool,
    /// The guest has said that it is its last request.
    is_last: bool,
    unread: VecDeque<Part>,
    /// Bytes of the first part that were read.
    read: usize,
    /// Nothing comes after what is unread.
    has_ended: bool,
}

/// A TLS session: over a line, or over bytes that the guest carries.
struct Session {
    line: i32,
    alpn: String,
    outgoing: Vec<u8>,
    incoming: Vec<u8>,
    has_ended: bool,
}

enum Prop {
    Line(Box<Line>),
    Context { is_server: bool, alpn: Vec<String> },
    Session(Session),
    Name(String, IpAddr),
}

/// The network of a guest whose exchanges are answered from a recording.
pub(super) struct Stage {
    recording: Arc<Recording>,
    limits: Limits,
    pub(super) played: Played,
    props: BTreeMap<i32, Prop>,
    names: Vec<String>,
    pub(super) finished: Vec<Contact>,
    pub(super) begun: u64,
    pub(super) reason: String,
}

impl Stage {
    pub(super) fn new(recording: Arc<Recording>, limits: Limits, played: Played) -> Self {
        let (props, names, finished) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { recording, limits, played, props, names, finished, begun: 0, reason: String::new() }
    }

    pub(super) fn left_open(&self) -> Vec<String> {
        let contact = |prop: &Prop| match prop {
            Prop::Line(line) => line.contact.as_ref().map(|contact| format!("{}:{}", contact.host, contact.port)),
            Prop::Context { .. } | Prop::Session(_) | Prop::Name(..) => None,
        };
        self.props.values().filter_map(contact).collect()
    }

    pub(super) fn take_contacts(&mut self) -> Vec<Contact> {
        for prop in self.props.values_mut() {
            if let Prop::Line(line) = prop
                && let Some(contact) = &mut line.contact
            {
                contact.take().add_to(&mut self.finished);
            }
        }
        self.begun = 0;
        std::mem::take(&mut self.finished)
    }

    /// One operation; `next` is the handle that is given next.
    pub(super) fn call(&mut self, call: &Call, next: &mut i32, memory: &mut GuestMemory<'_>, attempts: &mut Attempts) -> Result<i64, i64> {
        let Call { op, handle, a, b, input, out } = *call;
        let read =
            |memory: &GuestMemory<'_>, most: u32| memory.bytes(input.0, input.1.min(most)).map(<[u8]>::to_vec).map_err(|_| errno::FAULT);
        let was_given = (door::Door::FIRST_HANDLE..*next).contains(&handle);
        match op {
            door::INFO => Ok(1),
            door::SOCKET => {
                let line = Line {
                    is_v6: a == 6,
                    is_udp: b == 2,
                    to: None,
                    contact: None,
                    requests: Reader::of_requests(),
                    is_tls: false,
                    start: Some(Vec::new()),
                    asking: None,
                    is_answered_early: false,
                    is_last: false,
                    unread: VecDeque::new(),
                    read: 0,
                    has_ended: false,
                };
                self.add(Prop::Line(Box::new(line)), next)
            }
            door::CONNECT => {
                let to = address_of(&read(memory, 16)?, a).ok_or(errno::INVAL)?;
                self.connect(handle, to)
            }
            door::FINISH => self.line(handle, was_given).map(|_| 0),
            door::BIND => self.line(handle, was_given).map(|_| 0),
            door::LISTEN => {
                self.refuse(ContactKind::Listen, "listen", "a replay has nobody who could connect", attempts);
                Err(errno::ACCES)
            }
            door::ACCEPT => Err(errno::INVAL),
            door::SEND => {
                let bytes = read(memory, MOST_MOVED)?;
                self.send(handle, was_given, &bytes, attempts)
            }
            door::RECEIVE => {
                if !self.props.contains_key(&handle) && was_given {
                    return Ok(0);
                }
                let buffer = memory.bytes_mut(out.0, out.1.min(MOST_MOVED)).map_err(|_| errno::FAULT)?;
                let recording = Arc::clone(&self.recording);
                let line = self.line(handle, was_given)?;
                line.receive(&recording, buffer, a & 1 == 1)
            }
            door::SEND_TO | door::RECEIVE_FROM => {
                self.refuse(ContactKind::Datagram, "send a datagram", "a replay has HTTP alone", attempts);
                Err(errno::ACCES)
            }
            door::SHUT_DOWN => {
                let line = self.line(handle, was_given)?;
                line.has_ended |= a != 1;
                Ok(0)
            }
            door::CLOSE => {
                match self.props.remove(&handle).ok_or(errno::BADF)? {
                    Prop::Line(line) => line.contact.into_iter().for_each(|contact| contact.add_to(&mut self.finished)),
                    Prop::Context { .. } | Prop::Session(_) | Prop::Name(..) => {}
                }
                Ok(0)
            }
            door::NAME => {
                let line = self.line(handle, was_given)?;
                let own = SocketAddr::new(if line.is_v6 { IpAddr::from([0_u16; 8]) } else { Ipv4Addr::LOCALHOST.into() }, 49_152);
                let name = if a == 0 { own } else { line.to.ok_or(errno::NOTCONN)? };
                put(memory, out, &encoded(name))
            }
            door::SET_OPTION | door::GET_OPTION => Err(errno::NOPROTOOPT),
            door::LOOK_UP => {
                let name = String::from_utf8(read(memory, MOST_NAME)?).map_err(|_| door::unknown_name())?.to_ascii_lowercase();
                let address = numeric_address(&name).map_or_else(|| self.address_of_name(&name), Ok)?;
                self.add(Prop::Name(name, address), next)
            }
            door::LOOKED_UP => {
                let Some(Prop::Name(name, address)) = self.props.remove(&handle) else { return Err(errno::BADF) };
                Contact::new(ContactKind::Lookup, &name, None, 0).add_to(&mut self.finished);
                put(memory, out, &encoded(SocketAddr::new(address, 0))[2..])
            }
            door::REASON => {
                let reason = std::mem::take(&mut self.reason);
                put(memory, out, reason.as_bytes())
            }
            door::TLS_CONTEXT => {
                let settings = read(memory, tls::MOST_SETTINGS)?;
                let (is_server, alpn) = tls::replayed(&settings).map_err(|failure| {
                    self.reason = failure.line();
                    tls::FAILED
                })?;
                self.add(Prop::Context { is_server, alpn }, next)
            }
            door::TLS_SESSION => self.session(handle, i32::try_from(a).unwrap_or(0), was_given, next),
            door::TLS_HAND_SHAKE => self.session_mut(handle, was_given).map(|_| 0),
            door::TLS_READ => {
                let buffer = memory.bytes_mut(out.0, out.1.min(MOST_MOVED)).map_err(|_| errno::FAULT)?;
                let session = self.session_mut(handle, was_given)?;
                if session.line != 0 {
                    let (line, recording) = (session.line, Arc::clone(&self.recording));
                    let found = self.line(line, true)?.receive(&recording, buffer, false);
                    return found.map_err(|error| if error == errno::AGAIN { tls::WANT_READ } else { error });
                }
                if session.incoming.is_empty() {
                    return if session.has_ended { Ok(0) } else { Err(tls::WANT_READ) };
                }
                let size = buffer.len().min(session.incoming.len());
                buffer[..size].copy_from_slice(&session.incoming[..size]);
                session.incoming.drain(..size);
                Ok(count(size))
            }
            door::TLS_WRITE => {
                let bytes = read(memory, MOST_MOVED)?;
                let session = self.session_mut(handle, was_given)?;
                if session.line != 0 {
                    let line = session.line;
                    return self.send(line, true, &bytes, attempts);
                }
                let size = bytes.len().min(MOST_CARRIED.saturating_sub(session.outgoing.len()));
                if size == 0 && !bytes.is_empty() {
                    return Err(tls::WANT_WRITE);
                }
                session.outgoing.extend_from_slice(&bytes[..size]);
                Ok(count(size))
            }
            door::TLS_END => self.session_mut(handle, was_given).map(|_| 0),
            door::TLS_FEED => {
                let bytes = read(memory, MOST_MOVED)?;
                let session = self.session_mut(handle, was_given)?;
                let size = bytes.len().min(MOST_CARRIED.saturating_sub(session.incoming.len()));
                session.incoming.extend_from_slice(&bytes[..size]);
                session.has_ended |= a == 1 && size == bytes.len();
                Ok(count(size))
            }
            door::TLS_TAKE => {
                let session = self.session_mut(handle, was_given)?;
                let size = session.outgoing.len().min(out.1 as usize);
                let taken: Vec<u8> = session.outgoing.drain(..size).collect();
                put(memory, out, &taken)
            }
            door::TLS_ABOUT => {
                let session = self.session_mut(handle, was_given)?;
                let text = match a {
                    0 => "TLSv1.3".to_owned(),
                    1 => "TLS_AES_256_GCM_SHA384".to_owned(),
                    2 => session.alpn.clone(),
                    _ => String::new(), // nobody has shown a certificate
                };
                put(memory, out, text.as_bytes())
            }
            door::TLS_CERTIFICATE => {
                let described = tls::describe(&read(memory, door::MOST_CERTIFICATE)?).ok_or(errno::INVAL)?;
                put(memory, out, &described)
            }
            door::TLS_WAITING => {
                let session = self.session_mut(handle, was_given)?;
                Ok(count(session.incoming.len()))
            }
            door::TLS_ROOTS => Ok(tls::count_of_roots()),
            _ => Err(errno::INVAL),
        }
    }

    fn add(&mut self, prop: Prop, next: &mut i32) -> Result<i64, i64> {
        if self.props.len() >= self.limits.open || *next == i32::MAX {
            self.reason = format!("{} sockets and look-ups are open, which is the most", self.limits.open);
            return Err(errno::MFILE);
        }
        let handle = *next;
        *next += 1;
        self.props.insert(handle, prop);
        Ok(i64::from(handle))
    }

    fn line(&mut self, handle: i32, was_given: bool) -> Result<&mut Line, i64> {
        match self.props.get_mut(&handle) {
            Some(Prop::Line(line)) => Ok(line),
            None if was_given => Err(errno::NOTCONN),
            None | Some(Prop::Context { .. } | Prop::Session(_) | Prop::Name(..)) => Err(errno::BADF),
        }
    }

    fn session_mut(&mut self, handle: i32, was_given: bool) -> Result<&mut Session, i64> {
        match self.props.get_mut(&handle) {
            Some(Prop::Session(session)) => Ok(session),
            None if was_given => Err(tls::BROKEN_OFF),
            None | Some(Prop::Context { .. } | Prop::Line(_) | Prop::Name(..)) => Err(errno::BADF),
        }
    }

    fn refuse(&mut self, kind: ContactKind, what: &str, why: &str, attempts: &mut Attempts) {
        let mut contact = Contact::new(kind, what, None, 0);
        contact.refused = Some(why.to_owned());
        contact.add_to(&mut self.finished);
        self.reason = format!("{what}: {why}");
        attempts.note(Attempt::new(Attempt::Network, &self.reason));
    }

    /// An address for a name, of a block that nobody has: the same one each time.
    fn address_of_name(&mut self, name: &str) -> Result<IpAddr, i64> {
        let place = match self.names.iter().position(|known| known == name) {
            Some(place) => place,
            None if self.names.len() >= MOST_NAMES => return Err(door::unknown_name()),
            None => {
                self.names.push(name.to_owned());
                self.names.len() - 1
            }
        };
        let [high, low] = u16::try_from(place + 1).unwrap_or(u16::MAX).to_be_bytes();
        Ok(Ipv4Addr::new(198, 18, high, low).into())
    }

    fn connect(&mut self, handle: i32, to: SocketAddr) -> Result<i64, i64> {
        if self.begun >= self.limits.connections {
            self.reason = format!("the invocation has begun {} connections and look-ups, which is the most", self.begun);
            return Err(errno::NOBUFS);
        }
        let name = match to.ip() {
            IpAddr::V4(ip) if ip.octets()[..2] == [198, 18] => {
                let [_, _, high, low] = ip.octets();
                self.names.get(usize::from(u16::from_be_bytes([high, low])).wrapping_sub(1)).cloned()
            }
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        };
        let line = self.line(handle, true)?;
        if line.is_v6 != to.is_ipv6() {
            return Err(errno::AFNOSUPPORT);
        }
        line.to = Some(to);
        if !line.is_udp {
            let host = name.unwrap_or_else(|| to.ip().to_string());
            line.contact = Some(Contact::new(ContactKind::Connect, &host, Some(to.ip().to_string()), to.port()));
        }
        self.begun += 1;
        Ok(0)
    }

    fn session(&mut self, context: i32, socket: i32, was_given: bool, next: &mut i32) -> Result<i64, i64> {
        let (is_server, alpn) = match self.props.get(&context) {
            Some(Prop::Context { is_server, alpn }) => (*is_server, alpn.iter().find(|name| *name == "http/1.1").cloned()),
            _ => return Err(errno::BADF),
        };
        if is_server {
            self.reason = "INTERNAL_ERROR|0|a replay has nobody who could connect".into();
            return Err(tls::FAILED);
        }
        let outgoing = if socket == 0 {
            NO_TLS.to_vec()
        } else {
            let line = self.line(socket, was_given)?;
            (line.is_tls, line.start) = (true, None);
            Vec::new()
        };
        let session = Session { line: socket, alpn: alpn.unwrap_or_default(), outgoing, incoming: Vec::new(), has_ended: false };
        self.add(Prop::Session(session), next)
    }

    fn send(&mut self, handle: i32, was_given: bool, bytes: &[u8], attempts: &mut Attempts) -> Result<i64, i64> {
        if !self.props.contains_key(&handle) && was_given {
            return Err(errno::PIPE);
        }
        let Some(Prop::Line(line)) = self.props.get_mut(&handle) else { return Err(errno::BADF) };
        if line.is_udp {
            self.refuse(ContactKind::Datagram, "send a datagram", "a replay has HTTP alone", attempts);
            return Err(errno::ACCES);
        }
        if line.to.is_none() {
            return Err(errno::NOTCONN);
        }
        if line.unread.len() > MOST_UNREAD {
            return Err(errno::AGAIN);
        }
        if let Some(contact) = &mut line.contact {
            contact.sent += bytes.len() as u64;
        }
        let result = line.send(bytes, &self.recording, &mut self.played);
        if let Err(why) = result {
            let mut contact = line.contact.clone().unwrap_or_else(|| Contact::new(ContactKind::Connect, "", None, 0));
            (contact.count, contact.sent, contact.received) = (1, 0, 0);
            contact.refused = Some(why.chars().take(256).collect());
            contact.add_to(&mut self.finished);
            line.has_ended = true;
            attempts.note(Attempt::new(Attempt::Network, &why));
            self.reason = why;
            return Err(errno::ACCES);
        }
        Ok(count(bytes.len()))
    }

    /// Fills in which of the entries are ready, and how many those are.
    pub(super) fn look(&self, table: &mut [u8]) -> i32 {
        let mut count = 0;
        for entry in table.chunks_exact_mut(ENTRY) {
            let (handle, wanted) = (door::handle_of(entry), door::wanted_of(entry));
            let ready = match self.props.get(&handle) {
                Some(Prop::Line(line)) => {
                    let readable = if line.has_ended || !line.unread.is_empty() { door::IN } else { 0 };
                    wanted & (readable | if line.to.is_some() { door::OUT } else { 0 })
                }
                Some(Prop::Name(..)) => door::IN,
                Some(Prop::Context { .. } | Prop::Session(_)) => door::ERR,
                None => wanted & (door::IN | door::OUT) | door::HUP,
            };
            entry[6..8].copy_from_slice(&ready.to_le_bytes());
            count += i32::from(ready != 0);
        }
        count
    }
}

impl Line {
    /// Takes what the guest sends, and puts the answers to the requests that are complete behind what is unread.
    fn send(&mut self, bytes: &[u8], recording: &Recording, played: &mut Played) -> Result<(), String> {
        if self.has_ended {
            return Ok(()); // what comes after a last answer reaches nobody
        }
        let joined;
        let mut input = bytes;
        if let Some(start) = &mut self.start {
            start.extend_from_slice(&bytes[..bytes.len().min(NO_TLS.len() + 1)]);
            if start.len() < NO_TLS.len() && NO_TLS.starts_with(start) {
                return Ok(());
            }
            self.is_tls = start.starts_with(NO_TLS);
            let before = start.len() - bytes.len().min(NO_TLS.len() + 1);
            joined = [&start[..before], bytes].concat();
            input = if self.is_tls { &joined[NO_TLS.len()..] } else { &joined };
            self.start = None;
        }
        loop {
            let event = self.requests.next(&mut input).map_err(|error| format!("a replay has HTTP/1.1 alone: {error}"))?;
            match event {
                None => return Ok(()),
                Some(Event::Request(head)) => {
                    let asked = Asked::new(&head, self.is_tls);
                    self.is_last = value(&head.headers, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
                    if recording.answers_early(&asked) {
                        let place = recording.find(&asked, None, played)?;
                        self.answer(recording, place, &head.method);
                        self.is_answered_early = true;
                    } else if value(&head.headers, "expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
                        self.unread.push_back(Part::Bytes(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()));
                    }
                    self.asking = Some((asked, Digesting::of(&head)));
                }
                Some(Event::Body(part)) => {
                    if let Some((_, digesting)) = &mut self.asking {
                        digesting.add(part);
                    }
                }
                Some(Event::End) => {
                    let Some((asked, digesting)) = self.asking.take() else { continue };
                    if std::mem::take(&mut self.is_answered_early) {
                        continue;
                    }
                    let place = recording.find(&asked, Some(&digesting.end()), played)?;
                    self.answer(recording, place, asked.method());
                }
                Some(Event::Response(_) | Event::Trailers(_)) => {}
            }
        }
    }

    fn answer(&mut self, recording: &Recording, place: usize, method: &str) {
        let (head, is_chunked) = recording.head(place, method);
        self.unread.push_back(Part::Bytes(head));
        if !recording.body(place, method).is_empty() {
            self.unread.push_back(Part::Body(place, method.to_owned()));
        }
        let tail = if is_chunked { recording.tail(place) } else { Vec::new() };
        if !tail.is_empty() {
            self.unread.push_back(Part::Bytes(tail));
        }
        self.has_ended = self.is_last || recording.ends_connection(place);
    }

    fn receive(&mut self, recording: &Recording, buffer: &mut [u8], peek: bool) -> Result<i64, i64> {
        if self.to.is_none() {
            return Err(errno::NOTCONN);
        }
        let Some(part) = self.unread.front() else { return if self.has_ended { Ok(0) } else { Err(errno::AGAIN) } };
        let bytes = match part {
            Part::Bytes(bytes) => bytes.as_slice(),
            Part::Body(place, method) => recording.body(*place, method),
        };
        let rest = &bytes[self.read..];
        let size = rest.len().min(buffer.len());
        buffer[..size].copy_from_slice(&rest[..size]);
        let is_done = size == rest.len();
        if !peek {
            if let Some(contact) = &mut self.contact {
                contact.received += size as u64;
            }
            self.read += size;
            if is_done {
                self.unread.pop_front();
                self.read = 0;
            }
        }
        Ok(count(size))
    }
}

fn count(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
