//! Names to addresses, by the resolver of this machine.
//!
//! That resolver blocks, for up to half a minute, and cannot be stopped. So each look-up has a thread, there are only a few of
//! them in the whole process, and one outlives the guest that asked until its answer comes, which nobody then reads.

use std::net::{IpAddr, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use super::places::Places;

/// Look-ups of all guests at the same time; one more fails with `EAI_AGAIN`, which a guest may try again.
const MOST_AT_ONCE: usize = 32;
/// Addresses of one name that are kept.
const MOST_ADDRESSES: usize = 64;
/// Stack of a thread, in bytes: glibc's resolver has large buffers.
const STACK: usize = 512 << 10;

static AT_WORK: Places = Places::new();

/// Why there are no addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unresolved {
    Unknown,
    TryAgain,
}

type Answer = Arc<Mutex<Option<Result<Vec<IpAddr>, Unresolved>>>>;

/// A look-up under way.
pub(super) struct Lookup {
    pub(super) name: String,
    answer: Answer,
}

impl Lookup {
    /// Begins one. `done` is written to when the answer is there.
    pub(super) fn start(name: String, done: Arc<OwnedFd>) -> Result<Self, Unresolved> {
        let place = AT_WORK.take(MOST_AT_ONCE).ok_or(Unresolved::TryAgain)?;
        let answer = Answer::default();
        let (asked, there) = (name.clone(), Arc::clone(&answer));
        let thread = std::thread::Builder::new().name("look-up".into()).stack_size(STACK).spawn(move || {
            let found = resolve(&asked);
            *there.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
            drop(place);
            let _ = rustix::io::write(&*done, &1_u64.to_ne_bytes()); // only a waiting guest reads it
        });
        thread.map_err(|_| Unresolved::TryAgain)?;
        Ok(Self { name, answer })
    }

    /// The answer, if it is there.
    pub(super) fn answer(&self) -> Option<Result<Vec<IpAddr>, Unresolved>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn resolve(name: &str) -> Result<Vec<IpAddr>, Unresolved> {
    match (name, 0).to_socket_addrs() {
        Ok(found) => {
            let mut addresses: Vec<IpAddr> = Vec::new();
            for address in found.map(|address| address.ip().to_canonical()) {
                if !addresses.contains(&address) && addresses.len() < MOST_ADDRESSES {
                    addresses.push(address);
                }
            }
            if addresses.is_empty() { Err(Unresolved::Unknown) } else { Ok(addresses) }
        }
        // The standard library has the resolver's code in words only.
        Err(error) if error.to_string().contains("emporary failure") => Err(Unresolved::TryAgain),
        Err(_) => Err(Unresolved::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};

    #[test]
    fn a_look_up_answers_and_no_more_than_a_few_are_at_work() {
        let done = Arc::new(eventfd(0, EventfdFlags::NONBLOCK).expect("an eventfd"));
        let lookup = Lookup::start("localhost".into(), Arc::clone(&done)).expect("a thread");
        poll(&mut [PollFd::new(&*done, PollFlags::IN)], None).expect("waits");
        let found = lookup.answer().expect("it is there").expect("known everywhere");
        assert!(found.iter().all(IpAddr::is_loopback), "{found:?}");
        // Other tests look names up at the same time, and give their places back when they have the answer.
        let mut places = Vec::new();
        while places.len() < MOST_AT_ONCE {
            places.extend(AT_WORK.take(MOST_AT_ONCE));
            std::thread::yield_now();
        }
        assert!(AT_WORK.take(MOST_AT_ONCE).is_none());
        assert_eq!(Lookup::start("localhost".into(), done).err(), Some(Unresolved::TryAgain));
        drop(places);
        assert!(AT_WORK.take(MOST_AT_ONCE).is_some());
    }
}
