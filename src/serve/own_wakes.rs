//! A future that goes on at once when it wakes itself.
//!
//! hyper asks for the body of a request by waking the connection's own task while that runs. tokio then puts the task at the end of a
//! queue and wakes another thread, which may take it over: two system calls and a change of thread for each request with a body.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Turns that a future has in a row before others have theirs.
const TURNS: usize = 8;

/// Runs a future to its end.
pub(super) async fn with_own_wakes<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(Arc::clone(&wakes));
    poll_fn(move |context| wakes.poll(future.as_mut(), context, &waker)).await
}

#[derive(Default)]
struct Wakes {
    is_running: AtomicBool,
    /// Whether there was a wake while it ran.
    is_woken: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Wakes {
    fn poll<F: Future>(&self, mut future: Pin<&mut F>, context: &mut Context<'_>, waker: &Waker) -> Poll<F::Output> {
        {
            let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
            if !task.as_ref().is_some_and(|task| task.will_wake(context.waker())) {
                *task = Some(context.waker().clone());
            }
        }
        for _ in 0..TURNS {
            self.is_woken.store(false, Ordering::SeqCst);
            self.is_running.store(true, Ordering::SeqCst);
            let polled = future.as_mut().poll(&mut Context::from_waker(waker));
            self.is_running.store(false, Ordering::SeqCst);
            if polled.is_ready() || !self.is_woken.swap(false, Ordering::SeqCst) {
                return polled;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.is_running.load(Ordering::SeqCst) {
            self.is_woken.store(true, Ordering::SeqCst);
            // Where its turn ended meanwhile, either that saw the wake or this takes it back.
            if self.is_running.load(Ordering::SeqCst) || !self.is_woken.swap(false, Ordering::SeqCst) {
                return;
            }
        }
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(task) = task {
            task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Wakes itself `own` times, then waits for a wake from elsewhere.
    fn future(mut own: usize) -> impl Future<Output = usize> {
        let mut turns = 0;
        poll_fn(move |context| {
            turns += 1;
            match own {
                0 if turns > 1 => Poll::Ready(turns),
                0 => Poll::Pending,
                _ => {
                    own -= 1;
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
            }
        })
    }

    #[test]
    fn own_wakes_do_not_reach_the_task_but_for_those_of_a_future_that_does_not_stop() {
        for (own, wakes, turns) in [(1, 0, Some(2)), (5, 0, Some(6)), (TURNS, 1, None), (100, 1, None)] {
            let count = Arc::new(Count::default());
            let waker = Waker::from(Arc::clone(&count));
            let mut future = pin!(with_own_wakes(future(own)));
            let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
            assert_eq!((polled, count.0.load(Ordering::SeqCst)), (turns.map_or(Poll::Pending, Poll::Ready), wakes), "{own}");
        }
    }

    #[test]
    fn wakes_from_elsewhere_reach_the_task() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime");
        let (sender, mut receiver) = tokio::sync::mpsc::channel::<usize>(1);
        let sum = runtime.spawn(with_own_wakes(async move {
            let mut sum = 0;
            while let Some(number) = receiver.recv().await {
                tokio::task::yield_now().await;
                sum += number;
            }
            sum
        }));
        std::thread::spawn(move || (0..10_000).for_each(|number| sender.blocking_send(number).expect("it listens")));
        assert_eq!(runtime.block_on(sum).expect("no panic"), 49_995_000);
    }
}
