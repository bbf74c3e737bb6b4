//! What a guest may take, and what it took: memory here, time in `engine`, fuel in wasmtime, files in `wasi`.

use wasmtime::ResourceLimiter;

/// Native stack of a thread that runs guests, in bytes; WebAssembly gets half of it.
pub const GUEST_THREAD_STACK: usize = 64 << 20;
/// Elements a module's table may have: CPython's has 5 339, and it never grows.
const MAX_TABLE_ELEMENTS: usize = 100_000;

/// Bounds a guest's linear memory and remembers how far it got.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: usize,
    peak: usize,
    refused: bool,
}

impl Meter {
    /// `size` is what the guest has when it starts, `limit` what it may grow to, both in bytes.
    pub(crate) fn new(size: usize, limit: u64) -> Self {
        Self { limit: usize::try_from(limit).unwrap_or(usize::MAX), peak: size, refused: false }
    }

    /// The largest size the memory had, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.peak as u64
    }

    /// Whether the guest asked for more than it may have, or than the host had.
    pub(crate) fn refused(&self) -> bool {
        self.refused
    }
}

impl ResourceLimiter for Meter {
    /// Called before each growth, not for the size that the guest starts with. `Ok(false)` makes `memory.grow` answer
    /// -1, which CPython turns into `MemoryError`.
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        // At instantiation wasmtime asks about the module's own minimum; the image decides the real size.
        if current == 0 || desired <= self.peak {
            return Ok(true);
        }
        if desired > self.limit {
            self.refused = true;
            return Ok(false);
        }
        self.peak = desired;
        Ok(true)
    }

    /// The host itself had no memory left; the guest sees the same -1.
    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Ok(())
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE_ELEMENTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_allowed_up_to_the_limit_and_the_peak_is_what_was_reached() {
        let mut meter = Meter::new(100, 300);
        assert!(meter.memory_growing(100, 299, None).expect("no error"));
        assert!(meter.memory_growing(299, 300, None).expect("no error"));
        assert!(!meter.refused());
        assert!(!meter.memory_growing(300, 301, None).expect("no error"));
        assert!(meter.refused());
        assert_eq!(meter.peak(), 300);
    }
}
