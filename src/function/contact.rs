//! What a function did on the network, and what it was refused there.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ContactKind {
    /// A TCP connection to another machine.
    Connect,
    /// Datagrams to one.
    Datagram,
    /// A name that was looked up.
    Lookup,
    /// Waiting for others to connect.
    Listen,
}

/// Contacts of an invocation with one place on the network, or attempts at them: those of the same kind, host, address and port
/// are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// What was done.
    pub kind: ContactKind,
    /// The name that the address was looked up by; the address itself where it was not.
    pub host: String,
    /// `None` for a look-up.
    pub address: Option<String>,
    /// 0 for a look-up.
    pub port: u16,
    /// How often.
    pub count: u64,
    /// Bytes that the function sent, before encryption is taken off and after it is put on.
    pub sent: u64,
    /// Bytes that it received.
    pub received: u64,
    /// From the start to the end of each, or to the end of the invocation, added up.
    pub duration: Duration,
    /// How long the function waited for it and did nothing else.
    pub waited: Duration,
    /// Why it was not allowed; `None` where it was.
    pub refused: Option<String>,
}

impl Contact {
    /// Different ones that are kept of one invocation; the rest is counted in the last one of them, whose host is
    /// [`Contact::OTHERS`].
    pub const MAX_COUNT: usize = 64;
    /// The host of what is not listed by itself.
    pub const OTHERS: &str = "(others)";

    /// One that begins.
    pub fn new(kind: ContactKind, host: &str, address: Option<String>, port: u16) -> Self {
        let host = host[..host.floor_char_boundary(256)].to_owned();
        let (count, sent, received, duration, waited, refused) = (1, 0, 0, Duration::ZERO, Duration::ZERO, None);
        Self { kind, host, address, port, count, sent, received, duration, waited, refused }
    }

    /// The place, as people write it.
    fn place(&self) -> String {
        match (&self.address, self.kind) {
            (None, _) | (_, ContactKind::Lookup) => self.host.clone(),
            (Some(address), _) if *address == self.host && self.host.contains(':') => format!("[{}]:{}", self.host, self.port),
            (Some(address), _) if *address == self.host => format!("{}:{}", self.host, self.port),
            (Some(address), _) => format!("{}:{} ({address})", self.host, self.port),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.host == other.host
            && self.address == other.address
            && self.port == other.port
            && self.refused == other.refused
    }

    /// What there is of it so far, of which nothing stays; what comes next is counted from zero.
    pub fn take(&mut self) -> Self {
        let so_far = self.clone();
        (self.count, self.sent, self.received) = (0, 0, 0);
        (self.duration, self.waited) = (Duration::ZERO, Duration::ZERO);
        so_far
    }

    /// Adds one to a list of them, in which there are at most [`Contact::MAX_COUNT`]. One of which nothing is left is not added.
    pub fn add_to(self, list: &mut Vec<Self>) {
        if (self.count, self.sent, self.received) == (0, 0, 0) {
            return;
        }
        let is_full = list.len() >= Self::MAX_COUNT;
        let own = match list.iter_mut().find(|other| other.is_like(&self)) {
            Some(own) => own,
            None if !is_full => return list.push(self),
            None => {
                let Some(last) = list.last_mut() else { return };
                if last.host != Self::OTHERS {
                    (last.host, last.address, last.port, last.refused) = (Self::OTHERS.to_owned(), None, 0, None);
                }
                last
            }
        };
        own.count = own.count.saturating_add(self.count);
        own.sent = own.sent.saturating_add(self.sent);
        own.received = own.received.saturating_add(self.received);
        own.duration = own.duration.saturating_add(self.duration);
        own.waited = own.waited.saturating_add(self.waited);
    }
}

/// For instance `network: connect to api.example.org:443 (192.0.2.1), 2 times: 310 bytes sent, 5120 received, waited 412 ms`.
impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.kind {
            ContactKind::Connect => "connect to",
            ContactKind::Datagram => "send to",
            ContactKind::Lookup => "look up",
            ContactKind::Listen => "listen on",
        };
        write!(f, "network: {verb} {}", self.place())?;
        if self.count > 1 {
            write!(f, ", {} times", self.count)?;
        }
        if self.kind != ContactKind::Lookup {
            write!(f, ": {} bytes sent, {} received", self.sent, self.received)?;
        }
        if self.waited >= Duration::from_millis(1) {
            write!(f, ", waited {} ms", self.waited.as_millis())?;
        }
        match &self.refused {
            Some(reason) => write!(f, "; refused: {reason}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_of_one_place_are_one_and_a_list_is_bounded() {
        let mut list = Vec::new();
        for i in 0..3 {
            let mut contact = Contact::new(ContactKind::Connect, "a.test", Some("192.0.2.1".into()), 443);
            (contact.sent, contact.duration) = (10, Duration::from_millis(i));
            contact.add_to(&mut list);
        }
        assert_eq!((list.len(), list[0].count, list[0].sent, list[0].duration), (1, 3, 30, Duration::from_millis(3)));
        for port in 0..1000 {
            Contact::new(ContactKind::Connect, "a.test", Some("192.0.2.1".into()), port).add_to(&mut list);
        }
        assert_eq!(list.len(), Contact::MAX_COUNT);
        assert_eq!(list.iter().map(|contact| contact.count).sum::<u64>(), 1003, "none is lost");
        assert_eq!(list[Contact::MAX_COUNT - 1].host, Contact::OTHERS);
    }

    #[test]
    fn a_host_is_cut() {
        assert_eq!(Contact::new(ContactKind::Lookup, &"ä".repeat(1000), None, 0).host.len(), 256);
    }
}
