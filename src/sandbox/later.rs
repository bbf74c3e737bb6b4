//! Resets that wait until the answer is on its way.
//!
//! To make a sandbox's memory ready for the next guest takes about as long as a short handler, and nobody who waits for the result
//! needs it. A thread that has something better to do first puts it off: until it has nothing to do, or runs the next guest.

use std::cell::{Cell, RefCell};

type Work = Box<dyn FnOnce()>;

thread_local! {
    static PUTS_OFF: Cell<bool> = const { Cell::new(false) };
    static LATER: RefCell<Option<Work>> = const { RefCell::new(None) };
}

/// Runs `work`, whose resets this thread puts off. Whoever calls this must see to it that the thread calls [`catch_up`] soon; what is
/// put off is done with the end of the thread at the latest.
pub fn resets_later<R>(work: impl FnOnce() -> R) -> R {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            PUTS_OFF.set(self.0);
        }
    }
    let _before = Before(PUTS_OFF.replace(true));
    work()
}

/// Does what this thread has put off.
pub fn catch_up() {
    if let Some(work) = LATER.take() {
        work();
    }
}

/// Whether this thread puts resets off now.
pub(crate) fn is_later() -> bool {
    PUTS_OFF.get()
}

/// Puts a reset off, and does the one that was put off before: there is never more than one.
pub(crate) fn put_off(work: impl FnOnce() + 'static) {
    if let Some(before) = LATER.replace(Some(Box::new(work))) {
        before();
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    fn one_thing_is_put_off_until_the_thread_catches_up() {
        let done: Rc<RefCell<Vec<u32>>> = Rc::default();
        let put = |number: u32| {
            let done = Rc::clone(&done);
            put_off(move || done.borrow_mut().push(number));
        };
        assert!(!is_later() && resets_later(is_later) && !is_later());
        put(1);
        assert_eq!(done.borrow().len(), 0);
        put(2);
        assert_eq!(*done.borrow(), [1]);
        catch_up();
        catch_up();
        assert_eq!(*done.borrow(), [1, 2]);
        let panicked = std::panic::catch_unwind(|| resets_later(|| panic!("of the work")));
        assert!(panicked.is_err() && !is_later());
    }
}
