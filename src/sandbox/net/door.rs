//! The sockets of one guest, the rules that apply to them, and what came of it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, Shutdown, SocketAddrAny, SocketFlags, SocketType, sockopt};

use super::lookup::{Lookup, Unresolved};
use super::places::{Place, Places};
use super::stage::Stage;
use super::tls::{self, Wrong};
use super::{ENTRY, errno};
use crate::function::{Attempt, Contact, ContactKind};
use crate::network::recording::Played;
use crate::network::tap::{Refused, Tap};
use crate::network::{Policy, Refusal, numeric_address};
use crate::sandbox::ending;
use crate::sandbox::wasi::{Attempts, GuestMemory, Stop};

pub(super) const INFO: i32 = 0;
pub(super) const SOCKET: i32 = 1;
pub(super) const CONNECT: i32 = 2;
pub(super) const FINISH: i32 = 3;
pub(super) const BIND: i32 = 4;
pub(super) const LISTEN: i32 = 5;
pub(super) const ACCEPT: i32 = 6;
pub(super) const SEND: i32 = 7;
pub(super) const RECEIVE: i32 = 8;
pub(super) const SEND_TO: i32 = 9;
pub(super) const RECEIVE_FROM: i32 = 10;
pub(super) const SHUT_DOWN: i32 = 11;
pub(super) const CLOSE: i32 = 12;
pub(super) const NAME: i32 = 13;
pub(super) const SET_OPTION: i32 = 14;
pub(super) const GET_OPTION: i32 = 15;
pub(super) const LOOK_UP: i32 = 16;
pub(super) const LOOKED_UP: i32 = 17;
pub(super) const REASON: i32 = 18;
pub(super) const TLS_CONTEXT: i32 = 32;
pub(super) const TLS_SESSION: i32 = 33;
pub(super) const TLS_HAND_SHAKE: i32 = 34;
pub(super) const TLS_READ: i32 = 35;
pub(super) const TLS_WRITE: i32 = 36;
pub(super) const TLS_END: i32 = 37;
pub(super) const TLS_FEED: i32 = 38;
pub(super) const TLS_TAKE: i32 = 39;
pub(super) const TLS_ABOUT: i32 = 40;
pub(super) const TLS_CERTIFICATE: i32 = 41;
pub(super) const TLS_WAITING: i32 = 42;
pub(super) const TLS_ROOTS: i32 = 43;

/// Bits of poll().
pub(super) const IN: u16 = 1;
pub(super) const OUT: u16 = 4;
pub(super) const ERR: u16 = 8;
pub(super) const HUP: u16 = 16;

/// Bytes that one operation moves at most, so that it takes a few milliseconds: less is a short count.
pub(super) const MOST_MOVED: u32 = 4 << 20;
/// Bytes of a name, and a little more: it is refused by its length.
pub(super) const MOST_NAME: u32 = 256;
/// Addresses that are remembered with the names they were looked up by, and names of one address.
const MOST_ADDRESSES: usize = 4096;
const MOST_NAMES: usize = 8;
/// Look-ups of a guest at the same time.
const MOST_LOOKUPS: usize = 8;
/// Connections that may wait to be accepted.
const MOST_BACKLOG: i64 = 128;
/// Bytes of a socket's buffers in the kernel that a guest may ask for.
const MOST_BUFFER: usize = 4 << 20;
/// Bytes of a certificate that is described, and of the settings of all contexts.
pub(super) const MOST_CERTIFICATE: u32 = 64 << 10;
const MOST_TLS_SETTINGS: usize = 64 << 20;
/// Bytes of an address and a port in front of a datagram.
const MOST_ENCODED: usize = 19;
/// A datagram has no more bytes.
const MOST_DATAGRAM: usize = 65_536;

/// Sockets of all guests of this process, and how many there may be: half of the descriptors that it may have.
static OPEN: Places = Places::new();
static MOST_OPEN: LazyLock<usize> = LazyLock::new(|| {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.map_or(65_536, |limit| usize::try_from(limit / 2).unwrap_or(65_536))
});

/// What the guest calls the door with.
pub(super) struct Call {
    pub(super) op: i32,
    pub(super) handle: i32,
    pub(super) a: i64,
    pub(super) b: i64,
    pub(super) input: (u32, u32),
    pub(super) out: (u32, u32),
}

/// A socket.
struct Socket {
    fd: OwnedFd,
    kind: Kind,
    is_v6: bool,
    /// `None` until there is somebody at the other end.
    contact: Option<Contact>,
    began: Instant,
    /// Who sees what passes through it.
    tap: Option<Box<Tap>>,
    /// What a signer made of what the guest sends, for the peer, and how much of the guest's that was.
    outbox: Vec<u8>,
    taken: Option<usize>,
    /// What the guest reads in the place of what the peer says; nothing comes after it.
    in_place: Option<VecDeque<u8>>,
    _place: Place,
}

impl Socket {
    fn new(fd: OwnedFd, kind: Kind, is_v6: bool, contact: Option<Contact>, place: Place) -> Self {
        let (began, tap, outbox, taken, in_place) = (Instant::now(), None, Vec::new(), None, None);
        Self { fd, kind, is_v6, contact, began, tap, outbox, taken, in_place, _place: place }
    }

