//! wasmtime's engine for guests, in two variants, and the watchdog that ends a guest at its deadline.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wasmtime::{Config, InstanceAllocationStrategy, OptLevel};

use super::ending::is_ending;
use super::limits::GUEST_THREAD_STACK;
use super::memory::SlotCreator;
use super::switch;

/// How the generated code can be interrupted. Both variants run the same images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variant {
    /// By the clock.
    Clock,
    /// By the clock and by fuel; slower, and what it counts is the same on every machine.
    Fuel,
    /// By fuel alone, from which the guest's clock is made too; with entropy from a seed. The same bytes come out twice.
    Deterministic,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Clock, Self::Fuel, Self::Deterministic];

    /// Of the machine code, for file names.
    pub(crate) fn code_name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Fuel | Self::Deterministic => "fuel",
        }
    }
}

/// wasmtime's engine with the settings that restoring relies on, and its watchdog.
pub(crate) struct Engine {
    wasmtime: wasmtime::Engine,
    watchdog: Watchdog,
}

impl Engine {
    pub(crate) fn new(variant: Variant) -> wasmtime::Result<Self> {
        let mut config = Config::new();
        config
            .allocation_strategy(InstanceAllocationStrategy::OnDemand)
            .with_host_memory(Arc::new(SlotCreator))
            // A memory from `SlotCreator` and a copy-on-write image of wasmtime's own exclude each other.
            .memory_init_cow(false)
            // All that 32 bits can reach, and a base that never moves: no bounds checks in the generated code.
            .memory_reservation(4 << 30)
            .memory_guard_size(32 << 20)
            .memory_may_move(false)
            .table_lazy_init(true)
            // `compiler_inlining` gains nothing over CPython's own link-time optimization, and a compile with it takes
            // three times as long and 6 GB of memory.
            .cranelift_opt_level(OptLevel::Speed)
            // CPython's own limit of recursion in C is reached first, except by code made to avoid it.
            .max_wasm_stack(GUEST_THREAD_STACK / 2)
            .async_stack_size(GUEST_THREAD_STACK) // of a continuation: half of it for functions of the host, as outside
            // What `switch` adds. wasmtime lists the proposal outside of its first tier: see there what is used of it.
            .wasm_function_references(switch::AVAILABLE)
            .wasm_exceptions(switch::AVAILABLE)
            .wasm_stack_switching(switch::AVAILABLE)
            .epoch_interruption(true)
            .consume_fuel(variant != Variant::Clock);
        let wasmtime = wasmtime::Engine::new(&config)?;
        let watchdog = Watchdog::start(wasmtime.clone());
        Ok(Self { wasmtime, watchdog })
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.wasmtime
    }

    /// From now on until the watch is dropped, the epoch is incremented at `moment`; the store's callback does the rest.
    pub(crate) fn watch(&self, moment: Instant) -> Watch {
        self.watchdog.watch(moment)
    }
}

/// Sleeps until the earliest deadline of the guests that run, then increments the epoch. There is no ticking: with no
/// deadline due, no guest is interrupted and no core is woken, and a guest is stopped when its time is up, not at the
/// next tick.
struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<Deadlines>,
    changed: Condvar,
}

#[derive(Default)]
struct Deadlines {
    /// One place for each guest that runs; places are used again.
    slots: Vec<Slot>,
    /// What the thread sleeps until.
    next: Option<Instant>,
    stop: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Free,
    At(Instant),
    /// The moment is past and the epoch was incremented; it will be again at this one, unless the guest has looked by then.
    Past(Instant),
}

/// A guest that is just leaving its callback, for another guest's moment, takes the epoch of then for the one to begin
/// from, and an increment of just before is lost to it. So a moment that is past is told until the guest has looked.
const AGAIN: Duration = Duration::from_millis(1);

