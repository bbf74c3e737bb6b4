//! wasmtime's engine for guests, in two variants, and the watchdog that ends a guest at its deadline.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use wasmtime::{Config, InstanceAllocationStrategy, OptLevel};

use super::limits::GUEST_THREAD_STACK;
use super::memory::SlotCreator;

/// How the generated code can be interrupted. Both variants run the same images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// By the clock.
    Clock,
    /// By the clock and by fuel; slower, and what it counts is the same on every machine.
    Fuel,
}

impl Variant {
    /// For file names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Fuel => "fuel",
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
            .cranelift_opt_level(OptLevel::Speed)
            // CPython's own limit of recursion in C is reached first, except by code made to avoid it.
            .max_wasm_stack(GUEST_THREAD_STACK / 2)
            .async_stack_size(GUEST_THREAD_STACK) // unused, but wasmtime compares the two
            .epoch_interruption(true)
            .consume_fuel(variant == Variant::Fuel);
        let wasmtime = wasmtime::Engine::new(&config)?;
        let watchdog = Watchdog::start(wasmtime.clone());
        Ok(Self { wasmtime, watchdog })
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.wasmtime
    }

    /// From now on until the guard is dropped, the epoch is incremented at `deadline`; the store's callback does the rest.
    pub(crate) fn watch(&self, deadline: Instant) -> Watch<'_> {
        self.watchdog.watch(deadline)
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
    slots: Vec<Option<Instant>>,
    /// What the thread sleeps until.
    next: Option<Instant>,
    stop: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Deadlines> {
        // Nothing that holds this lock can panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes its deadline back when dropped.
pub(crate) struct Watch<'a> {
    watchdog: &'a Watchdog,
    slot: usize,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        // The thread is not told: it wakes at most once for a deadline that is gone.
        self.watchdog.shared.lock().slots[self.slot] = None;
    }
}

impl Watchdog {
    fn start(engine: wasmtime::Engine) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("watchdog".into()).spawn(move || Self::run(&for_thread, &engine)).ok();
        Self { shared, thread }
    }

    fn run(shared: &Shared, engine: &wasmtime::Engine) {
        let mut state = shared.lock();
        while !state.stop {
            let now = Instant::now();
            let mut due = false;
            for slot in &mut state.slots {
                if slot.is_some_and(|deadline| deadline <= now) {
                    *slot = None; // once is enough: the epoch stays incremented until the guest looks at it
                    due = true;
                }
            }
            if due {
                engine.increment_epoch();
            }
            state.next = state.slots.iter().flatten().min().copied();
            state = match state.next {
                Some(next) => {
                    let wait = next.saturating_duration_since(now);
                    shared.changed.wait_timeout(state, wait).map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state)
                }
                None => shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn watch(&self, deadline: Instant) -> Watch<'_> {
        let mut state = self.shared.lock();
        let slot = match state.slots.iter().position(Option::is_none) {
            Some(free) => free,
            None => {
                state.slots.push(None);
                state.slots.len() - 1
            }
        };
        state.slots[slot] = Some(deadline);
        // Deadlines mostly come in order, so the thread seldom has to be woken to sleep less.
        if state.next.is_none_or(|next| deadline < next) {
            state.next = Some(deadline);
            self.shared.changed.notify_one();
        }
        Watch { watchdog: self, slot }
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
    use std::time::Duration;

    #[test]
    fn the_epoch_moves_at_a_deadline_and_only_then() {
        let engine = Engine::new(Variant::Clock).expect("an engine");
        let fired = |engine: &Engine| engine.watchdog.shared.lock().slots.iter().all(Option::is_none);
        {
            let _far = engine.watch(Instant::now() + Duration::from_secs(3600));
            let near = engine.watch(Instant::now() + Duration::from_millis(20));
            assert!(!fired(&engine));
            drop(near);
            assert_eq!(engine.watchdog.shared.lock().slots.iter().flatten().count(), 1, "the far one is still there");
        }
        let _due = engine.watch(Instant::now());
        for _ in 0..1000 {
            if fired(&engine) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("a deadline that is due was not noticed within a second");
    }
}
