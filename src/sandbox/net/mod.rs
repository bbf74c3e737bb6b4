//! The network door: sockets, name look-ups and TLS sessions of the host, for a guest that has none of its own.
//!
//! A guest imports two functions from the module `wasmlam_net`. `call` does one operation and never waits; `poll` waits for
//! many sockets at once, with a deadline, and is where the guest's thread scheduler sleeps (`platform/threads/threads.c`). What is
//! allowed is decided in [`door`] for each address that is about to be used, by the rules of [`crate::network`].
//!
//! | operation | arguments | answer |
//! |---|---|---|
//! | 0 info | | 1 if there is a door |
//! | 1 socket | a: 4 or 6; b: 1 TCP, 2 UDP | a handle |
//! | 2 connect | a: port; in: address | 0, or `EINPROGRESS` |
//! | 3 finish | | 0 when connected, or why not |
//! | 4 bind | a: port; in: address | 0 |
//! | 5 listen | a: backlog | 0 |
//! | 6 accept | | a handle |
//! | 7 send | in: bytes | how many were taken |
//! | 8 receive | a: 1 leaves them there; out | how many |
//! | 9 send to | a: port; in: length of the address, address, bytes | how many |
//! | 10 receive from | a: 1 leaves it there; out: port, length of the address, address, bytes | how many bytes of `out` |
//! | 11 shut down | a: 0 reading, 1 writing, 2 both | 0 |
//! | 12 close | | 0 |
//! | 13 name | a: 0 own, 1 peer's; out: port, length of the address, address | bytes of `out` |
//! | 14 set option | a: level << 32 + option; b: value | 0 |
//! | 15 get option | a: level << 32 + option | the value |
//! | 16 look up | in: name | a handle, which can be read from when there is an answer |
//! | 17 looked up | out: for each address its length and itself | bytes of `out`, or `EAGAIN` |
//! | 18 reason | out: why the last thing was refused | bytes of `out` |
//! | 32 and above | TLS: see [`tls`] | |
//!
//! An error is an errno of Linux, negative; of a look-up `-1000 - EAI`. A handle that an image had and a restored guest still has
//! is of a connection that is closed: it reads as at its end. Handles are never used twice.

mod door;
mod lookup;
mod places;
mod stage;
mod tls;

use std::time::{Duration, Instant};

use wasmtime::{Caller, Linker};

use super::wasi::{GuestMemory, HasWorld, Stop, count_after, count_before, exported_memory};

pub(crate) use self::door::{Door, DoorMark};

/// The module that the guest imports the functions from.
const MODULE: &str = "wasmlam_net";
/// Sockets that are waited for at once, by all threads of a guest.
const MOST_POLLED: usize = 65_536;
/// Bytes of one of them: handle, what is waited for, what is ready.
const ENTRY: usize = 8;

/// Errors of Linux that the door answers with itself.
pub(super) mod errno {
    pub(super) const BADF: i64 = -9;
    pub(super) const AGAIN: i64 = -11;
    pub(super) const ACCES: i64 = -13;
    pub(super) const FAULT: i64 = -14;
    pub(super) const INVAL: i64 = -22;
    pub(super) const MFILE: i64 = -24;
    pub(super) const PIPE: i64 = -32;
    pub(super) const NOPROTOOPT: i64 = -92;
    pub(super) const OPNOTSUPP: i64 = -95;
    pub(super) const AFNOSUPPORT: i64 = -97;
    pub(super) const NETUNREACH: i64 = -101;
    pub(super) const NOBUFS: i64 = -105;
    pub(super) const NOTCONN: i64 = -107;
}

/// Puts the two functions into the guest's world.
pub(crate) fn add_to_linker<T: HasWorld>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        "call",
        |mut caller: Caller<'_, T>, op: i32, handle: i32, a: i64, b: i64, input: u32, input_size: u32, out: u32, out_size: u32| {
            count_before(&mut caller)?;
            let exported = exported_memory(&mut caller)?;
            let (bytes, data) = exported.data_and_store_mut(&mut caller);
            let world = data.world();
            let mut memory = GuestMemory(bytes);
            let answer = match &mut world.door {
                Some(door) => {
                    let call = door::Call { op, handle, a, b, input: (input, input_size), out: (out, out_size) };
                    door.call(&call, &mut memory, &mut world.files.attempts)
                }
                None if op == door::INFO => 0,
                None => errno::NETUNREACH,
            };
            count_after(&mut caller)?;
            Ok::<i64, wasmtime::Error>(answer)
        },
    )?;
    linker.func_wrap(MODULE, "poll", |mut caller: Caller<'_, T>, entries: u32, count: u32, deadline: i64| {
        count_before(&mut caller)?;
        let exported = exported_memory(&mut caller)?;
        let (bytes, data) = exported.data_and_store_mut(&mut caller);
        let world = data.world();
        let size = (count as usize).min(MOST_POLLED + 1) * ENTRY;
        let table = bytes.get_mut(entries as usize..).and_then(|rest| rest.get_mut(..size)).filter(|_| count as usize <= MOST_POLLED);
        let result: Result<i32, Stop> = match (table, &mut world.door) {
            (None, _) => Ok(-1),
            (Some(table), None) => Ok(nothing_there(table)),
            (Some(table), Some(door)) => {
                let now = Instant::now();
                let shown = i64::try_from(world.clock.monotonic().as_nanos()).unwrap_or(i64::MAX);
                let left = Duration::from_nanos(u64::try_from(deadline.saturating_sub(shown)).unwrap_or(0));
                if let Some(ready) = door.look_at_stage(table) {
                    // Where nothing comes by itself, a wait is a sleep.
                    let waited = if ready == 0 && !left.is_zero() { world.wait(left) } else { Ok(()) };
                    count_after(&mut caller)?;
                    return waited.map(|()| ready).map_err(Into::into);
                }
                let until = now.checked_add(left).unwrap_or(world.deadline);
                let ready = door.poll(table, until, world.deadline);
                world.slept += now.elapsed();
                ready
            }
        };
        count_after(&mut caller)?;
        Ok::<i32, wasmtime::Error>(result?)
    })?;
    Ok(())
}

/// Without a door: no handle can be valid, which is an error on each, so that nobody waits for it.
fn nothing_there(table: &mut [u8]) -> i32 {
    table.chunks_exact_mut(ENTRY).for_each(|entry| entry[6..8].copy_from_slice(&8_u16.to_le_bytes()));
    i32::try_from(table.len() / ENTRY).unwrap_or(i32::MAX)
}