impl Deadlines {
    fn set(&mut self, slot: usize, moment: Instant, changed: &Condvar) {
        // Looked at under the lock that `wake_all` takes after it was set: it sees this slot, or this sees that all end.
        let moment = if is_ending() { Instant::now() } else { moment };
        self.slots[slot] = Slot::At(moment);
        // Deadlines mostly come in order, so the thread seldom has to be woken to sleep less.
        if self.next.is_none_or(|next| moment < next) {
            self.next = Some(moment);
            changed.notify_one();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Deadlines> {
        // Nothing that holds this lock can panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One guest's moment. Takes it back when dropped.
pub(crate) struct Watch {
    shared: Arc<Shared>,
    slot: usize,
}

impl Watch {
    /// Another moment instead.
    pub(crate) fn at(&self, moment: Instant) {
        self.shared.lock().set(self.slot, moment, &self.shared.changed);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // The thread is not told: it wakes at most once for a moment that is gone.
        self.shared.lock().slots[self.slot] = Slot::Free;
    }
}

/// Those of this process.
static WATCHDOGS: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// Has every guest that runs look at its deadline now.
pub(super) fn wake_all() {
    for shared in WATCHDOGS.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Weak::upgrade) {
        let now = Instant::now();
        let mut state = shared.lock();
        for slot in state.slots.iter_mut().filter(|slot| **slot != Slot::Free) {
            *slot = Slot::At(now);
        }
        state.next = Some(now);
        shared.changed.notify_one();
    }
}

impl Watchdog {
    fn start(engine: wasmtime::Engine) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let for_thread = Arc::clone(&shared);
        let mut all = WATCHDOGS.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| other.strong_count() > 0);
        all.push(Arc::downgrade(&shared));
        drop(all);
        let thread = std::thread::Builder::new().name("watchdog".into()).spawn(move || Self::run(&for_thread, &engine)).ok();
        Self { shared, thread }
    }

    fn run(shared: &Shared, engine: &wasmtime::Engine) {
        let earlier = |next: Option<Instant>, moment: Instant| Some(next.map_or(moment, |next| next.min(moment)));
        let mut state = shared.lock();
        while !state.stop {
            let now = Instant::now();
            let (mut due, mut next) = (false, None);
            for slot in &mut state.slots {
                match *slot {
                    Slot::At(moment) | Slot::Past(moment) if moment <= now => {
                        *slot = Slot::Past(now + AGAIN);
                        due = true;
                        next = earlier(next, now + AGAIN);
                    }
                    Slot::At(moment) | Slot::Past(moment) => next = earlier(next, moment),
                    Slot::Free => {}
                }
            }
            if due {
                engine.increment_epoch();
            }
            state.next = next;
            state = match state.next {
                Some(next) => {
                    let wait = next.saturating_duration_since(now);
                    shared.changed.wait_timeout(state, wait).map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state)
                }
                None => shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn watch(&self, moment: Instant) -> Watch {
        let mut state = self.shared.lock();
        let slot = match state.slots.iter().position(|slot| *slot == Slot::Free) {
            Some(free) => free,
            None => {
                state.slots.push(Slot::Free);
                state.slots.len() - 1
            }
        };
        state.set(slot, moment, &self.shared.changed);
        Watch { shared: Arc::clone(&self.shared), slot }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // it cannot have panicked in a way that matters now
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_moves_at_a_deadline_and_only_then() {
        let engine = Engine::new(Variant::Clock).expect("an engine");
        let waiting = |engine: &Engine| engine.watchdog.shared.lock().slots.iter().filter(|slot| matches!(slot, Slot::At(_))).count();
        {
            let _far = engine.watch(Instant::now() + Duration::from_secs(3600));
            let near = engine.watch(Instant::now() + Duration::from_secs(60));
            assert_eq!(waiting(&engine), 2);
            drop(near);
            assert_eq!(waiting(&engine), 1, "the far one is still there");
        }
        let watch = engine.watch(Instant::now() + Duration::from_secs(3600));
        for _ in 0..3 {
            watch.at(Instant::now());
            let noticed = (0..1000).any(|_| {
                std::thread::sleep(Duration::from_millis(1));
                waiting(&engine) == 0
            });
            assert!(noticed, "a moment that is past was not noticed within a second");
        }
        let again = || match engine.watchdog.shared.lock().slots.iter().find(|slot| matches!(slot, Slot::Past(_))) {
            Some(Slot::Past(moment)) => *moment,
            other => panic!("{other:?}"),
        };
        let first = again();
        let told = (0..1000).any(|_| {
            std::thread::sleep(Duration::from_millis(1));
            again() > first
        });
        assert!(told, "told once only, which a guest may miss");
    }
}