    /// Sends what a signer made. Whether that was all.
    fn flush(&mut self) -> Result<bool, Errno> {
        while !self.outbox.is_empty() {
            match rustix::net::send(&self.fd, &self.outbox, SendFlags::NOSIGNAL) {
                Ok(count) => drop(self.outbox.drain(..count)),
                Err(Errno::AGAIN) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Whether its other end is this host, by a name that it was looked up by or by its address, at this port.
    fn is_at(&self, host: &str, port: u16, names: &[String]) -> bool {
        if self.contact.as_ref().is_none_or(|contact| contact.port != port) {
            return false;
        }
        let address = self.contact.as_ref().and_then(|contact| contact.address.as_deref()).and_then(|text| text.parse::<IpAddr>().ok());
        let is_loopback_name = host == "localhost" || host.ends_with(".localhost");
        let is_address = |address: IpAddr| host.parse() == Ok(address) || is_loopback_name && address.is_loopback();
        address.is_some_and(is_address) || names.iter().any(|name| name == host)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tcp,
    Listener,
    Udp,
}

enum Thing {
    Socket(Box<Socket>),
    Lookup(Lookup, Instant),
    /// With the bytes of its settings.
    Context(tls::Context, usize),
    Session(Box<tls::Session>),
}

/// All that a guest has of the network.
pub(crate) struct Door {
    policy: Arc<Policy>,
    things: BTreeMap<i32, Thing>,
    next: i32,
    /// Names that addresses were looked up by.
    names: HashMap<IpAddr, Vec<String>>,
    finished: Vec<Contact>,
    /// Of this invocation.
    begun: u64,
    sent: u64,
    received: u64,
    /// Written to by look-ups that have an answer. Made with the first one.
    answered: Option<Arc<OwnedFd>>,
    /// Bytes of the settings that the contexts were made from.
    settings_bytes: usize,
    /// Why the last thing was refused.
    reason: String,
    /// What answers in the place of the network.
    stage: Option<Stage>,
}

/// What an image keeps of a door: the handle that is given next, and what a recording was asked for.
#[derive(Debug, Clone)]
pub(crate) struct DoorMark {
    next: i32,
    played: Played,
}

impl Default for DoorMark {
    fn default() -> Self {
        Self { next: Door::FIRST_HANDLE, played: Played::default() }
    }
}

impl DoorMark {
    /// Whether the door was never used.
    pub(crate) fn is_untouched(&self) -> bool {
        self.next <= Door::FIRST_HANDLE
    }
}

fn of(error: Errno) -> i64 {
    -i64::from(error.raw_os_error())
}

pub(super) fn address_of(bytes: &[u8], port: i64) -> Option<SocketAddr> {
    let port = u16::try_from(port).ok()?;
    let address: IpAddr = match bytes.len() {
        4 => Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into(),
        16 => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into(),
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

/// Port, length of the address, address.
pub(super) fn encoded(address: SocketAddr) -> Vec<u8> {
    let mut out = address.port().to_le_bytes().to_vec();
    match address.ip() {
        IpAddr::V4(ip) => {
            out.push(4);
            out.extend(ip.octets());
        }
        IpAddr::V6(ip) => {
            out.push(16);
            out.extend(ip.octets());
        }
    }
    out
}

fn plain(address: SocketAddrAny) -> Option<SocketAddr> {
    SocketAddr::try_from(address).ok()
}

impl Door {
    /// What the first handle is. Others follow, and none is given twice.
    pub(crate) const FIRST_HANDLE: i32 = 1;

    /// A door with nothing open, for a guest that goes on where its image ended.
    pub(crate) fn new(policy: Arc<Policy>, mark: &DoorMark) -> Self {
        let replay = policy.traffic.replay.as_ref().map(Arc::clone);
        let stage = replay.map(|recording| Stage::new(recording, policy.limits.clone(), mark.played.clone()));
        Self {
            policy,
            things: BTreeMap::new(),
            stage,
            next: mark.next,
            names: HashMap::new(),
            finished: Vec::new(),
            begun: 0,
            sent: 0,
            received: 0,
            answered: None,
            settings_bytes: 0,
            reason: String::new(),
        }
    }

    /// What an image keeps of it.
    pub(crate) fn mark(&self) -> DoorMark {
        DoorMark { next: self.next, played: self.stage.as_ref().map(|stage| stage.played.clone()).unwrap_or_default() }
    }

    /// Which of the entries are ready where a recording answers: nothing else can become so by waiting. `None`: there is a network.
    pub(super) fn look_at_stage(&self, table: &mut [u8]) -> Option<i32> {
        self.stage.as_ref().map(|stage| stage.look(table))
    }

    /// What is open, as the host names it, at most `most` of them, and how many there are.
    pub(crate) fn left_open(&self, most: usize) -> (usize, Vec<String>) {
        if let Some(stage) = &self.stage {
            let names = stage.left_open();
            return (names.len(), names.into_iter().take(most).collect());
        }
        let names: Vec<String> = self
            .things
            .values()
            .filter_map(|thing| match thing {
                Thing::Socket(socket) => {
                    let contact = socket.contact.as_ref().filter(|contact| contact.refused.is_none())?;
                    Some(format!("{}:{}", contact.host, contact.port))
                }
                Thing::Lookup(..) | Thing::Context(..) | Thing::Session(_) => None,
            })
            .collect();
        (names.len(), names.into_iter().take(most).collect())
    }

    /// What was done since the last time. A connection that stays open is in it, and again the next time if it is used.
    pub(crate) fn take_contacts(&mut self) -> Vec<Contact> {
        if let Some(stage) = &mut self.stage {
            return stage.take_contacts();
        }
        for thing in self.things.values_mut() {
            if let Thing::Socket(socket) = thing
                && let Socket { contact: Some(contact), began, .. } = &mut **socket
            {
                let mut so_far = contact.take();
                so_far.duration = began.elapsed();
                *began = Instant::now();
                so_far.add_to(&mut self.finished);
            }
        }
        (self.begun, self.sent, self.received) = (0, 0, 0);
        std::mem::take(&mut self.finished)
    }

    /// One operation. Never waits.
    pub(super) fn call(&mut self, call: &Call, memory: &mut GuestMemory<'_>, attempts: &mut Attempts) -> i64 {
        let answer = match &mut self.stage {
            Some(stage) => stage.call(call, &mut self.next, memory, attempts),
            None => self.answer(call, memory, attempts),
        };
        answer.unwrap_or_else(|error| error)
    }

    fn answer(&mut self, call: &Call, memory: &mut GuestMemory<'_>, attempts: &mut Attempts) -> Result<i64, i64> {
        let Call { op, handle, a, b, input, out } = *call;
        let read =
            |memory: &GuestMemory<'_>, most: u32| memory.bytes(input.0, input.1.min(most)).map(<[u8]>::to_vec).map_err(|_| errno::FAULT);
        match op {
            INFO => Ok(1),
            SOCKET => self.socket(a == 6, b == 2),
            CONNECT => {
                let to = address_of(&read(memory, 16)?, a).ok_or(errno::INVAL)?;
                self.connect(handle, to, attempts)
            }
            FINISH => {
                let socket = self.socket_mut(handle)?;
                match sockopt::socket_error(&socket.fd).map_err(of)? {
                    Err(error) => Err(of(error)),
                    Ok(()) => match rustix::net::getpeername(&socket.fd) {
                        Ok(_) => Ok(0),
                        Err(Errno::NOTCONN) => Err(of(Errno::INPROGRESS)),
                        Err(error) => Err(of(error)),
                    },
                }
            }
            BIND => {
                let to = address_of(&read(memory, 16)?, a).ok_or(errno::INVAL)?;
                self.bind(handle, to, attempts)
            }
            LISTEN => self.listen(handle, a, attempts),
            ACCEPT => self.accept(handle),
            SEND => {
                let bytes = memory.bytes(input.0, input.1.min(MOST_MOVED)).map_err(|_| errno::FAULT)?;
                self.send(handle, bytes, attempts)
            }
            RECEIVE => {
                let buffer = memory.bytes_mut(out.0, out.1.min(MOST_MOVED)).map_err(|_| errno::FAULT)?;
                self.receive(handle, a & 1 == 1, buffer)
            }
            SEND_TO => {
                let bytes = read(memory, MOST_MOVED)?;
                let (size, rest) = bytes.split_first().ok_or(errno::INVAL)?;
                let (address, datagram) = rest.split_at_checked(usize::from(*size)).ok_or(errno::INVAL)?;
                let to = address_of(address, a).ok_or(errno::INVAL)?;
                self.send_to(handle, to, datagram, attempts)
            }
            RECEIVE_FROM => {
                let found = self.receive_from(handle, a & 1 == 1, out.1)?;
                put(memory, out, &found)
            }
            SHUT_DOWN => {
                let how = match a {
                    0 => Shutdown::Read,
                    1 => Shutdown::Write,
                    2 => Shutdown::Both,
                    _ => return Err(errno::INVAL),
                };
                rustix::net::shutdown(&self.socket_mut(handle)?.fd, how).map(|()| 0).map_err(of)
            }
            CLOSE => {
                let thing = self.things.remove(&handle).ok_or(errno::BADF)?;
                self.note_end(thing);
                Ok(0)
            }
            NAME => {
                let socket = self.socket_mut(handle)?;
                let name = match a {
                    0 => rustix::net::getsockname(&socket.fd).map_err(of)?,
                    _ => rustix::net::getpeername(&socket.fd).map_err(of)?.ok_or(errno::NOTCONN)?,
                };
                put(memory, out, &encoded(plain(name).ok_or(errno::INVAL)?))
            }
            SET_OPTION => set_option(self.socket_mut(handle)?, a, b),
            GET_OPTION => get_option(self.socket_mut(handle)?, a),
            LOOK_UP => {
                let name = String::from_utf8(read(memory, MOST_NAME)?).map_err(|_| unresolved(Unresolved::Unknown))?;
                self.look_up(name, attempts)
            }
            LOOKED_UP => {
                let found = self.looked_up(handle)?;
                put(memory, out, &found)
            }
            REASON => {
                let reason = std::mem::take(&mut self.reason);
                put(memory, out, reason.as_bytes())
            }
            TLS_CONTEXT => {
                let settings = memory.bytes(input.0, input.1.min(tls::MOST_SETTINGS)).map_err(|_| errno::FAULT)?;
                if self.settings_bytes + settings.len() > MOST_TLS_SETTINGS {
                    return Err(self.failed("LIMIT|0|too many contexts with certificates".into()));
                }
                let context =
                    tls::Context::new(settings, self.policy.traffic.reads_http()).map_err(|failure| self.failed(failure.line()))?;
                let handle = self.add(Thing::Context(context, settings.len()))?;
                self.settings_bytes += settings.len();
                Ok(handle)
            }
            TLS_SESSION => {
                let name = String::from_utf8(read(memory, MOST_NAME)?).map_err(|_| errno::INVAL)?;
                self.session(handle, i32::try_from(a).unwrap_or(0), &name, attempts)
            }
            TLS_HAND_SHAKE => self.with_session(handle, |session, fd| session.hand_shake(fd)),
            TLS_READ => {
                let size = self.allowance(self.received, out.1.min(MOST_MOVED) as usize)?;
                let buffer = memory.bytes_mut(out.0, out.1.min(MOST_MOVED)).map_err(|_| errno::FAULT)?;
                if let Some(answer) = self.in_place_of(handle) {
                    return Ok(read_in_place(answer, &mut buffer[..size], false));
                }
                self.with_session(handle, |session, fd| session.read(fd, &mut buffer[..size]))
            }
            TLS_WRITE => {
                let bytes = memory.bytes(input.0, input.1.min(MOST_MOVED)).map_err(|_| errno::FAULT)?;
                self.allowance(self.sent, bytes.len())?;
                self.write(handle, bytes, attempts)
            }
            TLS_END => self.with_session(handle, |session, fd| session.end(fd)),
            TLS_FEED => {
                let bytes = memory.bytes(input.0, input.1.min(MOST_MOVED)).map_err(|_| errno::FAULT)?;
                self.with_session(handle, |session, _| Ok(session.feed(bytes, a == 1)))
            }
            TLS_TAKE => {
                let buffer = memory.bytes_mut(out.0, out.1.min(MOST_MOVED)).map_err(|_| errno::FAULT)?;
                self.with_session(handle, |session, _| Ok(session.take(buffer)))
            }
            TLS_ABOUT => {
                let Some(Thing::Session(session)) = self.things.get(&handle) else { return Err(errno::BADF) };
                let found = session.about(a, b);
                put(memory, out, &found)
            }
            TLS_CERTIFICATE => {
                let described = tls::describe(&read(memory, MOST_CERTIFICATE)?).ok_or(errno::INVAL)?;
                put(memory, out, &described)
            }
            TLS_WAITING => self.with_session(handle, |session, _| Ok(session.waiting())),
            TLS_ROOTS => Ok(tls::count_of_roots()),
            _ => Err(errno::INVAL),
        }
    }

    /// Keeps the words of a failure for the guest to ask for.
    fn failed(&mut self, line: String) -> i64 {
        self.reason = line;
        tls::FAILED
    }

    fn session(&mut self, context: i32, socket: i32, name: &str, attempts: &mut Attempts) -> Result<i64, i64> {
        let Some(Thing::Context(context, _)) = self.things.get(&context) else { return Err(errno::BADF) };
        let context = context.clone();
        if socket != 0 {
            let peer = rustix::net::getpeername(&self.socket_mut(socket)?.fd).map_err(of)?.and_then(plain).ok_or(errno::NOTCONN)?;
            // What is asked for by name must be what the rules allow: an address can serve many names. An address that is
            // allowed itself may be asked for any.
            let is_name = !name.is_empty() && name.parse::<IpAddr>().is_err() && matches!(context, tls::Context::Client(_));
            if is_name
                && !self.policy.allows_address(peer)
                && let Err(refusal) = self.policy.check_name(name)
            {
                self.refuse(ContactKind::Connect, "ask for", name, Some(peer), &refusal, attempts);
                return Err(errno::ACCES);
            }
        }
        let mut session = tls::Session::new(&context, socket, name).map_err(|failure| self.failed(failure.line()))?;
        if matches!(context, tls::Context::Client(_)) {
            session.tap = Tap::new(&self.policy.traffic, true, name);
        }
        if let Some(Thing::Socket(socket)) = self.things.get_mut(&socket) {
            socket.tap = None; // from here on it is TLS that passes through it
        }
        self.add(Thing::Session(Box::new(session)))
    }

    /// Writes to a session what a signer makes of it, where there is one.
    fn write(&mut self, handle: i32, bytes: &[u8], attempts: &mut Attempts) -> Result<i64, i64> {
        let mut refused = None;
        let socket = match self.things.get(&handle) {
            Some(Thing::Session(session)) => session.socket,
            Some(Thing::Socket(_) | Thing::Lookup(..) | Thing::Context(..)) | None => 0,
        };
        if socket != 0 && self.socket_mut(socket).is_ok_and(|socket| socket.in_place.is_some()) {
            return Ok(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        }
        let written = self.with_session(handle, |session, fd| {
            session.write(fd, bytes, |tap, bytes, is_at| tap.rewrite(bytes, seconds_now(), is_at).map_err(|error| refused = Some(error)))
        });
        let Some(why) = refused else { return written };
        let is_answered = socket != 0 && !why.answer.is_empty();
        self.refuse_request(socket, why, attempts);
        if is_answered {
            return Ok(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        }
        let line = format!("ACCESS_DENIED|0|wasmlam: {}", self.reason);
        Err(self.failed(line))
    }

    /// What a session's guest reads in the place of what the peer says.
    fn in_place_of(&mut self, session: i32) -> Option<&mut VecDeque<u8>> {
        let Some(Thing::Session(session)) = self.things.get(&session) else { return None };
        let socket = session.socket;
        self.socket_mut(socket).ok()?.in_place.as_mut()
    }

    fn with_session(
        &mut self,
        handle: i32,
        run: impl FnOnce(&mut tls::Session, Option<&OwnedFd>) -> Result<i64, Wrong>,
    ) -> Result<i64, i64> {
        let Some(Thing::Session(mut session)) = self.things.remove(&handle) else {
            // Of an image: as a socket whose peer is gone.
            return Err(if self.was_given(handle) { tls::BROKEN_OFF } else { errno::BADF });
        };
        let result = match (session.take_failure(), session.socket) {
            (Some(line), _) => Err(self.failed(line)),
            (None, 0) => self.outcome(run(&mut session, None)),
            (None, socket) => match self.things.get_mut(&socket) {
                Some(Thing::Socket(socket)) => {
                    let result = run(&mut session, Some(&socket.fd));
                    let (sent, received) = std::mem::take(&mut session.moved);
                    if let Some(contact) = &mut socket.contact {
                        contact.sent += sent;
                        contact.received += received;
                    }
                    self.sent += sent;
                    self.received += received;
                    self.outcome(result)
                }
                Some(Thing::Lookup(..) | Thing::Context(..) | Thing::Session(_)) | None => Err(errno::BADF),
            },
        };
        self.things.insert(handle, Thing::Session(session));
        result
    }

    fn outcome(&mut self, result: Result<i64, Wrong>) -> Result<i64, i64> {
        result.map_err(|wrong| match wrong {
            Wrong::Answer(answer) => answer,
            Wrong::Failure(failure) => self.failed(failure.line()),
            Wrong::Io(error) => error.raw_os_error().map_or(errno::PIPE, |number| -i64::from(number)),
        })
    }

    /// Whether a handle was given by this door, or by that of the image: one without a thing is of a connection that is gone.
    fn was_given(&self, handle: i32) -> bool {
        (Self::FIRST_HANDLE..self.next).contains(&handle)
    }

    /// Whether a handle is of a connection that is gone.
    fn is_gone(&self, handle: i32) -> bool {
        self.was_given(handle) && !self.things.contains_key(&handle)
    }

    fn socket_mut(&mut self, handle: i32) -> Result<&mut Socket, i64> {
        // Asking for the peer of a connection that is gone says so.
        let of_nothing = if self.was_given(handle) { errno::NOTCONN } else { errno::BADF };
        match self.things.get_mut(&handle) {
            Some(Thing::Socket(socket)) => Ok(socket),
            None => Err(of_nothing),
            Some(Thing::Lookup(..) | Thing::Context(..) | Thing::Session(_)) => Err(errno::BADF),
        }
    }

    /// Whether one more can be open.
    fn check_room(&mut self) -> Result<(), i64> {
        if self.things.len() < self.policy.limits.open && self.next < i32::MAX {
            return Ok(());
        }
        self.reason = format!("{} sockets and look-ups are open, which is the most", self.policy.limits.open);
        Err(errno::MFILE)
    }

    fn add(&mut self, thing: Thing) -> Result<i64, i64> {
        self.check_room()?;
        let handle = self.next;
        self.next += 1;
        self.things.insert(handle, thing);
        Ok(i64::from(handle))
    }

    fn socket(&mut self, is_v6: bool, is_udp: bool) -> Result<i64, i64> {
        self.check_room()?;
        let place = OPEN.take(*MOST_OPEN).ok_or(errno::MFILE)?;
        let (family, kind) = (if is_v6 { AddressFamily::INET6 } else { AddressFamily::INET }, if is_udp { Kind::Udp } else { Kind::Tcp });
        let socket_type = if is_udp { SocketType::DGRAM } else { SocketType::STREAM };
        let fd = rustix::net::socket_with(family, socket_type, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None).map_err(of)?;
        if is_v6 {
            sockopt::set_ipv6_v6only(&fd, true).map_err(of)?; // or IPv4 addresses in IPv6 form could be reached
        }
        self.add(Thing::Socket(Box::new(Socket::new(fd, kind, is_v6, None, place))))
    }

    /// The name that an address is called by in reports.
    fn host_of(&self, to: SocketAddr) -> String {
        self.names.get(&to.ip().to_canonical()).and_then(|names| names.last()).cloned().unwrap_or_else(|| to.ip().to_string())
    }

    fn check(&self, to: SocketAddr) -> Result<(), Refusal> {
        let names = self.names.get(&to.ip().to_canonical()).map_or(&[][..], Vec::as_slice);
        self.policy.check(to, names)
    }

    /// Notes what was not allowed. The guest gets the reason with its error.
    fn refuse(
        &mut self,
        kind: ContactKind,
        what: &str,
        host: &str,
        address: Option<SocketAddr>,
        refusal: &Refusal,
        attempts: &mut Attempts,
    ) {
        let port = address.map_or(0, |address| address.port());
        let mut contact = Contact::new(kind, host, address.map(|address| address.ip().to_string()), port);
        let place = match address {
            Some(address) if host.parse::<IpAddr>().is_ok() => address.to_string(),
            Some(_) => format!("{}:{port}", contact.host),
            None => contact.host.clone(),
        };
        contact.refused = Some(refusal.to_string());
        contact.add_to(&mut self.finished);
        self.reason = format!("{what} {place}: {refusal}");
        attempts.note(Attempt::new(Attempt::Network, &self.reason));
    }

    /// Counts one more connection or look-up of this invocation.
    fn begin(&mut self) -> Result<(), i64> {
        if self.begun >= self.policy.limits.connections {
            self.reason = format!("the invocation has begun {} connections and look-ups, which is the most", self.begun);
            return Err(errno::NOBUFS);
        }
        self.begun += 1;
        Ok(())
    }

    fn connect(&mut self, handle: i32, to: SocketAddr, attempts: &mut Attempts) -> Result<i64, i64> {
        let socket = self.socket_mut(handle)?;
        let kind = socket.kind;
        if socket.is_v6 != to.is_ipv6() {
            return Err(errno::AFNOSUPPORT);
        }
        let what = if kind == Kind::Udp { ContactKind::Datagram } else { ContactKind::Connect };
        let host = self.host_of(to);
        if let Err(refusal) = self.check(to) {
            self.refuse(what, "connect to", &host, Some(to), &refusal, attempts);
            return Err(errno::ACCES);
        }
        self.begin()?;
        let contact = Contact::new(what, &host, Some(to.ip().to_string()), to.port());
        let tap = (kind == Kind::Tcp).then(|| Tap::new(&self.policy.traffic, false, &format!("{host}:{}", to.port()))).flatten();
        let socket = self.socket_mut(handle)?;
        socket.tap = tap;
        let before = socket.contact.replace(contact);
        let began = std::mem::replace(&mut socket.began, Instant::now());
        let result = rustix::net::connect(&socket.fd, &to);
        if let Some(mut before) = before {
            before.duration = began.elapsed();
            before.add_to(&mut self.finished);
        }
        result.map(|()| 0).map_err(of)
    }

    fn bind(&mut self, handle: i32, to: SocketAddr, attempts: &mut Attempts) -> Result<i64, i64> {
        let socket = self.socket_mut(handle)?;
        if socket.is_v6 != to.is_ipv6() {
            return Err(errno::AFNOSUPPORT);
        }
        // Any port of this machine, which nobody reaches before `listen`: what connect() would do by itself, and how libraries
        // find out whether there is IPv6.
        if !(to.port() == 0 && (to.ip().is_unspecified() || to.ip().is_loopback()))
            && let Err(refusal) = self.check(to)
        {
            self.refuse(ContactKind::Listen, "bind to", &to.ip().to_string(), Some(to), &refusal, attempts);
            return Err(errno::ACCES);
        }
        rustix::net::bind(&self.socket_mut(handle)?.fd, &to).map(|()| 0).map_err(of)
    }

    fn listen(&mut self, handle: i32, backlog: i64, attempts: &mut Attempts) -> Result<i64, i64> {
        let socket = self.socket_mut(handle)?;
        if socket.kind == Kind::Udp {
            return Err(errno::OPNOTSUPP);
        }
        let own = rustix::net::getsockname(&socket.fd).ok().and_then(plain).ok_or(errno::INVAL)?;
        // One that is bound to every address can be reached from everywhere.
        if let Err(refusal) = self.check(own) {
            self.refuse(ContactKind::Listen, "listen on", &own.ip().to_string(), Some(own), &refusal, attempts);
            return Err(errno::ACCES);
        }
        let socket = self.socket_mut(handle)?;
        rustix::net::listen(&socket.fd, i32::try_from(backlog.clamp(0, MOST_BACKLOG)).unwrap_or(0)).map_err(of)?;
        socket.kind = Kind::Listener;
        socket.contact = Some(Contact::new(ContactKind::Listen, &own.ip().to_string(), Some(own.ip().to_string()), own.port()));
        socket.began = Instant::now();
        Ok(0)
    }

    fn accept(&mut self, handle: i32) -> Result<i64, i64> {
        self.check_room()?;
        let socket = self.socket_mut(handle)?;
        if socket.kind != Kind::Listener {
            return Err(errno::INVAL);
        }
        let is_v6 = socket.is_v6;
        let place = OPEN.take(*MOST_OPEN).ok_or(errno::MFILE)?;
        let fd = rustix::net::accept_with(&socket.fd, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK).map_err(of)?;
        self.begin()?;
        let peer = rustix::net::getpeername(&fd).ok().flatten().and_then(plain).ok_or(errno::NOTCONN)?;
        let contact = Contact::new(ContactKind::Listen, &peer.ip().to_string(), Some(peer.ip().to_string()), 0);
        self.add(Thing::Socket(Box::new(Socket::new(fd, Kind::Tcp, is_v6, Some(contact), place))))
    }

    /// How many bytes may still be moved, of `size`.
    fn allowance(&mut self, moved: u64, size: usize) -> Result<usize, i64> {
        let left = self.policy.limits.bytes.saturating_sub(moved);
        if left == 0 && size > 0 {
            self.reason = format!("the invocation has moved {moved} bytes in this direction, which is the most");
            return Err(errno::NOBUFS);
        }
        Ok(size.min(usize::try_from(left).unwrap_or(usize::MAX)))
    }

    fn send(&mut self, handle: i32, bytes: &[u8], attempts: &mut Attempts) -> Result<i64, i64> {
        let size = self.allowance(self.sent, bytes.len())?;
        if self.is_gone(handle) {
            return Err(errno::PIPE);
        }
        if self.socket_mut(handle)?.tap.as_ref().is_some_and(|tap| tap.rewrites()) {
            return self.send_rewritten(handle, &bytes[..size], attempts);
        }
        let socket = self.socket_mut(handle)?;
        let count = rustix::net::send(&socket.fd, &bytes[..size], SendFlags::NOSIGNAL).map_err(of)?;
        if let Some(tap) = &mut socket.tap {
            tap.sent(&bytes[..count]);
        }
        if let Some(contact) = &mut socket.contact {
            contact.sent += count as u64;
        }
        self.sent += count as u64;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// Sends what a signer makes of it. As with TLS, what was taken once is offered again until all of it is sent.
    fn send_rewritten(&mut self, handle: i32, bytes: &[u8], attempts: &mut Attempts) -> Result<i64, i64> {
        let names = match self.socket_mut(handle)?.contact.as_ref().and_then(|contact| contact.address.as_deref()) {
            Some(address) => address.parse().ok().and_then(|address: IpAddr| self.names.get(&address.to_canonical()).cloned()),
            None => None,
        }
        .unwrap_or_default();
        let socket = self.socket_mut(handle)?;
        if socket.in_place.is_some() {
            return Ok(i64::try_from(bytes.len()).unwrap_or(i64::MAX)); // what comes after a refusal reaches nobody
        }
        if socket.taken.is_none() {
            let Some(mut tap) = socket.tap.take() else { return Err(errno::INVAL) };
            let is_at = |host: &str, port: u16| match socket.is_at(host, port, &names) {
                true => Ok(()),
                false => Err(format!("the connection does not lead to {host}:{port}")),
            };
            let rewritten = tap.rewrite(bytes, seconds_now(), &is_at);
            socket.tap = Some(tap);
            match rewritten {
                Ok(made) => socket.outbox.extend(made),
                Err(refused) => {
                    self.refuse_request(handle, refused, attempts);
                    return Ok(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
                }
            }
            socket.taken = Some(bytes.len());
        }
        let before = socket.outbox.len();
        let is_sent = socket.flush();
        let (moved, taken) = ((before - socket.outbox.len()) as u64, socket.taken.unwrap_or_default());
        if let Some(contact) = &mut socket.contact {
            contact.sent += moved;
        }
        if matches!(is_sent, Ok(true)) {
            socket.taken = None;
        }
        self.sent += moved;
        match is_sent.map_err(of)? {
            true => Ok(i64::try_from(taken.min(bytes.len())).unwrap_or(i64::MAX)),
            false => Err(errno::AGAIN),
        }
    }

    /// Notes a request that was not sent, and lets the guest read an answer to it.
    fn refuse_request(&mut self, socket: i32, refused: Refused, attempts: &mut Attempts) {
        let Refused { why, answer } = refused;
        attempts.note(Attempt::new(Attempt::Network, &why));
        if let Some(Thing::Socket(socket)) = self.things.get_mut(&socket) {
            let refused = socket.contact.as_ref().map(|contact| {
                let mut refused = Contact::new(contact.kind, &contact.host, contact.address.clone(), contact.port);
                refused.refused = Some(why.chars().take(256).collect());
                refused
            });
            socket.in_place = Some(answer.into());
            if let Some(refused) = refused {
                refused.add_to(&mut self.finished);
            }
        }
        self.reason = why;
    }

    fn receive(&mut self, handle: i32, peek: bool, buffer: &mut [u8]) -> Result<i64, i64> {
        let size = self.allowance(self.received, buffer.len())?;
        if self.is_gone(handle) {
            return Ok(0);
        }
        if self.socket_mut(handle)?.kind == Kind::Udp {
            // Through the same check of who sent it.
            let found = self.receive_from(handle, peek, u32::try_from(size + MOST_ENCODED).unwrap_or(u32::MAX))?;
            let start = 3 + usize::from(found.get(2).copied().unwrap_or(0));
            let bytes = found.get(start..).unwrap_or_default();
            let count = bytes.len().min(size);
            buffer[..count].copy_from_slice(&bytes[..count]);
            return Ok(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let socket = self.socket_mut(handle)?;
        if let Some(answer) = &mut socket.in_place {
            return Ok(read_in_place(answer, &mut buffer[..size], peek));
        }
        let flags = if peek { RecvFlags::PEEK } else { RecvFlags::empty() };
        let (count, _) = rustix::net::recv(&socket.fd, &mut buffer[..size], flags).map_err(of)?;
        if !peek {
            if let Some(tap) = &mut socket.tap {
                if count > 0 { tap.received(&buffer[..count]) } else { tap.closed() }
            }
            if let Some(contact) = &mut socket.contact {
                contact.received += count as u64;
            }
            self.received += count as u64;
        }
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn send_to(&mut self, handle: i32, to: SocketAddr, datagram: &[u8], attempts: &mut Attempts) -> Result<i64, i64> {
        let socket = self.socket_mut(handle)?;
        if socket.kind != Kind::Udp {
            return Err(errno::NOTCONN);
        }
        if socket.is_v6 != to.is_ipv6() {
            return Err(errno::AFNOSUPPORT);
        }
        let host = self.host_of(to);
        if let Err(refusal) = self.check(to) {
            self.refuse(ContactKind::Datagram, "send to", &host, Some(to), &refusal, attempts);
            return Err(errno::ACCES);
        }
        self.begin()?;
        if self.allowance(self.sent, datagram.len())? < datagram.len() {
            return Err(errno::NOBUFS);
        }
        let count = rustix::net::sendto(&self.socket_mut(handle)?.fd, datagram, SendFlags::NOSIGNAL, &to).map_err(of)?;
        self.sent += count as u64;
        let mut contact = Contact::new(ContactKind::Datagram, &host, Some(to.ip().to_string()), to.port());
        contact.sent = count as u64;
        contact.add_to(&mut self.finished);
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn receive_from(&mut self, handle: i32, peek: bool, room: u32) -> Result<Vec<u8>, i64> {
        let size = self.allowance(self.received, MOST_DATAGRAM.min(room as usize))?;
        let flags = if peek { RecvFlags::PEEK } else { RecvFlags::empty() };
        let mut buffer = vec![0; size];
        for _ in 0..1000 {
            let socket = self.socket_mut(handle)?;
            let (_, count, from) = rustix::net::recvfrom(&socket.fd, &mut buffer[..], flags).map_err(of)?;
            let count = count.min(size);
            let from = match from.and_then(plain) {
                Some(from) => from,
                None => rustix::net::getpeername(&socket.fd).ok().flatten().and_then(plain).ok_or(errno::NOTCONN)?,
            };
            // A socket that is not connected hears whoever sends to its port.
            if self.check(from).is_err() {
                if peek {
                    let _ = rustix::net::recvfrom(&self.socket_mut(handle)?.fd, &mut buffer[..], RecvFlags::empty());
                }
                continue;
            }
            let mut found = encoded(from);
            let left = (room as usize).saturating_sub(found.len()).min(count);
            found.extend(&buffer[..left]);
            if !peek {
                self.received += count as u64;
                let host = self.host_of(from);
                let mut contact = Contact::new(ContactKind::Datagram, &host, Some(from.ip().to_string()), from.port());
                (contact.received, contact.count) = (count as u64, 0);
                contact.add_to(&mut self.finished);
            }
            return Ok(found);
        }
        Err(errno::AGAIN)
    }

    fn look_up(&mut self, name: String, attempts: &mut Attempts) -> Result<i64, i64> {
        let name = name.strip_suffix('.').unwrap_or(&name).to_ascii_lowercase();
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() >= MOST_NAME as usize || !name.bytes().all(good) {
            return Err(unresolved(Unresolved::Unknown));
        }
        // An address in an odd form is not a name that a rule could have.
        let allowed = if numeric_address(&name).is_some() { Err(Refusal::NotNamed) } else { self.policy.check_name(&name) };
        if let Err(refusal) = allowed {
            self.refuse(ContactKind::Lookup, "look up", &name, None, &refusal, attempts);
            return Err(errno::ACCES);
        }
        let under_way = self.things.values().filter(|thing| matches!(thing, Thing::Lookup(..))).count();
        if under_way >= MOST_LOOKUPS {
            return Err(unresolved(Unresolved::TryAgain));
        }
        self.begin()?;
        let done = match &self.answered {
            Some(done) => Arc::clone(done),
            None => {
                let done = Arc::new(eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC).map_err(of)?);
                Arc::clone(self.answered.insert(done))
            }
        };
        let lookup = Lookup::start(name, done).map_err(unresolved)?;
        self.add(Thing::Lookup(lookup, Instant::now()))
    }

    fn looked_up(&mut self, handle: i32) -> Result<Vec<u8>, i64> {
        let Some(Thing::Lookup(lookup, began)) = self.things.get(&handle) else { return Err(errno::BADF) };
        let found = lookup.answer().ok_or(errno::AGAIN)?;
        let name = lookup.name.clone();
        let mut contact = Contact::new(ContactKind::Lookup, &name, None, 0);
        contact.duration = began.elapsed();
        contact.add_to(&mut self.finished);
        self.things.remove(&handle);
        let mut out = Vec::new();
        for address in found.map_err(unresolved)? {
            self.remember(address, &name);
            out.extend(&encoded(SocketAddr::new(address, 0))[2..]);
        }
        Ok(out)
    }

    fn remember(&mut self, address: IpAddr, name: &str) {
        if self.names.len() >= MOST_ADDRESSES && !self.names.contains_key(&address) {
            return; // it cannot be connected to by this name then
        }
        let names = self.names.entry(address).or_default();
        names.retain(|other| other != name);
        if names.len() >= MOST_NAMES {
            names.remove(0);
        }
        names.push(name.to_owned());
    }

    /// Counts what is closed no longer, and keeps what came of a connection.
    fn note_end(&mut self, thing: Thing) {
        if let Thing::Context(_, size) = thing {
            self.settings_bytes -= size;
            return;
        }
        if let Thing::Socket(socket) = thing
            && let Socket { contact: Some(mut contact), began, .. } = *socket
        {
            contact.duration = began.elapsed();
            contact.add_to(&mut self.finished);
        }
    }

    /// Fills in which of the entries are ready, and waits for one until `until`, but not beyond the deadline of the invocation.
    pub(super) fn poll(&mut self, table: &mut [u8], until: Instant, deadline: Instant) -> Result<i32, Stop> {
        let started = Instant::now();
        if started >= deadline || ending::is_ending() {
            return Err(Stop::TimedOut);
        }
        let mut count = self.look(table, (until > started).then_some(until.min(deadline)));
        // A look-up that is done wakes the wait, but says nothing about which one it is.
        while count == 0 && Instant::now() < until.min(deadline) && !ending::is_ending() {
            count = self.look(table, Some(until.min(deadline)));
        }
        if until > started {
            let waited = started.elapsed();
            for entry in table.chunks_exact(ENTRY) {
                if let Some(Thing::Socket(socket)) = self.things.get_mut(&handle_of(entry))
                    && let Some(contact) = &mut socket.contact
                {
                    contact.waited += waited;
                }
            }
        }
        if count == 0 && (Instant::now() >= deadline || ending::is_ending()) { Err(Stop::TimedOut) } else { Ok(count) }
    }

    fn look(&self, table: &mut [u8], until: Option<Instant>) -> i32 {
        if let Some(answered) = &self.answered {
            let _ = rustix::io::read(&**answered, &mut [0_u8; 8]);
        }
        // Each socket once, however often it is waited for: the system refuses lists that are longer than a process may have
        // descriptors.
        let mut asked: BTreeMap<i32, PollFlags> = BTreeMap::new();
        let mut count = 0;
        for entry in table.chunks_exact_mut(ENTRY) {
            let (handle, wanted) = (handle_of(entry), wanted_of(entry));
            let ready = match self.things.get(&handle) {
                Some(Thing::Socket(socket)) if socket.in_place.is_some() => wanted & (IN | OUT),
                Some(Thing::Socket(_)) => {
                    let flags = asked.entry(handle).or_insert(PollFlags::empty());
                    if wanted & IN != 0 {
                        flags.insert(PollFlags::IN);
                    }
                    if wanted & OUT != 0 {
                        flags.insert(PollFlags::OUT);
                    }
                    0
                }
                Some(Thing::Lookup(lookup, _)) => u16::from(lookup.answer().is_some()) * IN,
                Some(Thing::Context(..) | Thing::Session(_)) => ERR,
                None => wanted & (IN | OUT) | HUP,
            };
            entry[6..8].copy_from_slice(&ready.to_le_bytes());
            count += i32::from(ready != 0);
        }
        let mut fds = Vec::with_capacity(asked.len() + 2);
        for (handle, flags) in &asked {
            if let Some(Thing::Socket(socket)) = self.things.get(handle) {
                fds.push(PollFd::new(&socket.fd, *flags));
            }
        }
        if let Some(answered) = &self.answered {
            fds.push(PollFd::new(&**answered, PollFlags::IN));
        }
        let ended = ending::ended();
        if let Some(ended) = ended {
            fds.push(PollFd::new(ended, PollFlags::IN));
        }
        let wait =
            if count > 0 { Duration::ZERO } else { until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now())) };
        let timeout = Timespec::try_from(wait).unwrap_or(Timespec { tv_sec: 0, tv_nsec: 0 });
        let is_asked = match poll(&mut fds, Some(&timeout)) {
            Ok(_) => true,
            Err(Errno::INTR) => return count, // whoever called looks again
            Err(_) => false,                  // nobody may wait for what cannot be asked
        };
        let found: BTreeMap<i32, u16> =
            asked.keys().zip(&fds).map(|(handle, fd)| (*handle, if is_asked { bits_of(fd.revents()) } else { ERR })).collect();
        for entry in table.chunks_exact_mut(ENTRY) {
            let ready = found.get(&handle_of(entry)).map_or(0, |found| found & (wanted_of(entry) | ERR | HUP));
            if ready != 0 {
                entry[6..8].copy_from_slice(&ready.to_le_bytes());
                count += 1;
            }
        }
        count
    }
}

/// Bytes of an answer that stands in the place of the peer's. 0 at its end.
pub(super) fn read_in_place(answer: &mut VecDeque<u8>, buffer: &mut [u8], peek: bool) -> i64 {
    let size = buffer.len().min(answer.len());
    for (to, from) in buffer.iter_mut().zip(answer.iter().take(size)) {
        *to = *from;
    }
    if !peek {
        answer.drain(..size);
    }
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
fn seconds_now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

/// What an entry waits for.
pub(super) fn wanted_of(entry: &[u8]) -> u16 {
    u16::from_le_bytes([entry[4], entry[5]])
}

/// What the system found, as the guest knows it.
fn bits_of(found: PollFlags) -> u16 {
    [(PollFlags::IN, IN), (PollFlags::OUT, OUT), (PollFlags::ERR, ERR), (PollFlags::HUP, HUP)]
        .into_iter()
        .filter(|(flag, _)| found.contains(*flag))
        .fold(0, |bits, (_, bit)| bits | bit)
}

pub(super) fn handle_of(entry: &[u8]) -> i32 {
    i32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]])
}

/// The answer to a look-up of a name that nobody has.
pub(super) fn unknown_name() -> i64 {
    unresolved(Unresolved::Unknown)
}

fn unresolved(reason: Unresolved) -> i64 {
    match reason {
        Unresolved::Unknown => -1002,  // EAI_NONAME
        Unresolved::TryAgain => -1003, // EAI_AGAIN
    }
}

pub(super) fn put(memory: &mut GuestMemory<'_>, (at, room): (u32, u32), bytes: &[u8]) -> Result<i64, i64> {
    let part = &bytes[..bytes.len().min(room as usize)];
    memory.write(at, part).map_err(|_| errno::FAULT)?;
    i64::try_from(part.len()).map_err(|_| errno::INVAL)
}

const SOL_SOCKET: i64 = 1;
const TCP: i64 = 6;

/// Options that matter to clients. The guest keeps the values of others, which change nothing.
fn set_option(socket: &Socket, option: i64, value: i64) -> Result<i64, i64> {
    let (fd, is_on) = (&socket.fd, value != 0);
    let size = usize::try_from(value).unwrap_or(0).min(MOST_BUFFER);
    let small = u32::try_from(value.max(0)).unwrap_or(u32::MAX);
    let seconds = Duration::from_secs(u64::from(small));
    match (option >> 32, option & 0xffff_ffff) {
        (SOL_SOCKET, 2) => sockopt::set_socket_reuseaddr(fd, is_on),
        (SOL_SOCKET, 7) => sockopt::set_socket_send_buffer_size(fd, size),
        (SOL_SOCKET, 8) => sockopt::set_socket_recv_buffer_size(fd, size),
        (SOL_SOCKET, 9) => sockopt::set_socket_keepalive(fd, is_on),
        (TCP, 1) => sockopt::set_tcp_nodelay(fd, is_on),
        (TCP, 4) => sockopt::set_tcp_keepidle(fd, seconds),
        (TCP, 5) => sockopt::set_tcp_keepintvl(fd, seconds),
        (TCP, 6) => sockopt::set_tcp_keepcnt(fd, small),
        (TCP, 12) => sockopt::set_tcp_quickack(fd, is_on),
        (TCP, 18) => sockopt::set_tcp_user_timeout(fd, small),
        _ => return Err(errno::NOPROTOOPT),
    }
    .map(|()| 0)
    .map_err(of)
}

fn get_option(socket: &Socket, option: i64) -> Result<i64, i64> {
    let fd = &socket.fd;
    let size = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
    let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match (option >> 32, option & 0xffff_ffff) {
        (SOL_SOCKET, 2) => sockopt::socket_reuseaddr(fd).map(i64::from),
        (SOL_SOCKET, 4) => return sockopt::socket_error(fd).map(|found| found.map_or_else(|error| -of(error), |()| 0)).map_err(of),
        (SOL_SOCKET, 7) => sockopt::socket_send_buffer_size(fd).map(size),
        (SOL_SOCKET, 8) => sockopt::socket_recv_buffer_size(fd).map(size),
        (SOL_SOCKET, 9) => sockopt::socket_keepalive(fd).map(i64::from),
        (SOL_SOCKET, 30) => Ok(i64::from(socket.kind == Kind::Listener)),
        (TCP, 1) => sockopt::tcp_nodelay(fd).map(i64::from),
        (TCP, 4) => sockopt::tcp_keepidle(fd).map(seconds),
        (TCP, 5) => sockopt::tcp_keepintvl(fd).map(seconds),
        (TCP, 6) => sockopt::tcp_keepcnt(fd).map(i64::from),
        (TCP, 12) => sockopt::tcp_quickack(fd).map(i64::from),
        (TCP, 18) => sockopt::tcp_user_timeout(fd).map(i64::from),
        _ => return Err(errno::NOPROTOOPT),
    }
    .map_err(of)
}
